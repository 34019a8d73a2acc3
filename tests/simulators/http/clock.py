"""The simulators' own time: starts where the scenario says and runs on with real time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Virtual time. `set` and `advance` jump; in between it runs at the speed of real time."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("the clock needs a time zone")
        self._start = now.astimezone(UTC)
        self._listeners: list[Callable[[], None]] = []
        self._rebase(self._start)

    def _rebase(self, now: datetime) -> None:
        self._base, self._origin = now.astimezone(UTC), time.monotonic()

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self._base + timedelta(seconds=time.monotonic() - self._origin)

    def set(self, now: datetime) -> None:
        """Jump to a moment, forwards or backwards."""
        if now.tzinfo is None:
            raise ValueError("the clock needs a time zone")
        self._rebase(now)
        self._tell()

    def advance(self, seconds: float) -> None:
        """Jump forwards by a number of seconds."""
        self._rebase(self.now() + timedelta(seconds=seconds))
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
