"""From a line item to MRR.

Source: https://dev.chartmogul.com/docs/how-mrr-is-calculated-from-prorated-invoices: (amount - tax) x
duration ratio x prorate factor. The plan's interval sets the ratio; discounts are in the amount already;
quantity is not multiplied. Transaction fees stay in unless a setting says otherwise
(https://help.chartmogul.com/hc/en-us/articles/360017760940).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from tests.simulators.chartmogul.metrics.calendar import months_of, shifted
from tests.simulators.chartmogul.metrics.inputs import Interval, Line
from tests.simulators.chartmogul.metrics.money import divided, whole_cents
from tests.simulators.chartmogul.settings import Settings

DIFFERENTIAL = ("differential", "differential_mrr")


def adds(line: Line, settings: Settings) -> bool:
    """Does the line add to the subscription's MRR instead of replacing it?

    A prorated line without a type counts as differential (the form default of the vendor's own n8n node).
    """
    return line.prorated and (line.proration_type or settings.prorated_without_type) in DIFFERENTIAL


def duration_ratio(interval: Interval, settings: Settings) -> Fraction:
    """1/n for n months, 1/12n for n years, days-per-month/n for n days."""
    if interval.unit == "day":
        return settings.days_per_month / interval.count
    return Fraction(1, months_of(interval))


def native_mrr(line: Line, settings: Settings, known: Sequence[Line] = ()) -> int:
    """The MRR of a line in whole cents of its own currency; `known` are the subscription's other lines."""
    amount = line.amount - line.tax - (line.fees if settings.deduct_transaction_fees else 0)
    if line.prorated and line.proration_type == "differential_mrr" and settings.differential_mrr == "as_is":
        return amount
    if not line.prorated and line.interval.unit != "day" and settings.half_cents == "away_from_zero":
        return divided(amount, months_of(line.interval))
    exact = amount * duration_ratio(line.interval, settings) * prorate_factor(line, settings, known)
    return round(exact) if settings.half_cents == "to_even" else whole_cents(exact)


def prorate_factor(line: Line, settings: Settings, known: Sequence[Line] = ()) -> Fraction:
    """The estimated full service period over the prorated one, in seconds; 1 for lines that are not prorated.

    How the full period is estimated is not published. Default: the plan interval that ends with the line.
    """
    if not line.prorated or line.end is None or line.end <= line.start:
        return Fraction(1)
    full = _full_period(line, settings, known)
    return Fraction(_microseconds(full), _microseconds((line.start, line.end)))


def _full_period(line: Line, settings: Settings, known: Sequence[Line]) -> tuple[datetime, datetime]:
    end = line.end or shifted(line.start, line.interval, 1)
    if settings.prorated_full_period == "period_start":
        return line.start, shifted(line.start, line.interval, 1)
    if settings.prorated_full_period == "known_period":
        around = [
            (each.start, each.end)
            for each in known
            if not each.prorated and each.end and each.start <= line.start and each.end >= end
        ]
        if around:
            return around[-1]
    return shifted(end, line.interval, -1), end


def _microseconds(period: tuple[datetime, datetime]) -> int:
    return (period[1] - period[0]) // timedelta(microseconds=1)
