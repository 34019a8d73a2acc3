"""The audit's tables as report values."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from reconciliation import chartmogul_mrr, compare, keap_mrr
from reconciliation.explain import CAUSES, FAULT, RULE, Case
from reconciliation.frames import ChartMogulFrames, stamp
from reconciliation.money import money
from reconciliation.report import CauseTotal, CustomerDifference, MonthTotal

MATCHES = (
    compare.EQUAL,
    compare.WITHIN,
    compare.DIFFERENT,
    compare.ONLY_KEAP,
    compare.ONLY_CHARTMOGUL,
)


def totals(
    days: pd.DataFrame, customers: pd.DataFrame, attributed: pd.DataFrame, chartmogul: ChartMogulFrames
) -> tuple[MonthTotal, ...]:
    """One total per closing day, in time order."""
    reported = chartmogul_mrr.totals(chartmogul)
    parts = {kind: _per_day(attributed[attributed["kind"] == kind]) for kind in (RULE, FAULT)}
    paying = {side: customers[customers[side] != 0].groupby("date").size() for side in ("keap", "chartmogul")}
    rows: list[Any] = list(days.itertuples(index=False))
    return tuple(_month(row, reported.get(row.date.date()), parts, paying) for row in rows)


def _month(
    row: Any, reported: int | None, parts: dict[str, pd.Series[int]], paying: dict[str, pd.Series[int]]
) -> MonthTotal:
    rules, faults = (int(parts[kind].get(row.date, 0)) for kind in (RULE, FAULT))
    return MonthTotal(
        day=row.date.date(),
        keap=int(row.keap),
        chartmogul=int(row.chartmogul),
        reported=reported,
        difference=int(row.difference),
        explained=rules,
        faults=faults,
        unexplained=int(row.difference) - rules - faults,
        keap_customers=int(paying["keap"].get(row.date, 0)),
        chartmogul_customers=int(paying["chartmogul"].get(row.date, 0)),
    )


def _per_day(attributed: pd.DataFrame) -> pd.Series[int]:
    return attributed.groupby("date")["difference"].sum()


def matches(customers: pd.DataFrame, as_of: date) -> tuple[tuple[str, int], ...]:
    """How many customers fall in each match class at the closing day of the audit."""
    counts = customers.loc[customers["date"] == stamp(as_of), "match"].value_counts()
    return tuple((name, int(counts.get(name, 0))) for name in MATCHES)


def differences(customers: pd.DataFrame, attributed: pd.DataFrame) -> tuple[CustomerDifference, ...]:
    """Every customer and closing day that is not equal: latest day first, largest difference first."""
    unequal = customers[customers["match"] != compare.EQUAL]
    since = unequal.groupby("customer_id")["date"].min()
    size = unequal["difference"].abs()
    ordered = unequal.assign(size=size).sort_values(
        ["date", "size", "customer_id"], ascending=[False, False, True]
    )
    reasons = dict(tuple(attributed.groupby(compare.CUSTOMER)))
    return tuple(
        _difference(row, reasons.get((row.date, row.customer_id)), since[row.customer_id].date())
        for row in ordered.itertuples(index=False)
    )


def _difference(row: Any, reasons: pd.DataFrame | None, since: date) -> CustomerDifference:
    """The largest part gives the cause; all parts give their evidence."""
    primary: str | None = None
    evidence: tuple[str, ...] = ()
    if reasons is not None:
        largest = reasons.loc[reasons["difference"].abs().idxmax()]
        primary = None if pd.isna(largest["cause"]) else str(largest["cause"])
        evidence = tuple(str(text) for text in reasons["evidence"].dropna())
    return CustomerDifference(
        day=row.date.date(),
        customer_id=str(row.customer_id),
        keap=int(row.keap),
        chartmogul=int(row.chartmogul),
        difference=int(row.difference),
        match=str(row.match),
        cause=primary,
        evidence=evidence,
        since=since,
    )


def causes(attributed: pd.DataFrame, as_of: date) -> tuple[CauseTotal, ...]:
    """The causes that occur, in the published order."""
    rows = [(cause, attributed[attributed["cause"] == cause.id]) for cause in CAUSES]
    today = stamp(as_of)
    return tuple(
        CauseTotal(
            id=cause.id,
            title=cause.title,
            kind=cause.kind,
            cents=int(found.loc[found["date"] == today, "difference"].sum()),
            subscriptions=int((found["date"] == today).sum()),
            all_months=len(found),
        )
        for cause, found in rows
        if len(found)
    )


def notes(case: Case, as_of: date) -> tuple[str, ...]:
    """What a reader should know beside the numbers."""
    currency = case.keap.currency
    promised = keap_mrr.contracted(case.keap.subscriptions, case.periods, currency, as_of)
    unlinked = int(case.periods["subscription_id"].str.startswith("order-").sum())
    found = [
        f"Contracted MRR of the {promised.subscriptions} subscriptions active in Keap: "
        f"{money(promised.contracted, currency)}; billed by their latest orders: "
        f"{money(promised.billed, currency)} "
        f"({promised.sentence}).",
        _past_due(case, as_of),
    ]
    if str(case.zone) != case.chartmogul.settings.time_zone:
        zones = f"{case.zone} for Keap, {case.chartmogul.settings.time_zone} for ChartMogul"
        found.append(f"Days begin and end in different zones: {zones}.")
    if unlinked:
        found.append(f"{unlinked} orders charge a subscription that Keap does not name.")
    return tuple(found)


def _past_due(case: Case, as_of: date) -> str:
    """Subscriptions that both sides keep although their last period is over."""
    last = case.periods.drop_duplicates("subscription_id", keep="last")
    late = last[(last["covered_until"] <= stamp(as_of)) & last["until"].isna()]
    mrr = money(int(late["mrr"].sum()), case.keap.currency)
    return f"Past due, counted on both sides: {len(late)} subscriptions with {mrr} of MRR."
