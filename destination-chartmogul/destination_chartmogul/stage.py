"""What a run works on: the data source, what it holds, the plans, and the mapping of one contact."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from destination_chartmogul.actual import Actual, Readback, own_ids
from destination_chartmogul.client import Client
from destination_chartmogul.intake import contact_of, is_deletion
from destination_chartmogul.mapping.belonging import named_subscriptions
from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import Bundle, Context, Elsewhere, Ledger, Record, Reference
from destination_chartmogul.mapping.conventions import decide
from destination_chartmogul.mapping.drafts import order_instant
from destination_chartmogul.mapping.orphans import is_made_up
from destination_chartmogul.mapping.outcome import Notice, UnwritableError
from destination_chartmogul.mapping.plans import cycles_of_plans
from destination_chartmogul.mapping.sharing import bills_held, bills_in, elsewhere_of
from destination_chartmogul.needs import unknown_names
from destination_chartmogul.policy import (
    CHOSEN_LEADS,
    EVERYONE,
    GONE,
    PAYERS_AND_TRIALS,
    PAYERS_ONLY,
    UNKNOWN,
    Policy,
)
from destination_chartmogul.registry import Plans
from destination_chartmogul.samples import sample
from destination_chartmogul.spool import Spool
from destination_chartmogul.wire import instant

if TYPE_CHECKING:  # rules bring Jinja2, which takes time to load
    from destination_chartmogul.rules.book import RuleBook
    from destination_chartmogul.rules.views import Surroundings

Records = Mapping[str, Record]
Say = Callable[[str, str], None]  # (level, text)


def _alive(rows: Records) -> Records:
    """Without those that the source says are deleted."""
    return {key: row for key, row in rows.items() if not is_deletion(row)}


class Stage:
    """Set up once per run. `source` is the data source's uuid; an `empty` one is not read at all."""

    def __init__(
        self,
        client: Client,
        policy: Policy,
        spool: Spool,
        source: str,
        empty: bool,
        say: Say,
        *,
        name: str = "",
        book: RuleBook | None = None,
        contacts: list[str] | None = None,
        context: Context | None = None,
    ) -> None:
        self.client, self.policy, self.spool, self.source = client, policy, spool, source
        self.name, self.book, self.others = name or policy.data_source_name, book, list[Stage]()
        self.contacts = spool.contacts() if contacts is None else contacts
        self.wanted: frozenset[str] | None = None  # contacts that rules send here; None: all
        self.product_names = {str(p["id"]): str(p["name"]) for p in spool.stream("products") if p.get("name")}
        self.readback = Readback(client, source, spool, empty)
        self.readback.prepare(self.contacts)
        self.plans = Plans(client, source, empty)
        self.context = context or self._context(say)
        self._first_order = self._begin_of_orders()
        self._adopted: dict[str, set[str]] = {}
        self._gone: dict[str, frozenset[str]] = {}
        self._sharers: dict[str, frozenset[str]] = {}

    def _context(self, say: Say) -> Context:
        account: dict[str, Any] = next(iter(self.spool.stream("account")), {})
        zone, currency = self.policy.time_zone or account.get("time_zone"), account.get("currency_code")
        if not zone or not currency:
            chartmogul = self.client.get("/account")
            if not zone:
                zone = chartmogul.get("time_zone") or "UTC"
                say(
                    "WARN", f"No account record and no time_zone: days are those of ChartMogul's zone {zone}."
                )
            currency = currency or chartmogul.get("currency") or "USD"
        self._settle_conventions(str(currency), say)
        reference = self._reference()
        for text in unknown_names(self.policy, reference.tags, reference.lead_sources):
            say("WARN", text)
        return Context(
            self.policy,
            str(zone),
            str(currency),
            self.client.now(),
            self.product_names,
            cycles_of_plans(self.spool.stream("products")),
            self.conventions,
            reference,
        )

    def _reference(self) -> Reference:
        """Keap's small lists; companies and people, which may be many, stay in the spool."""
        return Reference(**{item.name: dict(self.spool.keyed(item.name)) for item in fields(Reference)})

    def _settle_conventions(self, currency: str, say: Say) -> None:
        """How Keap's plain numbers are read, from a sample of this run's records."""
        decision = decide(*sample(self.spool, self.contacts), currency, self.policy.keap_amounts)
        self.conventions = decision.conventions
        for text in decision.sentences():
            say("INFO", text)

    def adopt(self, contact: str, payment: str) -> None:
        """A payment belongs to an order of this contact, whoever paid."""
        self._adopted.setdefault(contact, set()).add(payment)

    def lose(self, contact: str, subscription: str) -> None:
        """A subscription of this contact is gone from Keap."""
        self._gone[contact] = self._gone.get(contact, frozenset()) | {subscription}

    def bundle(self, contact: str) -> Bundle:
        """The Keap records of one contact."""
        orders = self.spool.of_contact("orders", contact)
        payments = self.spool.payments_of_orders(orders)
        payments |= self.payments_alone(contact, payments)
        for key in self._adopted.get(contact, ()):
            payments[key] = self.spool.record("payments", key) or {}
        subscriptions = self.spool.of_contact("subscriptions", contact)
        record = self.spool.record("contacts", contact)
        attempts = self.spool.of_contact("transactions", contact)
        refunds = self.spool.refunds_among(payments)
        return Bundle(
            contact,
            record,
            subscriptions,
            orders,
            payments,
            refunds,
            attempts,
            applied_tags=self._applied_tags(contact),
            notes=self.spool.of_contact("notes", contact),
            tasks=self.spool.of_contact("tasks", contact),
            opportunities=self.spool.of_contact("opportunities", contact),
            company=self._company(record),
        )

    def relations(self, contact: str) -> Bundle:
        """The records of one contact that are not money."""
        record = self.spool.record("contacts", contact)
        return Bundle(
            contact,
            record,
            applied_tags=_alive(self._applied_tags(contact)),
            notes=_alive(self.spool.of_contact("notes", contact)),
            tasks=_alive(self.spool.of_contact("tasks", contact)),
            opportunities=_alive(self.spool.of_contact("opportunities", contact)),
            company=self._company(record),
        )

    def _applied_tags(self, contact: str) -> dict[str, Record]:
        rows = self.spool.of_contact("applied_tags", contact).values()
        return {str(row["tag_id"]): row for row in rows}

    def _company(self, contact: Record | None) -> Record | None:
        named = (contact or {}).get("company")
        key = named.get("id") if isinstance(named, Mapping) else None
        return self.spool.record("companies", str(key)) if key else None

    def _elsewhere(self, bundle: Bundle, ledger: Ledger) -> dict[str, Elsewhere]:
        """Subscriptions of this contact that others have, or had, as well."""
        named = {key for order in bundle.orders.values() for key in named_subscriptions(order)}
        named |= bundle.subscriptions.keys() | {p.subscription_id for p in ledger.periods}
        billed = self.spool.billed_to(named)
        found: dict[str, Elsewhere] = {}
        for key in sorted(named):
            record = self.spool.record("subscriptions", key) or {}
            owner = contact_of("subscriptions", record) or ""
            others = {owner, *billed.get(key, ()), *self._sharers.get(key, ())} - {bundle.contact_id, ""}
            if others:
                found[key] = self._shared(key, owner, record, others, bundle, ledger)
        return {key: each for key, each in found.items() if each.bills or each.owner != bundle.contact_id}

    def _shared(
        self, key: str, owner: str, record: Record, others: Iterable[str], bundle: Bundle, ledger: Ledger
    ) -> Elsewhere:
        """One subscription: what ChartMogul has of everybody's bills, then those of this run."""
        contact, ctx = bundle.contact_id, self.context
        bills = [*bills_held(ledger.periods, key, contact)]
        fresh = [*bills_in(bundle.orders.values(), key, contact, ctx)]
        for other in sorted(others):
            theirs = self.readback.read(other)
            if contact not in own_ids(theirs.customer or {}, self.source):  # else one customer by now
                periods = theirs.ledger(self.plans.external_ids, ctx.zone).periods
                bills += bills_held(periods, key, other)
                fresh += bills_in(self.spool.of_contact("orders", other).values(), key, other, ctx)
        return elsewhere_of(contact, owner, record, [*bills, *fresh], ctx)

    def is_one_of(self, contact: str, others: Container[str]) -> bool:
        """Whether a contact's customer is that of others, too: it was merged with theirs."""
        customer = self.readback.find_customer(contact) or {}
        return any(each in others for each in own_ids(customer, self.source))

    def share(self, subscription: str, contacts: Iterable[str]) -> None:
        """These contacts have, or had, a subscription, as ChartMogul shows."""
        self._sharers[subscription] = self._sharers.get(subscription, frozenset()) | frozenset(contacts)

    def payments_alone(self, contact: str, but: Container[str] = ()) -> dict[str, dict[str, Any]]:
        """Payments by a contact, but for some, of orders that did not come."""
        rows = self.spool.of_contact("payments", contact, but)
        return {key: row for key, row in rows.items() if not self._is_of_this_run(row)}

    def _is_of_this_run(self, payment: Mapping[str, Any]) -> bool:
        """Whether an order that it names came: then it goes with that one."""
        return any(self.spool.contact_of_order(str(order)) for order in payment.get("order_ids") or [])

    def map(self, contact: str, actual: Actual) -> Mapped:
        """What ChartMogul should hold of one contact, given what it holds."""
        ledger = actual.ledger(self.plans.external_ids, self.context.zone)
        bundle = self.bundle(contact)
        bundle = replace(bundle, deleted=self._deleted(actual), elsewhere=self._elsewhere(bundle, ledger))
        bundle = self._without_missing(contact, bundle, ledger)
        if self.book is None:
            return map_bundle(bundle, ledger, self.context)
        return self._ruled(self.book, bundle, ledger, actual)

    def is_about(self, contact: str) -> bool:
        """Whether rules send something of a contact here, or it is here already."""
        return self.wanted is None or contact in self.wanted or self.readback.exists(contact)

    @property
    def own_contacts(self) -> list[str]:
        """Of the run's contacts those that this data source is about."""
        return [contact for contact in self.contacts if self.is_about(contact)]

    def wants(self, contact: str) -> bool:
        """As `is_about`; False for one that rules leave out."""
        if self.book is None:
            return True
        judgement = self.book.judge(self.bundle(contact), self._around)
        return self.is_about(contact) and not judgement.contact.excluded

    @property
    def rule_tags(self) -> frozenset[str]:
        """Every tag that rules may give."""
        return self.book.tags if self.book else frozenset()

    def tagged(self, contact: str) -> tuple[frozenset[str], bool]:
        """→ (tags that rules give a contact, whether no other rule may give one)."""
        if self.book is None:
            return frozenset(), True
        judgement = self.book.judge(self.bundle(contact), self._around)
        sure = judgement.bundle.contact is not None and not judgement.contact.failed
        return frozenset(judgement.tags), sure and not judgement.contact.open_tags

    def subscriptions_of(self, mapped: Mapped) -> Records:
        """The subscriptions of this run that a contact has, or was billed for in this data source."""
        keys = set(mapped.desired.subscriptions)
        if self.book is None:
            keys |= self.spool.of_contact("subscriptions", mapped.desired.contact_id).keys()
        found = ((key, self.spool.record("subscriptions", key)) for key in sorted(keys))
        return {key: record for key, record in found if record}

    def goes_to(self, contact: str) -> frozenset[str]:
        """Names of the data sources to which rules send something of a contact."""
        if self.book is None:
            return frozenset({self.name})
        return self.book.division.goes_to(self.book.judge(self.bundle(contact), self._around))

    def _ruled(self, book: RuleBook, bundle: Bundle, ledger: Ledger, actual: Actual) -> Mapped:
        """This data source's part of the bundle, as the user's rules want it."""
        from destination_chartmogul.rules.outcome import with_rules
        from destination_chartmogul.rules.part import Held

        contact = bundle.contact_id
        held = Held(
            ledger,
            actual.customer is not None,
            lambda: self._holders(contact, actual),
            lambda order: self._elsewhere_held(contact, order),
        )
        part = book.division.part(book.judge(bundle, self._around), self.name, held)
        mapped = with_rules(map_bundle(part.bundle, ledger, self.context), part, self.context)
        book.count(self.name, contact, (*part.hits, *part.judge.hits))
        return mapped

    @cached_property
    def _around(self) -> Surroundings:
        from destination_chartmogul.rules.book import surroundings

        return surroundings(self.context, lambda key: self.spool.record("products", key))

    def _holders(self, contact: str, actual: Actual) -> tuple[str, ...]:
        """Names of the data sources of this run that have the contact as a customer."""
        here = (self.name,) if actual.customer is not None else ()
        return here + tuple(other.name for other in self.others if other.readback.exists(contact))

    def _elsewhere_held(self, contact: str, order: str) -> str:
        """The name of another data source of this run that has an order; empty for none."""
        return next((o.name for o in self.others if order in o.readback.read(contact).invoices), "")

    def _without_missing(self, contact: str, bundle: Bundle, ledger: Ledger) -> Bundle:
        """The bundle with what it means that subscriptions, which it or ChartMogul names, did not come."""
        gone, meaning = self._gone.get(contact, frozenset()), self.policy.missing_subscriptions
        named = {key for order in bundle.orders.values() for key in named_subscriptions(order)}
        if meaning == GONE:
            named |= {p.subscription_id for p in ledger.periods if not is_made_up(p.subscription_id)}
        unseen = named - bundle.subscriptions.keys() if meaning != UNKNOWN else set()
        missing = frozenset(key for key in unseen if self._did_not_come(key))
        return (
            replace(bundle, gone=gone | missing)
            if meaning == GONE
            else replace(bundle, gone=gone, unlisted=missing)
        )

    def _did_not_come(self, subscription: str) -> bool:
        return self.spool.record("subscriptions", subscription) is None

    def _deleted(self, actual: Actual) -> frozenset[str]:
        """Orders that ChartMogul has and Keap does not, when every order of Keap is in this run.

        Older ones than the first of the run stay: the source may have been told where to begin.
        """
        if self._first_order is None:
            return frozenset()
        return frozenset(
            key
            for key, invoice in actual.invoices.items()
            if (instant(invoice.get("date")) or self.context.now) >= self._first_order
            and self.spool.record("orders", key) is None
        )

    def _begin_of_orders(self) -> datetime | None:
        """The time of the first order of the run; None unless orders that are gone shall be deleted."""
        if self.policy.deleted_orders != "delete":
            return None
        moments = []
        for order in self.spool.stream("orders"):
            with contextlib.suppress(UnwritableError):
                moments.append(order_instant(order, self.context.zone))
        return min(moments, default=None)

    def left_out(self, mapped: Mapped) -> bool:
        """Of a customer that does not exist: nothing is known, or the policy leaves it out."""
        if mapped.billed:
            return False
        if not mapped.home and not mapped.tried:
            return True
        known = mapped.desired.customer_known or bool(mapped.desired.events)
        wanted = {
            EVERYONE: known or mapped.tried,
            CHOSEN_LEADS: mapped.lead or mapped.tried,
            PAYERS_AND_TRIALS: mapped.tried,
            PAYERS_ONLY: False,
        }
        return not wanted[self.policy.customers]

    def unwritten(self, mapped: Mapped) -> Mapped:
        """What is said of a customer who is left out: nothing of fields that are not written either."""
        key = mapped.desired.contact_id
        notices = [n for n in mapped.notices if n.stream != "contacts" or n.rule == "left_out_by_rule"]
        if mapped.desired.customer_known and mapped.home:
            notices.append(Notice("lead_left_out", "contacts", key))
        rejects = tuple(reject for reject in mapped.rejects if not reject.field)
        return replace(mapped, rejects=rejects, notices=tuple(notices))
