"""A subscription that was cancelled and made anew: another of the same contact takes its place.

Keap links the two by nothing, so nearness in time decides, within the policy's window.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from reconciliation.frames import rows


def replaced(table: pd.DataFrame, window_days: int) -> dict[str, pd.Timestamp]:
    """When the successor of a subscription begins, by the ended subscription's id.

    `table`: customer_id, subscription_id, starts, active (the record goes on), until, changed; the last row
    of each subscription is its last period. A successor begins up to the window after the end, or in the
    last period when the old one was stopped that near to it. Each replaces one only, the nearest first.
    """
    if not window_days:
        return {}
    found: dict[str, pd.Timestamp] = {}
    window = pd.Timedelta(days=window_days)
    for _, own in table.groupby("customer_id"):
        starts = own.groupby("subscription_id")["starts"].min()
        begins = {str(key): day for key, day in starts.items()}
        taken: set[str] = set()
        for end in _ends(own):
            near = [
                (abs(day - end.until), len(key), key)
                for key, day in begins.items()
                if key not in taken | {end.subscription_id} and _follows(end, day, window)
            ]
            if near:
                best = min(near)[2]
                taken.add(best)
                found[end.subscription_id] = begins[best]
    return found


def _ends(table: pd.DataFrame) -> Iterator[Any]:
    """The last periods of subscriptions that have ended after their last bill, earliest end first."""
    last = table.drop_duplicates("subscription_id", keep="last")
    over = last["churn_by"].notna() & last["active"].ne(True) & (last["starts"] < last["until"])
    length = last["subscription_id"].str.len()
    ended = last[over.fillna(False).astype(bool)].assign(length=length)
    yield from rows(ended.sort_values(["until", "length", "subscription_id"]))


def _follows(end: Any, day: pd.Timestamp, window: pd.Timedelta) -> bool:
    if not end.starts < day <= end.until + window:
        return False
    return bool(day >= end.until or (not pd.isna(end.changed) and abs(end.changed - day) <= window))
