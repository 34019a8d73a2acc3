"""Rows of the pattern with other ids: one function per kind of row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.simulators.keap.rows import Contact, Order, OrderItem, Payment, Subscription
from tests.simulators.scenarios.generated.numbering import Numbers


def contact(row: Contact, to: Numbers) -> Contact:
    """A contact; its e-mail address names its id."""
    new_id = to.row("contacts", row.id)
    return replace(row, id=new_id, email=row.email.replace(str(row.id), str(new_id)))


def subscription(row: Subscription, to: Numbers) -> Subscription:
    return replace(row, id=to.row("subscriptions", row.id), contact_id=to.row("contacts", row.contact_id))


def order(row: Order, to: Numbers) -> Order:
    """An order with its items; its title names its id."""
    new_id, first_item = to.row("orders", row.id), to.first_item(row.id)
    return replace(
        row,
        id=new_id,
        contact_id=to.row("contacts", row.contact_id),
        title=row.title.replace(f"#{row.id}", f"#{new_id}"),
        items=tuple(item(each, first_item + place, to) for place, each in enumerate(row.items)),
    )


def item(row: OrderItem, new_id: int, to: Numbers) -> OrderItem:
    bought = row.subscription_id
    return replace(
        row, id=new_id, subscription_id=None if bought is None else to.row("subscriptions", bought)
    )


def payment(row: Payment, to: Numbers) -> Payment:
    """A payment; one that was refunded and its refund name each other."""
    back, of = row.refund_payment_id, row.refunds
    return replace(
        row,
        id=to.row("payments", row.id),
        contact_id=to.row("contacts", row.contact_id),
        order_id=to.row("orders", row.order_id),
        refund_payment_id=None if back is None else to.row("payments", back),
        refunds=None if of is None else to.row("payments", of),
    )


MOVE: Mapping[str, Callable[[Any, Numbers], Any]] = {
    "contacts": contact,
    "subscriptions": subscription,
    "orders": order,
    "payments": payment,
}
"""Kind → the row with other ids."""
