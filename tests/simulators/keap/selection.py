"""Which rows a list request means, page by page.

By id, a page is found by bisection and read lazily, so a keyset walk (`id>N`, order by id) costs the page and
not the table; a condition that an index knows (a time window, an owner) is looked up when it leaves few rows.
Another order is sorted once and kept while the table does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Generic, TypeVar

from tests.simulators.keap.filters import Bounds, Condition, Lookup, Test, compiled
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.rows import Row
from tests.simulators.keap.table import Readable

R = TypeVar("R", bound=Row)
KEPT = 16
MUCH_LESS = 4


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

    def tests(self, without: Collection[Condition] = ()) -> list[Test[R]]:
        """Everything that a row must pass, apart from conditions that are met already."""
        left = tuple(each for each in self.conditions if each not in without)
        tests = compiled(left, self.resource.find_filter(self.bounds.account), self.bounds)
        return [*tests, self.scope] if self.scope else tests

    def lookups(self, table: Readable[R]) -> list[tuple[Condition, Lookup]]:
        """The conditions whose rows the table can find by an index."""
        known = {"id", *table.indexed}
        found: list[tuple[Condition, Lookup]] = []
        for condition in self.conditions:
            field = self.resource.filters.get(condition.field)
            lookup = field.lookup(condition.operator, condition.value, self.bounds) if field else None
            if lookup and lookup.attribute in known:
                found.append((condition, lookup))
        return found


@dataclass
class Selector:
    """Reads pages; keeps the last few sorted selections."""

    kept: dict[tuple[Any, ...], tuple[int, list[int]]] = field(default_factory=dict)

    def page(
        self, query: Query[R], table: Readable[R], position: int | None, size: int
    ) -> tuple[list[int], int | None]:
        """The ids of rows from a position on, and the position of the next page (None at the end).

        A position is the last id read when ordered by id, else the number of rows before the page.
        """
        if query.by_id:
            ids = list(islice(ids_by_id(query, table, position), size + 1))
            return ids[:size], ids[size - 1] if len(ids) > size else None
        start = position or 0
        ids = self.sorted_ids(query, table, keep=query.snapshot and position is not None)
        end = start + size
        return ids[start:end], end if len(ids) > end else None

    def sorted_ids(self, query: Query[R], table: Readable[R], *, keep: bool) -> list[int]:
        """All matching ids in the order asked for; `keep` those of the first page, whatever changed since."""
        kept = self.kept.get(query.key())
        if kept and (keep or kept[0] == table.version):
            return kept[1]
        if len(self.kept) >= KEPT:
            self.kept.pop(next(iter(self.kept)))
        ids = in_order(query, table)
        self.kept[query.key()] = (table.version, ids)
        return ids


def in_order(query: Query[R], table: Readable[R]) -> list[int]:
    """All matching ids in an order other than id; from an index alone, where there is one for the order."""
    if not query.conditions and not query.scope and query.order in table.indexed:
        index = table.index(query.order)
        return list(index.ordered(descending=query.descending, ties_descending=query.ties_descending))
    found = ids_by_id(replace(query, order="id", descending=False), table, None)
    if query.order == "id":
        return list(reversed(list(found))) if query.descending else list(found)
    rows = [table[row_id] for row_id in found]
    rows.sort(key=lambda row: row.id, reverse=query.ties_descending)
    rows.sort(key=query.resource.sort_key(query.order, query.bounds.account), reverse=query.descending)
    return [row.id for row in rows]


def ids_by_id(query: Query[R], table: Readable[R], after: int | None) -> Iterator[int]:
    """Matching ids in order of id, behind the id `after`; a row is looked at only if a condition needs it."""
    low, high = id_range(query)
    if after is not None and query.descending:
        high = after if high is None else min(high, after)
    elif after is not None:
        low = after if low is None else max(low, after)
    found, met = narrowed(query, table, low, high)
    tests = query.tests(without=[*met, *(each for each in query.conditions if sets_range(query, each))])
    ids = reversed(found) if query.descending else found
    if not tests:
        return iter(ids)
    return (row_id for row_id in ids if all(test(table[row_id]) for test in tests))


def narrowed(
    query: Query[R], table: Readable[R], low: int | None, high: int | None
) -> tuple[Sequence[int], list[Condition]]:
    """The ids of a range, or those of the condition that finds the fewest rows, with that condition."""
    whole = table.between(low, high)
    choices = [(count(table, lookup), condition, lookup) for condition, lookup in query.lookups(table)]
    if not choices:
        return whole, []
    fewest, condition, lookup = min(choices)
    if fewest > len(whole) // MUCH_LESS:
        return whole, []
    ids = sorted(each for each in looked_up(table, lookup) if is_between(each, low, high))
    return ids, [condition]


def is_between(row_id: int, low: int | None, high: int | None) -> bool:
    return (low is None or row_id > low) and (high is None or row_id < high)


def looked_up(table: Readable[R], lookup: Lookup) -> Iterator[int]:
    """The ids of the rows that a lookup finds."""
    for low, high in lookup.spans:
        if lookup.attribute == "id":
            yield from (low,) if table.get(low) is not None else ()
        else:
            yield from table.index(lookup.attribute).ids(low, high)


def count(table: Readable[R], lookup: Lookup) -> int:
    """How many rows a lookup finds."""
    if lookup.attribute == "id":
        return len(lookup.spans)
    index = table.index(lookup.attribute)
    return sum(len(index.span(low, high)) for low, high in lookup.spans)


def id_range(query: Query[R]) -> tuple[int | None, int | None]:
    """The exclusive bounds that the filter sets on the row's own id."""
    low: int | None = None
    high: int | None = None
    for condition in query.conditions:
        if not sets_range(query, condition):
            continue
        sign, wanted = condition.operator, int(condition.value)
        if sign in LOWER:
            low = max(wanted - LOWER[sign], low if low is not None else -1)
        if sign in UPPER:
            high = min(wanted + UPPER[sign], high if high is not None else wanted + 1)
    return low, high


def sets_range(query: Query[R], condition: Condition) -> bool:
    """Does a condition say no more than between which ids the rows are?"""
    is_own = condition.field == query.resource.id_field and condition.value.isdecimal()
    return is_own and (condition.operator in LOWER or condition.operator in UPPER)


LOWER = {">": 0, ">=": 1, "==": 1}
UPPER = {"<": 0, "<=": 1, "==": 1}
