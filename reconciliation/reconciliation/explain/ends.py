"""Causes in which one side has ended a subscription and the other has not."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reconciliation.explain.case import Case, days, latest_period, nothing, true
from reconciliation.frames import InvoiceHandling
from reconciliation.keap_mrr.ends import churn_evidence, last_payments
from reconciliation.keap_mrr.lines import day_in
from reconciliation.keap_mrr.periods import CHURN, PAUSE
from reconciliation.policy import zone_named

PAID_STATES = frozenset({"paid", "fully_paid", "partially_paid"})
AT_CANCELLATION = frozenset({"churn_at_time_of_cancelation", "churn_at_time_of_cancellation"})
"""As ChartMogul's own clients spell the setting; every other one is later."""


def setting(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C10: the account recognises churn at the end of the period, which is later than the cancellation."""
    chosen = case.chartmogul.settings.churn_recognition
    if chosen is None or chosen in AT_CANCELLATION:
        return nothing(differences)
    rows = latest_period(case, differences)
    kept = (rows["keap"] == 0) & (rows["chartmogul"] == rows["mrr"]) & (rows["date"] < rows["covered_until"])
    text = "cancelled on " + days(rows["churn_day"]) + ", period of order " + rows["order_id"]
    return (text + " ends on " + days(rows["covered_until"])).where(true(kept) & rows["churn_day"].notna())


def other_evidence(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C11: ChartMogul's end of the subscription is another date that Keap holds for it."""
    rows = with_end(case, latest_period(case, differences))
    evidence = churn_evidence(case.keap.subscriptions, case.zone)
    evidence.index = pd.Index(case.keap.subscriptions["id"])
    found = pd.Series(pd.NA, index=rows.index, dtype="string")
    for name in evidence.columns:
        day = rows["subscription_id"].map(evidence[name])
        text = "churn by " + rows["churn_by"] + " on " + days(rows["churn_day"]) + f", {name} is " + days(day)
        found = found.fillna(text.where(_on(case, day, rows) & true(rows["churn_by"] != name)))
    one_ended = rows["keap"].eq(0) ^ rows["chartmogul"].eq(0)
    return found.where(one_ended & true(rows["mrr"].eq(rows["keap"] + rows["chartmogul"])))


def _on(case: Case, day: pd.Series[pd.Timestamp], rows: pd.DataFrame) -> pd.Series[bool]:
    """Whether ChartMogul's end is of that day, as its account cuts days or as the sender does."""
    sender = case.sending_zone
    there = rows["ended_on"] if sender is None else day_in(zone_named(sender), rows["ended_at"])
    return true(day.eq(rows["ended_on"])) | true(day.eq(there))


def auto_churn(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C13: ChartMogul ended the subscription some days after its last period, by the source's setting; where
    the source waits for payment, after the last one that was paid.
    """
    after, found = case.chartmogul.settings.auto_churn_days, nothing(differences)
    if after is None:
        return found
    for last in (latest_period, *([_latest_paid] if waits_for_payment(case) else [])):
        rows = with_end(case, last(case, differences))
        expected = rows["covered_until"] + pd.Timedelta(days=after)
        ended = rows["ended_on"].eq(expected) & rows["chartmogul"].eq(0) & (rows["keap"] != 0)
        text = "period of order " + rows["order_id"] + " ended on " + days(rows["covered_until"])
        paid = ", the last one paid" if last is _latest_paid else ""
        found = found.fillna((text + f"{paid}, auto-churn after {after} days").where(true(ended)))
    return found


def _latest_paid(case: Case, differences: pd.DataFrame) -> pd.DataFrame:
    """As `case.latest_period`, of the periods that were paid by the day."""
    known = case.periods_by_start.assign(paid_on=paid_on(case)).dropna(subset=["paid_on"])
    known = known.sort_values("paid_on", kind="stable")
    rows = differences.sort_values("date", kind="stable")
    joined = pd.merge_asof(rows, known, left_on="date", right_on="paid_on", by="subscription_id")
    joined.index = rows.index
    return joined.sort_index()


def waits_for_payment(case: Case) -> bool:
    """Whether a renewal counts in ChartMogul only when it is paid."""
    return (case.chartmogul.settings.invoice_handling or InvoiceHandling()).update_when in PAID_STATES


def paid_on(case: Case) -> pd.Series[Any]:
    """The day on which the order of each period was paid whole, not before the period begins."""
    table = case.periods
    paid = table["order_id"].map(last_payments(case.keap.payments, case.zone)).astype(table["starts"].dtype)
    day = pd.concat([paid, table["starts"]], axis=1).max(axis=1)
    return day.where(true(table["total_paid"].fillna(0) >= table["total"].fillna(0)))


def paid_late(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C14: ChartMogul ended the subscription, then an order from before that was paid, and Keap goes on."""
    rows = with_end(case, latest_period(case, differences))
    day = rows["order_id"].map(last_payments(case.keap.payments, case.zone))
    late = true(day > rows["ended_on"]) & true(rows["starts"] <= rows["ended_on"])
    text = "order " + rows["order_id"] + " was paid on " + days(day)
    text = text + ", after ChartMogul ended the subscription on " + days(rows["ended_on"])
    return text.where(late & rows["chartmogul"].eq(0) & rows["keap"].ne(0))


def past_due(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C12: between two periods in Keap's orders, ChartMogul has no cancellation and keeps the last MRR."""
    rows = latest_period(case, differences)
    kept = rows["ended_by"].eq(PAUSE) & rows["keap"].eq(0) & rows["chartmogul"].eq(rows["mrr"])
    text = "no order after " + rows["order_id"] + ", whose period ended on " + days(rows["covered_until"])
    return text.where(true(kept))


def by_hand(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C26: ChartMogul has the latest order and ended the subscription after it, by nothing that would be sent
    and by no earlier sync; or it has the end that would be sent, on another day, or a later one instead.
    """
    rows = held_ends(case, differences)
    ended = (
        "subscription " + rows["subscription_id"] + " ended on " + days(rows["ended_on"]) + " in ChartMogul"
    )
    said = (", event " + rows["event"]).fillna(", without an event") + "; nothing that would be sent ends it"
    kept = rows["keap"].eq(0) & true(rows["chartmogul"].eq(rows["mrr"])) & true(rows["ended_by"].eq(CHURN))
    later = kept & true(rows["ended_on"] > rows["date"]) & rows["sent"].isna() & (case.expected is not None)
    found = (ended + said).where((rows["stopped"] | later) & ~true(rows["ours"]))
    moved = rows["sent"].notna() & rows["sent"].ne(rows["end_day"])
    text = (
        "event " + rows["event"] + " is of " + days(rows["end_day"]) + " in ChartMogul, would be sent as of "
    )
    between = (rows["sent"] <= rows["date"]) ^ (rows["end_day"] <= rows["date"])
    return (text + days(rows["sent"])).where(true(moved & between)).fillna(found)


def held_ends(case: Case, differences: pd.DataFrame) -> pd.DataFrame:
    """The differences with their latest period, `ended_on`, the cancellation that ChartMogul holds (`event`,
    `end_day`, `ours`, and `sent`: the day on which it would be sent, if it would), and `stopped`: ChartMogul
    ended what goes on in Keap and in what would be sent, and has the latest order.
    """
    rows = with_end(case, latest_period(case, differences))
    events = case.chartmogul.events
    events = events[events["type"].eq("subscription_cancelled")].sort_values("effective_at")
    last = events.drop_duplicates("subscription_id", keep="last").set_index("subscription_id")
    zone = zone_named(case.chartmogul.settings.time_zone)
    name = rows["subscription_id"].map(last["external_id"]).astype("string")
    held = rows["order_id"].isin(case.chartmogul.lines["order_id"])
    goes_on = rows["keap"].ne(0) & rows["chartmogul"].eq(0) & rows["expected"].fillna(1).ne(0)
    return rows.assign(
        event=name,
        end_day=day_in(zone, rows["subscription_id"].map(last["effective_at"])),
        ours=rows["subscription_id"].map(last["ours"]),
        sent=name.map(case.expected.ends if case.expected else {}).astype(rows["date"].dtype),
        stopped=held & true(goes_on) & true(rows["ended_on"] <= rows["date"]),
    )


def with_end(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    """`ended_on`: the first day from the latest period's start on which ChartMogul's balance is zero, and
    `ended_at`, the instant.
    """
    table = case.movements
    keys = ["customer_id", "subscription_id"]
    table = table.assign(balance=table.groupby(keys)["movement"].cumsum())
    ended = table[table["balance"] == 0].sort_values("day", kind="stable")
    ended = ended.assign(ended_on=ended["day"], ended_at=ended["happened_at"])
    dated = rows.sort_values("starts", kind="stable")
    dated = dated[dated["starts"].notna()]
    joined = pd.merge_asof(
        dated[["starts", *keys]], ended[["day", "ended_on", "ended_at", *keys]],
        left_on="starts", right_on="day", by=keys, direction="forward",
    )  # fmt: skip
    joined.index = dated.index
    return rows.assign(**{name: joined[name].reindex(rows.index) for name in ("ended_on", "ended_at")})
