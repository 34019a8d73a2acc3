"""Reporting intervals: consecutive days of the account, the last one cut to the end date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
INTERVALS = ("day", "week", *MONTHS)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both inside; entries carry the last day."""

    first: date
    last: date


def last_day(day: date, interval: str, week_start: str) -> date:
    """The last day of the interval that a day lies in."""
    if interval == "day":
        return day
    if interval == "week":
        ends_on = 6 if week_start == "monday" else 5
        return day + timedelta(days=(ends_on - day.weekday()) % 7)
    size = MONTHS[interval]
    months = day.year * 12 + (day.month - 1) // size * size + size
    return date(months // 12, months % 12 + 1, 1) - ONE_DAY


def periods(start: date, end: date, interval: str, week_start: str = "monday") -> Iterator[Period]:
    """The intervals from start to end, the first and the last one cut where they lap over."""
    first = start
    while first <= end:
        last = min(last_day(first, interval, week_start), end)
        yield Period(first, last)
        first = last + ONE_DAY


def months_before(day: date, count: int) -> list[Period]:
    """The whole calendar months before the one that a day lies in, oldest first."""
    found: list[Period] = []
    first = day.replace(day=1)
    for _ in range(count):
        last = first - ONE_DAY
        first = last.replace(day=1)
        found.append(Period(first, last))
    return found[::-1]
