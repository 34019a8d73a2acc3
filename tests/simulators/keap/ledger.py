"""Orders and payments: how they are made and how money moves on them.

Each function leaves the account's tables consistent: an order's `total_paid` and `refund_total` always
equal the sums of its payment rows, and whatever changes an order moves its `modification_time`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.cards import keep_cards
from tests.simulators.keap.pricing import Basket, priced, total
from tests.simulators.keap.rows import CARD, CREDIT, Instalment, Order, Payment, PaymentPlan


def place_order(
    account: Account,
    contact_id: int,
    basket: Basket,
    at: datetime,
    *,
    source_type: str = "CHECKOUT_FORM",
    payment_plan: PaymentPlan | None = None,
    draft: bool = False,
    due_time: datetime | None = None,
) -> Order:
    """Write a new order with priced items; nothing is paid yet."""
    order_id = account.orders.new_id()
    items = tuple(replace(item, id=account.new_item_id()) for item in priced(basket))
    return account.put_order(
        Order(
            id=order_id,
            contact_id=contact_id,
            title=f"{items[0].name} #{order_id}",
            order_time=at,
            creation_time=at,
            modification_time=at,
            items=items,
            total=total(items),
            source_type=source_type,
            payment_plan=payment_plan,
            draft=draft,
            due_time=due_time,
        )
    )


def pay(
    account: Account,
    order_id: int,
    amount: int,
    at: datetime,
    *,
    kind: str = CARD,
    card_id: int | None = None,
    pending: bool = False,
) -> Payment:
    """Write a payment of an order; amount in minor units, not above what is open (ValueError).

    A payment by hand (`kind` is no card) has the status NONE, since no gateway knows it. A pending one pays
    the order when it settles.
    """
    order = account.orders[order_id]
    if not 0 < amount <= order.total - order.total_paid:
        raise ValueError(f"order {order_id} has {order.total - order.total_paid} open, not {amount}")
    status = "COMPLETED" if kind == CARD else "NONE"
    payment = Payment(
        account.payments.new_id(),
        order.contact_id,
        order_id,
        amount,
        at,
        at,
        status,
        kind=kind,
        card_id=card_id,
    )
    if pending:
        return account.put_payment(replace(payment, status="PENDING"))
    account.put_order(paid(order, amount, at, credit=kind == CREDIT))
    return account.put_payment(payment)


def paid(order: Order, amount: int, at: datetime, *, credit: bool) -> Order:
    """The order with more money on it."""
    return replace(
        order,
        total_paid=order.total_paid + amount,
        draft=False,
        credited=order.credited or credit,
        modification_time=at,
        payment_plan=with_paid_instalments(order.payment_plan, order.total_paid + amount),
    )


def settle(account: Account, payment_id: int, at: datetime) -> Payment:
    """A pending payment goes through; ValueError when there is no such payment."""
    payment = account.payments.get(payment_id)
    if payment is None or payment.status != "PENDING":
        raise ValueError(f"payment {payment_id} is not pending")
    order = account.orders[payment.order_id]
    if payment.amount > order.total - order.total_paid:
        raise ValueError(f"order {order.id} was paid meanwhile")
    account.put_order(paid(order, payment.amount, at, credit=False))
    return account.put_payment(replace(payment, status="COMPLETED", update_time=at))


def write_off(account: Account, order_id: int, at: datetime) -> Order:
    """Give up what is open on an order."""
    return account.put_order(replace(account.orders[order_id], written_off=True, modification_time=at))


def remove_order(account: Account, order_id: int, *, keep_payments: bool) -> list[int]:
    """Delete an order, and its payments and declined charges unless kept; gives the ids of the payments."""
    keep_cards(account, account.orders[order_id].contact_id)
    account.orders.remove(order_id)
    if keep_payments:
        return []
    account.billing.remove_attempts(order_id)
    removed = list(account.payments_of[order_id])
    for payment_id in removed:
        account.payments.remove(payment_id)
    return removed


def with_paid_instalments(plan: PaymentPlan | None, paid: int) -> PaymentPlan | None:
    """The payment plan with `paid` spread over its instalments, oldest first."""
    if plan is None:
        return None
    instalments: list[Instalment] = []
    for instalment in plan.instalments:
        part = min(instalment.amount_due, paid)
        failed = instalment.failed and part < instalment.amount_due
        instalments.append(replace(instalment, amount_paid=part, failed=failed))
        paid -= part
    return replace(plan, instalments=tuple(instalments))


def with_failed_instalment(order: Order, day: date, at: datetime) -> Order:
    """The order with the instalment of a day marked as declined."""
    if order.payment_plan is None:
        return order
    instalments = tuple(
        replace(each, failed=True) if each.due_date == day else each
        for each in order.payment_plan.instalments
    )
    plan = replace(order.payment_plan, instalments=instalments)
    return replace(order, payment_plan=plan, modification_time=at)


def refund(
    account: Account,
    order_id: int,
    amount: int | None,
    at: datetime,
    *,
    voided: bool = False,
    own_row: bool = True,
) -> list[Payment]:
    """Give money back, newest payment first; None = all that is left. ValueError when there is not so much.

    A refund is a payment row of its own, and the row that it returns names it in `refund_payment_id`
    (https://developer.keap.com, schema Payment); the order's `refund_total` grows. Without `own_row`, that is
    all that tells of it; `voided`: the gateway had not settled the payment yet, and made it undone.
    """
    order = account.orders[order_id]
    available = order.total_paid - order.refund_total
    left = available if amount is None else amount
    if not 0 < left <= available:
        raise ValueError(f"order {order_id} has {available} to give back, not {left}")
    payments = refundable(account, order_id)
    if left > sum(payment.amount for payment in payments):
        raise ValueError(f"the payments of order {order_id} without a refund do not reach {left}")
    account.put_order(replace(order, refund_total=order.refund_total + left, modification_time=at))
    rows: list[Payment] = []
    for payment in payments if own_row else ():
        part = min(payment.amount, left)
        if part:
            rows.append(give_back(account, payment, part, at, voided=voided))
            left -= part
    return rows


def refundable(account: Account, order_id: int) -> list[Payment]:
    """The order's incoming payments that have no refund yet, newest first."""
    rows = [account.payments[payment_id] for payment_id in reversed(account.payments_of[order_id])]
    return [
        row
        for row in rows
        if row.refunds is None and row.refund_payment_id is None and row.status != "PENDING"
    ]


def give_back(account: Account, payment: Payment, amount: int, at: datetime, *, voided: bool) -> Payment:
    """Write the refund row of one payment and name it on that payment."""
    row = Payment(
        id=account.payments.new_id(),
        contact_id=payment.contact_id,
        order_id=payment.order_id,
        amount=amount,
        payment_time=at,
        update_time=at,
        refunds=payment.id,
        status=payment.status,
        kind=payment.kind,
        card_id=payment.card_id,
        voided=voided,
    )
    account.put_payment(row)
    account.put_payment(replace(payment, refund_payment_id=row.id, update_time=at))
    return row
