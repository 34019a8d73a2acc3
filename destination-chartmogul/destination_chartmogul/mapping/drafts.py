"""Keap order → its priced lines, each linked to its subscription; the first of two steps to an invoice.

The second step needs the days of all bills of a subscription, so every order is drafted before any is mapped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from destination_chartmogul.mapping.belonging import check_belonging
from destination_chartmogul.mapping.context import Bundle, Context, Ledger, Record
from destination_chartmogul.mapping.decisions import NOTHING_DECIDED, ItemDecision
from destination_chartmogul.mapping.links import Links
from destination_chartmogul.mapping.money import digits_of, minor, rescaled, spread
from destination_chartmogul.mapping.objects import ONE_TIME, SUBSCRIPTION
from destination_chartmogul.mapping.orphans import is_late, is_paid
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import local_date, parse_date, parse_instant
from destination_chartmogul.mapping.pricing import PricedItem, price_items
from destination_chartmogul.mapping.vocabulary import INVOICE_STATUSES, ORDER_STATUSES

ITEM_MONEY = ("price_per_unit", "discount")


@dataclass(frozen=True)
class DraftLine:
    """A charge; `subscription_id` is empty for one-off lines, and for a subscription that never began because
    nobody paid. `certain`: Keap says which it is.
    """

    priced: PricedItem
    subscription_id: str = ""
    certain: bool = True
    trial: bool = False
    decided: ItemDecision = NOTHING_DECIDED


@dataclass(frozen=True)
class OrderDraft:
    """`day` is the account's calendar day of billing; money is in the units that ChartMogul takes."""

    order_id: str
    issued: datetime
    day: date
    currency: str
    lines: tuple[DraftLine, ...]
    status: str = ""


def order_instant(order: Record, zone: str) -> datetime:
    """Billing time of an order: order_time, else creation_time. Raises UnwritableError `bad_time`."""
    text = order.get("order_time") or order.get("creation_time")
    if not text:
        raise UnwritableError("bad_time", "the order has neither order_time nor creation_time")
    return parse_instant(str(text), zone)


def order_currency(order: Record, ctx: Context) -> str:
    """The currency in which the order and all of its items are, else the account's. ChartMogul converts.

    Raises UnwritableError `currency_differs`.
    """
    prices = [item.get(name) for item in order.get("order_items") or [] for name in ITEM_MONEY]
    found = {str(code).upper() for each in (order.get("total"), *prices) if (code := _code(each))}
    if len(found) > 1:
        text = f"the order and its items are in several currencies: {', '.join(sorted(found))}"
        raise UnwritableError("currency_differs", text)
    return next(iter(found), ctx.currency.upper())


def _code(value: Mapping[str, object] | None) -> object:
    return (value or {}).get("currency_code")


def is_unpaid_draft(order: Record) -> bool:
    """A draft that nobody paid is no bill yet. Of an order that somebody paid, the status may be missing.

    Raises UnwritableError `unknown_order_status`.
    """
    status, paid = order.get("status"), minor(order.get("total_paid")) != 0
    draft = False if status is None and paid else ORDER_STATUSES.get(str(status).upper())
    if draft is None:
        raise UnwritableError("unknown_order_status", f"order status {status!r} is not known")
    return draft and not paid


def draft_order(order: Record, links: Links, bundle: Bundle, ledger: Ledger, ctx: Context) -> OrderDraft:
    """One order. Raises UnwritableError with the rule that it breaks."""
    issued, currency = order_instant(order, ctx.zone), order_currency(order, ctx)
    order_id, day = str(order["id"]), local_date(issued, ctx.zone)
    if day > ctx.today:
        raise UnwritableError("date_in_future", "ChartMogul takes no invoice dated in the future")
    issued = min(issued, ctx.now)  # Keap's clock may be ahead, and the order does not come again
    check_belonging(order, bundle.elsewhere)
    lines = []
    for priced in in_digits(price_items(order), digits_of(currency), ctx.digits(currency)):
        late = priced.net > 0 and is_late(order, issued, bundle, ledger, ctx)
        line = _decided(priced, order, links, day, bundle, late)
        if line is not None and _never_began(line, order, bundle, ledger):
            line = replace(line, subscription_id="")
        if line is not None and line.subscription_id:
            subscription = bundle.billed.get(line.subscription_id)
            trial = _is_trial(line, order_id, issued, subscription, ledger, ctx)
            line = replace(line, trial=True) if trial else line
        lines += [line] if line else []
    return OrderDraft(order_id, issued, day, currency, tuple(lines), invoice_status(order))


def _never_began(line: DraftLine, order: Record, bundle: Bundle, ledger: Ledger) -> bool:
    """Whether a line that no subscription fits is of one that was not paid, unless the user's rules say what
    it is.
    """
    unknown = line.subscription_id and not line.certain and not line.decided.kind
    return bool(unknown) and line.priced.net > 0 and not is_paid(order, bundle, ledger)


def _decided(
    priced: PricedItem, order: Record, links: Links, day: date, bundle: Bundle, late: bool
) -> DraftLine | None:
    """A charge as Keap has it, or as the user's rules want it; None when they leave it out."""
    key, certain, order_id = "", True, str(order["id"])
    if priced.kind == SUBSCRIPTION:
        key, certain = links.subscription_of(priced.item, order_id, day, late)
    decided = bundle.judge(order, priced.item, key)
    if decided.exclude:
        return None
    if decided.kind == SUBSCRIPTION and not key:
        key, certain = links.subscription_of(priced.item, order_id, day, late)
    if decided.kind == ONE_TIME:
        key, certain = "", True
    if decided.kind:
        priced = replace(priced, kind=decided.kind)
    return DraftLine(priced, key, certain, decided=decided)


def _is_trial(
    line: DraftLine,
    order_id: str,
    issued: datetime,
    subscription: Record | None,
    ledger: Ledger,
    ctx: Context,
) -> bool:
    """A line of 0 by a free-trial discount, or before its subscription begins to bill. Of a subscription that
    is not in the run, one that ChartMogul does not have although it has the trial's day, or a later bill.
    """
    if line.priced.net != 0:
        return False
    if line.priced.trial or str(line.priced.item.get("id")) in ledger.trial_lines:
        return True
    day = local_date(issued, ctx.zone)
    if subscription is None:
        later = any(p.subscription_id == line.subscription_id and p.start > day for p in ledger.periods)
        return order_id not in ledger.invoices and (later or ledger.free_trial_started_at == issued)
    starts = parse_date(subscription.get("start_date"), ctx.zone)
    return starts is not None and day < starts


def invoice_status(order: Record) -> str:
    """written_off or voided as Keap's refund status says; empty for every other order."""
    word = str(order.get("refund_status") or "").upper().replace(" ", "_")
    return INVOICE_STATUSES.get(word, "")


def in_digits(charges: Sequence[PricedItem], own: int, wanted: int) -> list[PricedItem]:
    """The charges with `wanted` digits after the point instead of `own`, losing nothing of the total."""
    if own == wanted:
        return list(charges)
    amounts = [rescaled(c.amount, own, wanted) for c in charges]
    if wanted < own and min(amounts, default=0) >= 0:
        total = rescaled(sum(c.amount for c in charges), own, wanted)
        amounts = spread(total, [c.amount for c in charges])
    return [
        _with_amount(
            charge, amount, rescaled(charge.discount, own, wanted), rescaled(charge.tax, own, wanted)
        )
        for charge, amount in zip(charges, amounts, strict=True)
    ]


def _with_amount(charge: PricedItem, amount: int, discount: int, tax: int) -> PricedItem:
    return replace(charge, gross=amount - tax + discount, discount=discount, tax=tax)
