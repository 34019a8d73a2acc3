"""Which rows a list request means, page by page.

By id, a page is found by bisection and read lazily, so a keyset walk (`id>N`, order by id) costs the page and
not the table. Another order is sorted once and kept while the table does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from tests.simulators.keap.filters import Bounds, Condition, Test, compiled
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.rows import Row
from tests.simulators.keap.table import Table

R = TypeVar("R", bound=Row)
KEPT = 16


@dataclass(frozen=True, slots=True)
class Query(Generic[R]):
    """A list request. `order` "" means by id ascending; `scope` limits the rows to those under a parent."""

    resource: Resource[R]
    conditions: tuple[Condition, ...]
    order: str
    descending: bool
    bounds: Bounds
    ties_descending: bool = False
    snapshot: bool = False
    parent_id: int | None = None
    scope: Callable[[R], bool] | None = None

    def key(self) -> tuple[Any, ...]:
        """What makes two requests the same walk."""
        order = (self.order, self.descending, self.ties_descending)
        return (self.resource.noun, self.conditions, order, self.bounds, self.parent_id)

    @property
    def by_id(self) -> bool:
        return self.order in ("", "id")

    def tests(self) -> list[Test[R]]:
        """Everything that a row must pass."""
        tests = compiled(self.conditions, self.resource.find_filter(self.bounds.account), self.bounds)
        return [*tests, self.scope] if self.scope else tests


@dataclass
class Selector:
    """Reads pages; keeps the last few sorted selections."""

    kept: dict[tuple[Any, ...], tuple[int, list[int]]] = field(default_factory=dict)

    def page(
        self, query: Query[R], table: Table[R], position: int | None, size: int
    ) -> tuple[list[R], int | None]:
        """Rows from a position on, and the position of the next page (None at the end).

        A position is the last id read when ordered by id, else the number of rows before the page.
        """
        if query.by_id:
            rows = list(islice(rows_by_id(query, table, position), size + 1))
            return rows[:size], rows[size - 1].id if len(rows) > size else None
        start = position or 0
        ids = self.sorted_ids(query, table, keep=query.snapshot and position is not None)
        end = start + size
        rows = [table.rows[row_id] for row_id in ids[start:end] if row_id in table.rows]
        return rows, end if len(ids) > end else None

    def sorted_ids(self, query: Query[R], table: Table[R], *, keep: bool) -> list[int]:
        """All matching ids in the order asked for; `keep` those of the first page, whatever changed since."""
        kept = self.kept.get(query.key())
        if kept and (keep or kept[0] == table.version):
            return kept[1]
        tests, value = query.tests(), query.resource.sort_key(query.order, query.bounds.account)
        rows = [row for row in table if all(test(row) for test in tests)]
        rows.sort(key=lambda row: row.id, reverse=query.ties_descending)
        rows.sort(key=value, reverse=query.descending)
        if len(self.kept) >= KEPT:
            self.kept.pop(next(iter(self.kept)))
        ids = [row.id for row in rows]
        self.kept[query.key()] = (table.version, ids)
        return ids


def rows_by_id(query: Query[R], table: Table[R], after: int | None) -> Iterator[R]:
    """Matching rows in order of id, behind the id `after`."""
    low, high = id_range(query)
    if after is not None and query.descending:
        high = after if high is None else min(high, after)
    elif after is not None:
        low = after if low is None else max(low, after)
    ids, tests = table.between(low, high), query.tests()
    rows = (table[row_id] for row_id in (reversed(ids) if query.descending else ids))
    return (row for row in rows if all(test(row) for test in tests))


def id_range(query: Query[R]) -> tuple[int | None, int | None]:
    """The exclusive bounds that the filter sets on the row's own id."""
    low: int | None = None
    high: int | None = None
    for name, sign, value in query.conditions:
        if name != query.resource.id_field or not value.isdecimal():
            continue
        wanted = int(value)
        if sign in LOWER:
            low = max(wanted - LOWER[sign], low if low is not None else -1)
        if sign in UPPER:
            high = min(wanted + UPPER[sign], high if high is not None else wanted + 1)
    return low, high


LOWER = {">": 0, ">=": 1, "==": 1}
UPPER = {"<": 0, "<=": 1, "==": 1}
