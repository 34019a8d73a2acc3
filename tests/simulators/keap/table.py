"""Rows of one kind by id: made for large accounts.

The first id after N is found by bisection, rows of a time or of an owner through an index, answers are
rendered once per row and kept until the row is replaced, and `version` lets a sorted selection be reused
between pages. Rows that were there from the start may come from an `Origin`, which makes them when asked, so
that half a million rows need no memory; what happens to them later is kept here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, overload

from tests.simulators.keap.index import Index, key
from tests.simulators.keap.rows import Row

if TYPE_CHECKING:
    from tests.simulators.keap.account import Account

R = TypeVar("R", bound=Row)
Shown = TypeVar("Shown", bound=Row, covariant=True)


class Origin(Protocol[Shown]):
    """Rows of consecutive ids, made when asked for and always the same for an id."""

    @property
    def ids(self) -> range:
        """Every id that there is a row for."""

    def row(self, row_id: int) -> Shown:
        """The row of one of these ids."""

    def keys(self, attribute: str) -> Iterable[int]:
        """The keys of an index of all rows, ascending."""

    def text(
        self, account: Account, row_id: int, look: Hashable, draw: Callable[[Account, Shown], str]
    ) -> str:
        """What `draw` makes of the row in this account; `look` names the way it is drawn."""


class Readable(Protocol[Shown]):
    """What a list reads its rows from: a `Table`, or a table that is computed when it is read."""

    rendered: dict[int, str]
    rendered_as: object

    @property
    def version(self) -> int: ...

    @property
    def indexed(self) -> tuple[str, ...]: ...

    def index(self, attribute: str) -> Index: ...

    def get(self, row_id: int) -> Shown | None: ...

    def __getitem__(self, row_id: int) -> Shown: ...

    def __iter__(self) -> Iterator[Shown]: ...

    def __len__(self) -> int: ...

    def between(self, low: int | None, high: int | None) -> Sequence[int]: ...


class Stretch(Sequence[int]):
    """Part of a long list, not copied; the list may not change meanwhile."""

    def __init__(self, ids: list[int], places: range) -> None:
        self._ids, self._places = ids, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[int]: ...
    def __getitem__(self, place: int | slice) -> int | Sequence[int]:
        if isinstance(place, slice):
            return Stretch(self._ids, self._places[place])
        return self._ids[self._places[place]]

    def __iter__(self) -> Iterator[int]:
        return map(self._ids.__getitem__, self._places)

    def __reversed__(self) -> Iterator[int]:
        return map(self._ids.__getitem__, reversed(self._places))


class Table(Generic[R]):
    """Rows of one kind by id, in ascending order of id; `indexed` names attributes to find rows by."""

    def __init__(self, first_id: int, indexed: tuple[str, ...] = (), origin: Origin[R] | None = None) -> None:
        self.rows: dict[int, R] = {}
        self.ids: list[int] = list(origin.ids) if origin else []
        self.rendered: dict[int, str] = {}
        self.rendered_as: object = None
        self.version = 0
        self.indexed, self.origin = indexed, origin
        self.journal: list[tuple[str, R]] | None = None
        self._replaced: set[int] = set()
        self._redrawn: set[int] = set()
        self._indexes: dict[str, Index] = {}
        self._next_id = origin.ids.stop if origin else first_id

    def copy(self) -> Table[R]:
        """A table that can go its own way; the rows are shared, since they never change."""
        twin: Table[R] = Table(self._next_id, self.indexed)
        twin.rows, twin.ids, twin.version = dict(self.rows), list(self.ids), self.version
        twin.origin, twin._replaced, twin._redrawn = self.origin, set(self._replaced), set(self._redrawn)
        return twin

    def new_id(self) -> int:
        """The next free id."""
        self._next_id += 1
        return self._next_id - 1

    @property
    def last_id(self) -> int:
        """The highest id given so far."""
        return self._next_id - 1

    def put(self, row: R) -> R:
        """Add a row or replace the one with its id."""
        old = self.get(row.id)
        if old is None:
            insort(self.ids, row.id)
            self._next_id = max(self._next_id, row.id + 1)
        self._reindex(old, row)
        self._write_down("add" if old is None else "edit", row)
        self.rows[row.id] = row
        self._replaced.add(row.id)
        self.forget(row.id)
        return row

    def remove(self, row_id: int) -> None:
        """Delete a row; KeyError when it is not there."""
        self._reindex(self[row_id], None)
        self._write_down("delete", self[row_id])
        self.rows.pop(row_id, None)
        self._replaced.add(row_id)
        del self.ids[bisect_left(self.ids, row_id)]
        self.forget(row_id)

    def _write_down(self, what: str, row: R) -> None:
        """Add to the journal, if somebody wants one: `add`, `edit` or `delete`, and the row."""
        if self.journal is not None:
            self.journal.append((what, row))

    def forget(self, row_id: int) -> None:
        """Drop what was rendered of a row, because it or something shown in it changed."""
        self.rendered.pop(row_id, None)
        self._redrawn.add(row_id)
        self.version += 1

    def get(self, row_id: int) -> R | None:
        row = self.rows.get(row_id)
        if row is None and self.origin and row_id in self.origin.ids and row_id not in self._replaced:
            return self.origin.row(row_id)
        return row

    def __getitem__(self, row_id: int) -> R:
        row = self.get(row_id)
        if row is None:
            raise KeyError(row_id)
        return row

    def __iter__(self) -> Iterator[R]:
        return (self[row_id] for row_id in self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def between(self, low: int | None, high: int | None) -> Sequence[int]:
        """Ids above `low` (exclusive) and below `high` (exclusive), ascending."""
        start = 0 if low is None else bisect_right(self.ids, low)
        stop = len(self.ids) if high is None else bisect_left(self.ids, high)
        return Stretch(self.ids, range(start, stop))

    def drawn_by_origin(self, row_id: int) -> Origin[R] | None:
        """The origin, if nothing happened to a row or to anything shown in it."""
        origin = self.origin
        return origin if origin and row_id in origin.ids and row_id not in self._redrawn else None

    def index(self, attribute: str) -> Index:
        """The index of an attribute; made when it is first asked for. KeyError if there is none."""
        if attribute not in self._indexes:
            self._indexes[attribute] = self._made_index(attribute)
        return self._indexes[attribute]

    def _made_index(self, attribute: str) -> Index:
        if attribute not in self.indexed:
            raise KeyError(attribute)
        made = Index(self.origin.keys(attribute) if self.origin else ())
        for row_id in self._replaced:
            if self.origin and row_id in self.origin.ids:
                made.drop(getattr(self.origin.row(row_id), attribute), row_id)
        added = [key(getattr(row, attribute), row_id) for row_id, row in self.rows.items()]
        return Index(sorted([*made.keys, *added])) if added else made

    def _reindex(self, old: R | None, new: R | None) -> None:
        for attribute, index in self._indexes.items():
            if old is not None:
                index.drop(getattr(old, attribute), old.id)
            if new is not None:
                index.add(getattr(new, attribute), new.id)
