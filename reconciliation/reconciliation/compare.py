"""Keap's MRR beside ChartMogul's: total, month, customer, subscription. All amounts in cents."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from reconciliation.frames import stamp

EQUAL = "equal"
WITHIN = "within tolerance"
DIFFERENT = "different"
ONLY_KEAP = "only in Keap"
ONLY_CHARTMOGUL = "only in ChartMogul"

SUBSCRIPTION = ["date", "customer_id", "subscription_id"]
CUSTOMER = ["date", "customer_id"]


@dataclass(frozen=True)
class Tolerance:
    """Cents by which one customer at one month end may differ without a finding. Nothing by default."""

    customer_cents: int = 0


def closing_days(as_of: date, months: int) -> list[date]:
    """The last `months` closing days: month ends, and `as_of` itself as the last one."""
    days = [as_of]
    while len(days) < months:
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    return sorted(days)


def is_month_end(day: date) -> bool:
    """Whether the day closes its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def by_subscription(keap: pd.DataFrame, chartmogul: pd.DataFrame) -> pd.DataFrame:
    """One row per closing day, customer and subscription with MRR: keap, chartmogul, difference."""
    both = pd.concat([_side(keap, "keap"), _side(chartmogul, "chartmogul")])
    table = both.groupby(SUBSCRIPTION, as_index=False)[["keap", "chartmogul"]].sum()
    table["difference"] = table["chartmogul"] - table["keap"]
    return table


def _side(balances: pd.DataFrame, name: str) -> pd.DataFrame:
    side = balances[[*SUBSCRIPTION, "mrr"]].rename(columns={"mrr": name})
    other = "chartmogul" if name == "keap" else "keap"
    return side.assign(**{other: 0}).astype({"keap": "int64", "chartmogul": "int64"})


def by_customer(
    table: pd.DataFrame, contacts: frozenset[str], customers: frozenset[str], tolerance: Tolerance
) -> pd.DataFrame:
    """One row per closing day and customer: keap, chartmogul, difference, match (one of the classes above).

    `contacts` are the customers that Keap knows, `customers` those that ChartMogul knows.
    """
    sums = table.groupby(CUSTOMER, as_index=False)[["keap", "chartmogul", "difference"]].sum()
    match = pd.Series(DIFFERENT, index=sums.index, dtype="string")
    match = match.mask(~sums["customer_id"].isin(customers), ONLY_KEAP)
    match = match.mask(~sums["customer_id"].isin(contacts), ONLY_CHARTMOGUL)
    match = match.mask(sums["difference"].abs() <= tolerance.customer_cents, WITHIN)
    return sums.assign(match=match.mask(sums["difference"] == 0, EQUAL))


def by_day(table: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """One row per closing day, also for days without any MRR: keap, chartmogul, difference."""
    sums = table.groupby("date")[["keap", "chartmogul", "difference"]].sum()
    index = pd.DatetimeIndex([stamp(day) for day in days], name="date")
    return sums.reindex(index, fill_value=0).reset_index()
