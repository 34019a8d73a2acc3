"""The simulators' own time: starts where the scenario says and runs on with real time, unless frozen."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Virtual time. `set` and `advance` jump; in between it runs as real time does, or stands still."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("the clock needs a time zone")
        self._start = now.astimezone(UTC)
        self._listeners: list[Callable[[], None]] = []
        self._rebase(self._start)

    def _rebase(self, now: datetime, *, frozen: bool = False) -> None:
        self._base, self._origin, self._frozen = now.astimezone(UTC), time.monotonic(), frozen

    def now(self) -> datetime:
        """The present moment, in UTC."""
        if self._frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._origin)

    def set(self, now: datetime, *, frozen: bool = False) -> None:
        """Jump to a moment, forwards or backwards; frozen, it stands still there until it is set again."""
        if now.tzinfo is None:
            raise ValueError("the clock needs a time zone")
        self._rebase(now, frozen=frozen)
        self._tell()

    def advance(self, seconds: float) -> None:
        """Jump forwards by a number of seconds."""
        self._rebase(self.now() + timedelta(seconds=seconds), frozen=self._frozen)
        self._tell()

    def restart(self) -> None:
        """Back to the moment the clock was made with; listeners are not told (their owner resets too)."""
        self._rebase(self._start)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each jump."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
