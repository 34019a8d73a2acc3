"""Ends of subscriptions without a record: deleted in Keap before anybody looked, or never made at all.

Keap tells nobody why an order's subscription is not there. It bills each cycle, paid or not, so a
subscription that is not known and whose next bill is overdue is over. A failed first payment leaves an order
without a subscription: https://help.keap.com/help/failed-recurring-billing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from destination_chartmogul.mapping.cancellations import Stop, stop_of_ledger
from destination_chartmogul.mapping.context import Bundle, Context, Ledger, Period, Record
from destination_chartmogul.mapping.money import minor
from destination_chartmogul.mapping.objects import Event, is_move
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.payments import is_settled, past_instant
from destination_chartmogul.mapping.periods import local_date, local_midnight

_MADE_UP = "order-"
AT_ONCE = timedelta(minutes=15)
"""From an order to its payment, where the card was charged when it was placed."""


def made_up_id(order_id: str) -> str:
    """Identity of a subscription that only its order tells of."""
    return f"{_MADE_UP}{order_id}"


def is_made_up(subscription_id: str) -> bool:
    """Whether the identity is an order's; Keap's own ids are numbers."""
    return subscription_id.startswith(_MADE_UP)


def stop_without_record(
    key: str, periods: Sequence[Period], bundle: Bundle, ledger: Ledger, ctx: Context
) -> Stop | None:
    """The end of a subscription whose record is not in this run.

    One that is named after its order ends with that bill, since no other can follow. Otherwise ChartMogul's
    own events tell; else one that is gone ends with its last period, and so does one that did not come
    although all changed subscriptions did, when ChartMogul knows no bill of it, as a new one comes with its
    first bill, or none but those of this run and the next is overdue. When that was planned nobody knows: as
    if with the last bill. What moved to another contact has its end already.
    """
    last = max(periods, key=lambda p: (p.end, p.start), default=None)
    ends = Stop(last.end, local_midnight(last.start, ctx.zone)) if last else None
    if is_made_up(key):
        return ends
    held = [p for p in ledger.periods if p.subscription_id == key]
    stop = stop_of_ledger(key, ledger.events, held, ctx)
    if stop or not ends or any(is_move(e) and e.subscription_external_id == key for e in ledger.events):
        return stop
    all_here = key in bundle.unlisted and all(p.order_id in bundle.orders for p in held)
    overdue = ends.day + timedelta(days=ctx.policy.pause_days) < ctx.today
    return ends if key in bundle.gone or (all_here and (overdue or not held)) else None


def made_up_ends(events: Iterable[Event]) -> set[str]:
    """Subscriptions named after an order whose end ChartMogul has: the order may have found its true one by
    now, or be gone.
    """
    return {e.subscription_external_id for e in events if is_made_up(e.subscription_external_id)}


def is_paid(order: Record, bundle: Bundle, ledger: Ledger) -> bool:
    """Whether anything was paid for an order; one that does not say counts as paid, a payment that is pending
    or of an unknown status does not.
    """
    held = ledger.invoices.get(str(order["id"]))
    known = order.get("total_paid") is not None and str(order.get("status")).upper() != "PAID"
    rows = any(_payments_of(order, bundle))
    return not known or minor(order["total_paid"]) != 0 or rows or bool(held and held.transactions)


def is_late(order: Record, issued: datetime, bundle: Bundle, ledger: Ledger, ctx: Context) -> bool:
    """Whether nothing was paid for an order at once, as after a first payment that failed: within minutes,
    or on its day where it has no time of day.
    """
    held = ledger.invoices.get(str(order["id"]))
    moments = [t.date for t in held.transactions.values() if t.date] if held else []
    for row in _payments_of(order, bundle):
        with contextlib.suppress(UnwritableError):
            moments.append(past_instant(row.get("payment_time") or row.get("update_time"), ctx))
    if not moments:
        return not is_paid(order, bundle, ledger)
    day = local_date(issued, ctx.zone)
    if issued == local_midnight(day, ctx.zone):
        return local_date(min(moments), ctx.zone) > day
    return min(moments) > issued + AT_ONCE


def _payments_of(order: Record, bundle: Bundle) -> Iterator[Record]:
    key = str(order["id"])
    for row in bundle.payments.values():
        if key in map(str, row.get("order_ids") or ()) and is_settled(row):
            yield row
