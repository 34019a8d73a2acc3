"""Events that stop, delete or move subscriptions and orders, and credits."""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.keap.contact_events import charged_card, contact_of
from tests.simulators.keap.events import EventError, EventType, Fields, Touched, World, as_date, as_int
from tests.simulators.keap.ledger import remove_order, write_off
from tests.simulators.keap.order_events import order_of
from tests.simulators.keap.rows import Discount
from tests.simulators.keap.subscription_events import WHICH, subscription_of, today


def deactivate(world: World, fields: Fields) -> Touched:
    """What `POST :deactivate` does: inactive with a reason; the bill date stays, and so may the end date."""
    subscription = subscription_of(world, fields)
    if not subscription.active:
        raise EventError(f"subscription {subscription.id} is not active")
    stopped = replace(subscription, active=False, reason_stopped=fields.get("reason", ""))
    if world.doubt("deactivation_end_date") == "today":
        stopped = replace(stopped, end_date=today(world), ends_by_plan=False)
    world.engine.save(stopped)
    return {"subscriptions": [subscription.id]}


def delete_subscription(world: World, fields: Fields) -> Touched:
    """A subscription is deleted; its orders stay and name an id that is gone."""
    subscription = subscription_of(world, fields)
    world.engine.account.subscriptions.remove(subscription.id)
    return {"subscriptions": [subscription.id]}


def move_subscription(world: World, fields: Fields) -> Touched:
    """A subscription is given to another contact; the orders until now stay where they are."""
    subscription, to = subscription_of(world, fields), contact_of(world, fields, "to_contact_id")
    moved = replace(subscription, contact_id=to.id, card_id=charged_card(subscription))
    world.engine.save(moved)
    return {"subscriptions": [subscription.id], "contacts": [to.id]}


def move_bill_date(world: World, fields: Fields) -> Touched:
    """The next bill date is set by hand, as for a month that is skipped; later ones follow from it."""
    subscription, day = subscription_of(world, fields), as_date(fields["next_bill_date"])
    if day < today(world):
        raise EventError("next_bill_date is over")
    world.engine.save(replace(subscription, next_bill_date=day, bill_day=day.day))
    world.engine.run_until(world.engine.now)
    return {"subscriptions": [subscription.id]}


def credit(world: World, fields: Fields) -> Touched:
    """A recurring credit: an amount off each of the next `orders` bills (default 1), as a DISCOUNT line."""
    subscription, amount = subscription_of(world, fields), as_int(fields["amount"])
    orders = as_int(fields.get("orders", 1))
    if amount <= 0 or orders <= 0:
        raise EventError("amount and orders are above 0")
    line = Discount("DISCOUNT", amount=amount, orders_left=orders, name="Credit")
    world.engine.account.put_subscription(replace(subscription, discounts=(*subscription.discounts, line)))
    return {"subscriptions": [subscription.id]}


def write_off_order(world: World, fields: Fields) -> Touched:
    """What is open on an order is given up: no more charges; the order stays, unpaid as it is."""
    order = order_of(world, fields, "open")
    write_off(world.engine.account, order.id, world.engine.now)
    return {"orders": [order.id]}


def delete_order(world: World, fields: Fields) -> Touched:
    """An order is deleted, with its payments; `keep_payments` leaves those, naming an order that is gone.

    Keap's API deletes only orders without transactions; people may delete others in the application.
    """
    order = world.engine.account.orders.get(as_int(fields["order_id"]))
    if order is None:
        raise EventError(f"there is no order {fields['order_id']}")
    removed = remove_order(world.engine.account, order.id, keep_payments=bool(fields.get("keep_payments")))
    return {"orders": [order.id], "payments": removed}


STOP_EVENTS = {
    "deactivate": EventType(
        deactivate, (*WHICH, "reason?"), "Stopped as the API does it: no end date is written."
    ),
    "delete_subscription": EventType(delete_subscription, WHICH, "The subscription goes, its orders stay."),
    "move_bill_date": EventType(
        move_bill_date, (*WHICH, "next_bill_date"), "The next bill comes on another day."
    ),
    "move_subscription": EventType(
        move_subscription,
        (*WHICH, "to_contact_id"),
        "The subscription goes to another contact, its orders stay.",
    ),
    "credit": EventType(credit, (*WHICH, "amount", "orders?"), "An amount off the next bills."),
    "write_off": EventType(
        write_off_order, ("order_id?", "contact_id?"), "Nobody will ask for the open money any more."
    ),
    "delete_order": EventType(
        delete_order, ("order_id", "keep_payments?"), "The order goes, with its payments or without."
    ),
}
