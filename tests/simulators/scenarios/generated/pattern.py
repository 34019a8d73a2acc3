"""The pattern: the blocks of contacts that a large account repeats, run through the billing engine once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.engine import BillingEngine
from tests.simulators.keap.table import Table
from tests.simulators.scenarios.generated.blocks import CONTACTS, EMPTY, block
from tests.simulators.scenarios.history import build
from tests.simulators.scenarios.story import FIRST_CONTACT_ID

TABLES: Mapping[str, Callable[[Account], Table[Any]]] = {
    "contacts": lambda account: account.contacts,
    "subscriptions": lambda account: account.subscriptions,
    "orders": lambda account: account.orders,
    "payments": lambda account: account.payments,
}
"""Kinds of rows that are repeated: those of which there are many."""

OWNER = {"contacts": "id", "subscriptions": "contact_id", "orders": "contact_id", "payments": "contact_id"}
BORN = {"contacts": "create_time", "orders": "creation_time", "payments": "payment_time"}


@dataclass(frozen=True)
class Pattern:
    """`ids`: kind → block → the ids of its rows, ascending. `places`: kind → id → block and place in it."""

    engine: BillingEngine
    ids: Mapping[str, list[list[int]]]
    places: Mapping[str, Mapping[int, tuple[int, int]]]

    @property
    def account(self) -> Account:
        return self.engine.account

    @property
    def blocks(self) -> int:
        return len(self.ids["contacts"])

    def row(self, kind: str, number: int, place: int) -> Any:
        """A row by its place in a block."""
        return TABLES[kind](self.account)[self.ids[kind][number][place]]

    def births(self, kind: str) -> list[list[int]]:
        """Block → when each of its rows was made, in seconds since 1970."""
        if kind == "subscriptions":
            made = first_orders(self.account)
        else:
            made = {row.id: getattr(row, BORN[kind]).timestamp() for row in TABLES[kind](self.account)}
        return [[int(made[row_id]) for row_id in ids] for ids in self.ids[kind]]


def run(seed: int, blocks: int) -> BillingEngine:
    """That many blocks of contacts, lived through up to the present."""
    stories = tuple(story for number in range(blocks) for story in block(seed, number))
    return build(replace(EMPTY, stories=stories))


def pattern(seed: int, blocks: int) -> Pattern:
    """The same, sorted into blocks."""
    engine = run(seed, blocks)
    ids = {kind: by_block(kind, table(engine.account), blocks) for kind, table in TABLES.items()}
    places = {
        kind: {
            row_id: (number, place) for number, each in enumerate(lists) for place, row_id in enumerate(each)
        }
        for kind, lists in ids.items()
    }
    return Pattern(engine, ids, places)


def by_block(kind: str, table: Table[Any], blocks: int) -> list[list[int]]:
    """The ids of a table's rows, by the block of the contact that they belong to."""
    lists: list[list[int]] = [[] for _ in range(blocks)]
    for row in table:
        lists[(getattr(row, OWNER[kind]) - FIRST_CONTACT_ID) // CONTACTS].append(row.id)
    return lists


def first_orders(account: Account) -> dict[int, float]:
    """When each subscription was bought: the time of the order that it was bought with."""
    return {
        item.subscription_id: order.creation_time.timestamp()
        for order in account.orders
        for item in order.items
        if item.subscription_id is not None and item.first_of_subscription
    }
