"""Bill dates: pure calendar arithmetic on dates in the account's zone.

A subscription bills every `frequency` cycles (https://developer.keap.com, billing_cycle and
billing_frequency of a subscription). A month without the day of the first bill is billed on its last day,
and the day returns in the next month that has it.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BILLING_HOUR = time(6)
DAYS = {"DAY": 1, "WEEK": 7}
MONTHS = {"MONTH": 1, "YEAR": 12}


def bill_date_after(current: date, cycle: str, frequency: int, bill_day: int) -> date:
    """The bill date that follows `current`; `bill_day` is the day of the month to keep where it exists."""
    if cycle in DAYS:
        return current + timedelta(days=DAYS[cycle] * frequency)
    months = current.year * 12 + current.month - 1 + MONTHS[cycle] * frequency
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(bill_day, monthrange(year, month)[1]))


def last_bill_date(first: date, cycle: str, frequency: int, bill_day: int, cycles: int) -> date:
    """The date of the last of so many bills, of which `first` is the first."""
    day = first
    for _ in range(cycles - 1):
        day = bill_date_after(day, cycle, frequency, bill_day)
    return day


def bill_instant(day: date, zone: ZoneInfo) -> datetime:
    """When the account's billing run of a day happens: 06:00 local time, as an instant in UTC."""
    return datetime.combine(day, BILLING_HOUR, zone).astimezone(UTC)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Local midnight at the start of a day, as an instant in UTC."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The day that an instant falls on in the account's zone."""
    return instant.astimezone(zone).date()
