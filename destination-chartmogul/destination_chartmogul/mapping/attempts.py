"""Failed charges: Keap's gateway transactions that brought no money → failed ChartMogul transactions.

Successful ones show as payments. A transaction has no id in REST v2 (schema TransactionV2), so its key is
made of what it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from destination_chartmogul.mapping.context import Context, Record
from destination_chartmogul.mapping.objects import Transaction
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.payments import PAYMENT, REFUND, amount_of, past_instant
from destination_chartmogul.mapping.vocabulary import ATTEMPT_FAILED

SAID = (
    "external_reference_id",
    "payment_id",
    "transaction_time",
    "transaction_method",
    "amount",
    "contact_id",
    "order_ids",
)


def attempt_key(attempt: Mapping[str, object]) -> str:
    """Identity of a gateway transaction: its id where the source gives one, else a digest of its fields."""
    if attempt.get("id"):
        return str(attempt["id"])
    text = "\x1f".join(str(attempt.get(name) or "") for name in SAID)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def failed_attempt(
    attempt: Record, key: str, order_id: str, invoice: tuple[int, str], ctx: Context
) -> Transaction | None:
    """A failed transaction on an invoice (total, currency); None for an attempt that did not fail.

    Raises UnwritableError `unknown_payment_status`, `bad_money`, `bad_time`, `date_in_future`.
    """
    status = str(attempt.get("status"))
    if status not in ATTEMPT_FAILED:
        raise UnwritableError("unknown_payment_status", f"transaction status {status!r} is not known")
    if not ATTEMPT_FAILED[status]:
        return None
    total, currency = invoice
    moment = past_instant(attempt.get("transaction_time"), ctx)
    kind = REFUND if attempt.get("transaction_method") in ("REFUND", "VOID") else PAYMENT
    amount = min(abs(amount_of(attempt, currency, ctx)), total)
    external_id = f"{order_id}:attempt:{moment:%Y%m%dT%H%M%S}"
    return Transaction(external_id, kind, moment, amount, "failed", "transactions", key)


def order_of(attempt: Record, known: Collection[str]) -> str | None:
    """The first order that an attempt names and that has an invoice."""
    return next((str(o) for o in attempt.get("order_ids") or [] if str(o) in known), None)
