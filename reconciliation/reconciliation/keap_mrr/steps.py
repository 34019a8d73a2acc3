"""Keap's MRR as changes: what each order, pause and churn adds to or takes from a subscription's MRR."""

from __future__ import annotations

import pandas as pd

from reconciliation.keap_mrr.periods import RENEWAL

STEP = ["day", "customer_id", "subscription_id", "plan_id", "change", "ended"]
KEYS = ["customer_id", "subscription_id"]


def steps(periods: pd.DataFrame) -> pd.DataFrame:
    """One row per begun or ended period: day, customer_id, subscription_id, plan_id, change (cents), ended.

    `periods` is what `keap_mrr.periods` gives. A renewal at the same amount has a row with zero.
    """
    begun = periods.assign(day=periods["starts"], value=periods["mrr"], ended=False)
    ended = periods[_stops(periods)].assign(value=0, ended=True)
    ended = ended.assign(day=ended["until"])
    columns = ["day", *KEYS, "plan_id", "value", "ended"]
    table = pd.concat([begun[columns], ended[columns]], ignore_index=True)
    table = table.sort_values(["subscription_id", "day", "ended"], ascending=[True, True, False])
    before = table.groupby(KEYS)["value"].shift(1).fillna(0)
    return table.assign(change=(table["value"] - before).astype("int64"))[STEP].reset_index(drop=True)


def _stops(periods: pd.DataFrame) -> pd.Series[bool]:
    """Periods after which this customer has the subscription no longer, or not without a break."""
    following = periods.groupby("subscription_id")["customer_id"].shift(-1)
    handed_over = following.notna() & following.ne(periods["customer_id"])
    ended = periods["ended_by"].notna() & periods["ended_by"].ne(RENEWAL)
    return (periods["until"].notna() & (ended | handed_over)).fillna(False).astype(bool)
