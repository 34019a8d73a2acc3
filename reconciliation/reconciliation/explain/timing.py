"""Causes of the calendar: the two sides close their days at different instants."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reconciliation import keap_mrr
from reconciliation.explain.case import Case, days, latest_period, nothing, true
from reconciliation.frames import stamp
from reconciliation.keap_mrr.lines import day_in
from reconciliation.keap_mrr.periods import CHURN
from reconciliation.policy import zone_named

KEYS = ["customer_id", "subscription_id"]


def cut_off(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C21: days begin elsewhere, or an end is due later on the day on which ChartMogul was read."""
    found = zone(case, differences)
    for find in (later_today, as_sent):
        found = found.fillna(find(case, differences))
    return found


def as_sent(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """With days cut where ChartMogul's lines begin, Keap's orders give ChartMogul's amount: a bill late in
    the evening is of the next day there, and may be one for a part of its interval.
    """
    name = case.sending_zone
    if name is None:
        return nothing(differences)
    amount = _mrr_in(case, name, differences)
    text = (
        "subscription " + differences["subscription_id"] + f": ChartMogul's lines begin at midnight in {name}"
    )
    return (text + ", and with such days Keap's orders give ChartMogul's amount").where(
        true(amount.eq(differences["chartmogul"]))
    )


def _mrr_in(case: Case, name: str, differences: pd.DataFrame) -> pd.Series[Any]:
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


def later_today(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """Keap's figure is that of the end of the day; ChartMogul was read before the hour of the end."""
    rows = latest_period(case, differences)
    read_at = case.chartmogul.read_at
    if read_at is None:
        return nothing(rows)
    today, clock = read_at.astimezone(case.zone).date(), read_at.astimezone(case.zone).strftime("%H:%M")
    if clock >= case.policy.churn_time:
        return nothing(rows)
    due = rows["until"].eq(stamp(today)) & rows["date"].eq(stamp(today)) & rows["ended_by"].eq(CHURN)
    text = "ends on " + days(rows["until"]) + f" at {case.policy.churn_time}, ChartMogul was read at {clock}"
    return text.where(true(due) & rows["keap"].eq(0) & true(rows["chartmogul"].eq(rows["mrr"])))


def zone(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """With days cut in Keap's zone, or in UTC, ChartMogul's movements give Keap's amount."""
    found = pd.Series(pd.NA, index=differences.index, dtype="string")
    for name in dict.fromkeys((str(case.zone), "UTC")):
        shifted = case.movements["happened_at"].dt.tz_convert(name).dt.tz_localize(None).dt.normalize()
        moved = case.movements[shifted != case.movements["day"]].assign(shifted=shifted)
        change = _change(moved, differences)
        text = "movement on " + days(differences["date"]) + f" falls on another day in {name}"
        solves = (change != 0) & (differences["chartmogul"] + change == differences["keap"])
        found = found.fillna(text.where(solves))
    return found


def _change(moved: pd.DataFrame, differences: pd.DataFrame) -> pd.Series[int]:
    """What ChartMogul's balance at each closing day gains when movements count on their other day."""
    rows = differences[["date", *KEYS]].reset_index(names="row").merge(moved, on=KEYS)
    gained = rows["movement"].where(rows["shifted"] <= rows["date"], 0)
    lost = rows["movement"].where(rows["day"] <= rows["date"], 0)
    change = (gained - lost).groupby(rows["row"]).sum()
    return change.reindex(differences.index, fill_value=0).astype("int64")
