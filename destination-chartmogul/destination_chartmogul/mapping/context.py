"""What the mapping of one contact works on: its Keap records, and what ChartMogul already holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from destination_chartmogul.mapping.objects import Event
from destination_chartmogul.mapping.periods import local_date
from destination_chartmogul.policy import Policy

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """The same for every contact of a run. `now` is the server's clock, `currency` the Keap account's."""

    policy: Policy
    zone: str
    currency: str
    now: datetime
    product_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The account's calendar day."""
        return local_date(self.now, self.zone)


@dataclass(frozen=True)
class Bundle:
    """The Keap records of one contact in this run, latest versions, by id."""

    contact_id: str
    contact: Record | None = None
    subscriptions: Mapping[str, Record] = field(default_factory=dict)
    orders: Mapping[str, Record] = field(default_factory=dict)
    payments: Mapping[str, Record] = field(default_factory=dict)
    refund_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Period:
    """A subscription line as a service period; days are the account's calendar days."""

    order_id: str
    item_id: str
    subscription_id: str
    start: date
    end: date
    plan_external_id: str = ""


@dataclass(frozen=True)
class HeldInvoice:
    """What ChartMogul holds of an order: its total, and payments and refunds so far by external id."""

    total: int
    currency: str
    transactions: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ledger:
    """What ChartMogul holds of one contact. Empty for a customer that does not exist there yet."""

    periods: tuple[Period, ...] = ()
    invoices: Mapping[str, HeldInvoice] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    free_trial_started_at: datetime | None = None
