"""Causes of scope: what belongs to another data source, another product, or to a trial."""

from __future__ import annotations

import pandas as pd

from reconciliation.explain.case import Case, days, latest_period, nothing, true
from reconciliation.intervals import monthly
from reconciliation.keap_mrr import contracted_mrr
from reconciliation.keap_mrr.units import in_units

FEWEST = 2  # one missing subscription is a gap, not a scope


def other_source(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C27: the subscription belongs to another data source of a customer that has several."""
    own = case.chartmogul.settings.source_uuid
    if own is None:
        return nothing(differences)
    foreign = case.movements[true(case.movements["source_uuid"].ne(own))]
    source = differences["subscription_id"].map(foreign.groupby("subscription_id")["source_uuid"].first())
    source = source.astype("string")
    text = "subscription " + differences["subscription_id"] + " comes from data source " + source
    return text.where(differences["keap"].eq(0) & source.notna())


def by_rule(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C32: a rule of the destination's configuration has a part in the latest order, and ChartMogul has what
    would be sent under it.
    """
    if case.expected is None or case.expected.ruled_orders.empty:
        return nothing(differences)
    rows = latest_period(case, differences)
    labels = case.expected.ruled_orders.set_index("order_id")["label"]
    label = rows["order_id"].map(labels).astype("string")
    text = "order " + rows["order_id"] + " is under " + label + " of the destination's configuration"
    return text.where(label.notna() & true(rows["expected"].eq(rows["chartmogul"])))


def left_out(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C30: ChartMogul has no subscription at all of the plan, of which Keap bills several."""
    rows = latest_period(case, differences)
    held = set(case.movements["subscription_id"])
    if not held:  # nothing at all is there: a sync that did not run, no choice of plans
        return nothing(differences)
    billed = case.periods[case.periods["mrr"] > 0].drop_duplicates("subscription_id")
    plans = billed.assign(held=billed["subscription_id"].isin(held)).groupby("plan_id")["held"]
    counts, any_held = plans.size(), plans.any()
    missing = rows["plan_id"].map(counts).ge(FEWEST) & ~true(rows["plan_id"].map(any_held))
    text = (
        "none of the " + rows["plan_id"].map(counts).astype("Int64").astype("string")
        + " subscriptions of plan " + rows["plan_id"] + " is in ChartMogul"
    )  # fmt: skip
    return text.where(true(missing) & rows["keap"].ne(0) & rows["chartmogul"].eq(0))


def trial(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C18: ChartMogul counts the price of a free trial that Keap has not billed yet."""
    begun = case.lines.trials.drop_duplicates("subscription_id").set_index("subscription_id")
    gross = in_units(begun["gross"], case.keap.currency, case.digits)
    price = monthly(gross, begun["unit"], begun["count"])
    contracted = contracted_mrr(case.keap.subscriptions, case.periods, case.keap.currency, case.digits)
    starts = differences["subscription_id"].map(begun["starts"])
    fits = [
        differences["subscription_id"].map(amount).eq(differences["chartmogul"])
        for amount in (price, contracted)
    ]
    text = (
        "trial of order "
        + differences["subscription_id"].map(begun["order_id"]).astype("string")
        + " since "
        + days(starts)
    )
    paying = case.periods.groupby("subscription_id")["starts"].min()
    before = ~true(differences["subscription_id"].map(paying) <= differences["date"])
    during = true(starts <= differences["date"]) & before & differences["keap"].eq(0)
    return text.where(during & (true(fits[0]) | true(fits[1])))


def not_billed(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C1: ChartMogul has the price that the subscription now says, which no order has billed yet."""
    contracted = contracted_mrr(case.keap.subscriptions, case.periods, case.keap.currency, case.digits)
    promised = differences["subscription_id"].map(contracted)
    rows = latest_period(case, differences)
    text = "subscription " + rows["subscription_id"] + " was changed after order " + rows["order_id"]
    latest = case.periods.groupby("subscription_id")["order_id"].last()
    newest = rows["order_id"].eq(rows["subscription_id"].map(latest))
    return text.where(true(promised.eq(rows["chartmogul"]) & newest) & rows["keap"].ne(0))
