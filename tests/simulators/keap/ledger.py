"""Orders and payments: how they are made and how money moves on them.

Each function leaves the account's tables consistent: an order's `total_paid` and `refund_total` always
equal the sums of its payment rows, and whatever changes an order moves its `modification_time`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.simulators.keap.account import Account
from tests.simulators.keap.pricing import Basket, priced, total
from tests.simulators.keap.rows import Instalment, Order, Payment, PaymentPlan


def place_order(
    account: Account,
    contact_id: int,
    basket: Basket,
    at: datetime,
    *,
    source_type: str = "CHECKOUT_FORM",
    payment_plan: PaymentPlan | None = None,
    draft: bool = False,
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
        )
    )


def pay(account: Account, order_id: int, amount: int, at: datetime) -> Payment:
    """Write a payment of an order; amount in minor units, not above what is open (ValueError)."""
    order = account.orders[order_id]
    if not 0 < amount <= order.total - order.total_paid:
        raise ValueError(f"order {order_id} has {order.total - order.total_paid} open, not {amount}")
    payment = Payment(account.payments.new_id(), order.contact_id, order_id, amount, at, at)
    account.put_order(
        replace(
            order,
            total_paid=order.total_paid + amount,
            draft=False,
            modification_time=at,
            payment_plan=with_paid_instalments(order.payment_plan, order.total_paid + amount),
        )
    )
    return account.put_payment(payment)


def with_paid_instalments(plan: PaymentPlan | None, paid: int) -> PaymentPlan | None:
    """The payment plan with `paid` spread over its instalments, oldest first."""
    if plan is None:
        return None
    instalments: list[Instalment] = []
    for instalment in plan.instalments:
        part = min(instalment.amount_due, paid)
        instalments.append(replace(instalment, amount_paid=part))
        paid -= part
    return replace(plan, instalments=tuple(instalments))


def refund(account: Account, order_id: int, amount: int | None, at: datetime) -> list[Payment]:
    """Give money back, newest payment first; None = all that is left. ValueError when there is not so much.

    A refund is a payment row of its own, and the row that it returns names it in `refund_payment_id`
    (https://developer.keap.com, schema Payment); the order's `refund_total` grows.
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
    for payment in payments:
        part = min(payment.amount, left)
        if part:
            rows.append(give_back(account, payment, part, at))
            left -= part
    return rows


def refundable(account: Account, order_id: int) -> list[Payment]:
    """The order's incoming payments that have no refund yet, newest first."""
    rows = [account.payments[payment_id] for payment_id in reversed(account.payments_of[order_id])]
    return [row for row in rows if row.refunds is None and row.refund_payment_id is None]


def give_back(account: Account, payment: Payment, amount: int, at: datetime) -> Payment:
    """Write the refund row of one payment and name it on that payment."""
    row = Payment(
        id=account.payments.new_id(),
        contact_id=payment.contact_id,
        order_id=payment.order_id,
        amount=amount,
        payment_time=at,
        update_time=at,
        refunds=payment.id,
    )
    account.put_payment(row)
    account.put_payment(replace(payment, refund_payment_id=row.id, update_time=at))
    return row
