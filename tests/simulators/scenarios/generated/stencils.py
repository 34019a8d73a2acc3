"""Rows of a large account as text without making them: the text of the pattern's row with its ids cut out.

A row is drawn twice, with two series of ids that no real row has (markers). Where the texts differ in nothing
but those ids, the ids of any repetition are filled in; otherwise the text depends on the ids in another way
(the last digits of a card, say), and there is no stencil.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tests.simulators.keap.account import Account
from tests.simulators.scenarios.generated.moving import MOVE
from tests.simulators.scenarios.generated.numbering import FIRST_IDS, World
from tests.simulators.scenarios.generated.pattern import TABLES, Pattern

KINDS = (*FIRST_IDS, "items")
SERIES = (200_000_000, 234_000_037)
KIND_ROOM, STEP, ROW_ROOM = 6_000_000, 1_000_000, 100
MARKER = re.compile(r"(?<!\d)(2[0-6]\d{7})(?!\d)")

Draw = Callable[[Account, Any], str]


class Spot(NamedTuple):
    """What a marker stands for: a row, or an item of an order, and what is added to the id (an invoice's)."""

    kind: str
    place: int
    item: int
    added: int


@dataclass(frozen=True)
class Markers:
    """One series of markers for a pattern's rows: at most 10,000 of a kind, 100 items of an order."""

    pattern: Pattern
    series: int

    def row(self, kind: str, row_id: int) -> int:
        block, place = self.pattern.places[kind][row_id]
        return self._base(kind) + (block * len(self.pattern.ids[kind][0]) + place) * ROW_ROOM

    def first_item(self, order_id: int) -> int:
        block, place = self.pattern.places["orders"][order_id]
        return self._base("items") + (block * len(self.pattern.ids["orders"][0]) + place) * ROW_ROOM

    def spot(self, marker: int) -> Spot:
        """What a marker of this series stands for."""
        kind, rest = divmod(marker - self.series, KIND_ROOM)
        added, value = divmod(rest, STEP)
        row, item = divmod(value, ROW_ROOM)
        name = KINDS[kind]
        rows = len(self.pattern.ids["orders" if name == "items" else name][0])
        return Spot(name, row % rows, item, added * STEP)

    def _base(self, kind: str) -> int:
        return self.series + KINDS.index(kind) * KIND_ROOM

    def account(self) -> Account:
        """The pattern's account with markers for ids."""
        original = self.pattern.account
        marked = Account(original.profile, products=original.products, plans=original.plans)
        for kind, table in TABLES.items():
            for row in table(original):
                table(marked).put(MOVE[kind](row, self))
        return marked


class Stencil(NamedTuple):
    """A text with `%d` for each id, and what those ids are."""

    text: str
    spots: tuple[Spot, ...]


def cut(texts: list[str], markers: list[Markers]) -> Stencil | None:
    """The stencil of a row from its texts in both series; None when they do not say the same."""
    first, second = (MARKER.split(text) for text in texts)
    if first[0::2] != second[0::2]:
        return None
    pairs = zip(first[1::2], second[1::2], strict=True)
    found = [(markers[0].spot(int(one)), markers[1].spot(int(other))) for one, other in pairs]
    if any(one != other for one, other in found):
        return None
    literal = (part.replace("%", "%%") for part in first[0::2])
    return Stencil("%d".join(literal), tuple(one for one, _ in found))


class Stencils:
    """The stencils of a pattern's rows in one look."""

    def __init__(self, world: World, marked: list[Account], markers: list[Markers], draw: Draw) -> None:
        self._world, self._marked, self._markers, self._draw = world, marked, markers, draw
        self._cut: dict[tuple[str, int], Stencil | None] = {}

    def text(self, kind: str, tile: int, place: int) -> str | None:
        """The text of a row, or None when it has no stencil."""
        pattern = self._world.pattern
        row_id = pattern.ids[kind][tile % pattern.blocks][place]
        if (kind, row_id) not in self._cut:
            self._cut[kind, row_id] = self._stencil(kind, row_id)
        stencil = self._cut[kind, row_id]
        return stencil.text % self._ids(tile, stencil.spots) if stencil else None

    def _stencil(self, kind: str, row_id: int) -> Stencil | None:
        ids = [markers.row(kind, row_id) for markers in self._markers]
        rows = [TABLES[kind](account)[marker] for account, marker in zip(self._marked, ids, strict=True)]
        texts = [self._draw(account, row) for account, row in zip(self._marked, rows, strict=True)]
        return cut(texts, self._markers)

    def _ids(self, tile: int, spots: tuple[Spot, ...]) -> tuple[int, ...]:
        kinds, first_items = self._world.kinds, self._world.first_items
        found: list[int] = []
        for kind, place, item, added in spots:
            if kind == "items":
                orders = kinds["orders"]
                found.append(first_items[orders.ranks[tile * orders.size + place]] + item)
            else:
                numbering = kinds[kind]
                found.append(numbering.first_id + numbering.ranks[tile * numbering.size + place] + added)
        return tuple(found)


def as_now(marked: list[Account], account: Account) -> list[Account]:
    """Marked accounts with everything that is not marked as the account has it now."""
    shared = {name: getattr(account, name) for name in ("products", "plans", "crm", "billing")}
    return [replace(each, **shared) for each in marked]
