"""Rows of the ChartMogul tables from the documents kept of its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from destination_chartmogul.own_events import is_ours

Row = dict[str, Any]

MOVEMENTS = {
    "mrr-new-business": "new_biz",
    "mrr-expansion": "expansion",
    "mrr-contraction": "contraction",
    "mrr-churn": "churn",
    "mrr-reactivation": "reactivation",
}
LINE_FIELDS = {
    "external_id": "item_id",
    "type": "type",
    "subscription_external_id": "subscription_id",
    "plan_external_id": "plan_id",
    "amount_in_cents": "amount",
    "tax_amount_in_cents": "tax",
    "discount_amount_in_cents": "discount",
    "transaction_fees_in_cents": "fees",
    "quantity": "quantity",
    "service_period_start": "starts_at",
    "service_period_end": "ends_at",
    "prorated": "prorated",
}


def customers(entries: Iterable[Mapping[str, Any]], source: str | None) -> Iterator[Row]:
    """A row per customer and external id of this data source: a merged customer has several ids, one of them
    the primary.
    """
    for entry in entries:
        primary = entry.get("external_id")
        for name in _names(entry, source):
            yield {
                "uuid": entry["uuid"],
                "external_id": name,
                "primary": name == primary,
                "mrr": entry.get("mrr"),
                "lead_at": entry.get("lead_created_at"),
                "trial_at": entry.get("free_trial_started_at"),
                "since": entry.get("customer-since"),
                "sources": len(set(entry.get("data_source_uuids") or ())) or None,
                "page": entry.get("page"),
            }


def _names(entry: Mapping[str, Any], source: str | None) -> list[Any]:
    """The primary first. ChartMogul gives the source of each id beside it; where it does not, all count."""
    primary, ids = entry.get("external_id"), list(entry.get("external_ids") or ())
    sources = list(entry.get("data_source_uuids") or ())
    if len(ids) == len(sources) and source in sources:
        ids = [name for name, owner in zip(ids, sources, strict=True) if owner == source]
    else:
        ids = [primary, *ids]
    return sorted(dict.fromkeys(ids), key=lambda name: name != primary)


def activities(entries: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """A row per MRR movement, each once, whatever the paging repeated."""
    for entry in {entry["uuid"]: entry for entry in entries}.values():
        yield {
            "uuid": entry["uuid"],
            "customer_uuid": entry["customer-uuid"],
            "subscription_id": entry.get("subscription-external-id"),
            "plan_id": entry.get("plan-external-id"),
            "source_uuid": entry.get("billing-connector-uuid"),
            "happened_at": entry["date"],
            "type": entry["type"],
            "movement": whole(entry["activity-mrr-movement"]),
            "currency": entry.get("currency"),
        }


def events(entries: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """A row per subscription event; `ours`: made by the connector, not by hand or by another tool."""
    for entry in entries:
        yield {
            "external_id": entry.get("external_id"),
            "customer_id": entry.get("customer_external_id"),
            "subscription_id": entry.get("subscription_external_id"),
            "type": entry.get("event_type"),
            "effective_at": entry.get("effective_date"),
            "ours": is_ours(entry),
        }


def totals(entries: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """A row per entry of /metrics/mrr, with its movements where they are given."""
    for entry in entries:
        moved = {kind: entry[name] for name, kind in MOVEMENTS.items() if name in entry}
        yield {"date": entry["date"], "mrr": whole(entry["mrr"]), **moved}


def whole(amount: Any) -> int:
    """Cents. Raises ValueError for a part of one, which would be lost."""
    if int(amount) != float(amount):
        raise ValueError(f"{amount} is no whole number")
    return int(amount)


def lines(invoices: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """A row per invoice line item (https://dev.chartmogul.com/reference/invoices)."""
    for invoice in invoices:
        for item in invoice.get("line_items") or ():
            yield {
                "order_id": invoice.get("external_id"),
                "customer_uuid": invoice.get("customer_uuid"),
                "status": invoice.get("status"),
                "currency": invoice.get("currency"),
                "invoiced_at": invoice.get("date"),
                **{column: item.get(name) for name, column in LINE_FIELDS.items()},
                "by_hand": bool(item.get("user_created") or invoice.get("user_created")),
                "disabled": bool(item.get("disabled") or invoice.get("disabled")),
            }
