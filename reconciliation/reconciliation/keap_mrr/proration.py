"""Bills for a part of an interval. Keap marks none; the days and the price tell.

ChartMogul projects such a bill to a whole interval and adds it to the MRR before it (`differential`), or
replaces that (`full`): https://dev.chartmogul.com/docs/how-mrr-is-calculated-from-prorated-invoices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.intervals import MONTHLY_SHARE, step
from reconciliation.keap_mrr.spacing import Interval, fits, later

ADDS = "differential"
REPLACES = "full"


@dataclass(frozen=True)
class Whole:
    """A period of a whole interval, and what was charged for it (cents, before discounts)."""

    starts: date
    ends: date
    gross: int


@dataclass(frozen=True)
class Bill:
    """A charge: `next_day` of the next bill, `price` of a whole interval (cents), where they are known.
    `beside_credit`: the order gives money back for the same subscription.
    """

    day: date
    gross: int
    interval: Interval
    next_day: date | None
    price: int | None
    beside_credit: bool


@dataclass(frozen=True)
class Part:
    """The bill is for the time up to `ends`, and `kind` says what it does to MRR."""

    ends: date
    kind: str


def running(periods: Sequence[Whole], day: date) -> Whole | None:
    """The whole period that `day` falls into, the latest to begin."""
    around = [each for each in periods if each.starts <= day < each.ends]
    return max(around, key=lambda each: each.starts, default=None)


def part_of(bill: Bill, inside: Whole | None) -> Part | None:
    """None for a bill of a whole interval; `inside` is the period that it falls into."""
    if bill.gross < 0:
        return Part(inside.ends, ADDS) if inside else None
    whole_end = later(bill.day, bill.interval)
    if bill.beside_credit:
        return Part(min(bill.next_day or whole_end, whole_end), ADDS)
    if bill.next_day is None or bill.price is None or bill.next_day > whole_end:
        return None
    if fits(bill.day, bill.next_day, bill.interval):
        return None
    if inside is None:
        return Part(bill.next_day, ADDS) if _is_share(bill.price, bill, bill.next_day) else None
    if abs((bill.next_day - inside.ends).days) > 1 or bill.day <= inside.starts:
        return None
    return _within(bill, bill.price, bill.next_day, inside)


def _within(bill: Bill, price: int, next_day: date, inside: Whole) -> Part | None:
    """A bill in a period whose end stays: the rest at the new price, the difference to it, an addition."""
    if _is_share(price, bill, next_day):
        difference = _is_share(price - inside.gross, bill, next_day)
        return Part(inside.ends, ADDS if difference else REPLACES)
    return None if bill.gross in (price, inside.gross) else Part(inside.ends, ADDS)


def _is_share(price: int, bill: Bill, next_day: date) -> bool:
    """Whether the bill costs the days until the next one at this price, give or take a day."""
    if price <= 0:
        return False
    days = (next_day - later(next_day, bill.interval, -1)).days
    share = Fraction(price * (next_day - bill.day).days, days)
    return abs(bill.gross - share) <= Fraction(price, days) + 1


def projected(cents: int, starts: date, ends: date, interval: Interval, zone: ZoneInfo) -> int:
    """The MRR of an amount for a part of an interval, as ChartMogul computes it: in seconds, the interval
    being the one that ends with the part.
    """
    first, last = _midnight(starts, zone), _midnight(ends, zone)
    numerator, denominator = MONTHLY_SHARE[interval.unit]
    share = Fraction(numerator, denominator * interval.count)
    if last > first:
        whole = last - (pd.Timestamp(last) - step(interval.unit, interval.count)).to_pydatetime()
        share *= Fraction(whole // whole.resolution, (last - first) // whole.resolution)
    exact = cents * share
    size = int(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
