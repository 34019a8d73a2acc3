"""Leads and trials: the five lead and conversion charts, from Keap and from ChartMogul.

Definitions (https://help.chartmogul.com/hc/en-us/articles/210547889 and 115000825949-Chart-Leads, with the
pages beside them): leads and free trials count customers by the month of that date; non-trial leads are the
leads who never began a trial; trial-to-paid is the share of a month's trials that pay by now; the sales cycle
is the mean number of days from lead to first payment, by the month of that payment. The funnel, which is
ours, follows each month's leads to a trial and to a payment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.chartmogul_mrr import names_of
from reconciliation.explain.case import Case
from reconciliation.keap_mrr.lines import day_in
from reconciliation.keap_mrr.vocabulary import CHARGES, ITEM_KINDS, RECURRING
from reconciliation.leads import CREATED, NEVER, TRIAL, LeadPolicy, customers_of, lead_moments
from reconciliation.ruled import contacts_table

DATES = ["customer_id", "lead", "trial", "paid"]


@dataclass(frozen=True)
class Dates:
    """customer_id, lead, trial, paid (days) of everybody, as each system has them. `merged`: contacts that
    are gone from Keap and one customer with another in ChartMogul, so that they stand on neither side.
    `elsewhere`: contacts who pay in another data source of ChartMogul; what happened there earlier counts for
    Keap as well, which cannot know of it.
    """

    keap: pd.DataFrame
    chartmogul: pd.DataFrame
    merged: frozenset[str]
    elsewhere: frozenset[str] = frozenset()


def dates(case: Case) -> Dates:
    """From both systems."""
    keap, chartmogul, merged = keap_dates(case), chartmogul_dates(case), _merged(case)
    elsewhere = _elsewhere(case) & set(keap["customer_id"])
    there = keap[["customer_id"]].merge(chartmogul, on="customer_id", how="left").set_axis(keap.index)
    for name in DATES[1:]:
        earlier = pd.concat([keap[name], there[name]], axis=1).min(axis=1)
        keap[name] = keap[name].mask(keap["customer_id"].isin(elsewhere), earlier)
    return Dates(keap[~keap["customer_id"].isin(merged)], chartmogul, merged, frozenset(elsewhere))


def _elsewhere(case: Case) -> set[str]:
    """Customers whose first movement is of another data source, merged with a contact by a user or by the
    destination's `billing_elsewhere`.
    """
    held, own = case.chartmogul, case.chartmogul.settings.source_uuid
    first = held.activities.sort_values("happened_at", kind="stable").drop_duplicates("customer_uuid")
    foreign = first[first["source_uuid"].notna() & first["source_uuid"].ne(own or "")] if own else first[:0]
    named = names_of(held, frozenset(case.keap.orders["customer_id"].dropna()))
    return set(named.loc[named["uuid"].isin(foreign["customer_uuid"]), "customer_id"].dropna())


def _merged(case: Case) -> frozenset[str]:
    """A merge in Keap takes a contact away without a word: what is left is that it owns nothing any more, and
    that ChartMogul knows it as another name of a customer who is a contact.
    """
    keap, customers = case.keap, case.chartmogul.customers
    owners = frozenset(keap.orders["customer_id"].dropna())
    chosen = names_of(case.chartmogul, owners)["customer_id"]
    others = set(customers["external_id"].dropna()) - set(chosen)
    survivors = customers.loc[customers["external_id"].isin(keap.contacts["id"]), "uuid"]
    others &= set(customers.loc[customers["uuid"].isin(survivors), "external_id"])
    return frozenset(others - owners - set(keap.subscriptions["customer_id"]))


def keap_dates(case: Case) -> pd.DataFrame:
    """One row per contact that becomes a customer: customer_id, lead and trial (by the policy), paid (first
    service period with an amount); days in Keap's zone. Contacts that the destination's rules have a part in
    are as they would be sent.
    """
    keap, policy, ruled = case.keap, case.policy.leads, _ruled(case)
    tried = _instead(case.lines.trials.groupby("customer_id")["starts"].min(), ruled, "trial")
    paying = case.periods[case.periods["mrr"] > 0].groupby("customer_id")["starts"].min()
    billed = (_billed(case) - set(ruled.index)) | set(ruled.index[ruled["billed"]])
    away = set(ruled.index[~ruled["home"]]) - billed - set(tried.index)
    customers = sorted(customers_of(keap, policy, billed, tried.index) - away)
    table = pd.DataFrame({"customer_id": pd.Series(customers, dtype="string")})
    created, lead = (
        table["customer_id"].map(_days(case, lead_moments(keap, by)))
        for by in (replace(policy, created_at=CREATED), policy)
    )
    trial = _trials(policy, table["customer_id"].map(tried), created)
    table["lead"] = table["customer_id"].map(ruled["lead_set"]).fillna(lead)
    table["trial"] = table["customer_id"].map(ruled["trial_set"]).fillna(trial)
    table["paid"] = table["customer_id"].map(_instead(paying, ruled, "paid"))
    return table[DATES]


def _ruled(case: Case) -> pd.DataFrame:
    """By contact that rules have a part in: home, billed; paid, trial, lead_set, trial_set as days."""
    table = case.expected.ruled_contacts if case.expected else contacts_table({})
    return table.assign(**{name: _days(case, table[name]) for name in ("trial", "lead_set", "trial_set")})


def _instead(found: pd.Series[Any], ruled: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Days by contact; of those under rules the ones of that column."""
    chosen: pd.Series[Any] = pd.concat([found[~found.index.isin(ruled.index)], ruled[name].dropna()])
    return chosen


def _billed(case: Case) -> set[str]:
    """Owners of orders with more than a free trial; unpaid drafts are no bills."""
    orders, items = case.keap.orders, case.keap.items
    draft = orders["status"].str.upper().eq("DRAFT") & ~orders["total_paid"].gt(0).fillna(False)
    known = orders[~draft.fillna(False).astype(bool)]
    charged = items[items["type"].map(ITEM_KINDS).isin(CHARGES - {RECURRING})]
    bills = set(charged["order_id"]) | set(case.lines.billed["order_id"])
    return set(known.loc[known["id"].isin(bills), "customer_id"].dropna())


def _days(case: Case, moments: pd.Series[Any]) -> pd.Series[Any]:
    """Moments by contact as days in Keap's zone."""
    return day_in(case.zone, pd.Series(pd.to_datetime(moments, utc=True)).dt.as_unit("ns"))


def _trials(policy: LeadPolicy, tried: pd.Series[Any], created: pd.Series[Any]) -> pd.Series[Any]:
    days = {TRIAL: tried, CREATED: created.where(tried.notna()), NEVER: tried.mask(tried.notna())}
    return days[policy.trial_started_at]


def chartmogul_dates(case: Case) -> pd.DataFrame:
    """The same of ChartMogul's customers, by the names that Keap knows; days in ChartMogul's zone."""
    zone = ZoneInfo(case.chartmogul.settings.time_zone)
    owners = frozenset(case.keap.orders["customer_id"].dropna())
    named = names_of(case.chartmogul, owners)[["uuid", "customer_id"]]
    held = case.chartmogul.customers.drop_duplicates("uuid").merge(named, on="uuid")
    days = {new: day_in(zone, held[old]) for new, old in (("lead", "lead_at"), ("trial", "trial_at"))}
    table = pd.DataFrame({"customer_id": held["customer_id"], **days, "paid": day_in(zone, held["since"])})
    return table[DATES]


def leads(dates: pd.DataFrame) -> pd.Series[Any]:
    """Leads by month."""
    return _counted(dates["lead"])


def trials(dates: pd.DataFrame) -> pd.Series[Any]:
    """Free trials by month."""
    return _counted(dates["trial"])


def non_trial_leads(dates: pd.DataFrame) -> pd.Series[Any]:
    """Leads by month who never began a trial."""
    return _counted(dates.loc[dates["trial"].isna(), "lead"])


def conversion(dates: pd.DataFrame) -> pd.Series[Any]:
    """Percent of the trials begun in a month that pay by now."""
    begun = dates.dropna(subset=["trial"])
    return 100 * begun["paid"].notna().groupby(_month(begun["trial"])).mean()


def sales_cycle(dates: pd.DataFrame) -> pd.Series[Any]:
    """Mean days from lead to first payment, by the month of that payment."""
    both = dates.dropna(subset=["lead", "paid"])
    return (both["paid"] - both["lead"]).dt.days.groupby(_month(both["paid"])).mean()


def funnel(dates: pd.DataFrame) -> pd.DataFrame:
    """Each month's leads: how many began a trial, how many pay by now."""
    known = dates.dropna(subset=["lead"])
    stages = {"leads": known["lead"], "trials": known["trial"], "paying": known["paid"]}
    return (
        pd.DataFrame({name: day.notna() for name, day in stages.items()}).groupby(_month(known["lead"])).sum()
    )


CHARTS: Mapping[str, Callable[[pd.DataFrame], pd.Series[Any]]] = {
    "leads": leads,
    "free trials": trials,
    "non-trial leads": non_trial_leads,
    "trial-to-paid conversion, percent": conversion,
    "average sales cycle, days": sales_cycle,
    "leads of the month that pay by now": lambda dates: funnel(dates)["paying"],
}
RATIOS = frozenset({"trial-to-paid conversion, percent", "average sales cycle, days"})


def both(sides: Dates, chart: str) -> pd.DataFrame:
    """One of CHARTS from both systems: one row per month, columns Keap and ChartMogul. A ratio of nothing is
    missing.
    """
    figure = CHARTS[chart]
    table = pd.DataFrame({"Keap": figure(sides.keap), "ChartMogul": figure(sides.chartmogul)})
    whole = pd.period_range(table.index.min(), table.index.max(), freq="M") if len(table) else table.index
    table = table.reindex(whole)
    return table if chart in RATIOS else table.fillna(0).astype("int64")


def differences(sides: Dates) -> pd.DataFrame:
    """Customers whose dates differ: customer_id, which date, keap, chartmogul (days)."""
    pairs = sides.keap.merge(
        sides.chartmogul, on="customer_id", how="outer", suffixes=("_keap", "_chartmogul")
    )
    dated = [
        pairs.assign(date=name, keap=pairs[f"{name}_keap"], chartmogul=pairs[f"{name}_chartmogul"])
        for name in ("lead", "trial", "paid")
    ]
    table = pd.concat(dated)[["customer_id", "date", "keap", "chartmogul"]]
    same = table["keap"].eq(table["chartmogul"]) | (table["keap"].isna() & table["chartmogul"].isna())
    return table[~same].sort_values(["customer_id", "date"]).reset_index(drop=True)


def invented_trials(sides: Dates, off: int = 0) -> int:
    """How many trials in ChartMogul Keap does not bear out, when every trial there begins on the day of the
    lead: the mark of a sender that writes the contact's creation date as trial date. Else zero. `off`: by how
    many days the same trial may differ.
    """
    pairs = sides.chartmogul.merge(
        sides.keap[["customer_id", "trial"]], on="customer_id", how="left", suffixes=("", "_keap")
    )
    trials = pairs.dropna(subset=["trial"])
    if not trials["trial"].eq(trials["lead"]).all():
        return 0
    known = (trials["trial"] - trials["trial_keap"]).abs() <= pd.Timedelta(days=off)
    return int((~known).sum())


def _counted(days: pd.Series[Any]) -> pd.Series[Any]:
    known = days.dropna()
    return known.groupby(_month(known)).size()


def _month(days: pd.Series[Any]) -> pd.Series[Any]:
    months: pd.Series[Any] = days.dt.to_period("M")
    return months
