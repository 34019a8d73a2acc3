"""From two sides as read to the finished audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from reconciliation import chartmogul_mrr, compare, findings, keap_mrr, movements
from reconciliation.checks import inputs_checked
from reconciliation.errors import ReconciliationError
from reconciliation.expected import expected
from reconciliation.explain import RULE, Case, attribute, renamed
from reconciliation.frames import ChartMogulFrames, KeapFrames
from reconciliation.keap_mrr.steps import steps
from reconciliation.policy import Policy, zone_named
from reconciliation.progress import Progress, silent
from reconciliation.report import Reconciliation, TieOut, verdict


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
class Examination:
    """An audit with everything that was computed on the way, for notebooks that look closer.

    `subscriptions`: of `compare.by_subscription`; `attributed`: of `explain.attribute`; `moved`: movements by
    figure, as `movements.typed` gives them.
    """

    case: Case
    balances: Balances
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
    progress: Progress = silent,
) -> Examination:
    """Compares MRR at `as_of` and at the month ends before it, `months` closing days in all.

    Raises ReconciliationError when the two sides cannot be compared at all.
    """
    _comparable(keap, chartmogul, as_of, months)
    case = _case(keap, chartmogul, as_of, policy or Policy(), progress)
    balances = _balances(case, compare.closing_days(as_of, months))
    moved = _moved(case)
    table = compare.by_subscription(balances.keap, balances.chartmogul, balances.expected)
    customers = compare.by_customer(table, case.contacts, case.customers, tolerance or compare.Tolerance())
    attributed = _attributed(case, table, customers)
    checks = inputs_checked(case, balances, moved, as_of)
    names = renamed(moved["keap"], moved["chartmogul"], balances.days)
    wrong = int((attributed["kind"] != RULE).sum()) + sum(each.kind != RULE for each in names)
    report = Reconciliation(
        verdict=verdict(len(attributed) + len(names), wrong, checks, chartmogul.settings.pending),
        tie_out=_tie_out(case, as_of, months),
        totals=findings.totals(compare.by_day(table, balances.days), customers, attributed, chartmogul),
        plans=findings.plans(
            compare.by_plan(balances.keap, balances.chartmogul, balances.expected), case, as_of
        ),
        movements=findings.movements(moved, balances.days),
        renamed=names,
        matches=findings.matches(customers, as_of),
        differences=findings.differences(customers, attributed),
        causes=findings.causes(attributed, as_of),
        checks=checks,
        notes=findings.notes(case, as_of),
    )
    return Examination(case, balances, table, attributed, moved, report)


def _comparable(keap: KeapFrames, chartmogul: ChartMogulFrames, as_of: date, months: int) -> None:
    if months < 1:
        raise ReconciliationError("'months' must be at least 1.")
    if as_of > chartmogul.end:
        raise ReconciliationError(
            f"ChartMogul was read up to {chartmogul.end}, the audit is of {as_of}; read ChartMogul again."
        )
    if keap.currency != chartmogul.settings.currency:
        raise ReconciliationError(
            f"Keap bills in {keap.currency} and ChartMogul reports in {chartmogul.settings.currency}; "
            f"set ChartMogul's account currency to {keap.currency} to compare cent by cent."
        )


def _case(
    keap: KeapFrames, chartmogul: ChartMogulFrames, as_of: date, policy: Policy, progress: Progress
) -> Case:
    zone = policy.zone(keap.time_zone)
    owners = frozenset(keap.orders["customer_id"].dropna())
    lines = keap_mrr.subscription_lines(keap, zone)
    reporting_zone = zone_named(chartmogul.settings.time_zone)
    return Case(
        keap=keap,
        chartmogul=chartmogul,
        policy=policy,
        zone=zone,
        periods=keap_mrr.periods(lines, keap.subscriptions, policy, as_of, zone),
        movements=chartmogul_mrr.movements(chartmogul, owners, reporting_zone),
        contacts=owners | frozenset(keap.contacts["id"]),
        customers=frozenset(chartmogul_mrr.names_of(chartmogul, owners)["customer_id"]),
        expected=expected(keap, policy, max(as_of, chartmogul.end), zone, progress),
    )


def _balances(case: Case, days: Sequence[date]) -> Balances:
    """ChartMogul's and the expected figure from their movements, Keap's from its service periods."""
    sent = case.expected
    return Balances(
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


def _tie_out(case: Case, as_of: date, months: int) -> TieOut:
    settings = case.chartmogul.settings
    handling = settings.invoice_handling
    read = [
        *settings.others,
        ("auto-churn", f"{settings.auto_churn_days} days" if settings.auto_churn_days else "off or unknown"),
        ("invoices make MRR when", handling.create_when if handling else "unknown"),
        ("churn date by", ", then ".join(case.policy.churn_evidence)),
        ("pause after", f"{case.policy.pause_days} days without a period"),
        ("pending in ChartMogul", str(settings.pending)),
        ("failed in ChartMogul", str(settings.failed)),
    ]  # fmt: skip
    return TieOut(
        as_of=as_of,
        months=months,
        currency=case.keap.currency,
        keap_zone=str(case.zone),
        chartmogul_zone=settings.time_zone,
        data_source=settings.data_source_name,
        settings=tuple(read),
        files=(*case.keap.files, *case.chartmogul.files),
    )
