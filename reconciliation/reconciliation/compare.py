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

FIGURES = ("keap", "expected", "chartmogul")
PLAN = ["date", "plan"]
SUBSCRIPTION = ["date", "customer_id", "subscription_id"]
CUSTOMER = ["date", "customer_id"]
AMOUNTS = [*FIGURES, "difference"]


@dataclass(frozen=True)
class Balances:
    """The three figures at the closing days: date, customer_id, subscription_id, plan_id, mrr (cents).

    `expected` is None when Keap's own records are not at hand.
    """

    days: tuple[date, ...]
    keap: pd.DataFrame
    chartmogul: pd.DataFrame
    expected: pd.DataFrame | None


@dataclass(frozen=True)
class Tolerance:
    """Cents by which one customer at one month end may differ without a finding, and cents up to which the
    faults and unexplained parts of a closing day together are not material. Nothing by default.
    """

    customer_cents: int = 0
    materiality_cents: int = 0


def closing_days(as_of: date, months: int) -> list[date]:
    """The last `months` closing days: month ends, and `as_of` itself as the last one."""
    days = [as_of]
    while len(days) < months:
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    return sorted(days)


def is_month_end(day: date) -> bool:
    """Whether the day closes its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def by_subscription(
    keap: pd.DataFrame, chartmogul: pd.DataFrame, expected: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per closing day, customer and subscription with MRR: the figures, and `difference`, which is
    ChartMogul less Keap. `expected` (what would be sent) is missing where it was not computed.
    """
    both = [_side(keap, "keap"), _side(chartmogul, "chartmogul")]
    both += [] if expected is None else [_side(expected, "expected")]
    table = pd.concat(both).groupby(SUBSCRIPTION, as_index=False)[list(FIGURES)].sum()
    table["difference"] = table["chartmogul"] - table["keap"]
    return _with_expected(table, expected is not None)


def _side(balances: pd.DataFrame, name: str) -> pd.DataFrame:
    side = balances[[*SUBSCRIPTION, "mrr"]].rename(columns={"mrr": name})
    others = {other: 0 for other in FIGURES if other != name}
    return side.assign(**others).astype(dict.fromkeys(FIGURES, "int64"))


def _with_expected(table: pd.DataFrame, computed: bool) -> pd.DataFrame:
    figure = table["expected"] if computed else pd.Series(pd.NA, index=table.index)
    return table.assign(expected=figure.astype("Int64"))


def by_plan(
    keap: pd.DataFrame, chartmogul: pd.DataFrame, expected: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per closing day and plan, each figure under the plan that its own side names."""
    given = {"keap": keap, "chartmogul": chartmogul} | ({} if expected is None else {"expected": expected})
    sums = {name: side.assign(plan=_plan(side)).groupby(PLAN)["mrr"].sum() for name, side in given.items()}
    table = pd.DataFrame(sums).fillna(0).astype("int64").reindex(columns=list(FIGURES)).reset_index()
    table["difference"] = table["chartmogul"] - table["keap"]
    return _with_expected(table, expected is not None)


def _plan(side: pd.DataFrame) -> pd.Series[str]:
    return side["plan_id"].astype("string").fillna("unknown")


def by_customer(
    table: pd.DataFrame, contacts: frozenset[str], customers: frozenset[str], tolerance: Tolerance
) -> pd.DataFrame:
    """One row per closing day and customer: the figures, difference, match (one of the classes above).

    `contacts` are the customers that Keap knows, `customers` those that ChartMogul knows. Two subscriptions
    that differ on both sides make the customer differ, also when they cancel each other out.
    """
    sums = table.groupby(CUSTOMER, as_index=False)[AMOUNTS].sum(min_count=1)
    size = pd.concat([sums["difference"].abs(), _inside(table, sums)], axis=1).max(axis=1)
    match = pd.Series(DIFFERENT, index=sums.index, dtype="string")
    match = match.mask(~sums["customer_id"].isin(customers), ONLY_KEAP)
    match = match.mask(~sums["customer_id"].isin(contacts), ONLY_CHARTMOGUL)
    match = match.mask(size <= tolerance.customer_cents, WITHIN)
    return sums.assign(match=match.mask(size == 0, EQUAL))


def _inside(table: pd.DataFrame, sums: pd.DataFrame) -> pd.Series[int]:
    """The largest difference of a subscription that both sides hold, by row of `sums`. One that only one side
    holds may be the same under another name.
    """
    both = table[table["keap"].ne(0) & table["chartmogul"].ne(0)]
    largest = both["difference"].abs().groupby([both["date"], both["customer_id"]]).max().rename("inside")
    found = sums[CUSTOMER].merge(largest.reset_index(), on=CUSTOMER, how="left")["inside"]
    return found.fillna(0).astype("int64").set_axis(sums.index)


def by_day(table: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """One row per closing day, also for days without any MRR: the figures and the difference."""
    sums = table.groupby("date")[AMOUNTS].sum(min_count=1)
    index = pd.DatetimeIndex([stamp(day) for day in days], name="date")
    computed = not table["expected"].isna().any()
    return _with_expected(sums.reindex(index, fill_value=0).reset_index(), computed)
