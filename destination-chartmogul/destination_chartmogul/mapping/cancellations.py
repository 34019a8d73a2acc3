"""When a subscription ended: cancellations and planned cancellations, from its service periods and its
record.

Keap has no cancelled-at, so the date is a policy: an ordered list of evidence. A gap between two service
periods is a pause: churn at the end of the one, reactivation by the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from destination_chartmogul.mapping.context import Context, Period, Record
from destination_chartmogul.mapping.objects import CANCELLED, SCHEDULED, Event, is_move, replaced_id
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import (
    add_interval,
    day_of,
    interval_of,
    local_date,
    local_midnight,
    local_time,
    parse_date,
    parse_instant,
)


@dataclass(frozen=True)
class Stop:
    """A subscription stops on `day` at the policy's time: planned before, a cancellation from then on."""

    day: date
    known_since: datetime | None = None


def stop_of_record(subscription: Record, ctx: Context) -> Stop | None:
    """None for a subscription that goes on.

    Raises UnwritableError `churn_date_unknown`, `bad_time`, and `malformed_record` for one that is neither
    active nor inactive.
    """
    if not isinstance(subscription.get("active"), bool):
        raise UnwritableError("malformed_record", "the subscription is neither active nor inactive")
    ends = parse_date(subscription.get("end_date"), ctx.zone)
    since = subscription.get("modification_time")
    known_since = parse_instant(str(since), ctx.zone) if since else None
    if subscription.get("active"):
        ends = ends or _last_of_its_cycles(subscription, ctx)
        return Stop(ends, known_since) if ends else None
    for evidence in ctx.policy.churn_evidence:
        day = _EVIDENCE[evidence](subscription, ctx)
        if day:
            return Stop(day, known_since)
    raise UnwritableError(
        "churn_date_unknown", "the subscription is not active and no evidence dates its end"
    )


def _last_of_its_cycles(subscription: Record, ctx: Context) -> date | None:
    """The last bill date of a plan that ends by itself; None when the bill dates have been moved since.

    Keap's plans may have a number of cycles (schema SubscriptionPlanList); whether a subscription on one gets
    an `end_date` is not documented.
    """
    cycles = ctx.plan_cycles.get(str(subscription.get("subscription_plan_id")))
    starts = parse_date(subscription.get("start_date"), ctx.zone)
    if not cycles or not starts or not subscription.get("billing_cycle"):
        return None
    interval = interval_of(subscription["billing_cycle"], subscription.get("billing_frequency"))
    due = [add_interval(starts, interval, number) for number in range(cycles)]
    upcoming = parse_date(subscription.get("next_bill_date"), ctx.zone)
    billed = parse_date(subscription.get("last_bill_date"), ctx.zone)
    return due[-1] if upcoming in due or billed == due[-1] else None


def _paid_through(subscription: Record, ctx: Context) -> date | None:
    billed = parse_date(subscription.get("last_bill_date"), ctx.zone)
    if not billed or not subscription.get("billing_cycle"):
        return None
    return add_interval(
        billed, interval_of(subscription["billing_cycle"], subscription.get("billing_frequency"))
    )


def _day_in(name: str, subscription: Record, ctx: Context) -> date | None:
    return parse_date(subscription.get(name), ctx.zone)


_EVIDENCE: dict[str, Callable[[Record, Context], date | None]] = {
    "end_date": partial(_day_in, "end_date"),
    "paid_through": _paid_through,
    "next_bill_date": partial(_day_in, "next_bill_date"),
    "deactivation_time": lambda subscription, ctx: day_of(subscription.get("modification_time"), ctx.zone),
}


def stop_of_ledger(
    subscription_id: str, events: Iterable[Event], held: Sequence[Period], ctx: Context
) -> Stop | None:
    """The stop that ChartMogul's own events tell, for a subscription whose record is not in this run.

    A planned cancellation whose time has come has happened. A cancellation counts when no service period that
    ChartMogul holds starts after it.
    """
    mine = [e for e in events if e.subscription_external_id == subscription_id and not is_move(e)]
    planned = [e for e in mine if e.event_type == SCHEDULED]
    if planned:
        event = max(planned, key=lambda e: e.effective_date)
        day = local_date(event.effective_date, ctx.zone)
        return Stop(day, event.event_date)
    done = [e for e in mine if e.event_type == CANCELLED]
    if not done:
        return None
    event = max(done, key=lambda e: e.effective_date)
    day = local_date(event.effective_date, ctx.zone)
    return None if any(p.start >= day for p in held) else Stop(day, event.event_date)


def cancellations(
    subscription_id: str,
    periods: Sequence[Period],
    stop: Stop | None,
    paid_on: Mapping[str, date],
    moves: Sequence[Event],
    ctx: Context,
) -> list[Event]:
    """The cancellation events that a subscription should have besides its `moves`, in order of time.

    `paid_on`: the day of the latest payment by order.
    """
    ordered = sorted(periods, key=lambda p: (p.start, p.end, len(p.order_id), p.order_id))
    moved = [local_date(event.effective_date, ctx.zone) for event in moves]
    pauses = _before_pauses(ordered, moved, ctx)
    events = [_event(subscription_id, p.order_id, p.end, CANCELLED, ctx) for p in pauses]
    if stop:
        events.append(_final(subscription_id, ordered, stop, paid_on, ctx))
    return events


def replaced(event: Event, new: str, day: date, ctx: Context) -> Event:
    """The end of a subscription that another one replaces: when that begins, so that nothing counts twice."""
    moment, old = local_midnight(day, ctx.zone), event.subscription_external_id
    return Event(replaced_id(old, new), old, CANCELLED, moment, moment)


def _before_pauses(ordered: Sequence[Period], moved: Sequence[date], ctx: Context) -> list[Period]:
    """The periods that end more than `pause_days` before the next one starts; in a gap in which the
    subscription `moved` somebody else had it.
    """
    gaps: list[Period] = []
    last: Period | None = None
    for period in ordered:
        if last and period.start - last.end > timedelta(days=ctx.policy.pause_days):
            gaps += [] if any(last.start <= day <= period.start for day in moved) else [last]
        if last is None or period.end >= last.end:
            last = period
    return gaps


def _final(
    subscription_id: str, ordered: Sequence[Period], stop: Stop, paid_on: Mapping[str, date], ctx: Context
) -> Event:
    """The end. A period that starts on or after the stop was still billed, and one that was paid on or after
    the stop is still owed, so the end is the end of the last such period.
    """
    owed = [p for p in ordered if p.start >= stop.day or paid_on.get(p.order_id, date.min) >= stop.day]
    day = max([stop.day, *(p.end for p in owed)]) if owed else stop.day
    order_id = ordered[-1].order_id if ordered else "0"
    happened = local_time(day, ctx.policy.churn_time, ctx.zone) <= ctx.now
    event = _event(subscription_id, order_id, day, CANCELLED if happened else SCHEDULED, ctx)
    if happened or not stop.known_since:
        return event
    noticed = min(stop.known_since, event.effective_date, ctx.now)
    return Event(event.external_id, subscription_id, SCHEDULED, noticed, event.effective_date)


def _event(subscription_id: str, order_id: str, day: date, event_type: str, ctx: Context) -> Event:
    word = "cancelled" if event_type == CANCELLED else "scheduled"
    moment = local_time(day, ctx.policy.churn_time, ctx.zone)
    return Event(f"{subscription_id}:{word}:{order_id}", subscription_id, event_type, moment, moment)
