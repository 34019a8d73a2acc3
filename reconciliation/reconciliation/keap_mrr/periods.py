"""From when to when each subscription has which MRR: orders follow each other, pauses and churn end them.

A subscription without a renewal and without a cancellation stays as it is (past due), as in ChartMogul.
When a period begins more than `pause_days` after the end of the one before, the time between is a pause.
A subscription that is inactive, or whose end date has passed, ends on its churn date.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.frames import stamp
from reconciliation.intervals import count_of, period_end, unit_of
from reconciliation.keap_mrr.lines import day_in
from reconciliation.policy import Policy

PAUSE = "pause"
CHURN = "churn"
RENEWAL = "renewal"


def periods(
    lines: pd.DataFrame, subscriptions: pd.DataFrame, policy: Policy, as_of: date, zone: ZoneInfo
) -> pd.DataFrame:
    """One row per subscription and order, in time order.

    Columns: subscription_id, order_id, customer_id, starts, ends, mrr, mrr_before (of the period before),
    covered_until, until (exclusive; missing while it lasts), ended_by (renewal, pause, churn), churn_by (the
    evidence), plan_id (`{product}:{plan}:{count}-{unit}`, the key that both systems name plans by), plus the
    line's amounts summed over the order.
    """
    table = _one_per_start(lines)
    subscription = table["subscription_id"]
    table["covered_until"] = table.groupby(subscription)["ends"].cummax()
    table["mrr_before"] = table.groupby(subscription)["mrr"].shift(1).astype("Int64")
    following = table.groupby(subscription)["starts"].shift(-1)
    paused = following > table["covered_until"] + pd.Timedelta(days=policy.pause_days)
    table["until"] = following.mask(paused, table["covered_until"])
    table["ended_by"] = pd.Series(RENEWAL, index=table.index, dtype="string").where(following.notna())
    table["ended_by"] = table["ended_by"].mask(paused, PAUSE)
    table["plan_id"] = _plan_key(table)
    return _with_churn(table, churn_dates(subscriptions, policy, as_of, zone))


def _plan_key(table: pd.DataFrame) -> pd.Series[str]:
    product, plan = (table[name].astype("string").fillna("-") for name in ("product_id", "plan_id"))
    interval = table["count"].astype("Int64").astype("string") + "-" + table["unit"].astype("string")
    return product + ":" + plan + ":" + interval


def _one_per_start(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of one order and subscription together; of two orders on one day the later one counts."""
    keys = ["subscription_id", "order_id"]
    sums = {name: (name, "sum") for name in ("mrr", "net", "gross", "reduction", "tax")}
    firsts = ("customer_id", "ordered_at", "starts", "unit", "count", "plan_unit", "plan_count", "quantity")
    names = ("product_id", "plan_id")
    flags = ("total", "total_paid", "refund_total", "adds_up", "known")
    kept: dict[str, Any] = {name: (name, "first") for name in (*firsts, *names, *flags)}
    table = lines.groupby(keys, as_index=False).agg(ends=("ends", "max"), **sums, **kept)
    table["number"] = pd.to_numeric(table["order_id"], errors="coerce")
    table = table.sort_values(["subscription_id", "starts", "ordered_at", "number"])
    return table.drop_duplicates(["subscription_id", "starts"], keep="last").reset_index(drop=True)


def churn_dates(subscriptions: pd.DataFrame, policy: Policy, as_of: date, zone: ZoneInfo) -> pd.DataFrame:
    """One row per cancelled subscription: subscription_id, churn_day, churn_by (which evidence gave it)."""
    over = subscriptions["end_date"] < stamp(as_of)
    stopped = subscriptions[~subscriptions["active"].fillna(False).astype(bool) | over]
    evidence = churn_evidence(stopped, zone)[list(policy.churn_evidence)]
    day = evidence.bfill(axis=1).iloc[:, 0] if len(evidence.columns) else pd.Series(dtype="datetime64[ns]")
    by = evidence.notna().idxmax(axis=1) if len(evidence) else pd.Series(dtype="string")
    table = pd.DataFrame({"subscription_id": stopped["id"], "churn_day": day, "churn_by": by})
    table["churn_by"] = table["churn_by"].astype("string").where(table["churn_day"].notna(), "last period")
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


def _with_churn(table: pd.DataFrame, churned: pd.DataFrame) -> pd.DataFrame:
    """Ends the last period of each cancelled subscription: on the churn date, or where the period itself ends
    when it starts on or after that date (or when no evidence is present)."""
    table = table.merge(churned, on="subscription_id", how="left")
    last = ~table["subscription_id"].duplicated(keep="last") & table["churn_by"].notna()
    begun = table["starts"] < table["churn_day"]
    table["until"] = table["until"].mask(last, table["churn_day"].where(begun, table["covered_until"]))
    table["ended_by"] = table["ended_by"].mask(last, CHURN)
    return table
