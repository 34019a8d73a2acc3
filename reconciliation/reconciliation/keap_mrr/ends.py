"""When a subscription ended. Keap stores no cancellation date, so a policy orders the evidence."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.frames import rows, stamp
from reconciliation.intervals import count_of, period_end, unit_of
from reconciliation.keap_mrr.lines import day_in
from reconciliation.keap_mrr.spacing import Interval, later
from reconciliation.policy import Policy


def churn_dates(
    subscriptions: pd.DataFrame,
    policy: Policy,
    as_of: date,
    zone: ZoneInfo,
    plans: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per cancelled subscription: subscription_id, churn_day, churn_by (which evidence gave it),
    changed (the day of its record's last change). `plans` are those that end by themselves.
    """
    planned = subscriptions["end_date"]
    if plans is not None and len(plans):
        planned = planned.fillna(_after_all_cycles(subscriptions, plans))
    active = subscriptions["active"].fillna(False).astype(bool)
    over = active & (planned <= stamp(as_of))
    stopped = subscriptions[~active | over]
    evidence = churn_evidence(stopped, zone)[list(policy.churn_evidence)]
    day = evidence.bfill(axis=1).iloc[:, 0] if len(evidence.columns) else pd.Series(dtype="datetime64[ns]")
    by = evidence.notna().idxmax(axis=1) if len(evidence) else pd.Series(dtype="string")
    table = pd.DataFrame({"subscription_id": stopped["id"], "churn_day": day, "churn_by": by})
    table["churn_by"] = table["churn_by"].astype("string").where(table["churn_day"].notna(), "last period")
    table["churn_day"] = table["churn_day"].mask(over, planned)
    table["churn_by"] = table["churn_by"].mask(over[table.index], "end_date")
    table["changed"] = day_in(zone, stopped["modified_at"])
    return table


def churn_evidence(subscriptions: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """Every date that could be the churn date, one column per evidence name."""
    unit, count = (
        unit_of(subscriptions["cycle"]),
        count_of(subscriptions["cycle"], subscriptions["frequency"]),
    )
    return pd.DataFrame(
        {
            "end_date": subscriptions["end_date"],
            "paid_through": period_end(subscriptions["last_bill_date"], unit, count),
            "next_bill_date": subscriptions["next_bill_date"],
            "deactivation_time": day_in(zone, subscriptions["modified_at"]),
        }
    )


def _after_all_cycles(subscriptions: pd.DataFrame, plans: pd.DataFrame) -> pd.Series[Any]:
    """The last bill day of a subscription to a plan of so many bills, unless its bill days were moved."""
    cycles = subscriptions["plan_id"].map(plans.drop_duplicates("id").set_index("id")["cycles"])
    unit = unit_of(subscriptions["cycle"])
    count = count_of(subscriptions["cycle"], subscriptions["frequency"])
    last = pd.Series(pd.NaT, index=subscriptions.index, dtype="datetime64[ns]")
    finite = cycles.notna() & subscriptions["start_date"].notna() & unit.notna() & count.notna()
    table = subscriptions.assign(cycles=cycles, unit=unit, count=count)[finite]
    for place, row in zip(table.index, rows(table), strict=True):
        interval = Interval(str(row.unit), int(table.loc[place, "count"]))
        due = [pd.Timestamp(later(row.start_date.date(), interval, n)) for n in range(int(row.cycles))]
        if row.next_bill_date in due or row.last_bill_date == due[-1]:
            last[place] = due[-1]
    return last


def last_payments(payments: pd.DataFrame, zone: ZoneInfo) -> pd.Series[Any]:
    """The day of the latest payment by order id; what was given back, or is not settled, is none."""
    given = payments["settled"].fillna(False) & ~payments["refund"].fillna(False)
    table = payments[given.astype(bool) & payments["paid_at"].notna() & payments["order_id"].notna()]
    return day_in(zone, table["paid_at"]).groupby(table["order_id"]).max()
