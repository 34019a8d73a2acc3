"""The bulk lane: customers that do not exist yet, all records of each in one request, several under way.

Source: https://dev.chartmogul.com/reference/bulk-import. At most 5 MB a request; objects name each other by
external id; invalid ones are stored as failed, so `completed` proves nothing: the details are read, and
what is invalid is listed. Customers that did not go through whole are handed to the single lane, which
learns the reason. The order in which imports are carried out is not documented, so a customer is in one
import only, and an import that brings plans is waited for before the next one names them.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from destination_chartmogul.client import Client
from destination_chartmogul.errors import Refused
from destination_chartmogul.imports import Imports, UnderWay
from destination_chartmogul.mapping.objects import Desired
from destination_chartmogul.parts import KINDS, Part, body_of, part_of
from destination_chartmogul.registry import Plans
from destination_chartmogul.wire import plan_body

Json = dict[str, Any]
MOST_BYTES = 4_500_000
MOST_CUSTOMERS = 500
MOST_UNDER_WAY = 4
GOOD = ("imported", "completed", "processed")


class BulkLane:
    """Collects customers and sends them when a request is full; `redo` gets those for the single lane."""

    def __init__(self, client: Client, source: str, plans: Plans, redo: Callable[[str], None]) -> None:
        self._client, self._source, self._plans, self._redo = client, source, plans, redo
        self._imports = Imports(client, source)
        self._parts: list[Part] = []
        self._new_plans: dict[str, Json] = {}
        self._bytes = 0
        self._under_way: deque[UnderWay] = deque()
        self.customers_sent = 0
        self.objects_sent = 0

    def add(self, desired: Desired) -> None:
        """Take one customer; may send a request, and wait for an earlier one."""
        part = part_of(desired)
        plans = {key: plan_body(plan) for key, plan in desired.plans.items() if key not in self._plans.uuids}
        size = part.size + len(orjson.dumps(plans))
        if size > MOST_BYTES:
            self._redo(desired.contact_id)
            return
        if self._parts and (self._bytes + size > MOST_BYTES or len(self._parts) >= MOST_CUSTOMERS):
            self._flush()
        self._parts.append(part)
        self._new_plans |= plans
        self._bytes += size

    def finish(self) -> None:
        """Send what is left and see everything through."""
        self._flush()
        self._see_through(0)

    def _flush(self) -> None:
        if not self._parts:
            return
        parts, plans = self._parts, [p for key, p in self._new_plans.items() if key not in self._plans.uuids]
        self._parts, self._new_plans, self._bytes = [], {}, 0
        self._send(parts, plans)
        if plans:
            self._plans.load()

    def _send(self, parts: list[Part], plans: list[Json]) -> None:
        """Start one import; one with plans is seen through before anything else is sent."""
        content = body_of(parts, plans)
        name = "keap-" + hashlib.sha256(content).hexdigest()[:40]
        try:
            answer = self._imports.start(name, content)
        except Refused as refused:
            self._refused(refused, parts, plans, name)
            return
        self._started(answer, name, parts)
        self._see_through(0 if plans else MOST_UNDER_WAY - 1)

    def _started(self, answer: Json, name: str, parts: list[Part]) -> None:
        objects = sum(len(part.objects[kind]) for part in parts for kind in KINDS)
        owners = tuple(part.contact for part in parts)
        self._under_way.append(self._imports.under_way(answer, name, owners, objects))

    def _refused(self, refused: Refused, parts: list[Part], plans: list[Json], name: str) -> None:
        """There already: watch that one. Others under way: try without them. Too large: halve it.

        Anything else: one by one.
        """
        known = self._imports.status(name) if refused.already_exists else None
        if known is not None:
            self._started(known, name, parts)
            self._see_through(0)
        elif self._under_way:
            self._see_through(0)
            self._send(parts, plans)
        elif len(parts) > 1 and (refused.status == 413 or "large" in str(refused).lower()):
            self._send(parts[: len(parts) // 2], plans)
            self._send(parts[len(parts) // 2 :], [])
        else:
            for part in parts:
                self._redo(part.contact)

    def _see_through(self, leave: int) -> None:
        """Wait for the oldest imports until only `leave` are under way."""
        while len(self._under_way) > leave:
            oldest = self._under_way.popleft()
            done = self._imports.wait(oldest)
            self.customers_sent += len(oldest.owners)
            self.objects_sent += oldest.objects
            details = done.get("status_details") or {}
            for contact in oldest.owners:
                if done.get("status") != "completed" or _failed(details, contact):
                    self._redo(contact)

    def invalid_owners(self) -> Iterable[tuple[str, str]]:
        """(customer uuid, customer external id) of each invoice that ChartMogul stored as invalid."""
        params = {"data_source_uuid": self._source, "validation_type": "invalid"}
        for invoice in self._client.all("/invoices", "invoices", **params):
            yield str(invoice.get("customer_uuid")), str(invoice.get("customer_external_id") or "")


def _failed(details: Json, contact: str) -> bool:
    """A customer that the details name as anything but imported, or do not name although they name others."""
    if not details:
        return False
    mine = details.get(contact)
    return mine is None or mine.get("status") not in GOOD
