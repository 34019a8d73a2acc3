"""What the days between a subscription's own bills say about the interval of each bill.

Keap's subscription shows its interval of today, an order shows none. Where the next bill comes on another day
than the interval says, the bill was for something else: for the interval that the days show, when that is
shown twice, or came with another price, or is shorter; else the gap is a pause, or a bill lies in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from reconciliation.intervals import step

WEEK = 7
LATE_IN_THE_MONTH = 28  # from this day on, shorter months move a billing day


@dataclass(frozen=True)
class Interval:
    """day, month or year, and how many of them."""

    unit: str
    count: int


USUAL = (
    *(Interval("month", count) for count in (1, 2, 3, 4, 6)),
    *(Interval("year", count) for count in (1, 2, 3)),
    *(Interval("day", count) for count in (7, 14, 28)),
)
"""Intervals that people sell by; what the days show is looked for among them."""


@dataclass(frozen=True)
class BillDay:
    """All that a subscription was billed on one day: `price` of one unit and `gross` of all, in cents."""

    day: date
    plan_id: str
    price: int
    gross: int


@dataclass(frozen=True)
class Place:
    """A bill day between the others of its subscription. `upcoming`: Keap's next bill date, if it is later
    than every bill; `edited`: the record was changed after the last bill.
    """

    bills: Sequence[BillDay]
    index: int
    upcoming: date | None
    edited: bool = False

    @property
    def bill(self) -> BillDay:
        """The bill day itself."""
        return self.bills[self.index]

    @property
    def before(self) -> BillDay | None:
        """The one before."""
        return self.bills[self.index - 1] if self.index else None

    @property
    def after(self) -> BillDay | None:
        """The one after."""
        return self.bills[self.index + 1] if self.index + 1 < len(self.bills) else None

    @property
    def following(self) -> list[date]:
        """The next two days on which there is a bill, or will be."""
        days = [bill.day for bill in self.bills[self.index + 1 : self.index + 3]]
        return [*days, *([self.upcoming] if self.upcoming else [])][:2]


def later(day: date, interval: Interval, times: int = 1) -> date:
    """Calendar arithmetic; a day that the month does not have becomes its last."""
    moved: pd.Timestamp = pd.Timestamp(day) + step(interval.unit, interval.count * times)
    return moved.date()


def due(first: date, second: date, interval: Interval) -> bool:
    """Whether `second` is one interval after `first`, to the day; at the end of months, to the month."""
    exact = later(first, interval)
    months = interval.unit != "day" and min(first.day, second.day) >= LATE_IN_THE_MONTH
    return second == exact or (months and (second.year, second.month) == (exact.year, exact.month))


def fits(first: date, second: date, interval: Interval) -> bool:
    """Due, or a day off; not for intervals of less than a week."""
    short = interval.unit == "day" and interval.count < WEEK
    near = abs((second - later(first, interval)).days) <= (0 if short else 1)
    return near or due(first, second, interval)


def moved_by_days(first: date, second: date, interval: Interval) -> bool:
    """Whether `second` is off what is due by a tenth of the interval at most."""
    exact = later(first, interval)
    return 10 * abs((second - exact).days) <= (exact - first).days


def shown(place: Place) -> list[Interval]:
    """Usual intervals that end on the day of the next bill."""
    return [each for each in USUAL if place.following and due(place.bill.day, place.following[0], each)]


def only_by_days(place: Place) -> Interval | None:
    """For a bill of which no record tells the interval: until the next bill, else since the one before."""
    found = shown(place)
    if not found and not place.following and place.before:
        found = [each for each in USUAL if due(place.before.day, place.bill.day, each)]
    return found[0] if found else None


def shown_twice(recorded: Interval, place: Place) -> Interval | None:
    """The interval that the gap after the bill shows and a gap beside it as well, which is not `recorded`."""
    pairs = [pair for pair in _pairs_beside(place) if not due(*pair, recorded)]
    candidates = shown(place)
    if place.following and not _is_half_of(recorded, place):
        candidates.append(Interval("day", (place.following[0] - place.bill.day).days))
    found = (each for each in candidates if any(due(first, second, each) for first, second in pairs))
    return next(found, None)


def paid_for(sold: Interval | None, place: Place) -> Interval | None:
    """The interval of the plan whose price was paid, unless the next bill comes later than that."""
    if not sold or not place.following:
        return None
    following = place.following[0]
    early = following < later(place.bill.day, sold)
    return sold if early or fits(place.bill.day, following, sold) else None


def of_odd_gap(
    recorded: Interval, place: Place, price: int | None = None, of_plan: Interval | None = None
) -> Interval:
    """The interval of a bill before a gap that nothing shows twice. `price`: of a whole interval by now;
    `of_plan`: the interval of the plan whose price was paid.
    """
    before, bill = place.before, place.bill
    alike = before if before and (before.plan_id, before.price) == (bill.plan_id, bill.price) else None
    if alike is not None and fits(alike.day, bill.day, recorded):
        return recorded
    sold = _sold(recorded, place, price)
    if sold and (place.after or place.edited):
        return sold
    if place.following and moved_by_days(bill.day, place.following[0], recorded):
        return recorded
    earlier = [each for each in USUAL if alike and due(alike.day, bill.day, each)]
    earlier = [each for each in earlier if each.unit != "day" or recorded.unit == "day"]
    if earlier:
        return earlier[0]
    return of_plan if of_plan and _costs_another_price(place, price) else recorded


def _pairs_beside(place: Place) -> list[tuple[date, date]]:
    """The gaps next to the bill's own, of bills on the same plan."""
    plan, before, after = place.bill.plan_id, place.before, place.after
    pairs = [(before.day, place.bill.day)] if before and before.plan_id == plan else []
    if len(place.following) > 1 and (after is None or after.plan_id == plan):
        pairs.append((place.following[0], place.following[1]))
    return pairs


def _is_half_of(recorded: Interval, place: Place) -> bool:
    """Whether a bill in the middle of `recorded` makes two gaps that are alike by chance."""
    second = place.following[1:]
    whole_after = bool(second) and due(place.bill.day, second[0], recorded)
    return whole_after or bool(place.before and due(place.before.day, place.following[0], recorded))


def _sold(recorded: Interval, place: Place, price: int | None) -> Interval | None:
    """The interval of the gap, where that came with another price, or is shorter and of the record's unit,
    and is not made by a bill in between.
    """
    after, bill, found = place.after, place.bill, shown(place)
    between = len(place.following) > 1 and fits(bill.day, place.following[1], recorded)
    if between or not found or (after and after.plan_id != bill.plan_id):
        return None
    if _costs_another_price(place, price):
        return found[0]
    sooner = place.following[0] < later(bill.day, recorded)
    alike = (each for each in found if sooner and (each.unit == "day") == (recorded.unit == "day"))
    return next(alike, None)


def _costs_another_price(place: Place, price: int | None) -> bool:
    """Whether the next bill costs something else: the one that came, else by the record."""
    after, bill = place.after, place.bill
    old, new = (bill.price, after.price) if after else (bill.gross, price)
    return new is not None and old != new
