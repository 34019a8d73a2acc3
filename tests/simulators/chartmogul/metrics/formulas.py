"""The metrics as formulas over plain numbers. Money is cents, rates are percent with two decimals.

Sources are named at each; the identifiers of intervals and movements are in `periods` and `ledger`.
"""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.simulators.chartmogul.metrics.money import Amount, whole_cents

TWO_PLACES = Decimal("0.01")
MONTHS = 12


def rounded(value: Amount | Decimal) -> float:
    """A percentage as the API prints it: two decimals."""
    exact = Fraction(value)
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(decimal.quantize(TWO_PLACES, rounding=ROUND_HALF_UP)) + 0.0


def arr(displayed_mrr: int) -> int:
    """Twelve times the displayed MRR (recorded: 383859969 gives 4606319628)."""
    return MONTHS * displayed_mrr


def arpa(mrr: Amount, subscribers: int) -> int:
    """MRR over subscribers, truncated. https://help.chartmogul.com/hc/en-us/articles/203359061"""
    return math.trunc(Fraction(mrr) / subscribers) if subscribers else 0


def customer_churn_rate(
    at_start: int, churned: int, joined_and_churned: int = 0, came_back: int = 0
) -> float:
    """Lost customers without those who joined or came back within the interval, over customers at its start.

    https://help.chartmogul.com/hc/en-us/articles/207340419-Churn-rate-formulas
    """
    lost = churned - joined_and_churned - came_back
    return rounded(Fraction(100 * lost, at_start)) if at_start else 0.0


def customer_churn_rate_shopify(days: Sequence[tuple[int, int]]) -> float:
    """The old formula: for each day (active at its start, still active of those at its end), summed up.

    https://help.chartmogul.com/hc/en-us/articles/203359321-Metric-Customer-Churn-rate
    """
    return rounded(100 * sum((1 - Fraction(left, start) for start, left in days if start), Fraction(0)))


def gross_mrr_churn_rate(start: Amount, net_churn: Amount, net_contraction: Amount) -> float:
    """(Net churn MRR + net contraction MRR) / starting MRR; losses come in negative or positive.

    https://help.chartmogul.com/hc/en-us/articles/204898491-Chart-Gross-MRR-Churn-Rate
    """
    return (
        rounded(100 * (abs(Fraction(net_churn)) + abs(Fraction(net_contraction))) / start) if start else 0.0
    )


def net_mrr_churn_rate(
    start: Amount, churn: Amount, contraction: Amount, expansion: Amount, reactivation: Amount
) -> float:
    """(Churn + contraction - expansion - reactivation) / starting MRR.

    https://help.chartmogul.com/hc/en-us/articles/203359341-Metric-MRR-Churn-Rate
    """
    lost = abs(Fraction(churn)) + abs(Fraction(contraction)) - expansion - reactivation
    return rounded(100 * lost / start) if start else 0.0


def gross_mrr_churn_rate_shopify(days: Sequence[tuple[Amount, Amount, Amount]]) -> float:
    """The old formula over days of (MRR at its start, net churn, net contraction), losses negative."""
    parts = (1 - Fraction(start + churn + less) / start for start, churn, less in days if start)
    return rounded(100 * sum(parts, Fraction(0)))


def net_mrr_churn_rate_shopify(days: Sequence[tuple[Amount, Amount, Amount]]) -> float:
    """The old formula over days of (MRR at its start, MRR at its end, new business).

    https://help.chartmogul.com/hc/en-us/articles/4414075567250-Metric-Net-MRR-Churn-Rate
    """
    parts = (1 - Fraction(end - new) / start for start, end, new in days if start)
    return rounded(100 * sum(parts, Fraction(0)))


def asp(new_business: Amount, first_time_customers: int) -> int:
    """New business MRR over customers who subscribed for the first time; recorded values look rounded.

    https://help.chartmogul.com/hc/en-us/articles/203359381-Chart-Average-Sale-Price
    """
    return whole_cents(Fraction(new_business) / first_time_customers) if first_time_customers else 0


def average(rates_percent: Sequence[float]) -> Fraction:
    """The exact average of rates as they are printed."""
    return sum((Fraction(str(each)) for each in rates_percent), Fraction(0)) / len(rates_percent)


def ltv(arpa_cents: int, churn_rate_percent: float | Decimal | Fraction) -> int:
    """ARPA over a customer churn rate in percent, truncated; 0 where the rate is 0 and LTV is not defined.

    https://help.chartmogul.com/hc/en-us/articles/203359061-Chart-Customer-Lifetime-Value-LTV
    """
    rate = Fraction(str(churn_rate_percent))
    return math.trunc(100 * arpa_cents / rate) if rate > 0 else 0


def quick_ratio(new: Amount, expansion: Amount, reactivation: Amount, losses: Amount) -> Fraction | None:
    """(New business + expansion + reactivation) / (contraction + churn); None without losses."""
    return (Fraction(new) + expansion + reactivation) / abs(Fraction(losses)) if losses else None


def percentage_change(value: Amount | float, previous: Amount | float | None) -> float:
    """(value / previous - 1) x 100; 0.0 for the first entry and after zero."""
    if not previous:
        return 0.0
    exact = Fraction(Decimal(str(value))) / Fraction(Decimal(str(previous)))
    return rounded(100 * (exact - 1))
