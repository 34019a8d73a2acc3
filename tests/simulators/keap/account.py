"""The account's store: one table per kind of record, ids sequential, rows immutable.

Made for large accounts: a table finds the first id after N by bisection, answers are rendered once per
row and kept until the row is replaced, and `version` lets a sorted selection be reused between pages.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from tests.simulators.keap.rows import Contact, Order, Payment, Plan, Product, Row, Subscription

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the business profile says about the account."""

    name: str
    email: str
    time_zone: str
    currency_code: str
    currency_exponent: int
    tenant: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Table(Generic[R]):
    """Rows of one kind by id, in ascending order of id."""

    def __init__(self, first_id: int) -> None:
        self.rows: dict[int, R] = {}
        self.ids: list[int] = []
        self.rendered: dict[int, str] = {}
        self.rendered_as: object = None
        self.version = 0
        self._next_id = first_id

    def copy(self) -> Table[R]:
        """A table that can go its own way; the rows are shared, since they never change."""
        twin: Table[R] = Table(self._next_id)
        twin.rows, twin.ids, twin.version = dict(self.rows), list(self.ids), self.version
        return twin

    def new_id(self) -> int:
        """The next free id."""
        self._next_id += 1
        return self._next_id - 1

    def put(self, row: R) -> R:
        """Add a row or replace the one with its id."""
        if row.id not in self.rows:
            insort(self.ids, row.id)
            self._next_id = max(self._next_id, row.id + 1)
        self.rows[row.id] = row
        self.forget(row.id)
        return row

    def remove(self, row_id: int) -> None:
        """Delete a row; KeyError when it is not there."""
        del self.rows[row_id]
        self.ids.remove(row_id)
        self.forget(row_id)

    def forget(self, row_id: int) -> None:
        """Drop what was rendered of a row, because it or something shown in it changed."""
        self.rendered.pop(row_id, None)
        self.version += 1

    def get(self, row_id: int) -> R | None:
        return self.rows.get(row_id)

    def __getitem__(self, row_id: int) -> R:
        return self.rows[row_id]

    def __iter__(self) -> Iterator[R]:
        return (self.rows[row_id] for row_id in self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def between(self, low: int | None, high: int | None) -> list[int]:
        """Ids above `low` (exclusive) and below `high` (exclusive), ascending."""
        start = 0 if low is None else bisect_right(self.ids, low)
        stop = len(self.ids) if high is None else bisect_left(self.ids, high)
        return self.ids[start:stop]


@dataclass
class Account:
    """Everything that one Keap account holds."""

    profile: Profile
    contacts: Table[Contact] = field(default_factory=lambda: Table(1001))
    products: Table[Product] = field(default_factory=lambda: Table(11))
    plans: Table[Plan] = field(default_factory=lambda: Table(101))
    subscriptions: Table[Subscription] = field(default_factory=lambda: Table(5001))
    orders: Table[Order] = field(default_factory=lambda: Table(20001))
    payments: Table[Payment] = field(default_factory=lambda: Table(40001))
    subscriptions_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    orders_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    payments_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    next_item_id: int = 60001

    def copy(self) -> Account:
        """An account that can go its own way from here."""
        return Account(
            profile=self.profile,
            contacts=self.contacts.copy(),
            products=self.products.copy(),
            plans=self.plans.copy(),
            subscriptions=self.subscriptions.copy(),
            orders=self.orders.copy(),
            payments=self.payments.copy(),
            subscriptions_of=copied(self.subscriptions_of),
            orders_of=copied(self.orders_of),
            payments_of=copied(self.payments_of),
            next_item_id=self.next_item_id,
        )

    def new_item_id(self) -> int:
        """The next free id of an order item."""
        self.next_item_id += 1
        return self.next_item_id - 1

    def put_subscription(self, row: Subscription) -> Subscription:
        """Add or replace a subscription and keep the list of its contact's subscriptions."""
        move(self.subscriptions_of, row.id, self.subscriptions.get(row.id), row)
        return self.subscriptions.put(row)

    def put_order(self, row: Order) -> Order:
        """Add or replace an order and keep the list of its contact's orders."""
        move(self.orders_of, row.id, self.orders.get(row.id), row)
        return self.orders.put(row)

    def put_payment(self, row: Payment) -> Payment:
        """Add or replace a payment and keep the list of its order's payments."""
        if self.payments.get(row.id) is None:
            self.payments_of[row.order_id].append(row.id)
        return self.payments.put(row)

    def put_contact(self, row: Contact) -> Contact:
        """Add or replace a contact; orders show its name and e-mail, so they are rendered anew."""
        for order_id in self.orders_of.get(row.id, ()):
            self.orders.forget(order_id)
        return self.contacts.put(row)


def copied(index: dict[int, list[int]]) -> dict[int, list[int]]:
    """An index with lists of its own."""
    return defaultdict(list, {owner: list(ids) for owner, ids in index.items()})


def move(
    index: dict[int, list[int]], row_id: int, old: Subscription | Order | None, new: Subscription | Order
) -> None:
    """Keep an index contact id → row ids when a row is added or its contact changes."""
    if old is not None and old.contact_id == new.contact_id:
        return
    if old is not None:
        index[old.contact_id].remove(row_id)
    index[new.contact_id].append(row_id)
