"""The published order of causes, and the one loop that applies it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from reconciliation.explain import amounts, ends, presence, timing
from reconciliation.explain.case import Case

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
    Cause("C15", "First invoice unpaid, and the data source waits for payment", RULE, presence.unpaid),
    Cause("C16", "Refunded invoice, and the data source leaves such invoices out", RULE, presence.refunded),
    Cause("C23", "Subscription held by two customers in ChartMogul", FAULT, presence.two_customers),
    Cause("C13", "ChartMogul's auto-churn ended a subscription without renewal", RULE, ends.auto_churn),
    Cause("C10", "ChartMogul's churn setting: churn at the end of the service period", RULE, ends.setting),
    Cause("C11", "Keap has no cancellation date; other evidence was used", FAULT, ends.other_evidence),
    Cause("C12", "Pause in Keap's orders, past due and kept in ChartMogul", FAULT, ends.past_due),
    Cause("C21", "Days begin at different times on the two sides", RULE, timing.zone),
    Cause("C2", "Plan interval instead of the subscription's real interval", FAULT, amounts.interval),
    Cause("C3", "Another number of weeks or days in a month", RULE, amounts.day_factor),
    Cause("C4", "Tax inside ChartMogul's amount", FAULT, amounts.tax),
    Cause("C5", "Discount not deducted, or deducted twice", FAULT, amounts.discount),
    Cause("C7", "Quantity multiplied again", FAULT, amounts.quantity),
    Cause("C22", "Sync gap: present on one side only", FAULT, presence.one_side_only),
    Cause("C20", "Rounding, at most one cent a subscription", RULE, amounts.rounding),
)

KINDS: dict[str, str] = {cause.id: cause.kind for cause in CAUSES}


def attribute(case: Case, differences: pd.DataFrame) -> pd.DataFrame:
    """Differences (date, customer_id, subscription_id, keap, chartmogul, difference) plus cause, evidence
    and kind.

    Where nothing explains the difference, cause and evidence are missing and the kind is UNEXPLAINED.
    """
    table = differences[differences["difference"] != 0].reset_index(drop=True)
    table["cause"] = pd.Series(pd.NA, index=table.index, dtype="string")
    table["evidence"] = pd.Series(pd.NA, index=table.index, dtype="string")
    for cause in CAUSES:
        unclaimed = table[table["cause"].isna()]
        if unclaimed.empty:
            break
        found = cause.find(case, unclaimed.drop(columns=["cause", "evidence"])).dropna()
        table.loc[found.index, "cause"] = cause.id
        table.loc[found.index, "evidence"] = found
    return table.assign(kind=table["cause"].map(KINDS).fillna(UNEXPLAINED))
