"""Finding rows by a time or an owner without looking at every row."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from datetime import datetime

ID_BITS = 28
ID_MASK = (1 << ID_BITS) - 1


def number_of(value: datetime | int) -> int:
    """What an index sorts by: seconds since 1970 for an instant, the number itself for an id."""
    return int(value.timestamp()) if isinstance(value, datetime) else value


def key(value: datetime | int, row_id: int) -> int:
    """Value and id in one number, so that a sorted array of machine integers holds the whole index."""
    return number_of(value) << ID_BITS | row_id


class Index:
    """Row ids, below 2**28, by one attribute: an instant to the second, or an id."""

    def __init__(self, keys: Iterable[int]) -> None:
        self.keys = array("q", keys)

    def add(self, value: datetime | int, row_id: int) -> None:
        """A row has this value from now on."""
        insort(self.keys, key(value, row_id))

    def drop(self, value: datetime | int, row_id: int) -> None:
        """A row no longer has this value; KeyError when it never had."""
        place = bisect_left(self.keys, key(value, row_id))
        if place == len(self.keys) or self.keys[place] != key(value, row_id):
            raise KeyError(row_id)
        del self.keys[place]

    def span(self, low: int, high: int) -> range:
        """The places of the values from `low` to `high`, both included."""
        start = bisect_left(self.keys, low << ID_BITS)
        return range(start, bisect_left(self.keys, (high + 1) << ID_BITS, start))

    def ids(self, low: int, high: int) -> list[int]:
        """The ids of rows with a value from `low` to `high`; by value, then by id."""
        places = self.span(low, high)
        return [each & ID_MASK for each in self.keys[places.start : places.stop]]

    def values(self) -> set[int]:
        """Every value that a row has."""
        return {each >> ID_BITS for each in self.keys}

    def ordered(self, *, descending: bool, ties_descending: bool) -> Iterator[int]:
        """All ids by value; rows of equal value by id."""
        flip = ID_MASK if descending != ties_descending else 0
        keys: Iterable[int] = self.keys
        if flip:
            keys = sorted(each ^ flip for each in self.keys)
        return ((each ^ flip) & ID_MASK for each in (reversed(list(keys)) if descending else keys))
