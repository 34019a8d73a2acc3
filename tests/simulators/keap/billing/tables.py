"""The tables of the money side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from tests.simulators.keap.billing.rows import Attempt, Card, Category, Merchant, Offer
from tests.simulators.keap.table import Table

KINDS = ("freeTrials", "orderTotals", "productCategories", "products", "shipping")
FIRST_ADDED_CARD = 2_000_001


def empty_offers() -> dict[str, Table[Offer]]:
    """One table per list of discounts; each counts its own ids, so an id alone does not name a discount."""
    return {kind: Table(1) for kind in KINDS}


def one_merchant() -> Table[Merchant]:
    """The merchant account that every payment went through."""
    table: Table[Merchant] = Table(1)
    table.put(Merchant(3, "Stripe", "STRIPE"))
    return table


@dataclass
class BillingTables:
    """What an account holds besides orders and payments.

    `cards` has only those cards that differ from what a contact's first card is by itself; `moved_orders` are
    orders that a merge gave to a contact.
    """

    attempts: Table[Attempt] = field(default_factory=lambda: Table(1))
    attempts_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    moved_orders: dict[int, set[int]] = field(default_factory=dict)
    cards: Table[Card] = field(default_factory=lambda: Table(FIRST_ADDED_CARD))
    merchants: Table[Merchant] = field(default_factory=one_merchant)
    categories: Table[Category] = field(default_factory=lambda: Table(1))
    offers: dict[str, Table[Offer]] = field(default_factory=empty_offers)

    def copy(self) -> BillingTables:
        """Tables that can go their own way."""
        return BillingTables(
            attempts=self.attempts.copy(),
            attempts_of=defaultdict(list, {order: list(ids) for order, ids in self.attempts_of.items()}),
            moved_orders={contact: set(ids) for contact, ids in self.moved_orders.items()},
            cards=self.cards.copy(),
            merchants=self.merchants.copy(),
            categories=self.categories.copy(),
            offers={kind: table.copy() for kind, table in self.offers.items()},
        )

    def remove_attempts(self, order_id: int) -> None:
        """Forget the declined charges of an order that is gone."""
        for attempt_id in self.attempts_of.pop(order_id, []):
            self.attempts.remove(attempt_id)

    def move_attempts(self, order_id: int, contact_id: int) -> None:
        """The declined charges of an order belong to another contact."""
        for attempt_id in self.attempts_of.get(order_id, ()):
            self.attempts.put(replace(self.attempts[attempt_id], contact_id=contact_id))

    def put_attempt(self, row: Attempt) -> Attempt:
        """Add or replace a declined charge and keep the list of its order's."""
        if self.attempts.get(row.id) is None:
            self.attempts_of[row.order_id].append(row.id)
        return self.attempts.put(row)
