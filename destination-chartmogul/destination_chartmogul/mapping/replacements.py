"""A subscription that was cancelled and made anew: another of the same contact takes its place.

Keap has no link between the two, so nearness in time within the user's window decides. ChartMogul connects
them, and then shows a change instead of churn and a new subscription:
https://dev.chartmogul.com/docs/connecting-subscriptions-by-using-the-api.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from destination_chartmogul.mapping.context import Context, Period, Record
from destination_chartmogul.mapping.objects import SCHEDULED, Event, replaced_id
from destination_chartmogul.mapping.periods import day_of, local_date


@dataclass(frozen=True)
class End:
    """A subscription's end, its last bill, and when its record was changed last (None: not known)."""

    subscription: str
    day: date
    last_bill: date
    changed: date | None = None


def end_of(
    key: str, event: Event, periods: Sequence[Period], record: Record | None, ctx: Context
) -> End | None:
    """The end that a subscription's last cancellation says; None while it goes on, or has no bills."""
    day = local_date(event.effective_date, ctx.zone)
    starts = [p.start for p in periods]
    goes_on = bool(record and record.get("active"))
    if goes_on or not starts or max(starts) >= day:
        return None
    changed = day_of(record.get("modification_time"), ctx.zone) if record else None
    if record is None and event.event_type == SCHEDULED:
        changed = local_date(event.event_date, ctx.zone)
    return End(key, day, max(starts), changed)


def replacements(
    ends: Sequence[End], periods: Mapping[str, Sequence[Period]], known: Collection[str], window_days: int
) -> dict[str, tuple[str, date]]:
    """Ended subscription → (its replacement, the day on which that begins).

    The replacement begins up to `window_days` after the end, or in the last period when the old one was
    stopped within as many days of that. `known` are external ids of cancellations that ChartMogul has: what
    was a replacement stays one. The nearest to the end counts, and each replaces one only.
    """
    if not window_days:
        return {}
    window = timedelta(days=window_days)
    starts = {key: min(p.start for p in mine) for key, mine in periods.items() if mine}
    found: dict[str, tuple[str, date]] = {}
    taken: set[str] = set()
    for end in sorted(ends, key=lambda e: (e.day, len(e.subscription), e.subscription)):
        fitting = [
            key
            for key, day in starts.items()
            if key not in taken | {end.subscription}
            and (_follows(end, day, window) or replaced_id(end.subscription, key) in known)
        ]
        if fitting:
            best = min(fitting, key=lambda k: (abs(starts[k] - end.day), len(k), k))
            found[end.subscription] = (best, starts[best])
            taken.add(best)
    return found


def _follows(end: End, day: date, window: timedelta) -> bool:
    """Whether a subscription that begins on `day` takes the place of the one that ended."""
    if not end.last_bill < day <= end.day + window:
        return False
    return day >= end.day or (end.changed is not None and abs(end.changed - day) <= window)
