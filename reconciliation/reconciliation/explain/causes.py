"""The published order of causes, and the one loop that applies it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from reconciliation.explain import amounts, ends, lines, presence, scope, timing
from reconciliation.explain.case import Case
from reconciliation.explain.combined import Part, combined
from reconciliation.explain.layered import layered

RULE = "rule"  # both sides are right by their own rule; the difference is known
FAULT = "fault"  # data is missing or wrong; somebody has to mend it

UNEXPLAINED = "unexplained"

Finder = Callable[[Case, pd.DataFrame], "pd.Series[str]"]


@dataclass(frozen=True)
class Cause:
    """One reason. `find` gives the evidence, by index, of the differences that it reproduces."""

    id: str
    title: str
    kind: str
    find: Finder


CAUSES: tuple[Cause, ...] = (
    Cause(
        "C32",
        "A rule of the destination's configuration applies",
        RULE,
        scope.by_rule,
    ),
    Cause("C15", "Invoice unpaid, and the data source waits for payment", RULE, presence.unpaid),
    Cause("C16", "Refunded invoice, and the data source leaves such invoices out", RULE, presence.refunded),
    Cause(
        "C23",
        "Subscription under a customer who does not own it, or under two",
        FAULT,
        presence.two_customers,
    ),
    Cause("C27", "Subscription of another data source of the same customer", RULE, scope.other_source),
    Cause("C13", "ChartMogul's auto-churn ended a subscription without renewal", RULE, ends.auto_churn),
    Cause("C10", "ChartMogul's churn setting: churn at the end of the service period", RULE, ends.setting),
    Cause("C14", "Ended in ChartMogul, then paid late in Keap", FAULT, ends.paid_late),
    Cause("C11", "Keap has no cancellation date; other evidence was used", FAULT, ends.other_evidence),
    Cause("C12", "Pause in Keap's orders, past due and kept in ChartMogul", FAULT, ends.past_due),
    Cause("C18", "Free trial counted at its price", FAULT, scope.trial),
    Cause("C6", "Recurring charge sent as one-time, or the reverse", FAULT, lines.wrong_kind),
    Cause("C30", "A whole plan is missing in ChartMogul", FAULT, scope.left_out),
    Cause("C21", "Days begin at different times on the two sides", RULE, timing.cut_off),
    Cause("C28", "Service period begins on another day in ChartMogul", FAULT, lines.moved_period),
    Cause("C9", "Line is prorated in ChartMogul", FAULT, lines.prorated),
    Cause("C19", "Line is in another currency in ChartMogul", FAULT, lines.currency),
    Cause("C29", "Several years prepaid on the plan of a shorter interval", FAULT, amounts.prepaid),
    Cause("C2", "Plan interval instead of the subscription's real interval", FAULT, amounts.interval),
    Cause("C3", "Another number of weeks or days in a month", RULE, amounts.day_factor),
    Cause("C4", "Tax inside ChartMogul's amount", FAULT, amounts.tax),
    Cause("C5", "Discount not deducted, or deducted twice", FAULT, amounts.discount),
    Cause("C7", "Quantity multiplied again", FAULT, amounts.quantity),
    Cause("C8", "Transaction fee deducted, as the data source is set", RULE, lines.fees),
    Cause("C1", "Price changed, not billed by any order yet", RULE, scope.not_billed),
    Cause("C26", "Line or end made, changed or disabled by hand in ChartMogul", FAULT, lines.edited),
    Cause("C22", "Sync gap: present on one side only", FAULT, presence.one_side_only),
    Cause("C20", "Rounding, at most one cent a subscription", RULE, amounts.rounding),
)
AFTER_COMBINED = "C26"  # several causes together are tried before this one

OF_TIME = ("C10", "C14", "C11", "C12", "C21", "C28", "C22")
OF_EDIT = ("C26",)
OF_AMOUNT = ("C29", "C2", "C3", "C4", "C5", "C7", "C8")

KINDS: dict[str, str] = {cause.id: cause.kind for cause in CAUSES}


def attribute(case: Case, differences: pd.DataFrame) -> pd.DataFrame:
    """Differences (date, customer_id, subscription_id, keap, chartmogul, difference) plus cause, evidence
    and kind. A difference of several causes has one row for each, with its part as `difference`.

    Where nothing explains the difference, cause and evidence are missing and the kind is UNEXPLAINED.
    """
    table = differences[differences["difference"] != 0].reset_index(drop=True)
    table["cause"] = pd.Series(pd.NA, index=table.index, dtype="string")
    table["evidence"] = pd.Series(pd.NA, index=table.index, dtype="string")
    for cause in CAUSES:
        if cause.id == AFTER_COMBINED:
            table = _with_parts(table, combined(case, _unclaimed(table)))
            table = _with_parts(table, _layered(case, _unclaimed(table)))
        unclaimed = _unclaimed(table)
        if unclaimed.empty:
            break
        found = cause.find(case, unclaimed).dropna()
        table.loc[found.index, "cause"] = cause.id
        table.loc[found.index, "evidence"] = found
    return table.assign(kind=table["cause"].map(KINDS).fillna(UNEXPLAINED))


def _layered(case: Case, unclaimed: pd.DataFrame) -> list[Part]:
    of_time, of_amount, of_edit = (
        [(cause.id, cause.find) for cause in CAUSES if cause.id in chosen]
        for chosen in (OF_TIME, OF_AMOUNT, OF_EDIT)
    )
    return layered(case, unclaimed, of_time, of_amount, of_edit)


def _unclaimed(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["cause"].isna()].drop(columns=["cause", "evidence"])


def _with_parts(table: pd.DataFrame, parts: Sequence[Part]) -> pd.DataFrame:
    """Each difference that has parts is replaced by them."""
    if not parts:
        return table
    split = table.loc[[part.row for part in parts]].assign(
        difference=[part.cents for part in parts],
        cause=pd.array([part.cause for part in parts], dtype="string"),
        evidence=pd.array([part.evidence for part in parts], dtype="string"),
    )
    whole = table.drop(index=[part.row for part in parts])
    return pd.concat([whole, split], ignore_index=True)
