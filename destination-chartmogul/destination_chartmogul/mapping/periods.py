"""Dates and instants: parsing, local midnight, calendar arithmetic. All results are zone-aware."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import cache

import pendulum

from destination_chartmogul.mapping.money import whole
from destination_chartmogul.mapping.objects import Interval
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.vocabulary import CYCLES

_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?([Zz]|\+00:?(00)?)")


@cache
def _zone(name: str) -> dt.tzinfo:
    """Loading a zone reads a file, so each is loaded once."""
    return pendulum.timezone(name)


def parse_instant(text: str, zone: str) -> dt.datetime:
    """Keap date-time → instant in UTC. A pure date means local midnight of `zone`, never midnight UTC.

    Keap writes `2024-05-21T14:30:00Z` and `2024-03-15T10:30:00.000+0000`. A time without an offset is UTC: it
    is not Keap's, but what a cache or warehouse on the way left of it. Raises UnwritableError `bad_time`.
    """
    try:
        if len(text) <= len("2024-05-21"):
            return local_midnight(dt.date.fromisoformat(text), zone)
        moment = dt.datetime.fromisoformat(text)
        return moment.astimezone(dt.UTC) if _has_offset(text) else moment.replace(tzinfo=dt.UTC)
    except (TypeError, ValueError) as error:
        raise UnwritableError("bad_time", "a time is not in ISO 8601 form") from error


def _has_offset(text: str) -> bool:
    return text[-1] in "Zz" or "+" in text[10:] or "-" in text[10:]


def parse_date(text: str | None, zone: str) -> dt.date | None:
    """Keap date → date; absent gives None.

    A date-time gives its date in `zone`; one without an offset, or at midnight UTC, is a date to which
    Keap or something on the way added a time of day, and gives its date as it stands.
    """
    if not text:
        return None
    if not _has_offset(text) or _MIDNIGHT.fullmatch(text[10:]):
        try:
            return dt.datetime.fromisoformat(text).date()
        except ValueError as error:
            raise UnwritableError("bad_time", "a date is not in ISO 8601 form") from error
    return local_date(parse_instant(text, zone), zone)


def day_of(moment: str | None, zone: str) -> dt.date | None:
    """The day in `zone` of a Keap date-time that is a moment and no date; absent gives None."""
    return local_date(parse_instant(moment, zone), zone) if moment else None


def local_date(instant: dt.datetime, zone: str) -> dt.date:
    """The calendar day of an instant in `zone`."""
    return instant.astimezone(_zone(zone)).date()


def local_midnight(day: dt.date, zone: str) -> dt.datetime:
    """First instant of a calendar day in `zone`, as UTC."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=_zone(zone)).astimezone(dt.UTC)


def local_time(day: dt.date, time: str, zone: str) -> dt.datetime:
    """The instant of a wall-clock time `HH:MM` of a calendar day in `zone`, as UTC."""
    hour, minute = (int(part) for part in time.split(":"))
    local = dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=_zone(zone))
    return local.astimezone(dt.UTC)


def add_interval(day: dt.date, interval: Interval, times: int = 1) -> dt.date:
    """Calendar arithmetic; a day that the month does not have becomes the month's last day."""
    count = interval.count * times
    if interval.unit == "day":
        return day + dt.timedelta(days=count)
    years, month = divmod(day.month - 1 + (count * 12 if interval.unit == "year" else count), 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return dt.date(day.year + years, month + 1, min(day.day, last))


def interval_of(cycle: str | None, frequency: int | None) -> Interval:
    """Keap cycle × frequency → interval: 3 × MONTH is every 3 months, 2 × WEEK is 14 days.

    Frequency counts cycles per bill (Keap v1 and XML-RPC say so; v2's "in days" contradicts its own enum);
    absent is 1. Raises UnwritableError `unknown_cycle`.
    """
    found, count = CYCLES.get(str(cycle).upper()), 1 if frequency is None else whole(frequency)
    if found is None:
        raise UnwritableError("unknown_cycle", f"billing cycle {cycle!r} is not known")
    if count < 1:
        raise UnwritableError("unknown_cycle", f"{count} cycles lie between two bills")
    return Interval(found[0] * count, found[1])
