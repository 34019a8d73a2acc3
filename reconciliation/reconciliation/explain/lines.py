"""Causes that show in ChartMogul's own invoice lines: kind, fees, proration, currency, edits, periods."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reconciliation.explain import ends
from reconciliation.explain.case import (
    Case,
    amount,
    days,
    held_lines,
    latest_line,
    latest_period,
    nothing,
    true,
)
from reconciliation.intervals import divide_half_away, monthly, step

LEFT_OUT = ("void", "voided", "written_off")
INTERVAL = r":(\d+)-(day|month|year)$"


def edited(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C26: somebody made, switched off or changed a line in ChartMogul, or ended a subscription there."""
    found = nothing(differences)
    for find in (_by_hand, _changed, _left_out, ends.by_hand):
        found = found.fillna(find(case, differences))
    return found


def _by_hand(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    rows = latest_line(case, differences)
    by_hand = true(rows["line_by_hand"]) & line_mrr(rows).eq(rows["chartmogul"]).fillna(False)
    text = "order " + rows["line_order"] + ": line " + rows["line_item"] + " was made by hand in ChartMogul"
    lines = case.chartmogul.lines
    off = lines[true(lines["disabled"])].groupby("subscription_id")["item_id"].first()
    disabled = "line " + rows["subscription_id"].map(off).astype("string") + " is disabled in ChartMogul"
    return text.where(by_hand).fillna(disabled)


def _left_out(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """The invoice of the latest order was voided, or written off, in ChartMogul and not in Keap."""
    rows, lines = latest_period(case, differences), case.chartmogul.lines
    status = lines[lines["status"].isin(LEFT_OUT)].drop_duplicates("order_id").set_index("order_id")["status"]
    state = rows["order_id"].map(status).astype("string")
    without = rows["chartmogul"].eq(0) | true(rows["chartmogul"].eq(rows["mrr_before"]))
    return ("the invoice of order " + rows["order_id"] + " is " + state + " in ChartMogul").where(
        rows["keap"].ne(0) & without
    )


def _changed(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """The line in force is not the one that would be sent, and gives ChartMogul's amount."""
    if case.expected is None:
        return nothing(differences)
    rows = latest_line(case, differences)
    sent = case.expected.lines.drop_duplicates("item_id").set_index("item_id")
    fields = {"line_amount": "amount", "line_tax": "tax", "line_plan": "plan_id"}
    found = nothing(rows)
    gives = true(line_mrr(rows).eq(rows["chartmogul"])) & rows["chartmogul"].ne(rows["keap"])
    for held, name in fields.items():
        wanted = rows["line_item"].map(sent[name])
        is_, was = (
            each.astype("string") if name == "plan_id" else amount(case, each)
            for each in (rows[held], wanted)
        )
        text = (
            "order " + rows["line_order"] + f": {name} is " + is_ + " in ChartMogul, would be sent as " + was
        )
        found = found.fillna(text.where(gives & wanted.notna() & true(rows[held].ne(wanted))))
    return found


def wrong_kind(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C6: a recurring charge is a one-time line in ChartMogul, or a one-time sale a subscription line."""
    rows = latest_period(case, differences)
    lines = case.chartmogul.lines
    once = set(lines.loc[lines["type"].eq("one_time"), "item_id"])
    items = case.lines.items
    sent_once = set(items.loc[items["item_id"].isin(once), "order_id"])
    without = rows["chartmogul"].eq(0) | rows["chartmogul"].eq(rows["mrr_before"])
    lost = rows["order_id"].isin(sent_once) & true(without)
    text = "order " + rows["order_id"] + " is a one-time line in ChartMogul"
    held = latest_line(case, differences)
    known = set(case.keap.items["id"]) - set(items["item_id"])
    gained = held["line_item"].isin(known) & held["keap"].eq(0) & true(line_mrr(held).eq(held["chartmogul"]))
    gain = "order " + held["line_order"] + " is a one-time sale in Keap, a subscription line in ChartMogul"
    return text.where(true(lost & rows["keap"].ne(0))).fillna(gain.where(gained))


def fees(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C8: ChartMogul's amount is Keap's, which the line has too, less the transaction fee of the line."""
    rows = latest_line(case, differences)
    unit, count = _interval(rows)
    fee = rows["line_fees"].fillna(0)
    other = monthly(rows["line_amount"] - rows["line_tax"].fillna(0) - fee, unit, count)
    text = "order " + rows["line_order"] + " has a transaction fee of " + amount(case, fee)
    whole = true(line_mrr(rows).eq(rows["keap"])) & rows["keap"].ne(0)
    return text.where(true(other.eq(rows["chartmogul"])) & true(fee > 0) & whole)


def prorated(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C9: the line in force is prorated. What would be sent has ChartMogul's amount too, or the line's amount
    spread over its own time gives it, alone or on top of what Keap bills or billed before
    (https://dev.chartmogul.com/docs/how-mrr-is-calculated-from-prorated-invoices).
    """
    rows = latest_line(case, differences)
    before = latest_period(case, differences)["mrr_before"].fillna(0)
    gives = true(rows["expected"].eq(rows["chartmogul"]))
    share = _prorated_mrr(rows)
    for base in (0, rows["keap"], before):
        gives |= true((share + base).eq(rows["chartmogul"]))
    text = (
        "order " + rows["line_order"] + " is prorated in ChartMogul from " + days(rows["line_day"])
        + " to " + days(rows["line_until"])
    )  # fmt: skip
    return text.where(gives & true(rows["line_prorated"]))


def _prorated_mrr(rows: pd.DataFrame) -> pd.Series[Any]:
    """By the second: the interval that ends where the period ends, over the period."""
    unit, count = _interval(rows)
    net = rows["line_amount"] - rows["line_tax"].fillna(0)
    ends: Any = rows["line_ends_at"]
    begins = pd.Series(pd.NaT, index=rows.index, dtype=ends.dtype)
    for name, size in pd.DataFrame({"unit": unit, "count": count}).dropna().drop_duplicates().to_numpy():
        same = true(unit.eq(name) & count.eq(size))
        begins[same] = ends[same] - step(str(name), int(size))
    full = (ends - begins).dt.total_seconds().astype("Int64")
    part = (ends - rows["line_starts_at"]).dt.total_seconds().astype("Int64")
    share = unit.map({"day": 487, "month": 1, "year": 1}).astype("Int64")
    parts = unit.map({"day": 16, "month": 1, "year": 12}).astype("Int64")
    return divide_half_away(net * share * full, (parts * count * part).where(part > 0))


def currency(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C19: the line in force is in another currency than Keap bills in, so a rate decides its amount."""
    rows = latest_line(case, differences)
    other = true(rows["line_currency"].ne(case.keap.currency)) & rows["line_currency"].notna()
    text = "order " + rows["line_order"] + " is in " + rows["line_currency"] + " in ChartMogul"
    return text.where(other & rows["keap"].ne(0) & rows["chartmogul"].ne(0))


def moved_period(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C28: the service period of the latest order begins on another day in ChartMogul than in Keap."""
    rows = latest_period(case, differences)
    held = held_lines(case).drop_duplicates("line_order").set_index("line_order")["line_day"]
    begins = rows["order_id"].map(held)
    waits = true(begins > rows["date"]) & rows["chartmogul"].eq(rows["mrr_before"].fillna(0))
    text = (
        "order "
        + rows["order_id"]
        + " of "
        + days(rows["starts"])
        + " counts from "
        + days(begins)
        + " in ChartMogul"
    )
    early = latest_line(case, differences)
    billed = case.periods.drop_duplicates("order_id").set_index("order_id")["starts"]
    later = early["line_order"].map(billed)
    ahead = true(later > early["date"]) & true(line_mrr(early).eq(early["chartmogul"]))
    soon = (
        "order " + early["line_order"] + " of " + days(later) + " counts from " + days(early["line_day"])
        + " in ChartMogul"
    )  # fmt: skip
    return text.where(waits & rows["keap"].ne(0)).fillna(soon.where(ahead))


def line_mrr(rows: pd.DataFrame) -> pd.Series[Any]:
    """MRR of the line in force, by the interval in its plan's identity; missing for plans of other makers."""
    unit, count = _interval(rows)
    return monthly(rows["line_amount"] - rows["line_tax"].fillna(0), unit, count)


def _interval(rows: pd.DataFrame) -> tuple[pd.Series[Any], pd.Series[Any]]:
    parts = rows["line_plan"].astype("string").str.extract(INTERVAL)
    return parts[1].astype("string"), pd.to_numeric(parts[0]).astype("Int64")
