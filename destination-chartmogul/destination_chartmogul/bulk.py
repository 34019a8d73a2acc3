"""The bulk lane: customers that do not exist yet, all records of each in one request.

Source: https://dev.chartmogul.com/reference/bulk-import. At most 5 MB a request; objects name each other by
external id; invalid ones are stored as failed, so `completed` proves nothing: the details are read, and
what is invalid is listed. Customers that did not go through whole are handed to the single lane, which
learns the reason.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from destination_chartmogul.actual import own_ids
from destination_chartmogul.client import Client
from destination_chartmogul.errors import Refused, UnreachableError
from destination_chartmogul.mapping.objects import Desired
from destination_chartmogul.registry import Plans
from destination_chartmogul.wire import customer_body, event_body, iso, line_body, plan_body, transaction_body

Json = dict[str, Any]
MOST_BYTES = 4_500_000
MOST_CUSTOMERS = 500
KINDS = ("customers", "invoices", "line_items", "transactions", "subscription_events")
IMPORT_SECONDS = 3600.0
GOOD = ("imported", "completed", "processed")


def fragment(desired: Desired) -> Json:
    """One customer's part of an import, plans apart."""
    owner = desired.contact_id
    lines, transactions, invoices = [], [], []
    for invoice in desired.invoices:
        key = {"invoice_external_id": invoice.external_id}
        head = {"date": iso(invoice.date), "currency": invoice.currency}
        invoices.append({"customer_external_id": owner, "external_id": invoice.external_id, **head})
        for line in invoice.line_items:
            plan = {"plan_external_id": line.plan.external_id} if line.plan else {}
            lines.append(key | line_body(line) | plan)
        transactions += [key | transaction_body(t) for t in invoice.transactions]
    return {
        "customers": [customer_body(desired.customer)],
        "invoices": invoices,
        "line_items": lines,
        "transactions": transactions,
        "subscription_events": [event_body(event, owner) for event in desired.events],
    }


class BulkLane:
    """Collects customers and sends them when a request is full; `redo` gets those for the single lane."""

    def __init__(self, client: Client, source: str, plans: Plans, redo: Callable[[str], None]) -> None:
        self._client, self._source, self._plans, self._redo = client, source, plans, redo
        self._parts: dict[str, Json] = {}
        self._new_plans: dict[str, Json] = {}
        self._bytes = 0
        self.customers_sent = 0
        self.objects_sent = 0

    def add(self, desired: Desired) -> None:
        """Take one customer; may send a request and wait for it."""
        part = fragment(desired)
        plans = {key: plan_body(plan) for key, plan in desired.plans.items() if key not in self._plans.uuids}
        size = len(orjson.dumps(part)) + len(orjson.dumps(plans))
        if size > MOST_BYTES:
            self._redo(desired.contact_id)
            return
        if self._parts and (self._bytes + size > MOST_BYTES or len(self._parts) >= MOST_CUSTOMERS):
            self.flush()
        self._parts[desired.contact_id] = part
        self._new_plans |= plans
        self._bytes += size

    def flush(self) -> None:
        """Send what is collected and see it through."""
        if not self._parts:
            return
        parts, plans = self._parts, [p for key, p in self._new_plans.items() if key not in self._plans.uuids]
        self._parts, self._new_plans, self._bytes = {}, {}, 0
        self._send(parts, plans)
        if plans:
            self._plans.load()

    def _send(self, parts: dict[str, Json], plans: list[Json]) -> None:
        body: Json = {kind: [item for part in parts.values() for item in part[kind]] for kind in KINDS}
        body = {"plans": plans, **body}
        name = "keap-" + hashlib.sha256(orjson.dumps(body)).hexdigest()[:40]
        path = f"/data_sources/{self._source}/json_imports"
        sent = {"external_id": name, **{key: value for key, value in body.items() if value}}
        try:
            started = self._client.create(path, sent, lambda: self._status(path, name))
        except Refused as refused:
            self._refused(refused, parts, plans, path, name)
            return
        self._finish(path, name, started, parts)

    def _refused(
        self, refused: Refused, parts: dict[str, Json], plans: list[Json], path: str, name: str
    ) -> None:
        """Too large: halve it. There already: watch that one. Anything else: one by one."""
        known = self._status(path, name) if refused.already_exists else None
        if known is not None:
            self._finish(path, name, known, parts)
        elif len(parts) > 1 and (refused.status == 413 or "large" in str(refused).lower()):
            keys = list(parts)
            self._send({key: parts[key] for key in keys[: len(keys) // 2]}, plans)
            self._send({key: parts[key] for key in keys[len(keys) // 2 :]}, [])
        else:
            for contact in parts:
                self._redo(contact)

    def _status(self, path: str, name: str) -> Json | None:
        try:
            return self._client.get(f"{path}/{name}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def _finish(self, path: str, name: str, started: Json, parts: dict[str, Json]) -> None:
        done = self._wait(path, str(started.get("external_id") or name), started)
        self.customers_sent += len(parts)
        self.objects_sent += sum(len(part[kind]) for part in parts.values() for kind in KINDS)
        details = done.get("status_details") or {}
        for contact in parts:
            if done.get("status") != "completed" or _failed(details, contact):
                self._redo(contact)

    def _wait(self, path: str, name: str, started: Json) -> Json:
        deadline, delay, current = time.monotonic() + IMPORT_SECONDS, 0.4, started
        while current.get("status") in ("queued", "processing", "pending", "working", "importing"):
            if time.monotonic() > deadline:
                raise UnreachableError(
                    "ChartMogul has not finished a bulk import within an hour; run the sync again later."
                )
            time.sleep(delay)
            delay = min(delay * 2, 15.0)
            current = self._client.get(f"{path}/{name}")
        return current

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


__all__ = ["BulkLane", "fragment", "own_ids"]
