"""Dates as ChartMogul reads and writes them.

Source: https://dev.chartmogul.com/docs/changing-customer-churn-history (zone defaults to UTC, time to
midnight) and the forms seen in the recordings of the official client libraries.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

_SHAPE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_ZONE = re.compile(r"\s*(?:UTC|([+-]\d{2}:?\d{2}))$")


def parsed(given: object) -> datetime | None:
    """The moment in UTC, or None when the text is no date ChartMogul would read."""
    return _read(given.strip()) if isinstance(given, str) else None


@lru_cache(maxsize=100_000)
def _read(text: str) -> datetime | None:
    if not _SHAPE.fullmatch(text):
        return None
    if len(text) > len("2016-01-01"):
        text = _ZONE.sub(lambda found: found[1] or "Z", text)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=100_000)
def import_side(moment: datetime | None) -> str | None:
    """`2016-01-01T12:00:00.000Z`."""
    return None if moment is None else moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def seconds_only(moment: datetime | None) -> str | None:
    """`2022-05-18T09:48:34Z`, as subscription events print it."""
    return None if moment is None else moment.isoformat(timespec="seconds")[:-6] + "Z"


def analytics_side(moment: datetime | None) -> str | None:
    """`2016-01-01T12:00:00+00:00`."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def cursor_time(moment: datetime) -> str:
    """`2023-08-16T16:06:06.541511000Z`, as it stands inside cursors."""
    return moment.isoformat(timespec="microseconds")[:-6] + "000Z"
