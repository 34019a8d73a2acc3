"""Drafted Keap order → ChartMogul invoice, without its payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from destination_chartmogul.mapping.bills import Bills
from destination_chartmogul.mapping.context import Context, Ledger, Period, Record
from destination_chartmogul.mapping.drafts import DraftLine, OrderDraft
from destination_chartmogul.mapping.objects import ONE_TIME, SUBSCRIPTION, TRIAL, Interval, Invoice, LineItem
from destination_chartmogul.mapping.outcome import Notice, UnwritableError
from destination_chartmogul.mapping.periods import add_interval, local_date, local_midnight, parse_date
from destination_chartmogul.mapping.plans import Terms, interval_from_id, plan_of, terms_of_line
from destination_chartmogul.mapping.pricing import quantity_of
from destination_chartmogul.mapping.proration import Charge, Proration, proration_of
from destination_chartmogul.mapping.spacing import (
    Neighbours,
    billed_interval,
    interval_by_days,
    interval_of_odd_gap,
)
from destination_chartmogul.mapping.text import cut, line_of


@dataclass(frozen=True)
class MappedOrder:
    """`invoice` is None when nothing of the order is written; `trial_started_at` when it starts a free
    trial.
    """

    invoice: Invoice | None
    trial_started_at: datetime | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the lines of one contact's orders are mapped with."""

    subscriptions: Mapping[str, Record]
    bills: Bills
    ledger: Ledger
    ctx: Context


def map_draft(draft: OrderDraft, known: Known) -> MappedOrder:
    """One order; its periods are added to the bills. Raises UnwritableError with the rule that it breaks."""
    notices: list[Notice] = []
    lines = []
    for line in draft.lines:
        if line.trial:
            notices.append(Notice("free_trial", "orders", draft.order_id))
            lines += _trial_line(line, draft, known, notices)
        else:
            lines.append(_line(line, draft, known, notices))
    trial = draft.issued if any(line.trial for line in draft.lines) else None
    if not lines:
        notices.append(Notice("order_without_lines", "orders", draft.order_id))
        return MappedOrder(None, trial, tuple(notices))
    lines = together(lines)
    invoice = Invoice(draft.order_id, draft.issued, draft.currency, tuple(lines), status=draft.status)
    known.bills.add_periods(periods_of(invoice, known.ctx))
    return MappedOrder(invoice, trial, tuple(notices))


def together(lines: Sequence[LineItem]) -> list[LineItem]:
    """Lines for whole intervals of one subscription as one, since ChartMogul counts but one of those that
    begin together. Raises UnwritableError `unknown_cycle` when they are for several intervals.
    """
    found: list[LineItem] = []
    places: dict[str, int] = {}
    for line in lines:
        key = line.subscription_external_id if line.type == SUBSCRIPTION and not line.proration_type else None
        if key is None or key not in places:
            if key:
                places[key] = len(found)
            found.append(line)
        else:
            found[places[key]] = _sum(found[places[key]], line)
    return found


def _sum(one: LineItem, other: LineItem) -> LineItem:
    if one.plan is None or other.plan is None or one.plan.interval != other.plan.interval:
        text = f"subscription {one.subscription_external_id} is billed by several intervals in one order"
        raise UnwritableError("unknown_cycle", text)
    more = other.quantity if one.plan == other.plan else 0
    return replace(
        one,
        amount=one.amount + other.amount,
        quantity=one.quantity + more,
        discount=one.discount + other.discount,
        tax=one.tax + other.tax,
    )


def periods_of(invoice: Invoice, ctx: Context) -> list[Period]:
    """The service periods of an invoice's subscription lines."""
    return [
        Period(
            invoice.external_id,
            line.external_id,
            line.subscription_external_id,
            local_date(line.service_period_start, ctx.zone),
            local_date(line.service_period_end, ctx.zone),
            line.plan.external_id if line.plan else "",
            line.amount - line.tax + line.discount,
            line.quantity,
            line.proration_type is not None,
        )
        for line in invoice.line_items
        if line.type == SUBSCRIPTION
        and line.subscription_external_id
        and line.service_period_start
        and line.service_period_end
    ]


def _line(line: DraftLine, draft: OrderDraft, known: Known, notices: list[Notice]) -> LineItem:
    if not line.subscription_id:
        if not line.certain:
            notices.append(Notice("subscription_never_began", "orders", draft.order_id))
        return _base(line, ONE_TIME)
    subscription = known.subscriptions.get(line.subscription_id)
    terms = terms_of_line(
        line.priced.item, subscription, line.subscription_id, known.ledger, draft.day, line.decided
    )
    around = known.bills.around(line.subscription_id, str(line.priced.item.get("id")))
    interval, proration = _period(line, draft, terms, around, known)
    if line.priced.net < 0 and proration is None:
        raise UnwritableError("negative_subscription_line", "a subscription line is negative")
    notices += _said(line, draft, subscription, interval != terms.preferred, proration is not None)
    end = proration.end if proration else add_interval(draft.day, interval)
    return replace(
        _base(line, SUBSCRIPTION),
        subscription_external_id=line.subscription_id,
        plan=plan_of(terms, interval, line.priced.item, known.ctx),
        service_period_start=local_midnight(draft.day, known.ctx.zone),
        service_period_end=local_midnight(end, known.ctx.zone),
        proration_type=proration.kind if proration else None,
    )


def _trial_line(line: DraftLine, draft: OrderDraft, known: Known, notices: list[Notice]) -> list[LineItem]:
    """The trial as a line item, from the order to the first bill, where the policy asks for it."""
    if not known.ctx.policy.trial_line_items:
        return []
    subscription, held = known.subscriptions.get(line.subscription_id), _held_trial(line, known)
    begins = parse_date((subscription or {}).get("start_date"), known.ctx.zone) or (held and held.end)
    terms = terms_of_line(line.priced.item, subscription, line.subscription_id, known.ledger, draft.day)
    interval = terms.preferred or (interval_from_id(held.plan_external_id) if held else None)
    if not begins or begins <= draft.day or interval is None:
        notices.append(Notice("trial_line_left_out", "orders", draft.order_id))
        return []
    return [
        replace(
            _base(line, TRIAL),
            subscription_external_id=line.subscription_id,
            plan=plan_of(terms, interval, line.priced.item, known.ctx),
            service_period_start=local_midnight(draft.day, known.ctx.zone),
            service_period_end=local_midnight(begins, known.ctx.zone),
        )
    ]


def _held_trial(line: DraftLine, known: Known) -> Period | None:
    return known.ledger.trial_lines.get(str(line.priced.item.get("id")))


def _said(
    line: DraftLine, draft: OrderDraft, subscription: Record | None, by_days: bool, prorated: bool
) -> list[Notice]:
    """The notices of a subscription line."""
    said = {
        "subscription_not_found": not line.certain,
        "subscription_not_in_run": line.certain and subscription is None,
        "interval_from_bill_days": by_days,
        "prorated_line": prorated,
    }
    return [Notice(rule, "orders", draft.order_id) for rule, applies in said.items() if applies]


def _period(
    line: DraftLine, draft: OrderDraft, terms: Terms, around: Neighbours | None, known: Known
) -> tuple[Interval, Proration | None]:
    """→ (interval of the line's plan, proration when it is for a part of it)."""
    if line.decided.interval:
        return line.decided.interval, None
    if terms.preferred is None:
        return _interval_by_days(around), None
    interval, beside_credit = (
        billed_interval(terms.preferred, terms.held, around, terms.sold),
        _beside_credit(line, draft),
    )
    if interval == terms.preferred and not beside_credit:
        return interval, None
    charge = Charge(
        draft.day,
        line.priced.gross,
        terms.preferred,
        around.next_day if around else None,
        known.bills.full_price(line.subscription_id, terms.plan_id, around),
        beside_credit,
    )
    if beside_credit or interval is None:
        proration = proration_of(charge, known.bills.running(line.subscription_id, draft.day))
        if proration:
            return terms.preferred, proration
    if interval is None and around is not None:
        interval = interval_of_odd_gap(terms.preferred, terms.held, around, charge.full_price, terms.sold)
    return interval or terms.preferred, None


def _interval_by_days(around: Neighbours | None) -> Interval:
    shown = interval_by_days(around) if around else None
    if shown is None:
        raise UnwritableError(
            "unknown_cycle",
            "neither the subscription, nor the item, nor the days of the bills tell the interval",
        )
    return shown


def _beside_credit(line: DraftLine, draft: OrderDraft) -> bool:
    """Whether the order gives money back for the line's subscription; also true of the credit itself."""
    return any(
        other.subscription_id == line.subscription_id and other.priced.gross < 0 for other in draft.lines
    )


def _base(line: DraftLine, kind: str) -> LineItem:
    item, priced = line.priced.item, line.priced
    if not item.get("id"):
        raise UnwritableError("malformed_record", "an order item has no id")
    return LineItem(
        external_id=str(item["id"]),
        type=kind,
        amount=priced.amount,
        quantity=quantity_of(item),
        discount=priced.discount,
        tax=priced.tax,
        description=cut(line_of(item.get("name"))),
    )
