"""What a person at a terminal sees; silent in a pipe."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import IO

from rich.console import Console
from rich.live import Live
from rich.table import Table


class Progress:
    """Records per stream, customers written, changes, rejects and the time left, on standard error."""

    def __init__(self, err: IO[str] | None = None) -> None:
        self._console = Console(file=err or sys.stderr)
        self._live: Live | None = None
        self._records: Counter[str] = Counter()
        self._started = time.monotonic()
        self._total = 0
        self._done = 0
        self._changes = 0
        self._rejects = 0
        self._drawn = 0.0
        self._waiting_for = ""
        if self._console.is_terminal:
            self._live = Live(self._table(), console=self._console, auto_refresh=False, transient=False)
            self._live.start()

    def record(self, stream: str) -> None:
        """A record came in."""
        self._records[stream] += 1
        self._draw()

    def begin(self, customers: int) -> None:
        """The input is complete; so many customers are to be looked at."""
        self._total, self._started = customers, time.monotonic()
        self._draw(now=True)

    def step(self, customers: int, changes: int, rejects: int) -> None:
        """So many customers are done in all, so many changes sent, so many records rejected."""
        self._done, self._changes, self._rejects = customers, changes, rejects
        self._draw()

    def wait(self, reason: str) -> None:
        """Say what the run waits for; an empty reason ends that."""
        self._waiting_for = reason
        self._draw(now=True)

    def close(self) -> None:
        """Leave the last state on the screen."""
        self._draw(now=True)
        if self._live:
            self._live.stop()

    def _draw(self, now: bool = False) -> None:
        if self._live is None or (not now and time.monotonic() - self._drawn < 0.2):
            return
        self._drawn = time.monotonic()
        self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for stream, count in self._records.items():
            table.add_row(stream, f"{count:,} records")
        if self._total:
            table.add_row("customers", f"{self._done:,} of {self._total:,}{self._left()}")
            table.add_row("changes sent", f"{self._changes:,}")
            table.add_row("rejects", f"{self._rejects:,}")
        if self._waiting_for:
            table.add_row("waiting", self._waiting_for)
        return table

    def _left(self) -> str:
        if not self._done or self._done >= self._total:
            return ""
        seconds = (time.monotonic() - self._started) / self._done * (self._total - self._done)
        return f", about {int(seconds // 60)} min {int(seconds % 60)} s left"
