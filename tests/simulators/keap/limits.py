"""Quota, throttle and spike arrest of a credential, by the virtual clock, and the headers that tell.

Limits: 10 calls a second, 240 a minute, 30,000 a day for a Personal Access Token or Service Account Key;
25 a second (the usual spike arrest), 1,500 a minute and 150,000 a day for an OAuth application; 10,000 a
minute and 250,000 a day for the tenant, whoever calls. The day begins at 00:00 UTC. Headers: https://developer.infusionsoft.com/api-token-quota-and-usage-measurements
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """What a kind of credential, or the whole tenant, may do; `second` 0: no spike arrest."""

    second: int
    minute: int
    day: int


KEY_LIMITS = Limits(10, 240, 30_000)
OAUTH_LIMITS = Limits(25, 1_500, 150_000)
TENANT_LIMITS = Limits(0, 10_000, 250_000)


@dataclass
class Meter:
    """Counts the calls of one credential, or of all together; refused calls do not count."""

    limits: Limits
    recent: deque[datetime] = field(default_factory=deque)
    minute: datetime | None = None
    minute_used: int = 0
    day: date | None = None
    day_used: int = 0

    def turn(self, now: datetime) -> None:
        """Begin a new window where the clock has left the old one, in either direction."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self.minute:
            self.minute, self.minute_used = minute, 0
        if now.date() != self.day:
            self.day, self.day_used = now.date(), 0
        while self.recent and not timedelta(0) <= now - self.recent[0] < timedelta(seconds=1):
            self.recent.popleft()

    def exceeded(self, now: datetime) -> str:
        """The limit that one more call would break: "spike", "minute", "day", or ""."""
        self.turn(now)
        if self.limits.second and len(self.recent) >= self.limits.second:
            return "spike"
        if self.minute_used >= self.limits.minute:
            return "minute"
        return "day" if self.day_used >= self.limits.day else ""

    def count(self, now: datetime) -> None:
        """One call was let through."""
        self.turn(now)
        self.recent.append(now)
        self.minute_used += 1
        self.day_used += 1

    def seconds_to_wait(self, kind: str, now: datetime) -> int:
        """Until the limit of that kind opens again, rounded up."""
        ends = {
            "spike": now + timedelta(seconds=1),
            "minute": now.replace(second=0, microsecond=0) + timedelta(minutes=1),
            "day": next_midnight(now),
        }
        return max(1, -int((now - ends[kind]).total_seconds() // 1))


def next_midnight(now: datetime) -> datetime:
    """The next 00:00 UTC."""
    return datetime.combine(now.date() + timedelta(days=1), time(0), UTC)


def headers(meter: Meter | None, all_calls: Meter, now: datetime, *, piped: bool) -> dict[str, str]:
    """The rate headers of an answer; with no meter (no valid credential) the same names with blank values."""
    all_calls.turn(now)
    shown = {**product_headers(meter or Meter(KEY_LIMITS), now), **tenant_headers(all_calls, piped=piped)}
    return shown if meter else dict.fromkeys(shown, "")


def product_headers(meter: Meter, now: datetime) -> dict[str, str]:
    """What the credential may still do today and this minute."""
    quota, throttle = "x-keap-product-quota", "x-keap-product-throttle"
    return {
        **window(quota, meter.limits.day, meter.day_used, "day"),
        f"{quota}-expiry-time": str(int(next_midnight(now).timestamp() * 1000)),
        **window(throttle, meter.limits.minute, meter.minute_used, "minute"),
        "x-keap-product-spike-limit": f"{meter.limits.second}ps",
    }


def tenant_headers(meter: Meter, *, piped: bool) -> dict[str, str]:
    """What the whole tenant may still do; with pipes, the minute and the day in one header."""
    name = "x-keap-tenant-throttle"
    minute = window(name, meter.limits.minute, meter.minute_used, "minute")
    if not piped:
        return minute
    day = window(name, meter.limits.day, meter.day_used, "day")
    return {key: f"{minute[key]}|{day[key]}" for key in minute}


def window(name: str, limit: int, used: int, unit: str) -> dict[str, str]:
    """The five headers of one window."""
    return {
        f"{name}-limit": str(limit),
        f"{name}-time-unit": unit,
        f"{name}-interval": "1",
        f"{name}-available": str(max(0, limit - used)),
        f"{name}-used": str(used),
    }
