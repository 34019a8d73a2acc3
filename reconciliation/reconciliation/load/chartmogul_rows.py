"""Rows of the ChartMogul tables from the documents kept of its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Row = dict[str, Any]


def customers(entries: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """A row per customer and external id: a merged customer has several ids, one of them the primary."""
    for entry in entries:
        primary = entry.get("external_id")
        others = [name for name in entry.get("external_ids") or () if name != primary]
        for name in [primary, *others]:
            yield {
                "uuid": entry["uuid"],
                "external_id": name,
                "primary": name == primary,
                "mrr": entry.get("mrr"),
            }


def activities(entries: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """A row per MRR movement, each once, whatever the paging repeated."""
    for entry in {entry["uuid"]: entry for entry in entries}.values():
        yield {
            "uuid": entry["uuid"],
            "customer_uuid": entry["customer-uuid"],
            "subscription_id": entry.get("subscription-external-id"),
            "happened_at": entry["date"],
            "type": entry["type"],
            "movement": int(entry["activity-mrr-movement"]),
        }
