"""From two sides as read to the finished audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from reconciliation import chartmogul_mrr, compare, findings, keap_mrr, movements
from reconciliation.ageing import ages
from reconciliation.checks import comparable, inputs_checked
from reconciliation.expected import expected
from reconciliation.explain import Case, attribute, ended_by, renamed
from reconciliation.frames import ChartMogulFrames, KeapFrames
from reconciliation.history import compare_with_latest, keep
from reconciliation.keap_mrr.steps import steps
from reconciliation.lead_findings import lead_findings
from reconciliation.people import People, people
from reconciliation.policy import Policy, zone_named
from reconciliation.progress import Progress, silent
from reconciliation.report import UNFINISHED, Reconciliation, verdict
from reconciliation.run_record import RunRecord, run_record
from reconciliation.tie_out import tie_out


@dataclass(frozen=True)
class Examination:
    """An audit with everything that was computed on the way, for notebooks that look closer.

    `subscriptions`: of `compare.by_subscription`; `attributed`: of `explain.attribute`; `moved`: movements by
    figure, as `movements.typed` gives them.
    """

    case: Case
    balances: compare.Balances
    subscriptions: pd.DataFrame
    attributed: pd.DataFrame
    moved: Mapping[str, pd.DataFrame]
    report: Reconciliation


def reconcile(
    keap: KeapFrames,
    chartmogul: ChartMogulFrames,
    as_of: date,
    months: int,
    *,
    policy: Policy | None = None,
    tolerance: compare.Tolerance | None = None,
) -> Reconciliation:
    """The report of `examine`."""
    return examine(keap, chartmogul, as_of, months, policy=policy, tolerance=tolerance).report


def examine(
    keap: KeapFrames,
    chartmogul: ChartMogulFrames,
    as_of: date,
    months: int,
    *,
    policy: Policy | None = None,
    tolerance: compare.Tolerance | None = None,
    names: bool = False,
    keap_page: str | None = None,
    progress: Progress = silent,
) -> Examination:
    """Compares MRR at `as_of` and at the month ends before it, `months` closing days in all.

    `names`: whether the report names customers; `keap_page`: address of a contact's page, with {id} in it.
    Raises ReconciliationError when the two sides cannot be compared at all.
    """
    comparable(keap, chartmogul, as_of, months)
    allowed, chosen = tolerance or compare.Tolerance(), policy or Policy()
    held = keap.without_gone_orders() if chosen.deletes_orders else keap
    case = _case(held, chartmogul, as_of, chosen, progress)
    balances = _balances(case, compare.closing_days(as_of, months))
    moved = _moved(case)
    table = compare.by_subscription(balances.keap, balances.chartmogul, balances.expected)
    customers = compare.by_customer(table, case.contacts, case.customers, allowed)
    attributed = _attributed(case, table, customers)
    shown = people(case, named=names, keap_page=keap_page)
    report = _report(case, balances, moved, table, customers, attributed, allowed, shown)
    return Examination(case, balances, table, attributed, moved, report)


def _report(
    case: Case,
    balances: compare.Balances,
    moved: Mapping[str, pd.DataFrame],
    table: pd.DataFrame,
    customers: pd.DataFrame,
    attributed: pd.DataFrame,
    allowed: compare.Tolerance,
    shown: People,
) -> Reconciliation:
    """The findings as values."""
    as_of, chartmogul = balances.days[-1], case.chartmogul
    by_plan = compare.by_plan(balances.keap, balances.chartmogul, balances.expected)
    totals = findings.totals(compare.by_day(table, balances.days), customers, attributed, chartmogul)
    differences = findings.differences(customers, attributed, shown)
    same_zone = str(case.zone) == chartmogul.settings.time_zone
    names = renamed(
        moved["keap"], moved["chartmogul"], balances.days, same_zone=same_zone, ended=ended_by(case)
    )
    checks = inputs_checked(case, balances, moved, as_of)
    material = allowed.materiality_cents
    return Reconciliation(
        verdict=verdict(differences, names, checks, material, chartmogul.settings.pending),
        tie_out=tie_out(case, as_of, len(balances.days), allowed),
        totals=totals,
        plans=findings.plans(by_plan, case, as_of),
        movements=findings.movements(moved, balances.days),
        renamed=names,
        matches=findings.matches(customers, as_of),
        differences=differences,
        causes=findings.causes(attributed, as_of),
        checks=checks,
        notes=findings.notes(case, as_of),
        ages=ages(differences, as_of),
        leads=lead_findings(case, balances.days[0].replace(day=1), as_of),
    )


def with_history(found: Examination, folder: str | Path) -> Examination:
    """The same audit, compared with the latest one kept in the folder, and kept there itself; not while
    ChartMogul has not finished: such amounts are nothing to compare the next with.
    """
    previous = compare_with_latest(_record(found, found.report), folder)
    report = found.report
    if previous is not None:
        aged = ages(report.differences, report.last.day, previous.first_seen)
        report = replace(report, previous=previous, ages=aged)
    if report.verdict != UNFINISHED:
        keep(_record(found, report), folder)
    return replace(found, report=report)


def _record(found: Examination, report: Reconciliation) -> RunRecord:
    return run_record(found.case, found.subscriptions, report.to_dict())


def _case(
    keap: KeapFrames, chartmogul: ChartMogulFrames, as_of: date, policy: Policy, progress: Progress
) -> Case:
    zone = policy.zone(keap.time_zone)
    owners = frozenset(keap.orders["customer_id"].dropna())
    lines, periods = keap_mrr.figure(keap, zone, policy, as_of)
    reporting_zone = zone_named(chartmogul.settings.time_zone)
    return Case(
        keap=keap,
        chartmogul=chartmogul,
        policy=policy,
        zone=zone,
        lines=lines,
        periods=periods,
        movements=chartmogul_mrr.movements(chartmogul, owners, reporting_zone),
        contacts=owners | frozenset(keap.contacts["id"]),
        customers=frozenset(chartmogul_mrr.names_of(chartmogul, owners)["customer_id"]),
        expected=expected(keap, policy, max(as_of, chartmogul.end), zone, progress),
        as_of=as_of,
    )


def _balances(case: Case, days: Sequence[date]) -> compare.Balances:
    """ChartMogul's and the expected figure from their movements, Keap's from its service periods."""
    sent = case.expected
    return compare.Balances(
        days=tuple(days),
        keap=keap_mrr.balances(case.periods, days),
        chartmogul=movements.balances(case.movements, days),
        expected=None
        if sent is None
        else movements.balances(sent.steps.rename(columns={"change": "movement"}), days),
    )


def _moved(case: Case) -> dict[str, pd.DataFrame]:
    """Movements by figure."""
    moved = {"keap": movements.typed(steps(case.periods))}
    if case.expected is not None:
        moved["expected"] = movements.typed(case.expected.steps)
    return moved | {"chartmogul": case.movements[movements.COLUMNS]}


def _attributed(case: Case, table: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """The causes of the differences of customers whose totals differ by more than the tolerance."""
    fine = customers["match"].isin([compare.EQUAL, compare.WITHIN])
    return attribute(case, table.merge(customers.loc[~fine, compare.CUSTOMER], on=compare.CUSTOMER))
