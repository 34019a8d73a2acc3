"""What a cause may look at when it tries to explain a difference."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.expected import Expected
from reconciliation.frames import ChartMogulFrames, KeapFrames
from reconciliation.policy import Policy


@dataclass(frozen=True)
class Case:
    """Both sides as read, and what was computed of them.

    `periods`: of `keap_mrr.periods`; `movements`: of `chartmogul_mrr.movements`, in ChartMogul's zone;
    `expected`: what would be sent, where Keap's own records are at hand.
    """

    keap: KeapFrames
    chartmogul: ChartMogulFrames
    policy: Policy
    zone: ZoneInfo
    periods: pd.DataFrame
    movements: pd.DataFrame
    contacts: frozenset[str]
    customers: frozenset[str]
    expected: Expected | None


def latest_period(case: Case, differences: pd.DataFrame) -> pd.DataFrame:
    """Each difference with the subscription's latest begun period in Keap, also when that has ended."""
    rows = differences.sort_values("date", kind="stable")
    known = case.periods.sort_values("starts", kind="stable").rename(columns={"customer_id": "owner"})
    joined = pd.merge_asof(rows, known, left_on="date", right_on="starts", by="subscription_id")
    joined.index = rows.index
    return joined.sort_index()


def claim(rows: pd.DataFrame, evidence: pd.Series[str]) -> pd.Series[str]:
    """The evidence per claimed difference, by the difference's index."""
    return pd.Series(evidence, index=rows.index, dtype="string")


def days(column: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Days as text."""
    return column.dt.strftime("%Y-%m-%d")
