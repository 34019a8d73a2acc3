"""Keap payment → ChartMogul transaction, never more on an invoice than its total."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from destination_chartmogul.mapping.context import Context, HeldTransaction, Record
from destination_chartmogul.mapping.conventions import MINOR
from destination_chartmogul.mapping.money import digits_of, scaled
from destination_chartmogul.mapping.objects import Transaction
from destination_chartmogul.mapping.outcome import Notice, UnwritableError
from destination_chartmogul.mapping.periods import local_date, parse_instant
from destination_chartmogul.mapping.vocabulary import PAYMENT_STATUSES

PAYMENT, REFUND = "payment", "refund"
FINER = 3  # digits below the smallest unit that an amount is looked at with


def map_payment(
    payment: Record, refund_ids: Collection[str], currency: str, ctx: Context
) -> Transaction | None:
    """One payment; None while it is pending. `refund_ids` are payments known to be refunds.

    Raises UnwritableError `unknown_payment_status`, `bad_money`, `bad_time`, `date_in_future`.
    """
    settled = is_settled(payment)
    if settled is None:
        text = f"payment status {payment.get('status')!r} is not known"
        raise UnwritableError("unknown_payment_status", text)
    if not settled:
        return None
    amount = amount_of(payment, currency, ctx)
    kind = REFUND if amount < 0 or is_refund(payment, refund_ids) else PAYMENT
    moment = past_instant(payment.get("payment_time") or payment.get("update_time"), ctx)
    key = str(payment["id"])
    return Transaction(key, kind, moment, abs(amount), key=key)


def is_settled(payment: Record) -> bool | None:
    """Whether the money is there; None when its status is an unknown word.

    Keap's description calls the status "if available"; a payment that is recorded without one was made.
    """
    status = payment.get("status")
    return True if status is None else PAYMENT_STATUSES.get(str(status))


def past_instant(text: object, ctx: Context) -> datetime:
    """A time that ChartMogul takes: one later today is now, since clocks differ and a day may be meant.

    Raises UnwritableError `bad_time`, `date_in_future`.
    """
    moment = parse_instant(str(text or ""), ctx.zone)
    if local_date(moment, ctx.zone) > ctx.today:
        raise UnwritableError("date_in_future", "ChartMogul takes no transaction dated in the future")
    return min(moment, ctx.now)


def amount_of(payment: Record, currency: str, ctx: Context) -> int:
    """The plain number of a payment or attempt, in ChartMogul's units. Raises UnwritableError `bad_money`."""
    own = digits_of(currency) if ctx.conventions.payments_in == MINOR else 0
    wanted = ctx.digits(currency) - own
    exact = scaled(payment.get("amount"), digits_of(currency) - own + FINER)
    if abs(exact - round(exact, -FINER)) > 1:  # doubles are off by less
        raise UnwritableError(
            "bad_money", "a payment amount is no whole number of the smallest currency unit"
        )
    return scaled(payment.get("amount"), wanted)


def is_refund(payment: Record, refund_ids: Collection[str]) -> bool:
    """A refund is named by the payment that it refunds, or by its label (Keap leaves sign and label open)."""
    return str(payment["id"]) in refund_ids or "refund" in str(payment.get("type") or "").lower()


def divided(
    transaction: Transaction, orders: Sequence[str], room: Mapping[str, int]
) -> dict[str, Transaction]:
    """A payment for several orders, by order: each takes what it has room for, in the order that Keap names.

    What is left over stays with the last one. The parts are told apart by the order's id.
    """
    left, parts = transaction.amount, {}
    for order_id in orders:
        last = order_id == orders[-1]
        amount = left if last else min(left, max(room[order_id], 0))
        left -= amount
        if amount:
            external_id = f"{transaction.external_id}:{order_id}"
            parts[order_id] = replace(transaction, external_id=external_id, amount=amount)
    return parts


def clip(
    transactions: Sequence[Transaction], total: int, held: Mapping[str, HeldTransaction]
) -> tuple[tuple[Transaction, ...], list[Notice]]:
    """Cut payments at the invoice's total and refunds at what was paid, oldest first.

    ChartMogul: "The sum of the partial payments/refunds should not exceed the invoiced amount." `held` is
    what the invoice already has by external id; a transaction that is cut to nothing is left out.
    """
    new_ids = {t.external_id for t in transactions}
    older = [t for key, t in held.items() if key not in new_ids]
    sums = {kind: sum(t.amount for t in older if t.kind == kind) for kind in (PAYMENT, REFUND)}
    kept: list[Transaction] = []
    notices: list[Notice] = []
    for transaction in sorted(transactions, key=_payments_first):
        limit = (total if transaction.type == PAYMENT else sums[PAYMENT]) - sums[transaction.type]
        amount = max(min(transaction.amount, limit), 0)
        if amount < transaction.amount:
            notices.append(Notice("payment_over_invoice", transaction.stream, transaction.key))
        sums[transaction.type] += amount
        if amount:
            kept.append(transaction if amount == transaction.amount else replace(transaction, amount=amount))
    return tuple(sorted(kept, key=by_time)), notices


def _payments_first(transaction: Transaction) -> tuple[object, ...]:
    return transaction.type, *by_time(transaction)


def by_time(transaction: Transaction) -> tuple[object, ...]:
    """Sorts transactions by date, then by id; ids are numbers in text, so length first."""
    return transaction.date, len(transaction.external_id), transaction.external_id
