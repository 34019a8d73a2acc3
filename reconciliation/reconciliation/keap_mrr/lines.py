"""Subscription lines: which order charges what for which subscription, from when to when, and its MRR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.frames import KeapFrames, rows
from reconciliation.intervals import TOO_LATE, count_of, monthly, unit_of
from reconciliation.keap_mrr.charges import charges
from reconciliation.keap_mrr.contracted import whole_price
from reconciliation.keap_mrr.links import is_made_up, subscription_of
from reconciliation.keap_mrr.proration import projected
from reconciliation.keap_mrr.spacing import Interval
from reconciliation.keap_mrr.terms import with_terms
from reconciliation.keap_mrr.units import in_hundredths
from reconciliation.keap_mrr.vocabulary import RECURRING, VOID
from reconciliation.policy import Policy

AT_ONCE = pd.Timedelta(minutes=15)
"""From an order to its payment, where the card was charged when it was placed."""
KEPT_OF_ORDERS = ["id", "customer_id", "status", "total", "total_paid", "refund_total", "refund_status"]
KEPT_OF_ORDERS += ["ordered_at"]
TRIAL = ["customer_id", "subscription_id", "order_id", "starts", "gross", "unit", "count"]
OF_THE_SUBSCRIPTION = ["id", "plan_id", "cycle", "frequency", "start_date", "next_bill_date", "modified_at"]


@dataclass(frozen=True)
class Lines:
    """The recurring order items of an account, in days of one zone.

    `billed`: of `subscription_lines`. `trials`: free-trial lines with customer_id, subscription_id, order_id,
    starts, gross (cents), unit, count. `unreadable`: ids of orders with a line that has no readable interval,
    no contact or no date, or charges less than nothing. `items`: ids of all recurring items, by order:
    order_id, item_id.
    """

    billed: pd.DataFrame
    trials: pd.DataFrame
    unreadable: tuple[str, ...]
    items: pd.DataFrame


def read_lines(keap: KeapFrames, zone: ZoneInfo, policy: Policy | None = None) -> Lines:
    """Every recurring item once: billed, a trial, or unreadable."""
    chosen = policy or Policy()
    linked = _with_subscription(keap, zone, chosen)
    trial = _is_trial(linked)
    price = whole_price(keap.subscriptions, linked[~trial], keap.currency, chosen)
    billed = with_terms(linked[~trial], price.to_dict())
    complete = _is_complete(billed)
    unreadable = billed.loc[~complete, "order_id"]
    return Lines(
        billed=_billed(billed[complete], zone),
        trials=linked.loc[trial, TRIAL],
        unreadable=tuple(sorted(set(unreadable))),
        items=linked[["order_id", "item_id"]],
    )


def subscription_lines(keap: KeapFrames, zone: ZoneInfo, policy: Policy | None = None) -> pd.DataFrame:
    """One row per order item that makes or keeps MRR.

    Columns: order_id, item_id, customer_id (the contact that owns the order now), subscription_id,
    ordered_at, starts, ends (days in `zone`, ends exclusive), unit, count, plan_unit, plan_count, quantity,
    gross, reduction, tax, net, mrr (cents), total, total_paid, refund_total, adds_up, known, part (the bill
    is for a part of the interval, and adds to MRR or replaces it), void (written off: it makes no MRR).
    Drafts without payment, free-trial lines, failed first payments and lines without an interval have no row.
    """
    return read_lines(keap, zone, policy).billed


def _billed(lines: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    lines = lines.copy()
    lines["mrr"] = monthly(lines["sent"].astype("Int64"), lines["unit"], lines["count"]).astype("int64")
    parts = lines[lines["part"].notna()]
    amounts = [_of_part(line, zone) for line in rows(parts[["unit", "count", "sent", "starts", "ends"]])]
    lines.loc[parts.index, "mrr"] = pd.Series(amounts, index=parts.index, dtype="int64")
    status = lines["refund_status"].str.upper().str.replace(" ", "_")
    lines["void"] = status.isin(VOID).astype(bool)
    return lines.reset_index(drop=True)


def _of_part(line: Any, zone: ZoneInfo) -> int:
    interval = Interval(str(line.unit), int(line[1]))  # a tuple's own `count` is a method
    return projected(int(line.sent), line.starts.date(), line.ends.date(), interval, zone)


def _with_subscription(keap: KeapFrames, zone: ZoneInfo, policy: Policy) -> pd.DataFrame:
    lines = _recurring(keap, zone, policy)
    late = lines["net"].gt(0) & _is_late(lines, keap.payments, zone)
    lines["subscription_id"] = subscription_of(lines, keap.subscriptions, late)
    return _with_interval(lines[~_never_began(lines, keap.payments)], keap.subscriptions, zone)


def _never_began(lines: pd.DataFrame, payments: pd.DataFrame) -> pd.Series[bool]:
    """A charge that no subscription fits and nothing was paid for: since 2021 a failed first payment leaves
    an order without a subscription (https://help.keap.com/help/failed-recurring-billing).
    """
    return (is_made_up(lines) & lines["net"].gt(0) & _is_unpaid(lines, payments)).astype(bool)


def _is_unpaid(lines: pd.DataFrame, payments: pd.DataFrame) -> pd.Series[bool]:
    """Nothing was paid for the order; a payment that is pending is none yet."""
    unpaid = lines["total_paid"].eq(0).fillna(False) & lines["status"].ne("PAID").fillna(True)
    settled = payments.loc[payments["settled"].fillna(False).astype(bool), "order_id"]
    return (unpaid & ~lines["order_id"].isin(set(settled.dropna()))).astype(bool)


def _is_late(lines: pd.DataFrame, payments: pd.DataFrame, zone: ZoneInfo) -> pd.Series[bool]:
    """Nothing was paid for the order at once, as after a first payment that failed: within minutes, or on its
    day where it has no time of day.
    """
    settled = payments[payments["settled"].fillna(False).astype(bool)]
    paid_at = lines["order_id"].map(settled.groupby("order_id")["paid_at"].min())
    local = lines["ordered_at"].dt.tz_convert(zone).dt.tz_localize(None)
    by_day = day_in(zone, paid_at).gt(lines["starts"])
    late = paid_at.sub(lines["ordered_at"]).gt(AT_ONCE).mask(local.eq(local.dt.normalize()), by_day)
    return (late | paid_at.isna() & _is_unpaid(lines, payments)).astype(bool)


def _is_complete(lines: pd.DataFrame) -> pd.Series[bool]:
    needed = lines[["unit", "count", "customer_id", "starts"]]
    return needed.notna().all(axis=1) & ((lines["net"] >= 0) | lines["part"].notna())


def day_in(zone: ZoneInfo, instants: pd.Series[Any]) -> pd.Series[Any]:
    """The calendar day of each instant in the zone."""
    days: pd.Series[Any] = instants.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    return days


def _recurring(keap: KeapFrames, zone: ZoneInfo, policy: Policy) -> pd.DataFrame:
    items = charges(keap).rename(columns={"id": "item_id"})
    items["sent"] = in_hundredths(items, keap.currency) if policy.hundredths else items["net"]
    recurring = items[items["kind"] == RECURRING]
    orders = keap.orders[KEPT_OF_ORDERS].rename(columns={"id": "order_id"})
    lines = recurring.merge(orders, on="order_id", how="inner")
    draft = lines["status"].eq("DRAFT").fillna(False) & lines["total_paid"].fillna(0).eq(0)
    lines = lines[~draft.astype(bool)].reset_index(drop=True)
    starts = day_in(zone, lines["ordered_at"])
    lines["starts"] = starts.where(starts < TOO_LATE)
    return lines


def _with_interval(lines: pd.DataFrame, subscriptions: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """The subscription's own cycle; the line's embedded plan where the subscription moved to another plan."""
    own = subscriptions[OF_THE_SUBSCRIPTION].rename(columns={"id": "subscription_id", "plan_id": "own_plan"})
    own["changed_on"] = day_in(zone, own.pop("modified_at"))
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
