"""What the mapping of one contact works on: its Keap records, and what ChartMogul already holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from destination_chartmogul.mapping.conventions import Conventions
from destination_chartmogul.mapping.decisions import Judge, no_rules
from destination_chartmogul.mapping.money import digits_of
from destination_chartmogul.mapping.objects import Event
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.mapping.periods import local_date
from destination_chartmogul.policy import Policy

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """Records of Keap's small lists that came in this run, by id.

    `custom_fields` are by `{record_kind}:{id}`, for example `contacts:12`. Of lists that are read
    incrementally (tags, their categories, lead sources) only what changed is here.
    """

    users: Mapping[str, Record] = field(default_factory=dict)
    tags: Mapping[str, Record] = field(default_factory=dict)
    tag_categories: Mapping[str, Record] = field(default_factory=dict)
    lead_sources: Mapping[str, Record] = field(default_factory=dict)
    opportunity_stages: Mapping[str, Record] = field(default_factory=dict)
    custom_fields: Mapping[str, Record] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """The same for every contact of a run. `now` is the server's clock, `currency` the Keap account's.

    `plan_cycles` gives the number of bills of plans that end by themselves, by plan id. `reference` are the
    records of the account's small lists.
    """

    policy: Policy
    zone: str
    currency: str
    now: datetime
    product_names: Mapping[str, str] = field(default_factory=dict)
    plan_cycles: Mapping[str, int] = field(default_factory=dict)
    conventions: Conventions = field(default_factory=Conventions)
    reference: Reference = field(default_factory=Reference)

    def digits(self, currency: str) -> int:
        """Digits after the point of the integers that ChartMogul takes.

        Its reports show yen in hundredths too (a recorded account in JPY), so "cents" are hundredths of any
        currency unless the policy says otherwise.
        """
        return 2 if self.policy.amounts == "hundredths" else digits_of(currency)

    @property
    def today(self) -> date:
        """The account's calendar day."""
        return local_date(self.now, self.zone)


class BillOf(NamedTuple):
    """An order that billed a contact for a subscription. Sorts by day, then by order: ids are numbers in
    text, so length first.
    """

    day: date
    digits: int
    order_id: str
    contact: str = ""


class Elsewhere(NamedTuple):
    """A subscription that others have, or had, as well: whose it is today (empty: not known), the bills of
    others in order of time, and its record. `foreign` are orders that bill for it wrongly, whosever.
    """

    owner: str = ""
    bills: tuple[BillOf, ...] = ()
    foreign: frozenset[str] = frozenset()
    record: Record = MappingProxyType({})


ALONE = Elsewhere()
"""Of a subscription that nobody else has to do with."""


@dataclass(frozen=True)
class Bundle:
    """The Keap records of one contact in this run, latest versions, by id.

    `deleted` are orders that ChartMogul has and Keap has not any more, `gone` are such subscriptions.
    `unlisted` are subscriptions that these orders name and that did not come although all changed ones did;
    `elsewhere` are those that other contacts have or had. `applied_tags` are by tag id: of an incremental run
    the new ones, so the contact's own `tag_ids` are the whole truth where the contact came. `company` is the
    record of the company that the contact names, when it came. `judge` tells what the user's rules decide
    about an item; `ruled_out` are orders that they leave out, `refused` records that they cannot judge.
    """

    contact_id: str
    contact: Record | None = None
    subscriptions: Mapping[str, Record] = field(default_factory=dict)
    orders: Mapping[str, Record] = field(default_factory=dict)
    payments: Mapping[str, Record] = field(default_factory=dict)
    refund_ids: frozenset[str] = frozenset()
    attempts: Mapping[str, Record] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)
    applied_tags: Mapping[str, Record] = field(default_factory=dict)
    notes: Mapping[str, Record] = field(default_factory=dict)
    tasks: Mapping[str, Record] = field(default_factory=dict)
    opportunities: Mapping[str, Record] = field(default_factory=dict)
    company: Record | None = None
    judge: Judge = no_rules
    ruled_out: frozenset[str] = frozenset()
    refused: tuple[Reject, ...] = ()

    @cached_property
    def billed(self) -> Mapping[str, Record]:
        """The subscriptions by whose records these orders are read."""
        told = {key: each.record for key, each in self.elsewhere.items() if each.record}
        return told | dict(self.subscriptions)


@dataclass(frozen=True)
class Period:
    """A subscription line as a service period; days are the account's calendar days.

    `gross` is the price before discount and tax in ChartMogul's units; `prorated`: of a part of the
    interval.
    """

    order_id: str
    item_id: str
    subscription_id: str
    start: date
    end: date
    plan_external_id: str = ""
    gross: int | None = None
    quantity: int = 1
    prorated: bool = False


@dataclass(frozen=True)
class HeldTransaction:
    """A payment or refund that ChartMogul has; `kind` is payment or refund."""

    kind: str
    amount: int
    date: datetime | None = None


@dataclass(frozen=True)
class HeldInvoice:
    """What ChartMogul holds of an order: its total, and payments and refunds so far by external id."""

    total: int
    currency: str
    transactions: Mapping[str, HeldTransaction] = field(default_factory=dict)


@dataclass(frozen=True)
class Ledger:
    """What ChartMogul holds of one contact. Empty for a customer that does not exist there yet.

    `trial_lines` are line items of the type trial, by external id.
    """

    periods: tuple[Period, ...] = ()
    invoices: Mapping[str, HeldInvoice] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    free_trial_started_at: datetime | None = None
    lead_created_at: datetime | None = None
    trial_lines: Mapping[str, Period] = field(default_factory=dict)
