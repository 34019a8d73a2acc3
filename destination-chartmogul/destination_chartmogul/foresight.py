"""What `write` would do for one customer: its changes, merges with others, and MRR before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from destination_chartmogul.actual import Actual, own_ids
from destination_chartmogul.crm.look import Look
from destination_chartmogul.effect import mrr_now, mrr_then
from destination_chartmogul.layouts import MERGE, Planned
from destination_chartmogul.mapping.bundle import Mapped
from destination_chartmogul.mapping.objects import Invoice, LineItem
from destination_chartmogul.merges import Merges
from destination_chartmogul.moved import Followed, Moved, missing_history
from destination_chartmogul.plan import DELETE, Change, changes_of
from destination_chartmogul.stage import Stage

Json = dict[str, Any]


class Foreseen(NamedTuple):
    """`plans` are external ids of plans that do not exist; `waiting` payments whose order nobody has;
    `holders` contacts whose end of a subscription has to be looked at, since it moved.
    """

    planned: Planned
    plans: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()


class Foresight:
    """Looks at one contact at a time; safe to use from several threads. Reads, never writes."""

    def __init__(self, stage: Stage, source: str = "") -> None:
        self._stage, self._source = stage, source
        self._merges = Merges(stage.client, stage.source, stage.readback, stage.spool)
        self._moved = Moved(stage.client, stage.source, self._merges, stage.context.zone)
        self._crm = Look(stage, self._is_customer)
        if stage.source:
            asked = (self._crm.asks(contact) or () for contact in stage.contacts)
            self._crm.readback.prepare_kinds(asked, stage.readback.empty)

    def _is_customer(self, contact: str) -> bool:
        """Whether it is one, or becomes one in this run."""
        actual = self._stage.readback.read(contact)
        return actual.customer is not None or not self._stage.left_out(self._stage.map(contact, actual))

    def leftovers(self) -> Iterable[Change]:
        """CRM objects whose Keap records are gone."""
        return self._crm.leftovers() if self._stage.source else ()

    def of(self, contact: str) -> Foreseen:
        """Everything about one contact."""
        stage = self._stage
        actual = stage.readback.read(contact)
        mapped = stage.map(contact, actual)
        if actual.customer is None and stage.left_out(mapped):
            rejects = stage.unwritten(mapped).rejects
            nothing = Planned(contact, (), rejects, rules=mapped.applied, source=self._source)
            return Foreseen(nothing, waiting=mapped.waiting)
        actual, ahead, others, holders = self._with_others(contact, mapped, actual)
        if ahead or holders:
            mapped = stage.map(contact, actual)
        known = stage.plans.external_ids
        plan = changes_of(mapped.desired, actual, known)
        first = [change for change in plan.changes if change.kind == "customer"]
        changes = (*first, *ahead, *(change for change in plan.changes if change.kind != "customer"))
        before = mrr_now(actual, known, stage.context.now)
        taken = {change.external_id: change.value for change in ahead if change.kind == "invoice"}
        after = mrr_then(actual, mapped.desired, known, stage.context.now, taken)
        compared = self._crm.compare(contact, _with_attributes(actual.customer, others))
        rejects = (*mapped.rejects, *plan.rejects, *compared.wish.rejects)
        changes = (*changes, *compared.changes)
        together = actual.uuid if len(own_ids(actual.customer or {}, stage.source)) > 1 else ""
        planned = Planned(contact, changes, rejects, before, after, mapped.applied, self._source, together)
        return Foreseen(planned, tuple(self._new_plans(plan.changes)), mapped.waiting, holders)

    def _new_plans(self, changes: Iterable[Change]) -> Iterable[str]:
        """Plans that lines to be written name and ChartMogul does not have."""
        for change in changes:
            lines = change.value.line_items if isinstance(change.value, Invoice) else [change.value]
            plans = [line.plan.external_id for line in lines if isinstance(line, LineItem) and line.plan]
            yield from (plan for plan in plans if plan not in self._stage.plans.uuids)

    def _with_others(
        self, contact: str, mapped: Mapped, actual: Actual
    ) -> tuple[Actual, list[Change], list[Json], tuple[str, ...]]:
        """→ (what this contact and customers whom Keap merged into it hold together, the changes that take
        that, those customers, contacts who hold a subscription's past).
        """
        if self._stage.readback.empty:
            return actual, [], [], ()
        new = [i for i in mapped.desired.invoices if i.external_id not in actual.invoices]
        changes: list[Change] = []
        others: list[Json] = []
        for takeover in self._merges.foresee(contact, actual.uuid, new):
            if takeover.merged:
                actual = self._merged(actual, takeover.other)
                others.append(takeover.other)
                changes.append(self._merge(takeover.other, contact))
            else:
                ends = {str(event["external_id"]): event for event in takeover.ends}
                actual = replace(actual, events=actual.events | ends)
                changes += [_taken(invoice) for invoice in takeover.invoices]
        followed = self._moved_here(contact, mapped, actual)
        for other in followed.merged:
            actual = self._merged(actual, other)
            changes.append(self._merge(other, contact))
        return actual, changes, [*others, *followed.merged], tuple(followed.holders)

    def _moved_here(self, contact: str, mapped: Mapped, actual: Actual) -> Followed:
        subscriptions = self._stage.subscriptions_of(mapped)
        missing = missing_history(subscriptions, mapped.desired, actual, self._stage.context)
        followed = self._moved.foresee(contact, actual.uuid, missing)
        for subscription, sharers in followed.sharers.items():
            self._stage.share(subscription, sharers)
        return followed

    def _merge(self, other: Json, contact: str) -> Change:
        gone = next(iter(own_ids(other, self._stage.source)), str(other.get("external_id")))
        return Change(MERGE, "customer", gone, "contacts", contact)

    def _merged(self, actual: Actual, other: Json) -> Actual:
        """What both hold; the contact's own customer may not exist yet, and is made first then."""
        readback = self._stage.readback
        events = {
            str(e["external_id"]): e
            for owner in own_ids(other, self._stage.source)
            for e in readback.fetch_events(owner)
        }
        invoices = {str(i["external_id"]): i for i in readback.fetch_invoices(str(other["uuid"]))}
        return Actual(actual.customer, actual.invoices | invoices, actual.events | events)


def _with_attributes(into: Json | None, others: Iterable[Json]) -> Json | None:
    """A customer with the custom attributes of those who are merged into it: its own count where it has one.
    One that is to be made for that has nothing else yet.
    """
    for other in others:
        mine, theirs = (((each or {}).get("attributes") or {}).get("custom") or {} for each in (into, other))
        held = (into or {}).get("attributes") or {}
        into = {**(into or {}), "attributes": {**held, "custom": {**theirs, **mine}}}
    return into


def _taken(invoice: Json) -> Change:
    """An order that moved from one customer to another is deleted there and made anew here."""
    key = str(invoice["external_id"])
    return Change(DELETE, "invoice", key, "orders", key, target=str(invoice["uuid"]), value=invoice)
