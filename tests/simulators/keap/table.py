"""Rows of one kind by id: made for large accounts.

The first id after N is found by bisection, answers are rendered once per row and kept until the row is
replaced, and `version` lets a sorted selection be reused between pages.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

from tests.simulators.keap.rows import Row

R = TypeVar("R", bound=Row)


class Table(Generic[R]):
    """Rows of one kind by id, in ascending order of id."""

    def __init__(self, first_id: int) -> None:
        self.rows: dict[int, R] = {}
        self.ids: list[int] = []
        self.rendered: dict[int, str] = {}
        self.rendered_as: object = None
        self.version = 0
        self._next_id = first_id

    def copy(self) -> Table[R]:
        """A table that can go its own way; the rows are shared, since they never change."""
        twin: Table[R] = Table(self._next_id)
        twin.rows, twin.ids, twin.version = dict(self.rows), list(self.ids), self.version
        return twin

    def new_id(self) -> int:
        """The next free id."""
        self._next_id += 1
        return self._next_id - 1

    def put(self, row: R) -> R:
        """Add a row or replace the one with its id."""
        if row.id not in self.rows:
            insort(self.ids, row.id)
            self._next_id = max(self._next_id, row.id + 1)
        self.rows[row.id] = row
        self.forget(row.id)
        return row

    def remove(self, row_id: int) -> None:
        """Delete a row; KeyError when it is not there."""
        del self.rows[row_id]
        self.ids.remove(row_id)
        self.forget(row_id)

    def forget(self, row_id: int) -> None:
        """Drop what was rendered of a row, because it or something shown in it changed."""
        self.rendered.pop(row_id, None)
        self.version += 1

    def get(self, row_id: int) -> R | None:
        return self.rows.get(row_id)

    def __getitem__(self, row_id: int) -> R:
        return self.rows[row_id]

    def __iter__(self) -> Iterator[R]:
        return (self.rows[row_id] for row_id in self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def between(self, low: int | None, high: int | None) -> list[int]:
        """Ids above `low` (exclusive) and below `high` (exclusive), ascending."""
        start = 0 if low is None else bisect_right(self.ids, low)
        stop = len(self.ids) if high is None else bisect_left(self.ids, high)
        return self.ids[start:stop]
