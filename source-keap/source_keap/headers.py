"""What Keap's headers say about its limits, on every answer.

Layers, as https://developer.infusionsoft.com/api-token-quota-and-usage-measurements names them: the product
quota (calls a day of this key or application), the product throttle (calls a minute), the spike arrest
(calls a second) and the tenant throttle (all integrations of the account together). Values may be blank, and
may hold several windows divided by pipes: `10000|250000` with the units `minute|day`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

LAYERS = {
    "x-keap-product-quota": "day",
    "x-keap-product-throttle": "minute",
    "x-keap-tenant-throttle": "minute",
}
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True)
class Window:
    """`limit` calls in `seconds` (None: not said); `available` are left. `layer` is the header's name."""

    layer: str
    seconds: int
    limit: int | None
    available: int

    @property
    def of_the_key(self) -> bool:
        return self.layer.startswith("x-keap-product")


def windows(headers: Mapping[str, str]) -> Iterator[Window]:
    """Each window of which is said what is left; blank and odd values say nothing."""
    for layer, unit in LAYERS.items():
        left = headers.get(f"{layer}-available", "").split("|")
        blank = {"time-unit": unit if len(left) == 1 else "", "interval": "1", "limit": ""}
        given = [(headers.get(f"{layer}-{name}") or other).split("|") for name, other in blank.items()]
        columns = [column * len(left) if len(column) == 1 else column for column in given]
        for unit_, interval, limit, available in zip(*columns, left, strict=False):
            seconds = SECONDS.get(unit_.strip().lower().rstrip("s"), 0) * max(1, number(interval) or 1)
            if seconds and (calls := number(available)) is not None:
                yield Window(layer, seconds, number(limit), calls)


def spike_limit(headers: Mapping[str, str]) -> float | None:
    """Calls a second: `10ps` is ten a second, `600pm` six hundred a minute."""
    found = re.fullmatch(r"\s*(\d+)\s*p([sm])\s*", headers.get("x-keap-product-spike-limit", ""))
    return int(found[1]) / {"s": 1, "m": 60}[found[2]] if found and int(found[1]) else None


def quota_ends(headers: Mapping[str, str]) -> datetime | None:
    """When the day's quota is renewed (epoch milliseconds)."""
    value = number(headers.get("x-keap-product-quota-expiry-time"))
    return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait: the header holds seconds or a date."""
    text = headers.get("Retry-After")
    if (seconds := number(text)) is not None:
        return float(seconds)
    try:
        return max(0.0, (parsedate_to_datetime(text or "").astimezone(UTC) - now).total_seconds())
    except ValueError:
        return None


def server_time(response: requests.Response) -> datetime:
    """The server's clock (the Date header, in seconds); this computer's only when the header is missing."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC)


def number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None
