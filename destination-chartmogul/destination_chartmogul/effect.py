"""What a customer's changes do to MRR: what ChartMogul holds, before and after them.

Invoices count from the day they are open, which is ChartMogul's default; what it holds as invalid, voided or
written off does not count (https://help.chartmogul.com/article/243-invoice-handling).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from destination_chartmogul.actual import Actual, plan_of
from destination_chartmogul.mapping.objects import (
    CANCELLED,
    SUBSCRIPTION,
    VOIDED,
    WRITTEN_OFF,
    Desired,
    Interval,
    Invoice,
)
from destination_chartmogul.mapping.plans import interval_from_id
from destination_chartmogul.mrr import Cancellation, RecurringLine, mrr_at
from destination_chartmogul.plan import is_settled_after_all
from destination_chartmogul.wire import errors_in, instant, iso

Json = dict[str, Any]
DEAD = (VOIDED, WRITTEN_OFF)


def mrr_now(actual: Actual, plans: Mapping[str, str], at: datetime) -> int:
    """MRR of what ChartMogul holds; `plans`: external ids by uuid. Minor units."""
    return mrr_at(_in_order(_lines_held(actual, plans)), list(_ends_held(actual)), at)


def mrr_then(
    actual: Actual,
    desired: Desired,
    plans: Mapping[str, str],
    at: datetime,
    taken: Mapping[str, Json] = MappingProxyType({}),
) -> int:
    """MRR once ChartMogul holds what is desired; `taken`: invoices that move here from other customers. Minor
    units.
    """
    gone = desired.withdrawn | {invoice.external_id for invoice in desired.invoices}
    lines = _in_order(
        [*_lines_held(actual, plans, gone), *_lines_of(desired.invoices, {**actual.invoices, **taken})]
    )
    ends = [*_ends_held(actual, desired.subscriptions)]
    ends += [
        Cancellation(event.subscription_external_id, event.effective_date)
        for event in desired.events
        if event.event_type == CANCELLED
    ]
    return mrr_at(lines, ends, at)


def _in_order(lines: Iterable[tuple[Json | Invoice, RecurringLine]]) -> list[RecurringLine]:
    """Lines by the date of their invoice, then by its id: of lines that begin together the later one counts,
    and orders are written in this order.
    """
    dated = [(*_place(invoice), number, line) for number, (invoice, line) in enumerate(lines)]
    return [line for *_, line in sorted(dated, key=lambda row: row[:-1])]


def _place(invoice: Json | Invoice) -> tuple[str, int, str]:
    if isinstance(invoice, Invoice):
        return iso(invoice.date), len(invoice.external_id), invoice.external_id
    key, moment = str(invoice["external_id"]), instant(invoice.get("date"))
    return iso(moment) if moment else "", len(key), key


def _lines_held(
    actual: Actual, plans: Mapping[str, str], gone: Iterable[str] = ()
) -> Iterator[tuple[Json, RecurringLine]]:
    skipped = frozenset(gone)
    for key, invoice in actual.invoices.items():
        if key in skipped or invoice.get("status") in DEAD or errors_in(invoice):
            continue
        for item in invoice.get("line_items") or []:
            line = _line_held(item, plans)
            if line:
                yield invoice, line


def _ends_held(actual: Actual, covered: Iterable[str] = ()) -> Iterator[Cancellation]:
    for event in actual.events.values():
        subscription, moment = str(event["subscription_external_id"]), instant(event.get("effective_date"))
        if moment and event.get("event_type") == CANCELLED and subscription not in covered:
            yield Cancellation(subscription, moment)


def _lines_of(
    invoices: Iterable[Invoice], before: Mapping[str, Json]
) -> Iterator[tuple[Invoice, RecurringLine]]:
    for invoice in invoices:
        held = before.get(invoice.external_id) or {}
        if invoice.status in DEAD or (held.get("status") in DEAD and not is_settled_after_all(invoice, held)):
            continue
        for line in invoice.line_items:
            recurs = line.type == SUBSCRIPTION and line.subscription_external_id
            if recurs and line.plan and line.service_period_start:
                yield (
                    invoice,
                    RecurringLine(
                        str(line.subscription_external_id),
                        line.amount,
                        line.plan.interval,
                        line.service_period_start,
                        line.service_period_end,
                        tax=line.tax,
                        prorated=line.proration_type is not None,
                        proration_type=line.proration_type,
                    ),
                )


def _line_held(item: Json, plans: Mapping[str, str]) -> RecurringLine | None:
    start = instant(item.get("service_period_start"))
    interval: Interval | None = interval_from_id(plan_of(item, plans))
    if item.get("type") != "subscription" or start is None or interval is None:
        return None
    return RecurringLine(
        str(item.get("subscription_external_id")),
        int(item["amount_in_cents"]),
        interval,
        start,
        instant(item.get("service_period_end")),
        tax=int(item.get("tax_amount_in_cents") or 0),
        prorated=bool(item.get("prorated")),
        proration_type=item.get("proration_type"),
    )
