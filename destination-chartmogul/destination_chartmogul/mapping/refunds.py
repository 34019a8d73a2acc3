"""Money given back that only the order tells of: `refund_total` is more than the refund rows add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from destination_chartmogul.mapping.context import Context, HeldTransaction, Record
from destination_chartmogul.mapping.drafts import order_currency
from destination_chartmogul.mapping.money import digits_of, minor, rescaled
from destination_chartmogul.mapping.objects import Transaction
from destination_chartmogul.mapping.payments import REFUND
from destination_chartmogul.mapping.periods import parse_instant


def unlisted_refund(
    order_id: str,
    order: Record | None,
    found: Sequence[Transaction],
    held: Mapping[str, HeldTransaction],
    ctx: Context,
) -> Transaction | None:
    """The refund without a row of its own; amount 0 takes back one that rows explain by now, None: nothing.

    Without the order in the run, what ChartMogul holds shrinks by the rows that came since.
    """
    external_id = f"{order_id}:refund"
    rows = {t.external_id: t.amount for t in found if t.type == REFUND}
    before = held.get(external_id)
    if order is None:
        new = sum(amount for key, amount in rows.items() if key not in held)
        missing = before.amount - new if before else 0
    else:
        currency = order_currency(order, ctx)
        told = rescaled(minor(order.get("refund_total")), digits_of(currency), ctx.digits(currency))
        older = {key: t.amount for key, t in held.items() if t.kind == REFUND and key != external_id}
        missing = abs(told) - sum((older | rows).values())
    if missing <= 0 and before is None:
        return None
    moment = before.date if before and before.date else _time_of(order, ctx)
    return Transaction(external_id, REFUND, moment, max(missing, 0), stream="orders", key=order_id)


def _time_of(order: Record | None, ctx: Context) -> datetime:
    text = (order or {}).get("modification_time")
    return min(parse_instant(str(text), ctx.zone), ctx.now) if text else ctx.now
