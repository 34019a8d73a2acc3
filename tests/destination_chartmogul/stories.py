"""Runs worth dying in: a first sync by either lane, and a month of changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.demo import business_month
from tests.destination_chartmogul.killing import Records, Story
from tests.destination_chartmogul.pipe import Json, keap_records
from tests.simulators import Simulators

# One customer of each kind that needs other calls: plain, discount, tax, trial, refund, ends, plan change,
# one-off.
FEW = ("1001", "1009", "1014", "1016", "1021", "1024", "1027", "1031", "1036", "1038")
FULL_REFRESH = ("account", "products")


def few(records: Records, newest: int = 3) -> dict[str, list[Json]]:
    """A small account: ten contacts with their latest orders."""
    orders: list[Json] = []
    for contact in FEW:
        orders += [o for o in records["orders"] if o["contact"]["id"] == contact][-newest:]
    kept = {o["id"] for o in orders}
    return {
        "account": list(records["account"]),
        "products": list(records["products"]),
        "subscriptions": [s for s in records["subscriptions"] if s["contact_id"] in FEW],
        "payments": [p for p in records["payments"] if set(p["order_ids"]) <= kept],
        "contacts": [c for c in records["contacts"] if c["id"] in FEW],
        "orders": orders,
    }


def first_sync(records: Records) -> Story:
    """Ten customers into an empty source."""
    return Story(few(records, newest=2))


def month_of_changes(servers: Simulators) -> Story:
    """The whole small account, then what a month of business changes in it. Moves Keap's clock."""
    before = keap_records(servers.keap)
    for _ in business_month.happen(servers):
        pass
    after = keap_records(servers.keap)
    return Story(changed(before, after), before, business_month.END)


def changed(before: Records, after: Records) -> dict[str, list[Json]]:
    """What an incremental source emits: rows that are new or different, and streams without cursor whole."""
    return {
        stream: list(rows) if stream in FULL_REFRESH else list(_new(before[stream], rows))
        for stream, rows in after.items()
    }


def _new(before: Iterable[Any], after: Iterable[Json]) -> Iterable[Json]:
    known = {row["id"]: row for row in before}
    return (row for row in after if known.get(row["id"]) != row)
