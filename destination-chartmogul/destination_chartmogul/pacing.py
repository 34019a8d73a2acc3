"""How fast and how often: a token bucket and the waits between retries."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass


class TokenBucket:
    """At most `per_second` requests a second over any longer stretch, `burst` at once."""

    def __init__(self, per_second: float, burst: int = 5) -> None:
        self._interval = 1.0 / per_second
        self._burst = burst
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait for a turn."""
        with self._lock:
            now = time.monotonic()
            self._next = max(self._next, now - self._burst * self._interval) + self._interval
            wait = self._next - now
        if wait > 0:
            time.sleep(wait)


@dataclass(frozen=True)
class Retries:
    """Full-jitter exponential back-off, bounded in number and in time (seconds)."""

    attempts: int = 9
    base: float = 0.25
    cap: float = 30.0
    total: float = 600.0

    def wait(self, attempt: int, retry_after: float | None = None) -> float:
        """Seconds before attempt number `attempt` + 1; the server's own wish wins."""
        if retry_after is not None:
            return min(retry_after, self.cap * 2)
        longest = min(self.cap, self.base * 2.0**attempt)
        return random.uniform(0.5, 1.0) * longest  # noqa: S311 - no secret
