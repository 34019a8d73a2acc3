"""A large account: the pattern repeated, its rows made when they are asked for."""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from functools import cached_property
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.engine import BillingEngine
from tests.simulators.keap.index import ID_BITS, number_of
from tests.simulators.keap.table import Table
from tests.simulators.scenarios.generated.moving import MOVE
from tests.simulators.scenarios.generated.numbering import World
from tests.simulators.scenarios.generated.pattern import TABLES, Pattern
from tests.simulators.scenarios.generated.pending import put_agenda, put_attempts
from tests.simulators.scenarios.generated.stencils import SERIES, Draw, Markers, Stencils, as_now

OWNED = {"contact_id": "contacts", "order_id": "orders"}
MOST_LOOKS = 8


class Drawing:
    """Texts of a world's rows, by stencils that are kept for the last few looks."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._markers = [Markers(world.pattern, series) for series in SERIES]
        self._looks: dict[Hashable, Stencils] = {}

    @cached_property
    def _bare(self) -> list[Account]:
        return [markers.account() for markers in self._markers]

    def stencils(self, account: Account, look: Hashable, draw: Draw) -> Stencils:
        """The stencils of one look."""
        if look not in self._looks:
            if len(self._looks) >= MOST_LOOKS:
                self._looks.pop(next(iter(self._looks)))
            marked = as_now(self._bare, account)
            self._looks[look] = Stencils(self._world, marked, self._markers, draw)
        return self._looks[look]


class Tiled:
    """The rows of one kind: an `Origin` of a table."""

    def __init__(self, world: World, kind: str, drawing: Drawing) -> None:
        self._world, self._kind, self._drawing = world, kind, drawing
        self._keys: dict[str, array[int]] = {}

    @property
    def ids(self) -> range:
        return self._world.kinds[self._kind].ids

    def row(self, row_id: int) -> Any:
        """The row of an id."""
        tile, place = self._world.kinds[self._kind].spot(row_id)
        pattern = self._world.pattern
        return MOVE[self._kind](pattern.row(self._kind, tile % pattern.blocks, place), self._world.tile(tile))

    def text(self, account: Account, row_id: int, look: Hashable, draw: Draw) -> str:
        """The text of a row by its stencil; drawn, where it has none."""
        tile, place = self._world.kinds[self._kind].spot(row_id)
        text = self._drawing.stencils(account, look, draw).text(self._kind, tile, place)
        return draw(account, self.row(row_id)) if text is None else text

    def keys(self, attribute: str) -> array[int]:
        """The keys of an index, ascending."""
        if attribute not in self._keys:
            self._keys[attribute] = array("q", sorted(self._unsorted_keys(attribute)))
        return self._keys[attribute]

    def _unsorted_keys(self, attribute: str) -> list[int]:
        pattern, numbering = self._world.pattern, self._world.kinds[self._kind]
        table, owner = TABLES[self._kind](pattern.account), OWNED.get(attribute)
        values = [[getattr(table[row_id], attribute) for row_id in ids] for ids in pattern.ids[self._kind]]
        numbers = [] if owner else [[number_of(each) for each in block] for block in values]
        found: list[int] = []
        for tile in range(self._world.tiles):
            block, ids = tile % pattern.blocks, self._world.tile(tile)
            shown = [ids.row(owner, each) for each in values[block]] if owner else numbers[block]
            found += [value << ID_BITS | numbering.id_of(tile, place) for place, value in enumerate(shown)]
        return found


def tiled(pattern: Pattern, tiles: int) -> BillingEngine:
    """The pattern's account with so many tiles in all, at the same moment."""
    world = World(pattern, tiles)
    account = tiled_account(world)
    put_attempts(world, account)
    engine = BillingEngine(account, pattern.engine.now)
    put_agenda(world, engine)
    return engine


def tiled_account(world: World) -> Account:
    """The account with its large tables; companies and all else that is not repeated are the pattern's."""
    small, drawing = world.pattern.account, Drawing(world)

    def table(kind: str) -> Table[Any]:
        return Table(0, TABLES[kind](small).indexed, Tiled(world, kind, drawing))

    return Account(
        small.profile,
        products=small.products.copy(),
        plans=small.plans.copy(),
        contacts=table("contacts"),
        subscriptions=table("subscriptions"),
        orders=table("orders"),
        payments=table("payments"),
        next_item_id=world.first_items[-1],
        crm=small.crm.copy(),
    )
