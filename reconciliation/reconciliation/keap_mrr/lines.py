"""Subscription lines: which order charges what for which subscription, from when to when, and its MRR."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.frames import KeapFrames
from reconciliation.intervals import count_of, monthly, period_end, unit_of
from reconciliation.keap_mrr.charges import charges
from reconciliation.keap_mrr.links import subscription_of
from reconciliation.keap_mrr.vocabulary import RECURRING

KEPT_OF_ORDERS = ["id", "customer_id", "status", "total", "total_paid", "refund_total", "ordered_at"]
OF_THE_SUBSCRIPTION = ["id", "plan_id", "cycle", "frequency", "start_date"]


def subscription_lines(keap: KeapFrames, zone: ZoneInfo) -> pd.DataFrame:
    """One row per order item that makes or keeps MRR.

    Columns: order_id, item_id, customer_id (the contact that owns the order now), subscription_id,
    ordered_at, starts, ends (days in `zone`, ends exclusive), unit, count, plan_unit, plan_count, quantity,
    gross, reduction, tax, net, mrr (cents), total, total_paid, refund_total, adds_up, known.
    Drafts without payment, free-trial lines and lines without an interval have no row.
    """
    lines = _linked(keap, zone)
    lines = lines[_is_complete(lines)].copy()
    lines["ends"] = period_end(lines["starts"], lines["unit"], lines["count"])
    lines["mrr"] = monthly(lines["net"].astype("Int64"), lines["unit"], lines["count"]).astype("int64")
    return lines.reset_index(drop=True)


def incomplete_orders(keap: KeapFrames, zone: ZoneInfo) -> list[str]:
    """Ids of orders with a subscription line that has no readable interval, no contact or no date."""
    lines = _linked(keap, zone)
    return sorted(set(lines.loc[~_is_complete(lines), "order_id"]))


def trial_starts(keap: KeapFrames, zone: ZoneInfo) -> pd.DataFrame:
    """One row per free-trial line: customer_id, subscription_id, order_id, starts (day in `zone`), gross
    (cents), unit, count.
    """
    lines = _with_subscription(keap, zone)
    columns = ["customer_id", "subscription_id", "order_id", "starts", "gross", "unit", "count"]
    return lines.loc[_is_trial(lines), columns]


def recurring_items(keap: KeapFrames, zone: ZoneInfo) -> pd.DataFrame:
    """One row per recurring order item: order_id, item_id."""
    return _recurring(keap, zone)[["order_id", "item_id"]]


def _linked(keap: KeapFrames, zone: ZoneInfo) -> pd.DataFrame:
    """Recurring lines, each with its subscription and interval, without trials."""
    lines = _with_subscription(keap, zone)
    return lines[~_is_trial(lines)]


def _with_subscription(keap: KeapFrames, zone: ZoneInfo) -> pd.DataFrame:
    lines = _recurring(keap, zone)
    lines["subscription_id"] = subscription_of(lines, keap.subscriptions)
    return _with_interval(lines, keap.subscriptions)


def _is_complete(lines: pd.DataFrame) -> pd.Series[bool]:
    needed = lines[["unit", "count", "customer_id", "starts"]]
    return needed.notna().all(axis=1)


def day_in(zone: ZoneInfo, instants: pd.Series[Any]) -> pd.Series[Any]:
    """The calendar day of each instant in the zone."""
    days: pd.Series[Any] = instants.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    return days


def _recurring(keap: KeapFrames, zone: ZoneInfo) -> pd.DataFrame:
    items = charges(keap).rename(columns={"id": "item_id"})
    recurring = items[items["kind"] == RECURRING]
    orders = keap.orders[KEPT_OF_ORDERS].rename(columns={"id": "order_id"})
    lines = recurring.merge(orders, on="order_id", how="inner")
    draft = lines["status"].eq("DRAFT").fillna(False) & lines["total_paid"].fillna(0).eq(0)
    lines = lines[~draft.astype(bool)].reset_index(drop=True)
    lines["starts"] = day_in(zone, lines["ordered_at"])
    return lines


def _with_interval(lines: pd.DataFrame, subscriptions: pd.DataFrame) -> pd.DataFrame:
    """The subscription's own cycle; the line's embedded plan where the subscription moved to another plan."""
    own = subscriptions[OF_THE_SUBSCRIPTION].rename(columns={"id": "subscription_id", "plan_id": "own_plan"})
    table = lines.merge(own, on="subscription_id", how="left")
    moved = (table["plan_id"].notna() & table["plan_id"].ne(table["own_plan"])).fillna(True)
    own_unit, own_count = unit_of(table["cycle"]), count_of(table["cycle"], table["frequency"])
    table["plan_unit"] = unit_of(table["plan_cycle"])
    table["plan_count"] = count_of(table["plan_cycle"], table["plan_frequency"])
    embedded = moved.astype(bool) | own_unit.isna()
    table["unit"] = own_unit.mask(embedded, table["plan_unit"])
    table["count"] = own_count.mask(embedded, table["plan_count"])
    return table


def _is_trial(lines: pd.DataFrame) -> pd.Series[bool]:
    """Free because of a free-trial discount, or because the subscription has not begun to bill."""
    early = lines["starts"].lt(lines["start_date"]).fillna(False)
    return (lines["net"].eq(0) & (lines["trial"] | early)).astype(bool)
