"""How payments were applied to an order: the payments of one order, computed when they are read.

The vendor's `amount` is a bare number with the example 10000, so its unit is a switch, and so is whether a
declined charge is among the rows (https://developer.keap.com, schema InvoiceOrderPayment).
"""

from __future__ import annotations

from decimal import Decimal

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.declines import DECLINES
from tests.simulators.keap.billing.rows import Attempt, OrderPayment
from tests.simulators.keap.filters import EQUAL, Bounds, amount, choice, number, yes_no
from tests.simulators.keap.order_views import INVOICE_ID_STEP
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.rows import Payment
from tests.simulators.keap.table import Table
from tests.simulators.keap.wording import Json, Wording

ID_STEP = 2_000_000
STATUSES = (
    "MANUAL_PAID",
    "REFUNDED",
    "VOIDED",
    "PAYPAL_PAID",
    "APPROVED",
    "FAILED",
    "ERROR",
    "PENDING",
)


def order_payment_id(payment_id: int) -> int:
    """The id under which a payment is applied to its order."""
    return payment_id + ID_STEP


def payments_of_order(account: Account, order_id: int, *, declined: bool) -> Table[OrderPayment]:
    """The rows of one order; with its declined charges or without."""
    table: Table[OrderPayment] = Table(ID_STEP)
    for payment_id in account.payments_of[order_id]:
        table.put(applied(account.payments[payment_id]))
    for attempt_id in account.billing.attempts_of.get(order_id, ()) if declined else ():
        table.put(not_applied(account.billing.attempts[attempt_id]))
    return table


def applied(payment: Payment) -> OrderPayment:
    """A payment or a refund, applied to its order."""
    return OrderPayment(
        id=order_payment_id(payment.id),
        order_id=payment.order_id,
        amount=payment.amount,
        time=payment.payment_time,
        update_time=payment.update_time,
        status=status(payment),
        payment_id=payment.id,
        refunds=order_payment_id(payment.refunds) if payment.refunds is not None else None,
        note="Refund" if payment.refunds is not None else "",
    )


def status(payment: Payment) -> str:
    """The `pay_status` of a payment."""
    if payment.refunds is not None:
        return "VOIDED" if payment.voided else "REFUNDED"
    if payment.by_hand:
        return "MANUAL_PAID"
    return "PENDING" if payment.status == "PENDING" else "APPROVED"


def not_applied(attempt: Attempt) -> OrderPayment:
    """A declined charge: nothing was paid."""
    return OrderPayment(
        id=attempt.id,
        order_id=attempt.order_id,
        amount=attempt.amount,
        time=attempt.at,
        update_time=attempt.at,
        status=DECLINES[attempt.reason].status,
    )


def order_payment_view(_: Account, row: OrderPayment, say: Wording) -> Json:
    """An InvoiceOrderPayment; a refund names the row that it gives back."""
    sign = -1 if row.refunds is not None and say.refund_sign == "negative" else 1
    return say.known(
        {
            "id": str(row.id),
            "amount": sign * (row.amount if say.order_payment_units == "minor" else say.major(row.amount)),
            "note": row.note,
            "invoice_id": str(row.order_id + INVOICE_ID_STEP),
            "payment_id": str(row.payment_id) if row.payment_id else None,
            "pay_time": say.time(row.time),
            "pay_status": row.status,
            "last_updated_time": say.time(row.update_time),
            "skip_commission": False,
            "refund_invoice_payment_id": str(row.refunds) if row.refunds is not None else None,
        }
    )


def filtered_amount(row: OrderPayment, bounds: Bounds) -> Decimal:
    """The amount in major units with the sign that is shown."""
    negative = row.refunds is not None and bounds.negative_refunds
    return Decimal(-row.amount if negative else row.amount).scaleb(-2)


def no_table(_: Account) -> Table[OrderPayment]:
    """There is no list of the whole account."""
    raise LookupError("order payments are read order by order")


ORDER_PAYMENTS = Resource[OrderPayment](
    key="invoice_order_payments",
    noun="Order Payment",
    table=no_table,
    view=order_payment_view,
    id_field="",
    filters={
        "invoice_id": number(lambda row: row.order_id + INVOICE_ID_STEP),
        "payment_id": number(lambda row: row.payment_id or 0),
        "amount": amount(filtered_amount, EQUAL),
        "pay_status": choice(lambda row: row.status, STATUSES),
        "skip_commission": yes_no(lambda _: False),
    },
    orders={
        "invoice_id": lambda row: row.order_id,
        "payment_id": lambda row: row.payment_id or 0,
        "amount": lambda row: row.amount,
        "pay_time": lambda row: row.time,
        "pay_status": lambda row: row.status,
        "skip_commission": lambda _: False,
        "last_updated_time": lambda row: row.update_time,
    },
)
