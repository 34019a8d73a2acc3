"""Progress of long steps: a bar on a terminal and in a notebook, silence in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")
LONG = 2000  # rows below which no bar is worth the flicker


class Progress(Protocol):
    """Goes through rows and may show how far it is."""

    def __call__(self, rows: Iterable[T], says: str, total: int, /) -> Iterable[T]: ...


def silent(rows: Iterable[T], _says: str, _total: int, /) -> Iterable[T]:
    """Shows nothing."""
    return rows


def shown(rows: Iterable[T], says: str, total: int, /) -> Iterable[T]:
    """A bar on standard error when a person is looking and there is enough to wait for."""
    console = Console(file=sys.stderr)
    watched = console.is_terminal or console.is_jupyter
    if not watched or 0 < total < LONG:
        return rows
    return track(rows, says, total=total or None, console=console, transient=True)
