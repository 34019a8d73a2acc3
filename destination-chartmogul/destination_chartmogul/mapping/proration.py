"""Bills for a part of an interval: a first bill up to a fixed billing day, a change inside a period.

Keap's plans have a `prorate` flag (schema SubscriptionPlanList), but neither orders nor items say that they
are prorated; the days and the price do. ChartMogul projects a prorated line to a whole interval, and adds it
to the subscription's MRR (`differential`) or replaces that (`full`):
https://dev.chartmogul.com/docs/how-mrr-is-calculated-from-prorated-invoices.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from destination_chartmogul.mapping.objects import DIFFERENTIAL, FULL, Interval
from destination_chartmogul.mapping.periods import add_interval
from destination_chartmogul.mapping.spacing import fits

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Proration:
    """A line that ends on `end` although its interval is longer; `kind` is ChartMogul's proration_type."""

    end: date
    kind: str


@dataclass(frozen=True)
class Running:
    """The period in which a bill falls, and what was paid for the whole of it (None: not known)."""

    start: date
    end: date
    gross: int | None = None


@dataclass(frozen=True)
class Charge:
    """A bill: its day, its gross price, its interval; `next_day` of the next bill and `full_price` of a whole
    interval, None when not known. `beside_credit`: the order gives money back for the same subscription.
    """

    day: date
    gross: int
    interval: Interval
    next_day: date | None = None
    full_price: int | None = None
    beside_credit: bool = False


def proration_of(charge: Charge, running: Running | None) -> Proration | None:
    """None for a bill of a whole interval. `running` is the subscription's period that `charge.day` is in."""
    if charge.gross < 0:
        return Proration(running.end, DIFFERENTIAL) if running else None
    if charge.beside_credit:
        return Proration(_end_of_change(charge), DIFFERENTIAL)
    if charge.next_day is None or charge.full_price is None:
        return None
    if fits(charge.day, charge.next_day, charge.interval) or charge.next_day > _whole_end(charge):
        return None
    if running is None:
        first = _near(charge.gross, charge.full_price, charge)
        return Proration(charge.next_day, DIFFERENTIAL) if first else None
    if abs(charge.next_day - running.end) > ONE_DAY or charge.day <= running.start:
        return None
    return _inside(charge, charge.full_price, running)


def _inside(charge: Charge, full_price: int, running: Running) -> Proration | None:
    """A bill inside a period that goes on: the new price for the rest, a whole price, else an addition."""
    if _near(charge.gross, full_price, charge):
        added = full_price - (running.gross or 0)
        is_difference = running.gross is not None and _near(charge.gross, added, charge)
        return Proration(running.end, DIFFERENTIAL if is_difference else FULL)
    whole = charge.gross in (full_price, running.gross)
    return None if whole else Proration(running.end, DIFFERENTIAL)


def _end_of_change(charge: Charge) -> date:
    whole = _whole_end(charge)
    return charge.next_day if charge.next_day and charge.next_day < whole else whole


def _whole_end(charge: Charge) -> date:
    return add_interval(charge.day, charge.interval)


def _near(gross: int, whole: int, charge: Charge) -> bool:
    """Whether `gross` is the share of `whole` for the days until the next bill, to one day's price."""
    if whole <= 0 or charge.next_day is None:
        return False
    days = (charge.next_day - charge.day).days
    full = (charge.next_day - add_interval(charge.next_day, charge.interval, -1)).days
    return abs(gross - Fraction(whole * days, full)) <= Fraction(whole, full) + 1
