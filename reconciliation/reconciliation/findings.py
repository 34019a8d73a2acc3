"""The audit's tables as report values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from reconciliation import chartmogul_mrr, compare, keap_mrr
from reconciliation.explain import CAUSES, FAULT, RULE, Case
from reconciliation.frames import ChartMogulFrames, rows, stamp
from reconciliation.intervals import phrase
from reconciliation.money import money
from reconciliation.movements import KINDS, by_month
from reconciliation.people import People
from reconciliation.report import (
    AFTER,
    BOTH,
    MAPPING,
    CauseTotal,
    CustomerDifference,
    MonthTotal,
    MovementTotal,
    PlanTotal,
)

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
    return tuple(_month(row, reported.get(row.date.date()), parts, paying) for row in rows(days))


def _month(
    row: Any, reported: int | None, parts: dict[str, pd.Series[int]], paying: dict[str, pd.Series[int]]
) -> MonthTotal:
    rules, faults = (int(parts[kind].get(row.date, 0)) for kind in (RULE, FAULT))
    return MonthTotal(
        day=row.date.date(),
        keap=int(row.keap),
        expected=_known(row.expected),
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


def differences(
    customers: pd.DataFrame, attributed: pd.DataFrame, people: People
) -> tuple[CustomerDifference, ...]:
    """Every customer and closing day that is not equal: latest day first, largest difference first."""
    unequal = customers[customers["match"] != compare.EQUAL]
    since = unequal.groupby("customer_id")["date"].min()
    size = unequal["difference"].abs()
    ordered = unequal.assign(size=size).sort_values(
        ["date", "size", "customer_id"], ascending=[False, False, True]
    )
    reasons: dict[Any, list[Any]] = defaultdict(list)
    for reason in rows(attributed):
        reasons[reason.date, reason.customer_id].append(reason)
    return tuple(
        _difference(row, reasons[row.date, row.customer_id], since[row.customer_id].date(), people)
        for row in rows(ordered)
    )


def _difference(row: Any, reasons: Sequence[Any], since: date, people: People) -> CustomerDifference:
    """The largest part gives the cause; all parts give their evidence."""
    sums: Counter[str | None] = Counter()
    for reason in reasons:
        sums[None if pd.isna(reason.cause) else str(reason.cause)] += int(reason.difference)
    parts = tuple(sorted(sums.items(), key=lambda part: -abs(part[1])))
    faults = sum(abs(int(reason.difference)) for reason in reasons if reason.kind != RULE)
    evidence = tuple(dict.fromkeys(str(each.evidence) for each in reasons if not pd.isna(each.evidence)))
    return CustomerDifference(
        day=row.date.date(),
        customer_id=str(row.customer_id),
        keap=int(row.keap),
        expected=_known(row.expected),
        chartmogul=int(row.chartmogul),
        difference=int(row.difference),
        match=str(row.match),
        name=people.names.get(str(row.customer_id)),
        pages=people.pages_of(str(row.customer_id)),
        cause=parts[0][0] if parts else None,
        parts=parts,
        evidence=evidence,
        where=_where(row),
        since=since,
        faults=faults,
    )


def _where(row: Any) -> str | None:
    """On which side of sending the figures part."""
    if pd.isna(row.expected):
        return None
    mapping, after = row.expected != row.keap, row.expected != row.chartmogul
    if mapping and after:
        return BOTH
    return MAPPING if mapping else AFTER


def _known(cents: Any) -> int | None:
    return None if pd.isna(cents) else int(cents)


def plans(table: pd.DataFrame, case: Case, as_of: date) -> tuple[PlanTotal, ...]:
    """The closing day of the audit by plan, the largest first."""
    today = table[table["date"] == stamp(as_of)]
    names = _product_names(case)
    return tuple(
        PlanTotal(
            plan=row.plan,
            name=_plan_name(row.plan, names),
            keap=int(row.keap),
            expected=_known(row.expected),
            chartmogul=int(row.chartmogul),
            difference=int(row.difference),
        )
        for row in rows(today.sort_values(["keap", "plan"], ascending=[False, True]))
    )


def _product_names(case: Case) -> dict[str, str]:
    products = case.keap.records.get("products", {})
    return {key: str(row.get("product_name") or row.get("name") or key) for key, row in products.items()}


def _plan_name(plan: str, names: dict[str, str]) -> str:
    """`Growth, every 3 months (plan 104)` of the key `12:104:3-month`."""
    parts = plan.split(":")
    count, _, unit = parts[-1].partition("-")
    if len(parts) != 3 or not count.isdigit():
        return plan
    return f"{names.get(parts[0], f'product {parts[0]}')}, {phrase(unit, int(count))} (plan {parts[1]})"


def movements(moved: Mapping[str, pd.DataFrame], days: Sequence[date]) -> tuple[MovementTotal, ...]:
    """Every closing day and type of movement that occurs on any side."""
    sums = {side: by_month(table, days) for side, table in moved.items()}
    return tuple(
        MovementTotal(day, kind, keap, _known(sent), chartmogul, chartmogul - keap)
        for day in days
        for kind in KINDS
        for keap, sent, chartmogul in [_figures(sums, day, kind)]
        if keap or chartmogul or sent
    )


def _figures(sums: Mapping[str, pd.DataFrame], day: date, kind: str) -> tuple[int, int | None, int]:
    cents = {side: int(table[kind][stamp(day)]) for side, table in sums.items()}
    return cents["keap"], cents.get("expected"), cents["chartmogul"]


def causes(attributed: pd.DataFrame, as_of: date) -> tuple[CauseTotal, ...]:
    """The causes that occur, in the published order."""
    by_cause = [(cause, attributed[attributed["cause"] == cause.id]) for cause in CAUSES]
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
        for cause, found in by_cause
        if len(found)
    )


def notes(case: Case, as_of: date) -> tuple[str, ...]:
    """What a reader should know beside the numbers."""
    promised = keap_mrr.contracted(
        case.keap.subscriptions, case.periods, case.keap.currency, as_of, case.digits
    )
    unlinked = int(case.periods["subscription_id"].str.startswith("order-").sum())
    found = [
        f"Contracted MRR of the {promised.subscriptions} subscriptions active in Keap: "
        f"{money(promised.contracted, case.digits)}; billed by their latest orders: "
        f"{money(promised.billed, case.digits)} "
        f"({promised.sentence}).",
        _past_due(case, as_of),
    ]
    if str(case.zone) != case.chartmogul.settings.time_zone:
        zones = f"{case.zone} for Keap, {case.chartmogul.settings.time_zone} for ChartMogul"
        found.append(f"Days begin and end in different zones: {zones}.")
    if case.policy.deletes_orders and case.keap.gone_orders is None:
        found.append("Orders deleted in Keap cannot be told: 'keap.catalog' of the reads is not given.")
    if case.keap.absent:
        found.append(f"Keap's tables have no columns {', '.join(case.keap.absent)}; they count as empty.")
    failed = case.chartmogul.settings.failed
    if failed:
        found.append(f"ChartMogul could not process {failed} records of this data source; it shows which.")
    if unlinked:
        found.append(f"{unlinked} orders charge a subscription that Keap does not name.")
    return tuple(found)


def _past_due(case: Case, as_of: date) -> str:
    """Subscriptions that both sides keep although their last period is over."""
    last = case.periods.drop_duplicates("subscription_id", keep="last")
    late = last[(last["covered_until"] <= stamp(as_of)) & last["until"].isna()]
    mrr = money(int(late["mrr"].sum()), case.digits)
    return f"Past due, counted on both sides: {len(late)} subscriptions with {mrr} of MRR."
