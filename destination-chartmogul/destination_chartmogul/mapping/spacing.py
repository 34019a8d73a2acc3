"""Which interval a bill was for, told by the day of the next bill.

An order does not say for how long it bills, and a subscription's interval can be edited in place: the record
then shows the new interval only, while older orders were billed with another. The days between a
subscription's own bills settle it, so that an edit never re-interprets what was billed before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from destination_chartmogul.mapping.objects import Interval
from destination_chartmogul.mapping.periods import add_interval

USUAL = (
    *(Interval(count, "month") for count in (1, 2, 3, 4, 6)),
    *(Interval(count, "year") for count in (1, 2, 3)),
    *(Interval(count, "day") for count in (7, 14, 28)),
)


@dataclass(frozen=True)
class Bill:
    """A day on which a subscription was billed: the price of one unit and the gross price, without tax.

    Both are None when ChartMogul alone knows the bill. `item_ids` are the lines of that day.
    """

    day: date
    plan_id: str
    price: int | None = None
    gross: int | None = None
    item_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Neighbours:
    """A bill with those before and after it; `next_day` is the day of the next one, which may lie ahead.

    `edited`: the subscription's record was changed after the day of the last bill.
    """

    bill: Bill
    before: Bill | None
    after: Bill | None
    next_day: date | None
    after_next_day: date | None
    edited: bool = False


def fits(first: date, second: date, interval: Interval) -> bool:
    """Whether a bill on `first` for `interval` may be followed by one on `second`: due then, or a day off
    (not for intervals below a week).
    """
    off = abs((second - add_interval(first, interval)).days)
    tolerance = 0 if interval.unit == "day" and interval.count < 7 else 1
    return off <= tolerance or is_due(first, second, interval)


def is_due(first: date, second: date, interval: Interval) -> bool:
    """Whether a bill on `first` for `interval` is followed by one on exactly `second`; in months that are
    shorter than the billing day, any of the last days.
    """
    due = add_interval(first, interval)
    if second == due:
        return True
    same_month = (second.year, second.month) == (due.year, due.month)
    return interval.unit != "day" and same_month and min(first.day, second.day) >= 28


def nearly_fits(first: date, second: date, interval: Interval) -> bool:
    """Whether a bill on `first` for `interval` may be followed by one on `second` that somebody moved by some
    days: by a tenth of the interval at most.
    """
    due = add_interval(first, interval)
    return 10 * abs((second - due).days) <= (due - first).days


def billed_interval(
    preferred: Interval, held: Interval | None, around: Neighbours | None, sold: Interval | None = None
) -> Interval | None:
    """The interval of a bill; None when the day of the next one contradicts `preferred` and shows no other.

    It is what the record says unless the next bill's day contradicts that; then what ChartMogul holds for
    this very line, else the usual interval, or the number of days, that two pairs of bills show, else
    `sold`, that of the plan whose price was paid, unless the next bill comes later than that.
    """
    if around is None or around.next_day is None or fits(around.bill.day, around.next_day, preferred):
        return preferred
    if held and fits(around.bill.day, around.next_day, held):
        return held
    extra = [] if _splits(preferred, around) else [Interval((around.next_day - around.bill.day).days, "day")]
    candidates = [*shown_intervals(around), *extra]
    twice = next((each for each in candidates if _shown_twice(each, preferred, around)), None)
    return twice or (sold if sold and _is_over_by(around, sold) else None)


def _is_over_by(around: Neighbours, sold: Interval) -> bool:
    """Whether the next bill is due by what was paid, or comes early: nobody pays a year for a week."""
    day, due = around.bill.day, add_interval(around.bill.day, sold)
    return around.next_day is not None and (around.next_day < due or fits(day, around.next_day, sold))


def shown_intervals(around: Neighbours) -> list[Interval]:
    """The usual intervals that the day of the next bill fits."""
    day = around.next_day
    return [each for each in USUAL if day and is_due(around.bill.day, day, each)]


def interval_by_days(around: Neighbours) -> Interval | None:
    """For a bill without any other evidence: the interval until the next bill, else since the one before."""
    shown = shown_intervals(around)
    if not shown and around.next_day is None and around.before:
        shown = [each for each in USUAL if is_due(around.before.day, around.bill.day, each)]
    return shown[0] if shown else None


def interval_of_odd_gap(
    preferred: Interval,
    held: Interval | None,
    around: Neighbours,
    price_now: int | None = None,
    sold: Interval | None = None,
) -> Interval:
    """What a gap that nothing else explains means; `price_now` is the gross price that the record says.

    A bill like the one before it, an interval of the record ago, was for the same. A usual interval that is
    shorter than the record's, or came with another price, was billed; where no bill followed yet, only when
    nothing else tells. A gap that is off by some days only is the record's. Any other is a pause or an extra
    bill: then the bill was for what the gap before it shows (no days where the record has months), else for
    what ChartMogul holds, else for the interval of the plan whose price was paid (`sold`) when it costs
    something else now, else for what the record says.
    """
    before = around.before
    if before and (before.plan_id, before.price) != (around.bill.plan_id, around.bill.price):
        before = None
    as_before = before is not None and fits(before.day, around.bill.day, preferred)
    if as_before:
        return preferred
    told = held is not None or not around.edited
    if (around.after or not told) and (another := _another(preferred, around, price_now)):
        return another
    if around.next_day is not None and nearly_fits(around.bill.day, around.next_day, preferred):
        return preferred
    if before:
        shown = [each for each in USUAL if is_due(before.day, around.bill.day, each)]
        shown = [each for each in shown if each.unit != "day" or preferred.unit == "day"]
        if shown:
            return shown[0]
    return held or (sold if sold and _price_changed(around, price_now) else preferred)


def _another(preferred: Interval, around: Neighbours, price_now: int | None) -> Interval | None:
    """The interval that the gap to the next bill on the same plan shows; None when it may be a pause, a bill
    in between, or a bill date that somebody moved: to be an interval, an earlier one has to count in the
    record's unit, months or days.
    """
    skips_one = around.after_next_day and fits(around.bill.day, around.after_next_day, preferred)
    another_plan = around.after is not None and around.after.plan_id != around.bill.plan_id
    day, shown = around.next_day, shown_intervals(around)
    if skips_one or another_plan or day is None:
        return None
    if not _price_changed(around, price_now):
        sooner = day < add_interval(around.bill.day, preferred)
        shown = [each for each in shown if sooner and (each.unit == "day") == (preferred.unit == "day")]
    return shown[0] if shown else None


def _price_changed(around: Neighbours, price_now: int | None) -> bool:
    """Whether the next bill costs something else: the one that came, else the one that the record says."""
    prices = (around.bill.price, around.after.price) if around.after else (around.bill.gross, price_now)
    return None not in prices and prices[0] != prices[1]


def _splits(preferred: Interval, around: Neighbours) -> bool:
    """Whether the gap is a part of `preferred`: a bill in its middle makes two gaps that may be alike."""
    ends = [(around.bill.day, around.after_next_day)]
    ends += [(around.before.day, around.next_day)] if around.before else []
    return any(second is not None and is_due(first, second, preferred) for first, second in ends)


def _shown_twice(interval: Interval, preferred: Interval, around: Neighbours) -> bool:
    """By another gap as well, of bills that are not `preferred` apart: a month has as many days as others."""
    pairs = [
        (first, second) for first, second in _other_pairs(around) if not is_due(first, second, preferred)
    ]
    return any(is_due(first, second, interval) for first, second in pairs)


def _other_pairs(around: Neighbours) -> Iterator[tuple[date, date]]:
    """The pairs of bills next to this one, on the same plan."""
    if around.before and around.before.plan_id == around.bill.plan_id:
        yield around.before.day, around.bill.day
    same_plan = around.after is None or around.after.plan_id == around.bill.plan_id
    if same_plan and around.next_day and around.after_next_day:
        yield around.next_day, around.after_next_day


def neighbours(
    bills: Sequence[Bill], item_id: str, next_bill_day: date | None, edited: bool = False
) -> Neighbours | None:
    """`bills` in order of their days; `next_bill_day` is when the last one is followed by another."""
    place = next((i for i, bill in enumerate(bills) if item_id in bill.item_ids), None)
    if place is None:
        return None
    last = next_bill_day if next_bill_day and next_bill_day > bills[-1].day else None
    days = [*(bill.day for bill in bills[place + 1 :]), *([last] if last else [])]
    return Neighbours(
        bills[place],
        bills[place - 1] if place else None,
        bills[place + 1] if place + 1 < len(bills) else None,
        days[0] if days else None,
        days[1] if len(days) > 1 else None,
        edited,
    )
