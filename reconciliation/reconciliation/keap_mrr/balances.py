"""Keap's MRR at the end of each of some days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from reconciliation.frames import stamp

BALANCE = ["date", "customer_id", "subscription_id", "mrr", "order_id", "plan_id"]


def balances(table: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """Running subscriptions per day: date, customer_id, subscription_id, mrr (cents), order_id, plan_id.

    `table` is what `periods` gives. A subscription that is free at the moment has a row with zero.
    """
    running = [_at(table, stamp(day)) for day in days]
    return pd.concat(running, ignore_index=True) if running else pd.DataFrame(columns=BALANCE)


def _at(table: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    begun = table["starts"] <= day
    lasting = table["until"].isna() | (table["until"] > day)
    return table[begun & lasting].assign(date=day)[BALANCE]
