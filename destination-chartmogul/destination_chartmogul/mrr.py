"""Monthly recurring revenue of line items at a date, in integer minor units of one currency.

The rules are ChartMogul's, restated with their source:
R1  MRR = (amount − tax) × ratio × prorate factor, rounded to whole cents
    (https://dev.chartmogul.com/docs/how-mrr-is-calculated-from-prorated-invoices).
R2  The amount is after discounts and with tax; R3 the quantity is in it already.
R4  Ratio: n months 1/n, n years 1/(12 n), n days 30.4375/n (the day constant is inferred from recordings).
R5  An unprorated line replaces the subscription's MRR at the start of its service period; its length is
ignored. R6  Prorate factor = full period / prorated period; the full period is taken as the plan interval
that ends
    where the prorated period ends. R7 A prorated `differential` line adds, `full` replaces.
R9  One-time and trial lines never count. R14 MRR goes on after the period until a cancellation.
R15 A cancellation sets it to zero, a later line revives it. R22/R28 At the same instant cancellations come
    first, then `event_order`, then creation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import pendulum

from destination_chartmogul.mapping.objects import Interval

DAYS_PER_MONTH = Fraction(487, 16)  # 30.4375 = 365.25 / 12


@dataclass(frozen=True)
class RecurringLine:
    """A subscription line item. Times are zone-aware; `order` breaks ties of equal starts."""

    subscription: str
    amount: int
    interval: Interval
    start: datetime
    end: datetime | None = None
    tax: int = 0
    prorated: bool = False
    proration_type: str | None = None
    order: int = 0


@dataclass(frozen=True)
class Cancellation:
    """The subscription has no MRR from `at` on."""

    subscription: str
    at: datetime


def ratio(interval: Interval, days_per_month: Fraction = DAYS_PER_MONTH) -> Fraction:
    """R4."""
    per_unit = {"month": Fraction(1), "year": Fraction(1, 12), "day": days_per_month}
    return per_unit[interval.unit] / interval.count


def prorate_factor(line: RecurringLine) -> Fraction:
    """R6."""
    if not line.prorated or line.end is None or line.end <= line.start:
        return Fraction(1)
    end = pendulum.instance(line.end)
    full = end - end.subtract(**{f"{line.interval.unit}s": line.interval.count})
    return Fraction(round(full.total_seconds())) / Fraction(round((line.end - line.start).total_seconds()))


def line_mrr(line: RecurringLine, days_per_month: Fraction = DAYS_PER_MONTH) -> int:
    """R1, ties away from zero."""
    exact = (line.amount - line.tax) * ratio(line.interval, days_per_month) * prorate_factor(line)
    whole = int(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


def mrr_by_subscription(
    lines: Sequence[RecurringLine],
    cancellations: Iterable[Cancellation],
    at: datetime,
    days_per_month: Fraction = DAYS_PER_MONTH,
) -> dict[str, int]:
    """Minor units per subscription at the instant `at` (what starts at `at` counts)."""
    steps: list[tuple[datetime, int, int, int, RecurringLine | Cancellation]] = [
        (line.start, 1, line.order, position, line) for position, line in enumerate(lines) if line.start <= at
    ]
    steps += [(c.at, 0, 0, position, c) for position, c in enumerate(cancellations) if c.at <= at]
    balance: dict[str, int] = defaultdict(int)
    for *_, step in sorted(steps, key=lambda s: s[:4]):
        if isinstance(step, Cancellation):
            balance[step.subscription] = 0
        else:
            adds = step.prorated and step.proration_type in (None, "differential")
            earlier = balance[step.subscription] if adds else 0
            balance[step.subscription] = earlier + line_mrr(step, days_per_month)
    return dict(balance)


def mrr_at(lines: Sequence[RecurringLine], cancellations: Iterable[Cancellation], at: datetime) -> int:
    """Minor units of all subscriptions together."""
    return sum(mrr_by_subscription(lines, cancellations, at).values())
