"""How fast Keap is called: one budget for all streams and all threads.

The configuration says how many calls a minute are wanted; what Keap's headers say (headers.py) can only lower
that. Calls are spaced evenly within a second, below the spike arrest, since a burst that is late on the
network can run into the next one.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import requests
from airbyte_cdk.sources.streams.call_rate import AbstractAPIBudget, AbstractCallRatePolicy
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.headers import Window, quota_ends, server_time, spike_limit, windows
from source_keap.protocol import FailureType

LOGGER = logging.getLogger("airbyte")
DEFAULT_PER_MINUTE = 120
MOST_PER_MINUTE = 1_500  # no credential of Keap's may do more
SPIKE_OF_A_KEY, SPIKE_OF_AN_APPLICATION = 10.0, 25.0
SHARE_OF_SPIKE = 0.9


class QuotaUsedUp(AirbyteTracedException):
    """The day's calls are used up, and the configuration says not to wait."""

    def __init__(self, ends: datetime) -> None:
        super().__init__(
            message=f"Keap's quota of calls for this day is used up: run the sync again from "
            f"{ends:%Y-%m-%d %H:%M} UTC on; it goes on where it stopped. Set `when_quota_is_used_up` to "
            "wait to let a sync wait for that itself.",
            internal_message=f"quota used up until {ends.isoformat()}",
            failure_type=FailureType.transient_error,
        )


def wait_for_quota(config: Mapping[str, Any], ends: datetime, now: datetime) -> float:
    """Seconds until the quota is renewed, if the configuration says to wait; QuotaUsedUp otherwise."""
    if config.get("when_quota_is_used_up", "stop") != "wait":
        raise QuotaUsedUp(ends)
    LOGGER.warning(f"Keap's quota of calls is used up: waiting until {ends:%Y-%m-%d %H:%M} UTC.")
    return max((ends - now).total_seconds(), 1.0)


class Budget(AbstractAPIBudget):
    """`clock` (seconds) and `sleep` can be others in tests."""

    def __init__(
        self,
        config: Mapping[str, Any],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._clock, self._sleep = clock, sleep
        self._asked = int(config.get("requests_per_minute", DEFAULT_PER_MINUTE))
        self._callers = int(config.get("parallel_calls", 6))
        self._lock = Lock()
        self._begun: deque[float] = deque()
        self._next = self._closed_until = 0.0
        self._spike: float | None = None
        self._minute: Window | None = None
        self._day: Window | None = None
        self._day_ends: datetime | None = None
        self._server_ahead = timedelta(0)

    @property
    def unlimited(self) -> bool:
        """More was asked for than Keap ever allows: a stand-in for Keap, whose limits are not enforced."""
        return self._asked > max(MOST_PER_MINUTE, self._allowed or 0)

    @property
    def per_minute(self) -> int:
        return min(self._asked, self._allowed) if self._allowed and not self.unlimited else self._asked

    @property
    def _allowed(self) -> int | None:
        """Calls a minute that Keap allows this key, once it has said so."""
        return self._minute.limit if self._minute else None

    @property
    def per_second(self) -> float:
        if self.unlimited:
            return self._asked / 30
        documented = SPIKE_OF_A_KEY if self.per_minute <= 240 else SPIKE_OF_AN_APPLICATION
        return SHARE_OF_SPIKE * (self._spike or documented)

    @property
    def left_today(self) -> int | None:
        """Calls that Keap still allows today; None when it does not say."""
        return self._day.available if self._day else None

    @property
    def day_limit(self) -> int | None:
        return self._day.limit if self._day else None

    def figures(self) -> dict[str, str]:
        """What Keap last said of the day: calls left, calls allowed, when it ends (ISO 8601)."""
        if not self._day:
            return {}
        known = {
            "keap-calls-left-today": str(self._day.available),
            "keap-calls-a-day": None if self._day.limit is None else str(self._day.limit),
            "keap-day-ends": self._until_renewed()[0].isoformat(timespec="seconds"),
        }
        return {name: value for name, value in known.items() if value is not None}

    def get_matching_policy(self, request: Any) -> AbstractCallRatePolicy | None:  # noqa: ARG002
        """There is one budget for everything."""
        return None

    def acquire_call(
        self,
        request: Any,  # noqa: ARG002 (the CDK's signature)
        block: bool = True,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
    ) -> None:
        """Return when the next call may begin; raises QuotaUsedUp."""
        while True:
            with self._lock:
                wait = self._wait(self._clock())
            if wait <= 0:
                return
            self._sleep(wait)

    def update_from_response(self, request: Any, response: Any) -> None:  # noqa: ARG002
        """Learn what is left."""
        if not isinstance(response, requests.Response):
            return
        now = server_time(response)
        with self._lock:
            self._server_ahead = now - datetime.now(UTC)
            self._spike = spike_limit(response.headers) or self._spike
            self._day_ends = quota_ends(response.headers) or self._day_ends
            for window in windows(response.headers):
                self._learn(window, now)

    def _learn(self, window: Window, now: datetime) -> None:
        if window.seconds >= 86_400:
            tighter = self._day is None or window.layer == self._day.layer
            self._day = window if tighter or window.available < self._day.available else self._day  # type: ignore[union-attr]
            return
        if window.of_the_key:
            self._minute = window
        if window.available < self._callers and not self.unlimited:
            self._closed_until = self._clock() + window.seconds - now.timestamp() % window.seconds

    def _wait(self, now: float) -> float:
        """Seconds to wait; 0 when the call may begin, which is then counted."""
        if self._day and self._day.available <= 0 and not self.unlimited:
            wait = wait_for_quota(self._config, *self._until_renewed())
            self._day = None
            return wait
        while self._begun and self._begun[0] <= now - 60:
            self._begun.popleft()
        full = self._begun[0] + 60 - now if len(self._begun) >= self.per_minute else 0.0
        wait = max(full, self._next - now, self._closed_until - now)
        if wait <= 0:
            self._begun.append(now)
            self._next = max(self._next, now - 1 / self.per_second) + 1 / self.per_second
        return wait

    def _until_renewed(self) -> tuple[datetime, datetime]:
        """When the day's quota is renewed, and the time now, both by the server's clock."""
        now = datetime.now(UTC) + self._server_ahead
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        known = self._day_ends
        return (known if known and known > now else midnight), now
