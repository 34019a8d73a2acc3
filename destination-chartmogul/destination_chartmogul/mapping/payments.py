"""Keap payment → ChartMogul transaction, never more on an invoice than its total."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from destination_chartmogul.mapping.context import Context, Record
from destination_chartmogul.mapping.money import major_to_minor
from destination_chartmogul.mapping.objects import Transaction
from destination_chartmogul.mapping.outcome import Notice, UnwritableError
from destination_chartmogul.mapping.periods import parse_instant
from destination_chartmogul.mapping.vocabulary import PAYMENT_STATUSES

PAYMENT, REFUND = "payment", "refund"


def map_payment(
    payment: Record, refund_ids: Collection[str], currency: str, ctx: Context
) -> Transaction | None:
    """One payment; None while it is pending.

    Raises UnwritableError `unknown_payment_status`, `bad_money`, `bad_time`.
    """
    settled = PAYMENT_STATUSES.get(str(payment.get("status") or "NONE"))
    if settled is None:
        raise UnwritableError(
            "unknown_payment_status", f"payment status {payment.get('status')!r} is not known"
        )
    if not settled:
        return None
    amount = major_to_minor(payment.get("amount"), currency)
    kind = REFUND if amount < 0 or is_refund(payment, refund_ids) else PAYMENT
    moment = parse_instant(str(payment.get("payment_time") or payment.get("update_time") or ""), ctx.zone)
    return Transaction(str(payment["id"]), kind, min(moment, ctx.now), abs(amount))


def is_refund(payment: Record, refund_ids: Collection[str]) -> bool:
    """A refund is named by the payment that it refunds, or by its label (Keap leaves sign and label open)."""
    return str(payment["id"]) in refund_ids or "refund" in str(payment.get("type") or "").lower()


def clip(
    transactions: Sequence[Transaction], total: int, held: Mapping[str, tuple[str, int]]
) -> tuple[tuple[Transaction, ...], list[Notice]]:
    """Cut payments at the invoice's total and refunds at what was paid, oldest first.

    ChartMogul: "The sum of the partial payments/refunds should not exceed the invoiced amount." `held` is
    what the invoice already has, (type, amount) by external id; a transaction that is cut to nothing is
    left out.
    """
    new_ids = {t.external_id for t in transactions}
    older = [kind_amount for key, kind_amount in held.items() if key not in new_ids]
    room = {PAYMENT: total - sum(amount for kind, amount in older if kind == PAYMENT)}
    paid = sum(amount for kind, amount in older if kind == PAYMENT)
    refunded = sum(amount for kind, amount in older if kind == REFUND)
    kept: list[Transaction] = []
    notices: list[Notice] = []
    for transaction in sorted(
        transactions, key=lambda t: (t.type, t.date, len(t.external_id), t.external_id)
    ):
        limit = room[PAYMENT] if transaction.type == PAYMENT else paid - refunded
        amount = max(min(transaction.amount, limit), 0)
        if amount < transaction.amount:
            notices.append(Notice("payment_over_invoice", "payments", transaction.external_id))
        if transaction.type == PAYMENT:
            room[PAYMENT], paid = room[PAYMENT] - amount, paid + amount
        else:
            refunded += amount
        if amount:
            kept.append(Transaction(transaction.external_id, transaction.type, transaction.date, amount))
    return tuple(sorted(kept, key=lambda t: (t.date, len(t.external_id), t.external_id))), notices
