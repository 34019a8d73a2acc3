"""Events of orders: a one-off purchase, money that comes late, money that goes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.bill_dates import bill_instant, local_date
from tests.simulators.keap.billing.transactions import decline
from tests.simulators.keap.contact_events import contact_of
from tests.simulators.keap.events import EventError, EventType, Fields, Touched, World, as_int, as_percent
from tests.simulators.keap.ledger import pay, place_order, refund
from tests.simulators.keap.pricing import Basket, priced, total
from tests.simulators.keap.rows import CARD, PAYMENT_TYPES, Instalment, Order, OrderItem, PaymentPlan

INSTALMENT_FIELDS = ("instalments?", "days_between_payments?", "initial_payment?", "auto_charge?")
ITEM_TYPES = ("PRODUCT", "SERVICE", "UPSELL", "SHIPPING", "FINANCE_CHARGE", "TIP", "OTHER", "FEE", "UNKNOWN")


def cart_lines(account: Account, given: Iterable[Mapping[str, Any]]) -> tuple[OrderItem, ...]:
    """Lines from `{"product_id"?, "name"?, "item_type"?, "quantity"?, "price"?}`; prices in minor units."""
    return tuple(cart_line(account, each) for each in given)


def cart_line(account: Account, given: Mapping[str, Any]) -> OrderItem:
    """One line: a product of the catalogue, or anything with a name and a price."""
    if not isinstance(given, dict):
        raise EventError(f"{given!r} is no item; items are objects")
    kind = given.get("item_type", "PRODUCT")
    if kind not in ITEM_TYPES:
        raise EventError(f"item_type is one of {ITEM_TYPES}")
    product = account.products.get(as_int(given["product_id"])) if "product_id" in given else None
    if product is None and not {"name", "price"} <= set(given):
        raise EventError("an item needs a known product_id, or a name and a price")
    return OrderItem(
        id=0,
        item_type=kind,
        name=str(given.get("name", product.name if product else "")),
        quantity=as_int(given.get("quantity", 1)),
        price=as_int(given.get("price", product.price if product else 0)),
        product_id=product.id if product else None,
    )


def new_order(world: World, fields: Fields) -> Touched:
    """A one-off purchase, paid at once, or in `instalments`, or not `paid`, or `declined` for good."""
    engine, contact = world.engine, contact_of(world, fields)
    basket = Basket(
        cart_lines(engine.account, fields["items"]),
        tax_percent=as_percent(fields["tax_percent"]) if "tax_percent" in fields else None,
    )
    if not basket.lines:
        raise EventError("an order has items")
    plan = payment_plan(world, basket, fields) if "instalments" in fields else None
    if plan and fields.get("declined"):
        raise EventError("decline an instalment with payment_failed")
    draft = bool(fields.get("draft"))
    due = engine.now + timedelta(days=as_int(fields["due_days"])) if "due_days" in fields else None
    order = place_order(
        engine.account, contact.id, basket, engine.now, payment_plan=plan, draft=draft, due_time=due
    )
    if plan:
        expect_instalments(world, order, plan)
    elif fields.get("declined"):
        decline(engine.account, order.id, order.total, engine.now, "card_declined", contact.id)
    elif fields.get("paid", not draft):
        engine.collect(order.id)
    return {"contacts": [contact.id], "orders": [order.id]}


def payment_plan(world: World, basket: Basket, fields: Fields) -> PaymentPlan:
    """Equal parts, the cents left over in the first; due every `days_between_payments` days from today.

    `initial_payment` is what is paid at once, in place of the first equal part.
    """
    count, days = as_int(fields["instalments"]), as_int(fields.get("days_between_payments", 30))
    if count < 1:
        raise EventError("instalments is 1 or more")
    start = local_date(world.engine.now, world.engine.account.profile.zone)
    amounts = instalment_amounts(total(priced(basket)), count, fields)
    return PaymentPlan(
        start_date=start,
        days_between_payments=days,
        instalments=tuple(
            Instalment(start + timedelta(days=days * number), amount) for number, amount in enumerate(amounts)
        ),
        auto_charge=bool(fields.get("auto_charge", True)),
    )


def instalment_amounts(owed: int, count: int, fields: Fields) -> list[int]:
    """What is due each time; EventError when the first payment is not below the sum."""
    if "initial_payment" not in fields:
        part, left = divmod(owed, count)
        return [part + left, *[part] * (count - 1)]
    first = as_int(fields["initial_payment"])
    if count < 2 or not 0 < first < owed:
        raise EventError("initial_payment is a part of the sum, and other instalments follow")
    part, left = divmod(owed - first, count - 1)
    return [first, part + left, *[part] * (count - 2)]


def expect_instalments(world: World, order: Order, plan: PaymentPlan) -> None:
    """Pay the first instalment now, put the others on the agenda unless they are paid by hand."""
    engine, zone = world.engine, world.engine.account.profile.zone
    pay(engine.account, order.id, plan.instalments[0].amount_due, engine.now)
    for instalment in plan.instalments[1:] if plan.auto_charge else ():
        engine.expect("instalment", order.id, instalment.due_date, bill_instant(instalment.due_date, zone))


def order_of(world: World, fields: Fields, wanted: str) -> Order:
    """The order that an event names, or the contact's newest that is `open` or `paid`."""
    account = world.engine.account
    if "order_id" in fields:
        order = account.orders.get(as_int(fields["order_id"]))
        if order is None:
            raise EventError(f"there is no order {fields['order_id']}")
        return order
    if "contact_id" not in fields:
        raise EventError("name an order_id or a contact_id")
    owned = [account.orders[row_id] for row_id in sorted(account.orders_of[contact_of(world, fields).id])]
    fitting = [order for order in owned if STATES[wanted](order)]
    if not fitting:
        raise EventError(f"contact {fields['contact_id']} has no order that is {wanted}")
    return fitting[-1]


STATES = {
    "open": lambda order: order.total_paid < order.total,
    "paid": lambda order: order.total_paid > order.refund_total,
}


def pay_order(world: World, fields: Fields) -> Touched:
    """An open order is paid, in whole or in part, by card or by hand; `pending`: not settled yet."""
    engine, order, kind = world.engine, order_of(world, fields, "open"), fields.get("method", CARD)
    if kind not in PAYMENT_TYPES:
        raise EventError(f"method is one of {PAYMENT_TYPES}")
    amount = as_int(fields.get("amount", order.total - order.total_paid))
    pending = bool(fields.get("pending"))
    payment = pay(engine.account, order.id, amount, engine.now, kind=kind, pending=pending)
    return {"orders": [order.id], "payments": [payment.id]}


def refund_order(world: World, fields: Fields) -> Touched:
    """Money of a paid order goes back, in whole or in part.

    `void`: the gateway undoes the charge. `own_row` false: no payment row tells of it, only the order.
    """
    order = order_of(world, fields, "paid")
    amount = as_int(fields["amount"]) if "amount" in fields else None
    voided, own_row = bool(fields.get("void")), bool(fields.get("own_row", True))
    rows = refund(world.engine.account, order.id, amount, world.engine.now, voided=voided, own_row=own_row)
    return {"orders": [order.id], "payments": [row.id for row in rows]}


ORDER_EVENTS = {
    "new_order": EventType(
        new_order,
        (
            *("contact_id", "items", "tax_percent?", "paid?", "declined?", "draft?", "due_days?"),
            *INSTALMENT_FIELDS,
        ),
        "A one-off purchase.",
    ),
    "pay_order": EventType(
        pay_order,
        ("order_id?", "contact_id?", "amount?", "method?", "pending?"),
        "An open order is paid late, in whole or in part.",
    ),
    "refund": EventType(
        refund_order, ("order_id?", "contact_id?", "amount?", "void?", "own_row?"), "Money goes back."
    ),
}
