"""A sample of the run's records, from which it is decided how Keap's plain numbers are to be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

Record = Mapping[str, Any]
Pairs = list[tuple[Record, Record]]
CONTACTS = 200


class Holder(Protocol):
    """What holds the records of a run, for example the spool."""

    def of_contact(self, stream: str, contact: str, /) -> Mapping[str, Any]:
        """A contact's records of a stream, by id."""


def sample(spool: Holder, contacts: Sequence[str]) -> tuple[Pairs, Pairs]:
    """(subscription, an item of one of its orders) and (payment, the order that it alone paid)."""
    subscriptions: Pairs = []
    payments: Pairs = []
    for contact in islice(contacts, CONTACTS):
        orders = [o for o in spool.of_contact("orders", contact).values() if isinstance(o, Mapping)]
        owned = spool.of_contact("subscriptions", contact)
        subscriptions += [(owned[key], item) for key, item in _items(orders).items() if key in owned]
        payments += _alone(spool.of_contact("payments", contact).values(), orders)
    return subscriptions, payments


def _items(orders: Iterable[Record]) -> dict[str, Record]:
    """The last item of each subscription, by subscription id."""
    found = {}
    for order in sorted(orders, key=lambda o: str(o.get("order_time") or "")):
        for item in _listed(order.get("order_items")):
            if isinstance(item, Mapping) and item.get("subscription_id") and item.get("price_per_unit"):
                found[str(item["subscription_id"])] = item
    return found


def _alone(payments: Iterable[Record], orders: Iterable[Record]) -> Pairs:
    """Payments that are the only one of a paid order."""
    paid = {str(order["id"]): order for order in orders if order.get("status") == "PAID"}
    by_order: dict[str, list[Record]] = {}
    for payment in payments:
        for order_id in _listed(payment.get("order_ids")):
            by_order.setdefault(str(order_id), []).append(payment)
    return [(rows[0], paid[key]) for key, rows in by_order.items() if len(rows) == 1 and key in paid]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []
