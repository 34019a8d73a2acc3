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

from reconciliation.keap_mrr.ends import churn_dates, last_payments
from reconciliation.keap_mrr.proration import ADDS
from reconciliation.keap_mrr.replacements import replaced
from reconciliation.policy import Policy

PAUSE = "pause"
CHURN = "churn"
RENEWAL = "renewal"


def periods(
    lines: pd.DataFrame,
    subscriptions: pd.DataFrame,
    policy: Policy,
    as_of: date,
    zone: ZoneInfo,
    *,
    payments: pd.DataFrame | None = None,
    plans: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per subscription and order, in time order.

    Columns: subscription_id, order_id, customer_id, starts, ends, mrr, mrr_before (of the period before),
    covered_until, until (exclusive; missing while it lasts), ended_by (renewal, pause, churn), churn_by (the
    evidence), plan_id (`{product}:{plan}:{count}-{unit}`, the key that both systems name plans by), plus the
    line's amounts summed over the order. `payments` and `plans`: of the account, for late payments and plans
    that end by themselves.
    """
    table = _one_per_start(_with_values(_by_order(lines), policy))
    subscription = table["subscription_id"]
    table["mrr_before"] = table.groupby(subscription)["mrr"].shift(1).astype("Int64")
    following = table.groupby(subscription)["starts"].shift(-1)
    stays = table.groupby(subscription)["customer_id"].shift(-1).eq(table["customer_id"])
    gap = following - table["covered_until"] > pd.Timedelta(days=policy.pause_days)
    paused = (gap & stays).fillna(False).astype(bool)
    table["until"] = following.mask(paused, table["covered_until"])
    table["ended_by"] = pd.Series(RENEWAL, index=table.index, dtype="string").where(following.notna())
    table["ended_by"] = table["ended_by"].mask(paused, PAUSE)
    table["plan_id"] = _plan_key(table)
    paid = pd.Series(dtype="datetime64[ns]") if payments is None else last_payments(payments, zone)
    table["paid_on"] = table["order_id"].map(paid).astype("datetime64[ns]")
    churned = churn_dates(subscriptions, policy, as_of, zone, plans)
    table = _with_churn(table, pd.concat([churned, _not_in_keap(table, subscriptions)]))
    return _with_replacements(table, subscriptions, policy)


def _plan_key(table: pd.DataFrame) -> pd.Series[str]:
    product, plan = (table[name].astype("string").fillna("-") for name in ("product_id", "plan_id"))
    interval = table["count"].astype("Int64").astype("string") + "-" + table["unit"].astype("string")
    return product + ":" + plan + ":" + interval


def _by_order(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of one order and subscription together, in order of time."""
    keys = ["subscription_id", "order_id"]
    lines = lines.assign(adds=lines["part"].eq(ADDS).fillna(False).astype(bool))
    sums = {name: (name, "sum") for name in ("mrr", "net", "gross", "reduction", "tax")}
    firsts = ("customer_id", "ordered_at", "starts", "unit", "count", "plan_unit", "plan_count", "quantity")
    names = ("product_id", "plan_id", "void")
    flags = ("total", "total_paid", "refund_total", "adds_up", "known")
    kept: dict[str, Any] = {name: (name, "first") for name in (*firsts, *names, *flags)}
    table = lines.groupby(keys, as_index=False).agg(
        ends=("ends", "max"), adds=("adds", "all"), **sums, **kept
    )
    table["number"] = pd.to_numeric(table["order_id"], errors="coerce")
    table = table.sort_values(["subscription_id", "starts", "ordered_at", "number"])
    return table.reset_index(drop=True)


def _with_values(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """`mrr` as it stands after each order: some add to what stands, one that was written off changes nothing,
    and after a pause, or for a customer to whom it moved, nothing stands. `covered_until`: what the bills of
    the customer so far cover.
    """
    subscription = table["subscription_id"]
    held = table.groupby(["subscription_id", "customer_id"])
    table["covered_until"] = held["ends"].cummax()
    anew = table["starts"] - held["covered_until"].shift(1) > pd.Timedelta(days=policy.pause_days)
    another = table["customer_id"].ne(table.groupby("subscription_id")["customer_id"].shift(1)).fillna(True)
    fresh = ~(table["adds"] | table["void"]) | anew | another
    run = fresh.fillna(False).astype("int64").cumsum()
    table["mrr"] = table["mrr"].mask(table["void"], 0).groupby([subscription, run]).cumsum()
    return table


def _one_per_start(table: pd.DataFrame) -> pd.DataFrame:
    """Of two orders on one day what stands after the later one counts."""
    return table.drop_duplicates(["subscription_id", "starts"], keep="last").reset_index(drop=True)


def _not_in_keap(table: pd.DataFrame, subscriptions: pd.DataFrame) -> pd.DataFrame:
    """Subscriptions that Keap does not have end with their last period: no other bill can follow."""
    named = table["subscription_id"].drop_duplicates()
    gone = named[~named.isin(subscriptions["id"])]
    return pd.DataFrame({"subscription_id": gone, "churn_by": "last period"}).astype("string")


def _with_churn(table: pd.DataFrame, churned: pd.DataFrame) -> pd.DataFrame:
    """Ends the last period of each cancelled subscription: on the churn date, or at the end of the last
    period that begins, or was paid, on or after that date (or of the last one, when no evidence is present).
    """
    table = table.merge(churned, on="subscription_id", how="left")
    last = ~table["subscription_id"].duplicated(keep="last") & table["churn_by"].notna()
    owed = (table["starts"] >= table["churn_day"]) | (table["paid_on"] >= table["churn_day"])
    until = table["ends"].where(owed).groupby(table["subscription_id"]).transform("max")
    end = pd.concat([until, table["churn_day"]], axis=1).max(axis=1).fillna(table["covered_until"])
    table["until"] = table["until"].mask(last, end)
    table["ended_by"] = table["ended_by"].mask(last, CHURN)
    return table.drop(columns="paid_on")


def _with_replacements(table: pd.DataFrame, subscriptions: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """A subscription that another one replaces ends when that begins."""
    active = table["subscription_id"].map(subscriptions.set_index("id")["active"])
    begins = replaced(table.assign(active=active), policy.replacement_window_days)
    last = ~table["subscription_id"].duplicated(keep="last")
    successor = table["subscription_id"].map(begins).astype("datetime64[ns]")
    table["until"] = successor.where(last & successor.notna(), table["until"])
    return table.drop(columns="changed")
