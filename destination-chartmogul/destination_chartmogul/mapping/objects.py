"""ChartMogul objects as they should exist: plain values, times zone-aware, money in minor units.

Field meanings: https://dev.chartmogul.com/reference/ (customers, plans, invoices, subscription events).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

SUBSCRIPTION = "subscription"
ONE_TIME = "one_time"
TRIAL = "trial"
DIFFERENTIAL, FULL = "differential", "full"
WRITTEN_OFF, VOIDED = "written_off", "voided"
CANCELLED = "subscription_cancelled"
SCHEDULED = "subscription_cancellation_scheduled"


@dataclass(frozen=True)
class Interval:
    """A billing interval that ChartMogul knows: unit is day, month or year."""

    count: int
    unit: str


@dataclass(frozen=True)
class Plan:
    """A price's interval; ChartMogul divides by it to get MRR, it never reads a price from a plan."""

    external_id: str
    name: str
    interval: Interval
    product_id: str


@dataclass(frozen=True)
class Customer:
    """A Keap contact. None means "not known"; `address_known` says whether the four address parts are
    whole.
    """

    external_id: str
    name: str
    email: str | None = None
    company: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    zip: str | None = None
    address_known: bool = False
    lead_created_at: datetime | None = None
    free_trial_started_at: datetime | None = None


@dataclass(frozen=True)
class LineItem:
    """One line; `amount` is net of discount and includes `tax` and is for the whole quantity.

    `proration_type` is set on a line for a part of its plan's interval; only such a line may be negative.
    """

    external_id: str
    type: str
    amount: int
    quantity: int = 1
    discount: int = 0
    tax: int = 0
    description: str = ""
    subscription_external_id: str | None = None
    plan: Plan | None = None
    service_period_start: datetime | None = None
    service_period_end: datetime | None = None
    proration_type: str | None = None


@dataclass(frozen=True)
class Transaction:
    """A payment or refund on an invoice; `amount` is positive for both types.

    An amount of 0 means that the transaction should not exist. `stream` and `key` name the Keap record.
    """

    external_id: str
    type: str
    date: datetime
    amount: int
    result: str = "successful"
    stream: str = "payments"
    key: str = ""


@dataclass(frozen=True)
class Invoice:
    """A Keap order. `transactions` holds what this run knows; older ones stay in ChartMogul.

    `status` is what ChartMogul cannot tell from transactions: written_off or voided, else empty.
    """

    external_id: str
    date: datetime
    currency: str
    line_items: tuple[LineItem, ...]
    transactions: tuple[Transaction, ...] = ()
    status: str = ""

    @property
    def total(self) -> int:
        """Minor units, tax included."""
        return sum(line.amount for line in self.line_items)


@dataclass(frozen=True)
class Event:
    """A cancellation of a subscription, or one that is planned."""

    external_id: str
    subscription_external_id: str
    event_type: str
    event_date: datetime
    effective_date: datetime


def replaced_id(old: str, new: str) -> str:
    """External id of the cancellation of a subscription that another one replaces."""
    return f"{old}:replaced:{new}"


def moved_id(subscription: str, contact: str, number: int = 1) -> str:
    """External id of the cancellation under `contact` of a subscription that goes on under another one;
    `number`: it may come back and move again.
    """
    return f"{subscription}:moved:{contact}" + (f"-{number}" if number > 1 else "")


def is_move(event: Event) -> bool:
    """Whether a cancellation only says that the subscription goes on under another contact."""
    return event.external_id.startswith(moved_id(event.subscription_external_id, ""))


@dataclass(frozen=True)
class Desired:
    """All that should exist for one contact, as far as this run's records say.

    `payments` are transactions of orders that did not come in this run, by order id. `subscriptions` names
    those whose cancellations `events` states in full; cancellations of other subscriptions are left as they
    are. `withdrawn` are orders that have no invoice any more; `connections` are pairs of subscriptions, the
    second of which replaces the first.
    """

    contact_id: str
    customer: Customer
    customer_known: bool
    invoices: tuple[Invoice, ...] = ()
    payments: dict[str, tuple[Transaction, ...]] = field(default_factory=dict)
    subscriptions: frozenset[str] = frozenset()
    events: tuple[Event, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    connections: tuple[tuple[str, str], ...] = ()

    @property
    def beyond_bulk(self) -> bool:
        """Whether something is left to do after an import: a status or a connection."""
        return bool(self.connections) or any(invoice.status for invoice in self.invoices)

    @property
    def for_bulk(self) -> Desired:
        """What an import can carry. The cancellation of a replaced subscription says that the connection was
        made, so it waits for that.
        """
        replaced = {replaced_id(*pair) for pair in self.connections}
        events = tuple(event for event in self.events if event.external_id not in replaced)
        return replace(self, events=events, connections=())

    @property
    def plans(self) -> dict[str, Plan]:
        """Every plan that a line names, by external id."""
        lines = (line for invoice in self.invoices for line in invoice.line_items)
        return {line.plan.external_id: line.plan for line in lines if line.plan}
