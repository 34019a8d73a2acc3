"""Rows in order of creation, found by uuid and by any number of indices.

Hundreds of thousands of rows are usual, so a key with one row holds the row itself, and the uuids of rows
that are many are not kept: they follow from the row's place in the order (see `ids`).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from tests.simulators.chartmogul.ids import sequence_of


class Row(Protocol):
    """What a table needs of its rows."""

    sequence: int

    @property
    def uuid(self) -> str:
        """The id that the API prints."""


R = TypeVar("R", bound=Row)
R_co = TypeVar("R_co", bound=Row, covariant=True)
_SEQUENCE = attrgetter("sequence")


class ByUuid(Protocol[R_co]):
    """Finds rows by uuid."""

    def get(self, uuid: str, /) -> R_co | None:
        """The row, or None."""

    def __getitem__(self, uuid: str, /) -> R_co:
        """The row, or KeyError."""

    def __contains__(self, uuid: object, /) -> bool:
        """Is there one?"""


class _Derived(Generic[R]):
    """Rows whose uuid follows from their prefix and sequence."""

    def __init__(self, rows: Sequence[R], prefix: str) -> None:
        self._rows, self._prefix = rows, prefix

    def get(self, uuid: str, /) -> R | None:
        sequence = sequence_of(self._prefix, uuid)
        place = before(self._rows, sequence)
        found = self._rows[place] if place < len(self._rows) else None
        return found if found is not None and found.sequence == sequence else None

    def __getitem__(self, uuid: str, /) -> R:
        found = self.get(uuid)
        if found is None:
            raise KeyError(uuid)
        return found

    def __contains__(self, uuid: object, /) -> bool:
        return isinstance(uuid, str) and self.get(uuid) is not None


class Table(Generic[R]):
    """`indices` map a name to a function giving the keys under which a row is found.

    `derived`: the prefix of uuids that follow from the sequence; without it they are kept.
    """

    def __init__(self, derived: str | None = None, **indices: Callable[[R], Iterable[Hashable]]) -> None:
        self.rows: list[R] = []
        self._kept: dict[str, R] | None = None
        self.by_uuid: ByUuid[R] = _Derived(self.rows, derived) if derived else self._by_kept_uuid()
        self._groups: dict[str, dict[Hashable, R | list[R]]] = {name: {} for name in indices}
        self._pairs = [(keys, self._groups[name]) for name, keys in indices.items()]

    def _by_kept_uuid(self) -> ByUuid[R]:
        self._kept = {}
        return self._kept

    def add(self, row: R) -> None:
        """Take a row in."""
        if self._kept is not None:
            self._kept[row.uuid] = row
        _place(self.rows, row)
        for keys, groups in self._pairs:
            for key in keys(row):
                held = groups.get(key)
                if held is None:
                    groups[key] = row
                elif isinstance(held, list):
                    _place(held, row)
                else:
                    groups[key] = sorted((held, row), key=_SEQUENCE)

    def remove(self, row: R) -> None:
        """Forget a row; its indexed fields must be as they were when it was added."""
        if self._kept is not None:
            del self._kept[row.uuid]
        _take(self.rows, row)
        for keys, groups in self._pairs:
            for key in keys(row):
                held = groups[key]
                if isinstance(held, list) and len(held) > 1:
                    _take(held, row)
                else:
                    del groups[key]

    def change(self, row: R, how: Callable[[], None]) -> None:
        """Change indexed fields of a row."""
        self.remove(row)
        how()
        self.add(row)

    def group(self, index: str, key: Hashable) -> Sequence[R]:
        """The rows under a key, oldest first."""
        held = self._groups[index].get(key)
        if held is None:
            return ()
        return held if isinstance(held, list) else (held,)

    def first(self, index: str, key: Hashable) -> R | None:
        """The oldest row under a key."""
        held = self._groups[index].get(key)
        return held[0] if isinstance(held, list) else held


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
