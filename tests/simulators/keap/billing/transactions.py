"""Transactions: every charge asked of a gateway, declined ones too, every refund, and payments by hand.

Nothing is stored for a charge that went through: its transaction is computed from the payment. REST v2 shows
no id of a transaction (https://developer.keap.com, schema TransactionV2), so the id here serves the order of
rows and REST v1: that of a payment times 256; declined charges lie between those.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.cards import shown_card
from tests.simulators.keap.billing.declines import DECLINES
from tests.simulators.keap.billing.derived import DerivedTable
from tests.simulators.keap.billing.order_payments import order_payment_id
from tests.simulators.keap.billing.rows import Attempt, Transaction
from tests.simulators.keap.filters import Bounds, amount, at, choice, number, since, text, until, yes_no
from tests.simulators.keap.index import ID_MASK, Index, key
from tests.simulators.keap.order_views import basic_contact
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.rows import Payment
from tests.simulators.keap.views import external_id, merchant_of
from tests.simulators.keap.wording import Json, Wording

STEP = 256
STATUSES = ("APPROVED", "PENDING", "ERROR", "FAILED", "NONE")
METHODS = ("CAPTURE", "REFUND", "VOID", "MANUAL")
PAYMENT_STATUSES = {"COMPLETED": "APPROVED", "APPROVED": "APPROVED", "PENDING": "PENDING", "NONE": "NONE"}


def transactions(account: Account) -> DerivedTable[Transaction]:
    """Every transaction of the account."""
    billing = account.billing
    return account.computed(
        "transactions",
        lambda: DerivedTable(
            lambda: (
                account.payments.version,
                billing.attempts.version,
                billing.cards.version,
                account.contacts.version,
            ),
            lambda: sorted([*(row_id * STEP for row_id in account.payments.ids), *billing.attempts.ids]),
            lambda row_id: transaction(account, row_id),
            {
                "transaction_time": lambda: combined(account, "payment_time", "at"),
                "contact_id": lambda: combined(account, "contact_id", "contact_id"),
                "order_id": lambda: combined(account, "order_id", "order_id"),
            },
        ),
    )


def combined(account: Account, of_payments: str, of_attempts: str) -> Index:
    """An index of transactions, from that of payments and the declined charges."""
    high = ~ID_MASK
    keys = [each & high | (each & ID_MASK) * STEP for each in account.payments.index(of_payments).keys]
    keys += [key(getattr(row, of_attempts), row.id) for row in account.billing.attempts]
    return Index(sorted(keys))


def transaction(account: Account, row_id: int) -> Transaction | None:
    """One transaction by its id."""
    payment_id, place = divmod(row_id, STEP)
    if place:
        attempt = account.billing.attempts.get(row_id)
        return of_attempt(attempt) if attempt else None
    payment = account.payments.get(payment_id)
    return of_payment(payment) if payment else None


def of_payment(payment: Payment) -> Transaction:
    """The transaction that made a payment."""
    return Transaction(
        id=payment.id * STEP,
        contact_id=payment.contact_id,
        order_id=payment.order_id,
        amount=payment.amount,
        time=payment.payment_time,
        method=method(payment),
        status=PAYMENT_STATUSES[payment.status],
        card_id=payment.card_id or payment.contact_id,
        payment_id=payment.id,
        reference=external_id(payment),
    )


def method(payment: Payment) -> str:
    """How a payment came about."""
    if payment.refunds is not None:
        return "VOID" if payment.voided else "REFUND"
    return "MANUAL" if payment.by_hand else "CAPTURE"


def of_attempt(attempt: Attempt) -> Transaction:
    """The transaction of a declined charge."""
    return Transaction(
        id=attempt.id,
        contact_id=attempt.contact_id,
        order_id=attempt.order_id,
        amount=attempt.amount,
        time=attempt.at,
        method="CAPTURE",
        status=DECLINES[attempt.reason].status,
        card_id=attempt.card_id,
        reason=attempt.reason,
        reference=f"ch_{attempt.id}",
    )


def decline(account: Account, order_id: int, charge: int, at: datetime, reason: str, card_id: int) -> Attempt:
    """Write a declined charge of an order."""
    attempts, payments = account.billing.attempts, account.payments
    after = max(attempts.last_id, payments.last_id * STEP) + 1
    free_id = after if after % STEP else after + 1
    contact_id = account.orders[order_id].contact_id
    return account.billing.put_attempt(Attempt(free_id, order_id, contact_id, charge, at, reason, card_id))


def is_successful(row: Transaction) -> bool:
    """A pending transaction counts as not successful."""
    return row.status in ("APPROVED", "NONE")


def signed(row: Transaction, negative_refunds: bool) -> int:
    """The amount with the sign that is shown."""
    return -row.amount if negative_refunds and row.method in ("REFUND", "VOID") else row.amount


def filtered_amount(row: Transaction, bounds: Bounds) -> Decimal:
    """The amount in major units, as it is shown."""
    return Decimal(signed(row, bounds.negative_refunds)).scaleb(-2)


def transaction_view(account: Account, row: Transaction, say: Wording) -> Json:
    """A TransactionV2."""
    contact, by_hand = account.contacts.get(row.contact_id), row.method == "MANUAL"
    decline_ = DECLINES.get(row.reason)
    return say.known(
        {
            "amount": say.major(signed(row, say.refund_sign == "negative")),
            "status": row.status,
            "description": f"Order {row.order_id}",
            "contact": basic_contact(contact, row.contact_id, say),
            "order_ids": [str(row.order_id)],
            "contact_id": str(row.contact_id),
            "transaction_method": row.method,
            "transaction_time": say.time(row.time),
            "external_reference_id": row.reference,
            "external_response_code": decline_.code if decline_ else None,
            "error_details": decline_.details if decline_ else None,
            "payment_id": shown_payment_id(row, say),
            "is_successful": is_successful(row),
            **merchant_of(by_hand=by_hand),
            "payment_method": None if by_hand else shown_card(account, row.card_id, say),
        }
    )


def shown_payment_id(row: Transaction, say: Wording) -> str | None:
    """The payment that the transaction made: the vendor's text may mean either of two ids."""
    if row.payment_id is None:
        return None
    means_payment = say.transaction_payment == "payment"
    return str(row.payment_id if means_payment else order_payment_id(row.payment_id))


TRANSACTIONS = Resource[Transaction](
    key="transactions",
    noun="Transaction",
    table=transactions,
    view=transaction_view,
    id_field="",
    filters={
        "amount": amount(filtered_amount),
        "order_id": number(lambda row: row.order_id, index="order_id"),
        "contact_id": number(lambda row: row.contact_id, index="contact_id"),
        "since_time": since(lambda row, _: row.time, index=at("transaction_time")),
        "until_time": until(lambda row, _: row.time, index=at("transaction_time")),
        "merchant_account_id": text(
            lambda row: merchant_of(by_hand=row.method == "MANUAL")["merchant_account_id"]
        ),
        "merchant_account_type": text(
            lambda row: merchant_of(by_hand=row.method == "MANUAL").get("merchant_account_type", "")
        ),
        "status": choice(lambda row: row.status, STATUSES),
        "transaction_method": choice(lambda row: row.method, METHODS),
        "is_successful": yes_no(is_successful),
    },
    orders={
        "amount": lambda row: row.amount,
        "transaction_time": lambda row: row.time,
        "contact_id": lambda row: row.contact_id,
    },
)
