"""Adding plan intervals to moments, and days of a time zone."""

import calendar
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.simulators.chartmogul.metrics.inputs import Interval

MONTHS_PER_YEAR = 12


def months_of(interval: Interval) -> int:
    """The months of a month or year interval."""
    return interval.count * (MONTHS_PER_YEAR if interval.unit == "year" else 1)


def shifted(moment: datetime, interval: Interval, times: int) -> datetime:
    """The moment that many intervals later (earlier when negative); month ends clamp."""
    if interval.unit == "day":
        return moment + timedelta(days=interval.count * times)
    index = moment.year * MONTHS_PER_YEAR + moment.month - 1 + months_of(interval) * times
    year, month = divmod(index, MONTHS_PER_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


@lru_cache(maxsize=200_000)
def day_in(zone: ZoneInfo, moment: datetime) -> date:
    """The day of a moment in a time zone."""
    return moment.astimezone(zone).date()
