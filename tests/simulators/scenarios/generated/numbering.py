"""Which id each row of a large account has: ids follow the time at which rows were made, as in real ones."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Protocol

from tests.simulators.scenarios.generated.pattern import Pattern

FIRST_IDS = {"contacts": 1001, "subscriptions": 5001, "orders": 20001, "payments": 40001}
FIRST_ITEM = 60001


class Numbers(Protocol):
    """New ids for the rows of the pattern."""

    def row(self, kind: str, row_id: int) -> int:
        """The new id of a row."""

    def first_item(self, order_id: int) -> int:
        """The new id of an order's first item; the others follow."""


class Numbering:
    """The ids of one kind. A tile is one repetition of a block; tiles take the blocks in turn."""

    def __init__(self, births: list[list[int]], tiles: int, first_id: int) -> None:
        self.blocks, self.size, self.first_id = len(births), len(births[0]), first_id
        times = [time for tile in range(tiles) for time in births[tile % self.blocks]]
        self._spots = array("I", sorted(range(len(times)), key=times.__getitem__))
        self.ranks = array("I", bytes(self._spots.itemsize * len(times)))
        for rank, spot in enumerate(self._spots):
            self.ranks[spot] = rank

    @property
    def ids(self) -> range:
        return range(self.first_id, self.first_id + len(self._spots))

    def id_of(self, tile: int, place: int) -> int:
        """The id of a row by its tile and its place in the block."""
        return self.first_id + self.ranks[tile * self.size + place]

    def spot(self, row_id: int) -> tuple[int, int]:
        """The tile and the place in the block of a row."""
        return divmod(self._spots[row_id - self.first_id], self.size)


class World:
    """The ids of every kind, for a pattern repeated so many times."""

    def __init__(self, pattern: Pattern, tiles: int) -> None:
        self.pattern, self.tiles = pattern, tiles
        self.kinds = {
            kind: Numbering(pattern.births(kind), tiles, first_id) for kind, first_id in FIRST_IDS.items()
        }
        self.first_items = self._first_items()

    def _first_items(self) -> array[int]:
        """Rank of an order → the id of its first item; one more than there are orders."""
        orders, next_id = self.kinds["orders"], FIRST_ITEM
        sizes = [
            [len(self.pattern.account.orders[row_id].items) for row_id in ids]
            for ids in self.pattern.ids["orders"]
        ]
        found = array("q")
        for row_id in orders.ids:
            found.append(next_id)
            tile, place = orders.spot(row_id)
            next_id += sizes[tile % orders.blocks][place]
        found.append(next_id)
        return found

    def tiles_like(self, kind: str, row_id: int) -> Iterator[Tile]:
        """Every tile that repeats the block of a row of the pattern."""
        block, _ = self.pattern.places[kind][row_id]
        return (self.tile(number) for number in range(block, self.tiles, self.pattern.blocks))

    def tile(self, number: int) -> Tile:
        """The ids of one tile."""
        return Tile(self, number)


class Tile:
    """New ids for the rows of a block in one of its repetitions."""

    def __init__(self, world: World, number: int) -> None:
        self._world, self._number = world, number

    def row(self, kind: str, row_id: int) -> int:
        _, place = self._world.pattern.places[kind][row_id]
        return self._world.kinds[kind].id_of(self._number, place)

    def first_item(self, order_id: int) -> int:
        rank = self.row("orders", order_id) - FIRST_IDS["orders"]
        return self._world.first_items[rank]
