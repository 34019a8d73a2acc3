"""In which zone the sender of ChartMogul's lines cuts days, and what Keap's orders give in that zone.

A connector writes a service period from midnight to midnight of the time zone that it is configured with;
that may be another one than Keap's.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import pandas as pd

from reconciliation import keap_mrr
from reconciliation.explain.case import Case
from reconciliation.keap_mrr.lines import day_in
from reconciliation.policy import zone_named

KEYS = ["customer_id", "subscription_id"]
MOST_STARTS = 200  # enough to know a zone by


def sending_zone(case: Case) -> str | None:
    """The zone in which most lines of Keap's orders begin at midnight; None where that is Keap's own, or
    where they begin at no zone's midnight.
    """
    lines = case.chartmogul.lines
    ours = lines["order_id"].isin(case.keap.orders["id"]) & lines["type"].eq("subscription")
    starts = lines.loc[ours, "starts_at"].dropna().drop_duplicates().sort_values()
    starts = starts.iloc[:: len(starts) // MOST_STARTS + 1]
    if starts.empty or _at_midnight(starts, str(case.zone)):
        return None
    likely = ("UTC", case.chartmogul.settings.time_zone, *sorted(available_timezones()))
    return next((name for name in likely if _at_midnight(starts, name)), None)


def mrr_in(case: Case, name: str, differences: pd.DataFrame) -> pd.Series[Any]:
    """Keap's MRR of each difference with days cut in that zone, when ChartMogul's day ends."""
    customers, zone = frozenset(differences["customer_id"]), zone_named(name)
    ends = differences["date"] + pd.Timedelta(days=1)
    account, first = case.chartmogul.settings.time_zone, ends.notna().to_numpy()
    last = ends.dt.tz_localize(account, nonexistent="shift_forward", ambiguous=first)
    rows = differences[KEYS].assign(date=day_in(zone, last - pd.Timedelta(seconds=1)))
    _, there = keap_mrr.figure(case.keap.of_customers(customers), zone, case.policy, case.as_of)
    days = [day.date() for day in sorted(set(rows["date"]))]
    held = keap_mrr.balances(there, days).groupby(["date", *KEYS])["mrr"].sum()
    found = held.reindex(pd.MultiIndex.from_frame(rows[["date", *KEYS]])).fillna(0)
    return pd.Series(found.to_numpy(), index=differences.index)


def _at_midnight(starts: pd.Series[Any], name: str) -> bool:
    """Whether most of them are the first instant of a day there."""
    local = starts.dt.tz_convert(name).dt.tz_localize(None)
    return bool(2 * int(local.eq(day_in(zone_named(name), starts)).sum()) > len(starts))
