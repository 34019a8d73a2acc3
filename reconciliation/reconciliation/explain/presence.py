"""Causes in which one side lacks a customer, a subscription or an order."""

from __future__ import annotations

import pandas as pd

from reconciliation.explain.case import Case, days, latest_line, latest_period, nothing, true
from reconciliation.explain.ends import PAID_STATES, held_ends, paid_on, with_end
from reconciliation.explain.lines import line_mrr
from reconciliation.frames import InvoiceHandling
from reconciliation.keap_mrr.periods import CHURN

DAY_AND_SUBSCRIPTION = ["date", "subscription_id"]
DIFFERENCE = ["date", "customer_id", "subscription_id", "keap", "chartmogul"]


def unpaid(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C15: the data source makes MRR of paid invoices only. No order of the subscription was paid by the day,
    so that ChartMogul has nothing; or the latest was not, so that it has the amount before.
    """
    rows, handling = latest_period(case, differences), _handling(case)
    paid = paid_on(case)
    first = paid.groupby(case.periods["subscription_id"]).min()
    latest = paid.set_axis(case.periods["order_id"]).groupby(level=0).min()
    found = nothing(rows)
    for state, since, before in (
        (handling.create_when, rows["subscription_id"].map(first), 0),
        (handling.update_when, rows["order_id"].map(latest), rows["mrr_before"]),
    ):
        if state in PAID_STATES:
            text = "order " + rows["order_id"] + " is not paid by the day; the source waits for " + state
            waits = ~true(since <= rows["date"]) & true(rows["chartmogul"].eq(before)) & rows["keap"].ne(0)
            found = found.fillna(text.where(waits))
    return found


def refunded(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C16: the order was refunded whole, and the source leaves refunded invoices out."""
    rows = latest_period(case, differences)
    if not _handling(case).without_refunded:
        return nothing(rows)
    whole = (rows["refund_total"] >= rows["total"]) & (rows["total"] > 0)
    fits = rows["chartmogul"].eq(0) | rows["chartmogul"].eq(rows["mrr_before"])
    return ("order " + rows["order_id"] + " was refunded whole").where(true(whole & fits))


def two_customers(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C23: ChartMogul counts the subscription under a customer that is not its owner in Keap, besides the
    owner or instead.
    """
    rows = latest_period(case, differences)
    named = "subscription " + rows["subscription_id"]
    astray = true(rows["owner"].ne(rows["customer_id"])) & rows["keap"].eq(0)
    found = (named + " belongs to contact " + rows["owner"] + " in Keap").where(astray)
    holders = (
        rows[astray].drop_duplicates(DAY_AND_SUBSCRIPTION).set_index(DAY_AND_SUBSCRIPTION)["customer_id"]
    )
    keys = pd.MultiIndex.from_frame(rows[DAY_AND_SUBSCRIPTION])
    holder = pd.Series(holders.reindex(keys).to_numpy(), index=rows.index, dtype="string")
    return found.fillna(
        (named + " counts under customer " + holder + " in ChartMogul").where(_only_keap(rows))
    )


def one_side_only(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C22: customer, subscription or latest order is known to one side only."""
    rows = latest_period(case, differences)
    found = nothing(rows)
    for evidence in EVIDENCE_OF_A_GAP:
        found = found.fillna(evidence(case, rows))
    return found


def _customer_absent(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    absent = ~rows["customer_id"].isin(case.customers) & rows["chartmogul"].eq(0)
    return ("contact " + rows["customer_id"] + " is no customer in ChartMogul").where(absent)


def _contact_absent(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    absent = ~rows["customer_id"].isin(case.contacts) & rows["keap"].eq(0)
    return ("customer " + rows["customer_id"] + " is no contact in Keap").where(absent)


def _subscription_absent(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    held = set(case.movements["subscription_id"])
    text = "ChartMogul has no movement of subscription " + rows["subscription_id"] + _why(case, rows)
    return text.where(~rows["subscription_id"].isin(held) & _only_keap(rows))


def _subscription_extra(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    billed = set(case.periods["subscription_id"])
    text = "Keap has no billed order of subscription " + rows["subscription_id"]
    return text.where(~rows["subscription_id"].isin(billed) & rows["keap"].eq(0))


def _order_absent(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    """ChartMogul still has the amount of the latest order that came, or none after an end that the order
    takes back. Where its lines do not tell which came: the amount of the order before.
    """
    text = "order " + rows["order_id"] + " of " + days(rows["starts"]) + " has not changed ChartMogul's MRR"
    came = case.periods_by_start["order_id"].isin(case.chartmogul.lines["order_id"])
    unchanged = true(rows["mrr_before"].fillna(0).eq(rows["chartmogul"]))
    if came.any():
        held = latest_period(case, rows[DIFFERENCE], of=came)
        late = ~rows["order_id"].isin(case.chartmogul.lines["order_id"])
        unchanged |= late & (rows["chartmogul"].eq(0) | true(held["mrr"].eq(rows["chartmogul"])))
        text = text + ("; the latest that came is " + held["order_id"]).where(late, "").fillna("")
    return (text + _why(case, rows)).where(unchanged & (rows["keap"] != 0))


def _cancellation_absent(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    """Keap has ended the subscription, ChartMogul never has."""
    ends = with_end(case, rows)["ended_on"]
    text = "ended on " + days(rows["until"]) + " in Keap, never in ChartMogul"
    kept = rows["ended_by"].eq(CHURN) & rows["keap"].eq(0) & rows["chartmogul"].eq(rows["mrr"])
    return text.where(true(kept) & ends.isna())


def _cancellation_kept(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    """An earlier sync ended the subscription, Keap has taken that back."""
    held = held_ends(case, rows[[*DIFFERENCE, "expected"]])
    text = "ended on " + days(held["ended_on"]) + " in ChartMogul by an earlier sync (event " + held["event"]
    stale = held["stopped"] & true(held["ours"]) & held["sent"].isna()
    return (text + "), goes on in Keap").where(stale)


def _order_gone(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    """The line in force is of an order that Keap does not have (any more)."""
    held = latest_line(case, rows[DIFFERENCE])
    foreign = held["line_order"].notna() & ~held["line_order"].isin(set(case.keap.orders["id"]))
    text = "order " + held["line_order"] + " in ChartMogul is not among Keap's orders"
    gives = line_mrr(held).eq(rows["chartmogul"]) & ~true(held["line_by_hand"])
    return text.where(true(foreign & gives))


EVIDENCE_OF_A_GAP = (
    _customer_absent,
    _contact_absent,
    _subscription_absent,
    _subscription_extra,
    _order_absent,
    _cancellation_absent,
    _cancellation_kept,
    _order_gone,
)


def _why(case: Case, rows: pd.DataFrame) -> pd.Series[str]:
    """What is known against the order: the rule by which the destination would reject it, else its sums."""
    why = pd.Series("", index=rows.index, dtype="string")
    why = why.mask(true(~rows["adds_up"].astype("boolean")), "; its lines do not add up to its total")
    why = why.mask(true(~rows["known"].astype("boolean")), "; it has an item of an unknown type")
    if case.expected is None:
        return why
    rejects = case.expected.rejects
    rules = rejects[rejects["stream"] == "orders"].drop_duplicates("key").set_index("key")["rule"]
    rule = rows["order_id"].map(rules).astype("string")
    return why.mask(rule.notna(), "; the destination rejects the order: " + rule)


def _handling(case: Case) -> InvoiceHandling:
    return case.chartmogul.settings.invoice_handling or InvoiceHandling()


def _only_keap(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["chartmogul"].eq(0) & (rows["keap"] != 0)
