"""What a person at a terminal sees, and that a pipe sees nothing."""

from __future__ import annotations

import io

import pytest

from destination_chartmogul.progress import Progress


class Terminal(io.StringIO):
    """A screen that keeps what was shown."""

    def isatty(self) -> bool:
        return True


def play(screen: io.StringIO) -> str:
    progress = Progress(screen)
    progress.record("orders")
    progress.record("orders")
    progress.begin(4)
    progress.step(1, 1200, 3)
    progress.wait("for ChartMogul")
    shown = screen.getvalue()
    progress.wait("")
    progress.close()
    return shown


def test_a_terminal_shows_records_changes_rejects_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stream's records, customers done of all, changes, rejects, what is waited for, and how long."""
    monkeypatch.setenv("TERM", "xterm")
    shown = play(Terminal())
    for part in ("2 records", "1 of 4", "left", "1,200", "rejects", "for ChartMogul"):
        assert part in shown


def test_a_pipe_sees_nothing() -> None:
    """Cron mails and logs stay free of it."""
    assert play(io.StringIO()) == ""
