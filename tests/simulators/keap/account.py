"""The account's store: one table per kind of record, ids sequential, rows immutable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tests.simulators.keap.crm.store import Crm
from tests.simulators.keap.rows import Contact, Order, Payment, Plan, Product, Subscription
from tests.simulators.keap.table import Table


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
    crm: Crm = field(default_factory=Crm)

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
            crm=self.crm.copy(),
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
        """Add or replace a contact; what shows its name or e-mail is rendered anew."""
        for order_id in self.orders_of.get(row.id, ()):
            self.orders.forget(order_id)
        self.crm.forget_contact(row.id)
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
