"""Whose an order's items and their subscriptions are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from destination_chartmogul.mapping.context import Elsewhere, Record
from destination_chartmogul.mapping.outcome import UnwritableError


def named_subscriptions(order: Record) -> set[str]:
    """Ids of the subscriptions that an order's items name; none of an order in an odd form."""
    items = order.get("order_items")
    rows = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
    return {str(item["subscription_id"]) for item in rows if item.get("subscription_id")}


def check_belonging(order: Record, elsewhere: Mapping[str, Elsewhere]) -> None:
    """Raises UnwritableError `subscription_of_another_contact`, or `malformed_record` for an item that comes
    twice.

    A subscription that moved may leave its earlier orders behind; what another contact is billed for is not
    billed here as well.
    """
    for key in sorted(named_subscriptions(order) & elsewhere.keys()):
        if str(order["id"]) in elsewhere[key].foreign:
            text = f"subscription {key} belongs to another contact, who is billed for it all the same"
            raise UnwritableError("subscription_of_another_contact", text)
    ids = Counter(str(item.get("id")) for item in order.get("order_items") or [])
    twice = sorted(key for key, times in ids.items() if times > 1 and key not in ("None", ""))
    if twice:
        raise UnwritableError("malformed_record", f"order item {', '.join(twice)} comes twice in the order")
