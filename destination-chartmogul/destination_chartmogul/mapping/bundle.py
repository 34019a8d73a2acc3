"""One contact's Keap records → all ChartMogul objects of that customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from destination_chartmogul.mapping.belonging import named_subscriptions
from destination_chartmogul.mapping.bills import Bills
from destination_chartmogul.mapping.cancellations import cancellations, replaced, stop_of_record
from destination_chartmogul.mapping.context import ALONE, Bundle, Context, Elsewhere, Ledger, Period, Record
from destination_chartmogul.mapping.customers import customer_of_others, fallback_name, map_contact
from destination_chartmogul.mapping.drafts import OrderDraft, draft_order, is_unpaid_draft, order_instant
from destination_chartmogul.mapping.invoices import Known, map_draft, periods_of
from destination_chartmogul.mapping.leads import deferred_start, is_chosen, lead_date, trial_date
from destination_chartmogul.mapping.links import Links
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.objects import (
    CANCELLED,
    SCHEDULED,
    SUBSCRIPTION,
    TRIAL,
    Customer,
    Desired,
    Event,
    Invoice,
    is_move,
    moved_id,
)
from destination_chartmogul.mapping.orphans import made_up_ends, stop_without_record
from destination_chartmogul.mapping.outcome import Applied, Notice, Reject
from destination_chartmogul.mapping.payments import PAYMENT
from destination_chartmogul.mapping.periods import local_date
from destination_chartmogul.mapping.replacements import end_of, replacements
from destination_chartmogul.mapping.settlement import ByOrder, settle
from destination_chartmogul.mapping.sharing import handovers, has_it_last


@dataclass(frozen=True)
class Mapped:
    """`desired` plus what was said on the way. `waiting` are payments whose order nobody has seen yet.

    `lead`: the policy describes the contact as a lead; `tried`: the run shows the start of a free trial.
    `applied` are the user's rules that had a part in it; `home`: the contact belongs to the data source also
    without an order.
    """

    desired: Desired
    rejects: tuple[Reject, ...] = ()
    notices: tuple[Notice, ...] = ()
    waiting: tuple[str, ...] = ()
    lead: bool = False
    tried: bool = False
    applied: tuple[Applied, ...] = ()
    home: bool = True

    @property
    def billed(self) -> bool:
        """Whether an invoice with more than a free trial is to be written."""
        lines = (line for invoice in self.desired.invoices for line in invoice.line_items)
        return any(line.type != TRIAL for line in lines)


@dataclass(frozen=True)
class Ends:
    """Cancellations, stated in full for `subscriptions`; `connections` are pairs of old and new."""

    subscriptions: frozenset[str]
    events: tuple[Event, ...]
    connections: tuple[tuple[str, str], ...]


def map_bundle(bundle: Bundle, ledger: Ledger, ctx: Context) -> Mapped:
    """Everything ChartMogul should hold of this contact, given what it holds already."""
    log = MappingLog(list(bundle.refused))
    invoices, trials = _invoices(bundle, ledger, ctx, log)
    later = settle(bundle, invoices, ledger, ctx, log)
    written = tuple(replace(i, transactions=later.pop(i.external_id, ())) for i in invoices)
    withdrawn = _withdrawn(bundle, [i.external_id for i in invoices], ledger, log)
    for key in sorted(bundle.deleted):
        log.notice("orders", key, "deleted_order")
    ends = _events(bundle, written, later, _without(withdrawn, ledger), ctx, log)
    trials += _deferred(bundle, invoices, ledger, ctx, log)
    customer, known = _customer(bundle, ledger, ctx, trial_date(bundle, trials, ledger, ctx), log)
    desired = Desired(
        bundle.contact_id,
        customer,
        known,
        written,
        later,
        ends.subscriptions,
        ends.events,
        withdrawn,
        ends.connections,
    )
    lead = bool(log.attempt("contacts", bundle.contact_id, partial(is_chosen, bundle, ctx)))
    said = tuple(log.rejects), tuple(log.notices), tuple(log.waiting)
    return Mapped(desired, *said, lead, bool(trials))


def _withdrawn(bundle: Bundle, written: Collection[str], ledger: Ledger, log: MappingLog) -> frozenset[str]:
    """Orders that ChartMogul has although nothing is left of them: emptied, drafts again, or deleted."""
    rejected = {reject.key for reject in log.rejects if reject.stream == "orders"}
    emptied = bundle.orders.keys() - set(written) - rejected
    return frozenset((emptied | bundle.deleted) & ledger.invoices.keys())


def _without(orders: frozenset[str], ledger: Ledger) -> Ledger:
    """The ledger without the periods of some orders."""
    return replace(ledger, periods=tuple(p for p in ledger.periods if p.order_id not in orders))


def _invoices(
    bundle: Bundle, ledger: Ledger, ctx: Context, log: MappingLog
) -> tuple[list[Invoice], list[datetime]]:
    """→ (invoices, starts of free trials)."""
    drafts = _drafts(bundle, ledger, ctx, log)
    ledger = _without(_withdrawn(bundle, [draft.order_id for draft in drafts], ledger, log), ledger)
    bills = Bills(drafts, bundle.billed, bundle.elsewhere, ledger, ctx)
    known = Known(bundle.billed, bills, ledger, ctx)
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
    for moment, _, key, order in dated:
        links.bill(named_subscriptions(order), key, local_date(moment, ctx.zone))
    for key, shared in bundle.elsewhere.items():
        for bill in shared.bills:
            links.bill([key], bill.order_id, bill.day)
    for _, _, key, order in sorted(dated, key=lambda row: row[:3]):
        left_out = log.attempt("orders", key, partial(is_unpaid_draft, order))
        if left_out:
            log.notice("orders", key, "draft_order")
        if left_out is not False:
            continue
        step = partial(draft_order, order, links, bundle, ledger, ctx)
        draft = log.attempt("orders", key, step)
        drafts += [draft] if draft else []
    return drafts


def _events(
    bundle: Bundle,
    invoices: tuple[Invoice, ...],
    later: ByOrder,
    ledger: Ledger,
    ctx: Context,
    log: MappingLog,
) -> Ends:
    """The cancellations of every subscription that this run tells something about."""
    by_subscription = _periods(invoices, ledger, ctx)
    paid_on = _paid_on(invoices, later, ledger, ctx)
    fresh = {line.subscription_external_id for i in invoices for line in i.line_items}
    paid = {p.subscription_id for p in ledger.periods if p.order_id in later}
    touched = bundle.subscriptions.keys() | bundle.gone | (fresh - {None}) | paid | _due(ledger, ctx)
    touched |= bundle.elsewhere.keys() & by_subscription.keys()
    touched |= made_up_ends(ledger.events)
    if ctx.policy.replacement_window_days:
        touched |= {event.subscription_external_id for event in ledger.events}
    found: dict[str, list[Event]] = {}
    for key in sorted(key for key in touched if key):
        mine = by_subscription.get(key, [])
        events = log.attempt("subscriptions", key, partial(_of_one, key, mine, paid_on, bundle, ledger, ctx))
        if events is not None:
            found[key] = events
    return _with_replacements(found, by_subscription, bundle, ledger, ctx)


def _with_replacements(
    found: dict[str, list[Event]],
    by_subscription: dict[str, list[Period]],
    bundle: Bundle,
    ledger: Ledger,
    ctx: Context,
) -> Ends:
    """Subscriptions that another one replaces end when that begins."""
    last = {key: events[-1] for key, events in found.items() if events and not is_move(events[-1])}
    known = {event.external_id for event in ledger.events}
    ends = [
        end
        for key, event in last.items()
        if (end := end_of(key, event, by_subscription.get(key, []), bundle.subscriptions.get(key), ctx))
    ]
    pairs = replacements(ends, by_subscription, known, ctx.policy.replacement_window_days)
    for old, (new, day) in pairs.items():
        found[old] = [*found[old][:-1], replaced(last[old], new, day, ctx)]
    events = tuple(event for events in found.values() for event in events)
    return Ends(frozenset(found), events, tuple((old, new) for old, (new, _) in pairs.items()))


def _periods(invoices: tuple[Invoice, ...], ledger: Ledger, ctx: Context) -> dict[str, list[Period]]:
    """Service periods by subscription: of this run's invoices, and of the others that ChartMogul has."""
    current = {invoice.external_id for invoice in invoices}
    held = [p for p in ledger.periods if p.order_id not in current]
    found: dict[str, list[Period]] = defaultdict(list)
    for period in [*held, *(p for invoice in invoices for p in periods_of(invoice, ctx))]:
        found[period.subscription_id].append(period)
    return found


def _paid_on(invoices: tuple[Invoice, ...], later: ByOrder, ledger: Ledger, ctx: Context) -> dict[str, date]:
    """The account's calendar day of the latest payment, by order."""
    times = [
        (key, t.date)
        for key, held in ledger.invoices.items()
        for t in held.transactions.values()
        if t.kind == PAYMENT and t.date
    ]
    fresh = [(i.external_id, t) for i in invoices for t in i.transactions]
    fresh += [(key, t) for key, transactions in later.items() for t in transactions]
    times += [(key, t.date) for key, t in fresh if t.type == PAYMENT and t.result == "successful"]
    latest: dict[str, date] = {}
    for key, moment in times:
        day = local_date(moment, ctx.zone)
        latest[key] = max(day, latest.get(key, day))
    return latest


def _of_one(
    key: str,
    periods: list[Period],
    paid_on: dict[str, date],
    bundle: Bundle,
    ledger: Ledger,
    ctx: Context,
) -> list[Event]:
    shared = bundle.elsewhere.get(key, ALONE)
    record = bundle.billed.get(key)
    theirs = {bill.order_id for bill in shared.bills}  # Keap may have moved the orders as well
    periods = [p for p in periods if p.order_id not in theirs]
    if not has_it_last(bundle.contact_id, periods, shared):
        stop = None
    elif record is not None:
        stop = stop_of_record(record, ctx)
    else:
        stop = stop_without_record(key, periods, bundle, ledger, ctx)
    moves = _moves(key, periods, shared, bundle, ledger, ctx)
    return [*moves, *cancellations(key, periods, stop, paid_on, moves, ctx)]


def _moves(
    key: str, periods: list[Period], shared: Elsewhere, bundle: Bundle, ledger: Ledger, ctx: Context
) -> list[Event]:
    """The ends here of a subscription that goes on under another contact, from that one's bill on."""
    held = [e for e in ledger.events if e.subscription_external_id == key and is_move(e)]
    return [
        Event(moved_id(key, bundle.contact_id, number), key, CANCELLED, moment, moment)
        for number, moment in enumerate(handovers(periods, shared, held, ctx), 1)
    ]


def _due(ledger: Ledger, ctx: Context) -> set[str]:
    """Subscriptions whose planned cancellation has come."""
    return {
        e.subscription_external_id
        for e in ledger.events
        if e.event_type == SCHEDULED and e.effective_date <= ctx.now
    }


def _deferred(
    bundle: Bundle, invoices: list[Invoice], ledger: Ledger, ctx: Context, log: MappingLog
) -> list[datetime]:
    """Trials that a subscription's first bill in the future tells of, of a contact who was never billed."""
    billed = ledger.periods or any(map(_has_period, invoices))
    rows = {} if billed else bundle.subscriptions
    if any(row.get("last_bill_date") for row in rows.values()):
        return []
    starts = (
        log.attempt("subscriptions", key, partial(deferred_start, row, ctx)) for key, row in rows.items()
    )
    return [moment for moment in starts if moment]


def _has_period(invoice: Invoice) -> bool:
    return any(line.type == SUBSCRIPTION for line in invoice.line_items)


def _customer(
    bundle: Bundle, ledger: Ledger, ctx: Context, trial: datetime | None, log: MappingLog
) -> tuple[Customer, bool]:
    """→ (customer, whether its contact record is in this run)."""
    key, contact = bundle.contact_id, bundle.contact
    lead, odd = lead_date(bundle, ledger, ctx)
    if odd:
        log.notice("contacts", key, "lead_date_left_out")
    if contact is not None:
        mapped = log.attempt("contacts", key, partial(map_contact, contact, ctx, lead, trial))
        if mapped:
            log.notices += mapped.notices
            log.rejects += mapped.rejects
            return mapped.customer, True
    others = [*bundle.orders.values(), *bundle.opportunities.values()]
    embedded: Record = next((row["contact"] for row in others if isinstance(row.get("contact"), dict)), {})
    customer = log.attempt("orders", "", partial(customer_of_others, key, embedded, lead, trial))
    return customer or Customer(key, fallback_name(key)), False
