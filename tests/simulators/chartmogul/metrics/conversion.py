"""The five lead and conversion charts, from the days of each customer.

Sources: https://help.chartmogul.com/hc/en-us/articles/115000825949-Chart-Leads,
115000826209-Chart-Free-Trials, 115000865205-Metric-Trial-to-paid-conversion-rate,
115000865485-Chart-Average-Sales-Cycle-Length, and 210547889 for the non-trial leads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.simulators.chartmogul.metrics.formulas import rounded
from tests.simulators.chartmogul.metrics.periods import Period


@dataclass(frozen=True, slots=True)
class Days:
    """Days of one customer in the account's zone: lead created, free trial started, subscriber since."""

    lead: date | None = None
    trial: date | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Doubts:
    """What the vendor's pages leave open: whether a trial counts as converted that began after the customer
    had paid, and whether a sales cycle counts that ends before it begins.
    """

    trial_after_paid: bool = True
    cycle_before_lead: bool = True


def leads(customers: Iterable[Days], period: Period) -> int:
    """Customers who became leads in the period; without a lead date a lead is not counted."""
    return sum(_within(each.lead, period) for each in customers)


def free_trials(customers: Iterable[Days], period: Period) -> int:
    """Customers whose free trial started in the period."""
    return sum(_within(each.trial, period) for each in customers)


def non_trial_leads(customers: Iterable[Days], period: Period) -> int:
    """Leads of the period who never started a free trial."""
    return sum(_within(each.lead, period) and each.trial is None for each in customers)


def trial_to_paid(customers: Iterable[Days], period: Period, doubts: Doubts) -> float | None:
    """Percent of the period's free trials that have become subscribers by now; None without trials."""
    cohort = [each for each in customers if _within(each.trial, period)]
    paid = sum(_converted(each, doubts) for each in cohort)
    return rounded(Fraction(100 * paid, len(cohort))) if cohort else None


def _converted(customer: Days, doubts: Doubts) -> bool:
    if customer.since is None or customer.trial is None:
        return False
    return doubts.trial_after_paid or customer.trial <= customer.since


def sales_cycle(customers: Iterable[Days], period: Period, doubts: Doubts) -> float | None:
    """Mean days from lead to first paid subscription, of those who first paid in the period; None without."""
    lengths = [
        (each.since - each.lead).days
        for each in customers
        if each.lead and each.since and _within(each.since, period)
    ]
    if not doubts.cycle_before_lead:
        lengths = [length for length in lengths if length >= 0]
    return rounded(Fraction(sum(lengths), len(lengths))) if lengths else None


def entries(customers: Sequence[Days], periods: Iterable[Period], doubts: Doubts) -> list[dict[str, object]]:
    """One entry a period, dated by its last day, with the five figures."""
    return [
        {
            "date": str(period.last),
            "leads": leads(customers, period),
            "free-trials": free_trials(customers, period),
            "non-trial-leads": non_trial_leads(customers, period),
            "trial-to-paid-conversion-rate": trial_to_paid(customers, period, doubts),
            "average-sales-cycle-length": sales_cycle(customers, period, doubts),
        }
        for period in periods
    ]


def _within(day: date | None, period: Period) -> bool:
    return day is not None and period.first <= day <= period.last
