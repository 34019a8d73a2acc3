"""What a bulk import says of each customer, as JSON text: half of the memory of objects, and written once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from destination_chartmogul.mapping.objects import Desired
from destination_chartmogul.wire import customer_body, event_body, iso, line_body, transaction_body

Json = dict[str, Any]
KINDS = ("customers", "invoices", "line_items", "transactions", "subscription_events")


@dataclass(frozen=True)
class Part:
    """One customer's objects by kind, each as JSON text; `size` in bytes."""

    contact: str
    objects: Mapping[str, Sequence[bytes]]

    @property
    def size(self) -> int:
        return sum(len(text) + 1 for texts in self.objects.values() for text in texts)


def part_of(desired: Desired) -> Part:
    """One customer's part of an import; plans stand apart."""
    owner, written = desired.contact_id, _objects_of(desired)
    return Part(owner, {kind: [orjson.dumps(item) for item in written[kind]] for kind in KINDS})


def _objects_of(desired: Desired) -> dict[str, list[Json]]:
    """The same as objects."""
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


def body_of(parts: Sequence[Part], plans: Sequence[Json]) -> bytes:
    """The members of an import's object but its `external_id`: `"plans":[...],"customers":[...]`."""
    members = [_member("plans", [orjson.dumps(plan) for plan in plans])] if plans else []
    for kind in KINDS:
        texts = [text for part in parts for text in part.objects[kind]]
        if texts:
            members.append(_member(kind, texts))
    return b",".join(members)


def _member(name: str, texts: Iterable[bytes]) -> bytes:
    return b'"' + name.encode() + b'":[' + b",".join(texts) + b"]"
