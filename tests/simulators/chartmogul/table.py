"""Rows in order of creation, found by uuid and by any number of indices."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import attrgetter
from typing import Generic, Protocol, TypeVar


class Row(Protocol):
    """What a table needs of its rows."""

    uuid: str
    sequence: int


R = TypeVar("R", bound=Row)
_SEQUENCE = attrgetter("sequence")


class Table(Generic[R]):
    """`indices` maps a name to a function giving the keys under which a row is found."""

    def __init__(self, **indices: Callable[[R], Iterable[Hashable]]) -> None:
        self.rows: list[R] = []
        self.by_uuid: dict[str, R] = {}
        self._indices = indices
        self._groups: dict[tuple[str, Hashable], list[R]] = {}

    def add(self, row: R) -> None:
        """Take a row in."""
        self.by_uuid[row.uuid] = row
        _place(self.rows, row)
        for key in self._keys(row):
            _place(self._groups.setdefault(key, []), row)

    def remove(self, row: R) -> None:
        """Forget a row; its indexed fields must be as they were when it was added."""
        del self.by_uuid[row.uuid]
        _take(self.rows, row)
        for key in self._keys(row):
            group = self._groups[key]
            _take(group, row)
            if not group:
                del self._groups[key]

    def change(self, row: R, how: Callable[[], None]) -> None:
        """Change indexed fields of a row."""
        self.remove(row)
        how()
        self.add(row)

    def group(self, index: str, key: Hashable) -> Sequence[R]:
        """The rows under a key, oldest first."""
        return self._groups.get((index, key), ())

    def first(self, index: str, key: Hashable) -> R | None:
        """The oldest row under a key."""
        group = self.group(index, key)
        return group[0] if group else None

    def _keys(self, row: R) -> Iterable[tuple[str, Hashable]]:
        return [(name, key) for name, keys in self._indices.items() for key in keys(row)]


def before(rows: Sequence[R], sequence: int) -> int:
    """How many of the rows (oldest first) are older than a place in the order."""
    return bisect_left(rows, sequence, key=_SEQUENCE)


def until(rows: Sequence[R], sequence: int) -> int:
    """How many of the rows are older than or at a place in the order."""
    return bisect_right(rows, sequence, key=_SEQUENCE)


def _place(rows: list[R], row: R) -> None:
    if not rows or rows[-1].sequence < row.sequence:
        rows.append(row)
    else:
        insort(rows, row, key=_SEQUENCE)


def _take(rows: list[R], row: R) -> None:
    del rows[before(rows, row.sequence)]
