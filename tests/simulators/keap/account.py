"""The account's store: one table per kind of record, ids sequential, rows immutable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from tests.simulators.keap.billing.tables import BillingTables
from tests.simulators.keap.crm.store import Crm
from tests.simulators.keap.rows import Contact, Order, Payment, Plan, Product, Subscription
from tests.simulators.keap.table import Table

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Owned:
    """Owner id → the ids of the rows that it owns, ascending; nobody owns an empty list."""

    table: Table[Any]
    attribute: str

    def __getitem__(self, owner_id: int) -> list[int]:
        return self.table.index(self.attribute).ids(owner_id, owner_id)

    def owners(self) -> set[int]:
        """Everybody who owns something."""
        return self.table.index(self.attribute).values()


CONTACT_INDEXES = ("update_time", "create_time")
SUBSCRIPTION_INDEXES = ("modification_time", "contact_id")
ORDER_INDEXES = ("modification_time", "creation_time", "contact_id")
PAYMENT_INDEXES = ("payment_time", "update_time", "contact_id", "order_id")


@dataclass
class Account:
    """Everything that one Keap account holds."""

    profile: Profile
    contacts: Table[Contact] = field(default_factory=lambda: Table(1001, CONTACT_INDEXES))
    products: Table[Product] = field(default_factory=lambda: Table(11))
    plans: Table[Plan] = field(default_factory=lambda: Table(101))
    subscriptions: Table[Subscription] = field(default_factory=lambda: Table(5001, SUBSCRIPTION_INDEXES))
    orders: Table[Order] = field(default_factory=lambda: Table(20001, ORDER_INDEXES))
    payments: Table[Payment] = field(default_factory=lambda: Table(40001, PAYMENT_INDEXES))
    next_item_id: int = 60001
    crm: Crm = field(default_factory=Crm)
    billing: BillingTables = field(default_factory=BillingTables)
    oddities: dict[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

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
            next_item_id=self.next_item_id,
            billing=self.billing.copy(),
            oddities=dict(self.oddities),
            crm=self.crm.copy(),
        )

    def computed(self, name: str, make: Callable[[], T]) -> T:
        """A derived table of this account, made when it is first asked for."""
        if name not in self.derived:
            self.derived[name] = make()
        table: T = self.derived[name]
        return table

    def new_item_id(self) -> int:
        """The next free id of an order item."""
        self.next_item_id += 1
        return self.next_item_id - 1

    def put_subscription(self, row: Subscription) -> Subscription:
        """Add or replace a subscription."""
        return self.subscriptions.put(row)

    def put_order(self, row: Order) -> Order:
        """Add or replace an order."""
        return self.orders.put(row)

    def put_payment(self, row: Payment) -> Payment:
        """Add or replace a payment."""
        return self.payments.put(row)

    @property
    def subscriptions_of(self) -> Owned:
        """Contact id → the ids of its subscriptions."""
        return Owned(self.subscriptions, "contact_id")

    @property
    def orders_of(self) -> Owned:
        """Contact id → the ids of its orders."""
        return Owned(self.orders, "contact_id")

    @property
    def payments_of(self) -> Owned:
        """Order id → the ids of its payments."""
        return Owned(self.payments, "order_id")

    def put_contact(self, row: Contact) -> Contact:
        """Add or replace a contact; what shows its name or e-mail is rendered anew."""
        for order_id in self.orders_of[row.id]:
            self.orders.forget(order_id)
        self.crm.forget_contact(row.id)
        return self.contacts.put(row)
