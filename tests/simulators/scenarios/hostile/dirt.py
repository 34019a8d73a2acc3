"""How a hostile case is made: a proper purchase in which something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.rows import Contact, Order, OrderItem, Payment, Subscription
from tests.simulators.scenarios.small.catalogue import STARTER, STARTER_MONTHLY

Changes = Mapping[str, Any]
Shown = Mapping[str, Changes]
FIRST_CONTACT, FIRST_SUBSCRIPTION, FIRST_ORDER, FIRST_PAYMENT, FIRST_ITEM = 2001, 6001, 30001, 50001, 80001
BOUGHT = datetime(2026, 6, 10, 16, tzinfo=UTC)
PRICE = 49_00


@dataclass(frozen=True, slots=True)
class Dirt:
    """One case: a contact with a Starter subscription, its order, the payment, and what is wrong.

    `contact`, `subscription`, `order`, `item`, `payment` change the rows; `shown` changes what the API shows
    of them; `without` leaves rows out; `also` are more lines of the order; `orders` says how many orders.
    """

    name: str
    says: str
    contact: Changes = field(default_factory=dict)
    subscription: Changes = field(default_factory=dict)
    order: Changes = field(default_factory=dict)
    item: Changes = field(default_factory=dict)
    payment: Changes = field(default_factory=dict)
    shown: Shown = field(default_factory=dict)
    without: tuple[str, ...] = ()
    also: tuple[OrderItem, ...] = ()
    orders: int = 1


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a case's rows; several orders count on from the first."""

    contact: int
    subscription: int
    order: int
    payment: int
    item: int


ORDERS_EACH, ITEMS_EACH = 3000, 6000


def ids_of(place: int) -> Ids:
    """The ids of the case at a place of the table."""
    return Ids(
        FIRST_CONTACT + place,
        FIRST_SUBSCRIPTION + place,
        FIRST_ORDER + place * ORDERS_EACH,
        FIRST_PAYMENT + place * ORDERS_EACH,
        FIRST_ITEM + place * ITEMS_EACH,
    )


def spill(account: Account, place: int, dirt: Dirt) -> None:
    """Put the rows of a case into the account."""
    ids = ids_of(place)
    if "contacts" not in dirt.without:
        account.put_contact(replace(proper_contact(ids, dirt.name), **dirt.contact))
    if "subscriptions" not in dirt.without:
        account.put_subscription(replace(proper_subscription(ids), **dirt.subscription))
    for number in range(dirt.orders if "orders" not in dirt.without else 0):
        order = proper_order(ids, number, dirt)
        account.put_order(order)
        if "payments" not in dirt.without:
            account.put_payment(replace(proper_payment(ids, number, order), **dirt.payment))
    for kind, changes in dirt.shown.items():
        account.oddities[kind, getattr(ids, kind.rstrip("s"))] = changes


def proper_contact(ids: Ids, name: str) -> Contact:
    """A contact that nothing is wrong with."""
    return Contact(
        id=ids.contact,
        given_name="Case",
        family_name=name.replace("_", " ").title(),
        email=f"{name}@example.com",
        company="",
        phone="",
        address=None,
        create_time=BOUGHT,
        update_time=BOUGHT,
    )


def proper_subscription(ids: Ids) -> Subscription:
    """Starter every month since 10 June 2026."""
    return Subscription(
        id=ids.subscription,
        contact_id=ids.contact,
        product_id=STARTER,
        plan_id=STARTER_MONTHLY,
        quantity=1,
        price=PRICE,
        cycle="MONTH",
        frequency=1,
        start_date=date(2026, 6, 10),
        last_bill_date=date(2026, 6, 10),
        next_bill_date=date(2026, 7, 10),
        modification_time=BOUGHT,
        bill_day=10,
    )


def proper_order(ids: Ids, number: int, dirt: Dirt) -> Order:
    """The order of the purchase, or one more like it."""
    line = OrderItem(
        id=ids.item + number,
        item_type="SUBSCRIPTION",
        name="Starter",
        quantity=1,
        price=PRICE,
        product_id=STARTER,
        plan_id=STARTER_MONTHLY,
        subscription_id=ids.subscription,
        first_of_subscription=number == 0,
    )
    more = (replace(each, id=ids.item + ITEMS_EACH // 2 + place) for place, each in enumerate(dirt.also))
    items = (replace(line, **dirt.item), *more)
    total = sum(each.amount for each in items)
    made = Order(
        id=ids.order + number,
        contact_id=ids.contact,
        title=f"Starter #{ids.order + number}",
        order_time=BOUGHT,
        creation_time=BOUGHT,
        modification_time=BOUGHT,
        items=items,
        total=total,
        total_paid=max(total, 0),
    )
    return replace(made, **dirt.order)


def proper_payment(ids: Ids, number: int, order: Order) -> Payment:
    """The payment of an order."""
    return Payment(
        id=ids.payment + number,
        contact_id=ids.contact,
        order_id=order.id,
        amount=order.total_paid,
        payment_time=BOUGHT,
        update_time=BOUGHT,
    )
