"""Keap order → ChartMogul invoice, without its payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from destination_chartmogul.mapping.context import Context, Ledger, Record
from destination_chartmogul.mapping.links import Links
from destination_chartmogul.mapping.money import minor
from destination_chartmogul.mapping.objects import ONE_TIME, SUBSCRIPTION, Invoice, LineItem
from destination_chartmogul.mapping.outcome import Notice, UnwritableError
from destination_chartmogul.mapping.periods import (
    add_interval,
    local_date,
    local_midnight,
    parse_date,
    parse_instant,
)
from destination_chartmogul.mapping.plans import plan_of_line
from destination_chartmogul.mapping.pricing import PricedItem, price_items, quantity_of


@dataclass(frozen=True)
class MappedOrder:
    """`invoice` is None when nothing of the order is written; `trial_started_at` when it starts a free
    trial.
    """

    invoice: Invoice | None
    trial_started_at: datetime | None = None
    notices: tuple[Notice, ...] = ()


def order_instant(order: Record, zone: str) -> datetime:
    """Billing time of an order: order_time, else creation_time. Raises UnwritableError `bad_time`."""
    text = order.get("order_time") or order.get("creation_time")
    if not text:
        raise UnwritableError("bad_time", "the order has neither order_time nor creation_time")
    return parse_instant(str(text), zone)


def map_order(
    order: Record, links: Links, subscriptions: dict[str, Record], ledger: Ledger, ctx: Context
) -> MappedOrder:
    """One order. Raises UnwritableError with the rule that it breaks."""
    order_id = str(order["id"])
    if order.get("status") == "DRAFT" and minor(order.get("total_paid")) == 0:
        return MappedOrder(None, notices=(Notice("draft_order", "orders", order_id),))
    issued = order_instant(order, ctx.zone)
    if issued > ctx.now:
        raise UnwritableError("date_in_future", "ChartMogul takes no invoice dated in the future")
    mapper = _LineMapper(order_id, issued, links, subscriptions, ledger, ctx)
    lines = [line for priced in price_items(order) if (line := mapper.line(priced))]
    if not lines:
        mapper.notices.append(Notice("order_without_lines", "orders", order_id))
        return MappedOrder(None, mapper.trial_started_at, tuple(mapper.notices))
    invoice = Invoice(order_id, issued, order_currency(order, ctx), tuple(lines))
    return MappedOrder(invoice, mapper.trial_started_at, tuple(mapper.notices))


def order_currency(order: Record, ctx: Context) -> str:
    """Currency of the order's total, else the account's (a Keap account has one currency)."""
    return str((order.get("total") or {}).get("currency_code") or ctx.currency)


class _LineMapper:
    """Turns the priced items of one order into lines, noting trials and uncertain links on the way."""

    def __init__(
        self,
        order_id: str,
        issued: datetime,
        links: Links,
        subscriptions: dict[str, Record],
        ledger: Ledger,
        ctx: Context,
    ) -> None:
        self.order_id, self.issued, self.links = order_id, issued, links
        self.subscriptions, self.ledger, self.ctx = subscriptions, ledger, ctx
        self.day = local_date(issued, ctx.zone)
        self.trial_started_at: datetime | None = None
        self.notices: list[Notice] = []

    def line(self, priced: PricedItem) -> LineItem | None:
        """None for a line that is a free trial."""
        if priced.kind != SUBSCRIPTION:
            return _line(priced, ONE_TIME)
        subscription_id, certain = self.links.subscription_of(priced.item, self.order_id, self.day)
        subscription = self.subscriptions.get(subscription_id)
        if self._is_trial(priced, subscription):
            self.trial_started_at = self.issued
            self.notices.append(Notice("free_trial", "orders", self.order_id))
            return None
        if priced.net < 0:
            raise UnwritableError("negative_subscription_line", "a subscription line is negative")
        if not certain:
            self.notices.append(Notice("subscription_not_found", "orders", self.order_id))
        elif subscription is None:
            self.notices.append(Notice("subscription_not_in_run", "orders", self.order_id))
        return self._subscription_line(priced, subscription_id, subscription)

    def _is_trial(self, priced: PricedItem, subscription: Record | None) -> bool:
        if priced.net != 0:
            return False
        if priced.trial:
            return True
        if subscription is None:
            return (
                self.ledger.free_trial_started_at == self.issued and self.order_id not in self.ledger.invoices
            )
        starts = parse_date(subscription.get("start_date"), self.ctx.zone)
        return starts is not None and self.day < starts

    def _subscription_line(
        self, priced: PricedItem, subscription_id: str, subscription: Record | None
    ) -> LineItem:
        plan = plan_of_line(priced.item, subscription, subscription_id, self.ledger, self.ctx)
        end = add_interval(self.day, plan.interval)
        base = _line(priced, SUBSCRIPTION)
        return LineItem(
            **{
                name: getattr(base, name)
                for name in ("external_id", "type", "amount", "quantity", "discount", "tax")
            },
            description=base.description,
            subscription_external_id=subscription_id,
            plan=plan,
            service_period_start=local_midnight(self.day, self.ctx.zone),
            service_period_end=local_midnight(end, self.ctx.zone),
        )


def _line(priced: PricedItem, kind: str) -> LineItem:
    item = priced.item
    if not item.get("id"):
        raise UnwritableError("malformed_record", "an order item has no id")
    return LineItem(
        external_id=str(item["id"]),
        type=kind,
        amount=priced.amount,
        quantity=quantity_of(item),
        discount=priced.discount,
        tax=priced.tax,
        description=str(item.get("name") or "")[:255],
    )


def orders_by_date(orders: Sequence[Record], zone: str) -> list[tuple[date, Record]]:
    """Orders with their billing day, oldest first. Raises UnwritableError for a bad time."""
    dated = [(order_instant(order, zone), order) for order in orders]
    dated.sort(key=lambda pair: (pair[0], len(str(pair[1]["id"])), str(pair[1]["id"])))
    return [(local_date(moment, zone), order) for moment, order in dated]
