"""Keap's records by contact, as the destination gathers them before it maps a contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from destination_chartmogul.forms import odd_field, without_zeros
from destination_chartmogul.mapping.belonging import named_subscriptions
from destination_chartmogul.mapping.context import Bundle, Context, Elsewhere
from destination_chartmogul.mapping.plans import cycles_of_plans
from destination_chartmogul.mapping.sharing import bills_in, elsewhere_of
from reconciliation.frames import Records
from reconciliation.load.keap_rows import listed, mapping

DELETED = "_ab_cdc_deleted_at"
Held = dict[str, dict[str, Mapping[str, Any]]]


class Gathered:
    """Orders, subscriptions and payments of an account, by contact; payments by the order that they pay."""

    def __init__(self, records: Records) -> None:
        self._finite = cycles_of_plans(records.get("products", {}).values()).keys()
        self._held: dict[str, Held] = {name: defaultdict(dict) for name in ("orders", "subscriptions")}
        self._owner: dict[str, str] = {}
        self._deleted: set[str] = set()
        self._billed: dict[str, set[str]] = defaultdict(set)
        for key, held in records.get("orders", {}).items():
            order = held if odd_field("orders", held) else without_zeros("orders", held)
            contact = mapping(order.get("contact")).get("id") or order.get("contact_id")
            if contact:
                self._held["orders"][str(contact)][key] = order
                for named in named_subscriptions(order):
                    self._billed[named].add(str(contact))
        for key, subscription in records.get("subscriptions", {}).items():
            self._take_subscription(key, subscription)
        self._payments = records.get("payments", {})
        self._of_order: dict[str, list[str]] = defaultdict(list)
        for key, payment in self._payments.items():
            for order_id in listed(payment.get("order_ids")):
                self._of_order[str(order_id)].append(key)
        self._refunds = {
            str(p["refund_payment_id"]) for p in self._payments.values() if p.get("refund_payment_id")
        }

    def _take_subscription(self, key: str, subscription: Mapping[str, Any]) -> None:
        if subscription.get(DELETED):
            self._deleted.add(key)
        elif subscription.get("contact_id"):
            self._owner[key] = str(subscription["contact_id"])
            self._held["subscriptions"][self._owner[key]][key] = subscription

    def contacts(self, others: Iterable[str] = ()) -> list[str]:
        """Everybody with an order or a subscription, and `others`; smallest id first."""
        found = self._held["orders"].keys() | self._held["subscriptions"].keys() | set(others)
        return sorted(found, key=lambda key: (len(key), key))

    def of_contact(self, stream: str, contact: str, /) -> Mapping[str, Any]:
        """A contact's records of a stream, by id."""
        if stream == "payments":
            return self._paid_for(self._held["orders"].get(contact, {}))
        return self._held[stream].get(contact, {})

    def _paid_for(self, orders: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        keys = [key for order in orders for key in self._of_order.get(order, ())]
        return {key: self._payments[key] for key in keys}

    def bundles(self, contacts: Iterable[str], context: Context) -> Iterator[Bundle]:
        """One contact after the other."""
        return (self._bundle(contact, context) for contact in contacts)

    def _bundle(self, contact: str, context: Context) -> Bundle:
        orders, own = (self.of_contact(name, contact) for name in ("orders", "subscriptions"))
        named = {key for order in orders.values() for key in named_subscriptions(order)}
        gone = frozenset(named & self._deleted)
        elsewhere = self._elsewhere(contact, named | own.keys(), context)
        ending = [*own.values(), *(each.record for each in elsewhere.values())]
        items = (item for order in orders.values() for item in listed(order.get("order_items")))
        unlinked = any(not mapping(item).get("subscription_id") for item in items)
        payments = self._paid_for(orders) if gone or unlinked or any(map(self._may_end, ending)) else {}
        return Bundle(
            contact,
            orders=orders,
            subscriptions=own,
            payments=payments,
            refund_ids=frozenset(payments.keys() & self._refunds),
            gone=gone,
            unlisted=frozenset(named - self._owner.keys()),
            elsewhere=elsewhere,
        )

    def _may_end(self, subscription: Mapping[str, Any]) -> bool:
        """Whether the day of a payment can move its end: of one that goes on, no payment changes MRR."""
        ends = not subscription.get("active") or subscription.get("end_date")
        return bool(ends) or str(subscription.get("subscription_plan_id")) in self._finite

    def _elsewhere(self, contact: str, named: set[str], context: Context) -> dict[str, Elsewhere]:
        """Subscriptions of this contact that others have, or had, as well."""
        found: dict[str, Elsewhere] = {}
        for key in named:
            owner = self._owner.get(key, "")
            sharers = {owner, contact} | self._billed.get(key, set())
            if len(sharers - {""}) > 1:
                record = self._held["subscriptions"].get(owner, {}).get(key, {})
                orders = ((each, self._held["orders"].get(each, {}).values()) for each in sharers)
                bills = (bill for each, theirs in orders for bill in bills_in(theirs, key, each, context))
                found[key] = elsewhere_of(contact, owner, record, bills, context)
        return {key: each for key, each in found.items() if each.bills or each.owner != contact}
