"""What ChartMogul holds: read back for the customers that a run touches, and nothing for an empty source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from destination_chartmogul.client import PAGE, Client
from destination_chartmogul.errors import Refused
from destination_chartmogul.mapping.context import HeldInvoice, HeldTransaction, Ledger, Period
from destination_chartmogul.mapping.objects import SCHEDULED, SUBSCRIPTION, TRIAL, Event
from destination_chartmogul.mapping.periods import local_date
from destination_chartmogul.own_events import is_ours
from destination_chartmogul.parallel import in_parallel
from destination_chartmogul.spool import Spool
from destination_chartmogul.wire import instant

Json = dict[str, Any]
EVERYTHING = {"validation_type": "all"}  # invalid invoices are hidden otherwise
NOBODY: Json = {}  # kept for a contact that is no customer
SAMPLE_FROM = 40  # customers; below, beginning a listing in vain costs less than guessing its size


@dataclass
class Actual:
    """One customer as ChartMogul has it; `customer` is None when it does not exist."""

    customer: Json | None = None
    invoices: dict[str, Json] = field(default_factory=dict)
    events: dict[str, Json] = field(default_factory=dict)

    @property
    def uuid(self) -> str:
        """`cus_...`; empty when it does not exist."""
        return str(self.customer["uuid"]) if self.customer else ""

    def ledger(self, plans: Mapping[str, str], zone: str) -> Ledger:
        """The part that mapping needs. `plans` gives external ids by uuid."""
        periods = [
            period
            for invoice in self.invoices.values()
            for line in invoice.get("line_items") or []
            if (period := _period(invoice, line, plans, zone))
        ]
        return Ledger(
            tuple(periods),
            {key: _held(invoice) for key, invoice in self.invoices.items()},
            tuple(event for e in self.events.values() if (event := _event(e))),
            instant((self.customer or {}).get("free_trial_started_at")),
            instant((self.customer or {}).get("lead_created_at")),
            self._trials(plans, zone),
        )

    def _trials(self, plans: Mapping[str, str], zone: str) -> dict[str, Period]:
        return {
            period.item_id: period
            for invoice in self.invoices.values()
            for line in invoice.get("line_items") or []
            if (period := _period(invoice, line, plans, zone, TRIAL))
        }


def _period(
    invoice: Json, line: Json, plans: Mapping[str, str], zone: str, kind: str = SUBSCRIPTION
) -> Period | None:
    start, end = instant(line.get("service_period_start")), instant(line.get("service_period_end"))
    if line.get("type") != kind or not start or not end:
        return None
    return Period(
        str(invoice["external_id"]),
        str(line.get("external_id")),
        str(line.get("subscription_external_id")),
        local_date(start, zone),
        local_date(end, zone),
        plan_of(line, plans),
        _cents(line, "amount") - _cents(line, "tax_amount") + _cents(line, "discount_amount"),
        int(line.get("quantity") or 1),
        bool(line.get("prorated")),
    )


def _cents(holder: Mapping[str, Any], name: str) -> int:
    return int(holder.get(f"{name}_in_cents") or 0)


def plan_of(line: Mapping[str, Any], plans: Mapping[str, str]) -> str:
    """External id of a line's plan."""
    return str(line.get("plan_external_id") or plans.get(str(line.get("plan_uuid")), ""))


def _held(invoice: Json) -> HeldInvoice:
    total = sum(_cents(line, "amount") for line in invoice.get("line_items") or [])
    transactions = {
        str(t.get("external_id")): HeldTransaction(
            str(t["type"]),
            total if t.get("amount_in_cents") is None else int(t["amount_in_cents"]),
            instant(t.get("date")),
        )
        for t in invoice.get("transactions") or []
        if t.get("result") != "failed"
    }
    return HeldInvoice(total, str(invoice.get("currency")), transactions)


def _event(event: Json) -> Event | None:
    effective = instant(event.get("effective_date"))
    if not effective:
        return None
    return Event(
        str(event["external_id"]),
        str(event["subscription_external_id"]),
        str(event["event_type"]),
        instant(event.get("event_date")) or effective,
        effective,
    )


class Readback:
    """Reads customers, invoices and events of one data source.

    Few customers are read one by one; many by whole listings, when these take fewer calls. Listings go to the
    spool, not to memory.
    """

    def __init__(self, client: Client, source: str, spool: Spool, empty: bool) -> None:
        self._client, self._source, self._spool, self._empty = client, source, spool, empty
        self._listed: set[str] = set()

    @property
    def empty(self) -> bool:
        """The data source holds no customer."""
        return self._empty

    def prepare(self, contacts: Sequence[str]) -> None:
        """Decide how to read `contacts`, and read the listings that pay."""
        if self._empty or not contacts:
            return
        if not self._list("customers", "/customers", "entries", max(1, len(contacts) // 2)):
            for _ in in_parallel(self.customer, contacts):
                pass
            return
        if not self._spool.owners(f"customers {self._source}"):
            self._empty = True
            return
        known = [c for c in contacts if self._held("customers", c)]
        if len(known) < 4:
            return
        budget = len(known) // 2
        if len(known) < SAMPLE_FROM or self._worth_listing(known, budget):
            self._list("invoices", "/invoices", "invoices", budget, **EVERYTHING)
        self._list("events", "/subscription_events", "subscription_events", budget)

    def _worth_listing(self, known: Sequence[str], budget: int) -> bool:
        """Guess the size of the invoice listing from a few customers, so that no long listing is begun in
        vain.
        """
        sample = known[:: max(1, len(known) // 3)][:3]
        uuids = [str(customer["uuid"]) for c in sample if (customer := self.customer(c))]
        per_customer = max(1.0, sum(len(self.fetch_invoices(uuid)) for uuid in uuids) / len(sample))
        return per_customer * self._spool.owners(f"customers {self._source}") / PAGE <= budget

    def _list(self, kind: str, path: str, root: str, budget: int, **params: Any) -> bool:
        """Read a whole listing into the spool; False when it is longer than `budget` pages."""
        pages = self._client.pages(path, root, data_source_uuid=self._source, **params)
        for number, page in enumerate(pages, 1):
            for item in page:
                self._keep(kind, item)
            if number >= budget and len(page) == PAGE:
                return False
        self._listed.add(kind)
        return True

    def _keep(self, kind: str, item: Json) -> None:
        if kind == "customers":
            for external_id in own_ids(item, self._source):
                self._hold(kind, external_id, "", item)
        elif kind == "invoices":
            self._hold(kind, str(item.get("customer_uuid")), str(item["external_id"]), item)
        elif is_ours(item):
            self._hold(kind, str(item["customer_external_id"]), str(item["external_id"]), item)

    def _hold(self, kind: str, owner: str, key: str, body: Json) -> None:
        """Listings of several data sources may lie in one spool."""
        self._spool.hold(f"{kind} {self._source}", owner, key, body)

    def _held(self, kind: str, owner: str) -> list[Json]:
        return self._spool.held(f"{kind} {self._source}", owner)

    def exists(self, contact: str) -> bool:
        """Whether the customer exists; costs a call only when customers were not listed."""
        return self.customer(contact) is not None

    def customer(self, contact: str) -> Json | None:
        """Customer record of a contact id, from the listing or by one call a run."""
        if self._empty:
            return None
        if "customers" in self._listed:
            return next(iter(self._held("customers", contact)), None)
        known = self._held("customers", contact)
        if not known:
            known = [self.find_customer(contact) or NOBODY]
            self._hold("customers", contact, "", known[0])
        return known[0] or None

    def find_customer(self, contact: str) -> Json | None:
        """Ask ChartMogul now."""
        found = self._client.get("/customers", data_source_uuid=self._source, external_id=contact)
        return next(iter(found.get("entries") or []), None)

    def customer_of(self, uuid: str) -> Json | None:
        """A customer by uuid; None when it is merged or deleted, which its movements may not show yet."""
        try:
            return self._client.get(f"/customers/{uuid}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def read(self, contact: str) -> Actual:
        """One customer with invoices and events, from the listings where there are any."""
        customer = self.customer(contact)
        if customer is None:
            return Actual()
        try:
            invoices = self._invoices(str(customer["uuid"]))
        except Refused as refused:
            if refused.status != 404:
                raise
            return self.read_now(contact)  # merged or deleted since it was listed
        events = [e for owner in own_ids(customer, self._source) or [contact] for e in self._events(owner)]
        return Actual(customer, _by_id(invoices), _by_id(events))

    def read_now(self, contact: str) -> Actual:
        """As `read`, but always from ChartMogul: for what this run itself has changed."""
        self._empty = False
        customer = self.find_customer(contact)
        if customer is None:
            return Actual()
        events = [
            e for owner in own_ids(customer, self._source) or [contact] for e in self.fetch_events(owner)
        ]
        return Actual(customer, _by_id(self.fetch_invoices(str(customer["uuid"]))), _by_id(events))

    def _invoices(self, uuid: str) -> Iterable[Json]:
        return self._held("invoices", uuid) if "invoices" in self._listed else self.fetch_invoices(uuid)

    def _events(self, owner: str) -> Iterable[Json]:
        return self._held("events", owner) if "events" in self._listed else self.fetch_events(owner)

    def fetch_invoices(self, uuid: str) -> list[Json]:
        """Every invoice of a customer in the data source, invalid ones too; a merged one has others'."""
        listed = self._client.all(f"/import/customers/{uuid}/invoices", "invoices", **EVERYTHING)
        return [each for each in listed if each.get("data_source_uuid") in (None, self._source)]

    def fetch_events(self, owner: str) -> list[Json]:
        """Cancellations that we wrote for an external id."""
        params = {"data_source_uuid": self._source, "customer_external_id": owner}
        return [
            e for e in self._client.all("/subscription_events", "subscription_events", **params) if is_ours(e)
        ]

    def events_of_subscription(self, subscription: str) -> list[Json]:
        """Cancellations that we wrote for a subscription, whoever had it then."""
        params = {"data_source_uuid": self._source, "subscription_external_id": subscription}
        return [
            e for e in self._client.all("/subscription_events", "subscription_events", **params) if is_ours(e)
        ]

    def invoice(self, external_id: str) -> Json | None:
        """An invoice wherever it is in the source."""
        params = {"data_source_uuid": self._source, "external_id": external_id, **EVERYTHING}
        try:
            return next(iter(self._client.all("/invoices", "invoices", **params)), None)
        except Refused:
            return None

    def all_invoices(self) -> Iterator[Json]:
        """Every invoice of the source, newest first, invalid ones too."""
        return self._client.all("/invoices", "invoices", data_source_uuid=self._source, **EVERYTHING)

    def scheduled_events(self, pages: int | None) -> list[Json]:
        """Planned cancellations of the whole source, or those on its first pages, newest first."""
        params = {"data_source_uuid": self._source, "event_type": SCHEDULED}
        listed = self._client.pages("/subscription_events", "subscription_events", **params)
        return [event for page in islice(listed, pages) for event in page if is_ours(event)]


def subscriptions_in(invoice: Mapping[str, Any]) -> set[str]:
    """External ids of the subscriptions that an invoice bills."""
    lines = invoice.get("line_items") or []
    return {str(line["subscription_external_id"]) for line in lines if line.get("subscription_external_id")}


def own_ids(customer: Mapping[str, Any], source: str) -> list[str]:
    """External ids of a (perhaps merged) customer in one data source."""
    ids, sources = customer.get("external_ids") or [], customer.get("data_source_uuids") or []
    if not ids:
        return [str(customer["external_id"])] if customer.get("external_id") else []
    if len(sources) == 1:
        sources = list(sources) * len(ids)
    pairs = zip(ids, sources, strict=False)
    return [str(external_id) for external_id, owner in pairs if owner == source]


def _by_id(items: Iterable[Json]) -> dict[str, Json]:
    return {str(item["external_id"]): item for item in items}
