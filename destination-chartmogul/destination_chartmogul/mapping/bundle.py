"""One contact's Keap records → all ChartMogul objects of that customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from destination_chartmogul.mapping.bills import Bills
from destination_chartmogul.mapping.cancellations import Stop, cancellations, stop_of_ledger, stop_of_record
from destination_chartmogul.mapping.context import Bundle, Context, Ledger, Period, Record
from destination_chartmogul.mapping.customers import customer_from_order, fallback_name, map_contact
from destination_chartmogul.mapping.drafts import OrderDraft, draft_order, is_unpaid_draft, order_instant
from destination_chartmogul.mapping.invoices import Known, map_draft, periods_of
from destination_chartmogul.mapping.links import Links
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.objects import SCHEDULED, Customer, Desired, Event, Invoice
from destination_chartmogul.mapping.outcome import Notice, Reject
from destination_chartmogul.mapping.periods import local_date
from destination_chartmogul.mapping.settlement import settle


@dataclass(frozen=True)
class Mapped:
    """`desired` plus what was said on the way. `waiting` are payments whose order nobody has seen yet."""

    desired: Desired
    rejects: tuple[Reject, ...] = ()
    notices: tuple[Notice, ...] = ()
    waiting: tuple[str, ...] = ()


def map_bundle(bundle: Bundle, ledger: Ledger, ctx: Context) -> Mapped:
    """Everything ChartMogul should hold of this contact, given what it holds already."""
    log = MappingLog()
    invoices, trials = _invoices(bundle, ledger, ctx, log)
    later = settle(bundle, invoices, ledger, ctx, log)
    written = tuple(replace(i, transactions=later.pop(i.external_id, ())) for i in invoices)
    withdrawn = _withdrawn(bundle, invoices, ledger, log)
    covered, events = _events(bundle, written, _without(withdrawn, ledger), ctx, log)
    trial = min(
        [*trials, *([ledger.free_trial_started_at] if ledger.free_trial_started_at else [])], default=None
    )
    customer, known = _customer(bundle, ctx, trial, log)
    desired = Desired(bundle.contact_id, customer, known, written, later, covered, tuple(events), withdrawn)
    return Mapped(desired, tuple(log.rejects), tuple(log.notices), tuple(log.waiting))


def _withdrawn(bundle: Bundle, invoices: list[Invoice], ledger: Ledger, log: MappingLog) -> frozenset[str]:
    """Orders that ChartMogul has although nothing is left of them: emptied, or drafts again."""
    rejected = {reject.key for reject in log.rejects if reject.stream == "orders"}
    written = {invoice.external_id for invoice in invoices}
    return frozenset((bundle.orders.keys() - written - rejected) & ledger.invoices.keys())


def _without(orders: frozenset[str], ledger: Ledger) -> Ledger:
    """The ledger without the periods of some orders."""
    return replace(ledger, periods=tuple(p for p in ledger.periods if p.order_id not in orders))


def _invoices(
    bundle: Bundle, ledger: Ledger, ctx: Context, log: MappingLog
) -> tuple[list[Invoice], list[datetime]]:
    """→ (invoices, starts of free trials)."""
    drafts = _drafts(bundle, ledger, ctx, log)
    known = Known(bundle.subscriptions, Bills(drafts, bundle.subscriptions, ledger, ctx), ledger, ctx)
    invoices, trials = [], []
    for draft in drafts:
        mapped = log.attempt("orders", draft.order_id, partial(map_draft, draft, known))
        if mapped is None:
            continue
        log.notices += mapped.notices
        trials += [mapped.trial_started_at] if mapped.trial_started_at else []
        invoices += [mapped.invoice] if mapped.invoice else []
    return invoices, trials


def _drafts(bundle: Bundle, ledger: Ledger, ctx: Context, log: MappingLog) -> list[OrderDraft]:
    """The orders that are bills, oldest first."""
    dated = []
    for key, order in bundle.orders.items():
        moment = log.attempt("orders", key, partial(order_instant, order, ctx.zone))
        if moment:
            dated.append((moment, len(key), key, order))
    links, drafts = Links(bundle.subscriptions, ledger, ctx.zone), []
    for _, _, key, order in sorted(dated, key=lambda row: row[:3]):
        left_out = log.attempt("orders", key, partial(is_unpaid_draft, order))
        if left_out:
            log.notice("orders", key, "draft_order")
        if left_out is not False:
            continue
        step = partial(draft_order, order, links, bundle.subscriptions, ledger, ctx)
        draft = log.attempt("orders", key, step)
        drafts += [draft] if draft else []
    return drafts


def _events(
    bundle: Bundle, invoices: tuple[Invoice, ...], ledger: Ledger, ctx: Context, log: MappingLog
) -> tuple[frozenset[str], list[Event]]:
    """→ (subscriptions whose cancellations are known in full, those cancellations)."""
    fresh = [p for invoice in invoices for p in periods_of(invoice, ctx)]
    current = {invoice.external_id for invoice in invoices}
    periods = [p for p in ledger.periods if p.order_id not in current] + fresh
    touched = bundle.subscriptions.keys() | {p.subscription_id for p in fresh} | _due(ledger, ctx)
    covered, events = set(), []
    for key in sorted(touched):
        mine = [p for p in periods if p.subscription_id == key]
        found = log.attempt("subscriptions", key, partial(_of_one, key, mine, bundle, ledger, ctx))
        if found is not None:
            covered.add(key)
            events += found
    return frozenset(covered), events


def _of_one(key: str, periods: list[Period], bundle: Bundle, ledger: Ledger, ctx: Context) -> list[Event]:
    record = bundle.subscriptions.get(key)
    stop: Stop | None
    if record is not None:
        stop = stop_of_record(record, ctx)
    else:
        held = [p for p in ledger.periods if p.subscription_id == key]
        stop = stop_of_ledger(key, ledger.events, held, ctx)
    return cancellations(key, periods, stop, ctx)


def _due(ledger: Ledger, ctx: Context) -> set[str]:
    """Subscriptions whose planned cancellation has come."""
    return {
        e.subscription_external_id
        for e in ledger.events
        if e.event_type == SCHEDULED and local_date(e.effective_date, ctx.zone) < ctx.today
    }


def _customer(bundle: Bundle, ctx: Context, trial: datetime | None, log: MappingLog) -> tuple[Customer, bool]:
    """→ (customer, whether its contact record is in this run)."""
    contact = bundle.contact
    if contact is not None:
        mapped = log.attempt("contacts", bundle.contact_id, partial(map_contact, contact, ctx, trial))
        if mapped:
            log.notices += mapped[1]
            return mapped[0], True
    embedded: Record = next(
        (o["contact"] for o in bundle.orders.values() if isinstance(o.get("contact"), dict)), {}
    )
    customer = log.attempt("orders", "", partial(customer_from_order, bundle.contact_id, embedded, trial))
    return customer or Customer(bundle.contact_id, fallback_name(bundle.contact_id)), False
