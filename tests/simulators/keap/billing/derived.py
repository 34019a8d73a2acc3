"""Tables whose rows are computed from other tables when they are read, so that large accounts stay small."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from tests.simulators.keap.index import Index
from tests.simulators.keap.rows import Row

R = TypeVar("R", bound=Row)


class DerivedTable(Generic[R]):
    """Reads like a table. `sources` gives the versions of what the rows are computed from.

    Ids are listed, indexes made, and rendered rows forgotten, whenever a source changed.
    """

    def __init__(
        self,
        sources: Callable[[], tuple[int, ...]],
        all_ids: Callable[[], list[int]],
        build: Callable[[int], R | None],
        indexes: Mapping[str, Callable[[], Index]] | None = None,
    ) -> None:
        self._sources, self._all_ids, self._build = sources, all_ids, build
        self._make_index: Mapping[str, Callable[[], Index]] = indexes or {}
        self._indexes: dict[str, Index] = {}
        self.indexed = tuple(self._make_index)
        self._seen: tuple[int, ...] | None = None
        self._ids: list[int] = []
        self._version = 0
        self.rendered: dict[int, str] = {}
        self.rendered_as: object = None

    @property
    def version(self) -> int:
        """A number that grows when a source changed."""
        self._refresh()
        return self._version

    @property
    def ids(self) -> list[int]:
        """All ids, ascending."""
        self._refresh()
        return self._ids

    def _refresh(self) -> None:
        now = self._sources()
        if now != self._seen:
            self._seen, self._ids, self.rendered, self._indexes = now, self._all_ids(), {}, {}
            self._version += 1

    def index(self, attribute: str) -> Index:
        """The index of an attribute; made when it is first asked for. KeyError if there is none."""
        self._refresh()
        if attribute not in self._indexes:
            self._indexes[attribute] = self._make_index[attribute]()
        return self._indexes[attribute]

    def get(self, row_id: int) -> R | None:
        return self._build(row_id)

    def __getitem__(self, row_id: int) -> R:
        row = self._build(row_id)
        if row is None:
            raise KeyError(row_id)
        return row

    def __iter__(self) -> Iterator[R]:
        return (self[row_id] for row_id in self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def between(self, low: int | None, high: int | None) -> list[int]:
        """Ids above `low` (exclusive) and below `high` (exclusive), ascending."""
        ids = self.ids
        start = 0 if low is None else bisect_right(ids, low)
        stop = len(ids) if high is None else bisect_left(ids, high)
        return ids[start:stop]
