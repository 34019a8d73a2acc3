"""The same subscriptions under several rules for the churn date: MRR, churn, and what a switch would change.

Keap stores no cancellation date, so every vendor and every analyst picks evidence. This shows what each
choice does to the whole history before anybody switches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from reconciliation import keap_mrr, movements
from reconciliation.compare import closing_days
from reconciliation.frames import KeapFrames, stamp
from reconciliation.keap_mrr.ends import churn_dates
from reconciliation.keap_mrr.steps import steps
from reconciliation.money import HUNDREDTHS, exponent
from reconciliation.policy import Policy


@dataclass(frozen=True)
class Rule:
    """A named order of evidence; see `policy.EVIDENCE`."""

    name: str
    evidence: tuple[str, ...]
    says: str


# SaaSync: https://support.saasync.com/article/281-what-are-the-known-limitations-of-the-keap-infusionsoft-integration
# SegMetrics: https://docs.segmetrics.io/article/65-cancellations-in-keap
RULES: tuple[Rule, ...] = (
    Rule(
        "default",
        ("end_date", "paid_through", "next_bill_date"),
        "the end date, else the day up to which the last bill paid, else the next bill date",
    ),
    Rule("SaaSync", ("end_date", "next_bill_date"), "the end date, else the next bill date"),
    Rule(
        "SegMetrics",
        ("end_date", "paid_through"),
        "the end date, else the day up to which the last bill paid",
    ),
    Rule("end date only", ("end_date",), "the end date, else the end of the last billed period"),
    Rule("deactivation", ("deactivation_time",), "the day on which the subscription was last changed"),
    Rule("paid through", ("paid_through",), "the day up to which the last bill paid"),
)


@dataclass(frozen=True)
class UnderRule:
    """Keap's side under one rule. `periods` of `keap_mrr.periods`, `moved` of `movements.typed`."""

    rule: Rule
    periods: pd.DataFrame
    moved: pd.DataFrame
    churned: pd.DataFrame


@dataclass(frozen=True)
class SideBySide:
    """All rules on the same closing days."""

    days: tuple[date, ...]
    currency: str
    digits: int
    rules: tuple[UnderRule, ...]

    def named(self, name: str) -> UnderRule:
        """One of them. Raises KeyError for an unknown name."""
        return {each.rule.name: each for each in self.rules}[name]


def side_by_side(
    keap: KeapFrames,
    as_of: date,
    months: int,
    policy: Policy | None = None,
    rules: Sequence[Rule] = RULES,
) -> SideBySide:
    """Keap's MRR under each rule; everything else of `policy` stays."""
    base = policy or Policy()
    zone = base.zone(keap.time_zone)
    lines = keap_mrr.subscription_lines(keap, zone, base)
    under = []
    for rule in rules:
        chosen = replace(base, churn_evidence=rule.evidence)
        more = {"payments": keap.payments, "plans": keap.plans}
        table = keap_mrr.periods(lines, keap.subscriptions, chosen, as_of, zone, **more)
        dates = churn_dates(keap.subscriptions, chosen, as_of, zone, keap.plans)
        under.append(UnderRule(rule, table, movements.typed(steps(table)), dates))
    digits = HUNDREDTHS if base.hundredths else exponent(keap.currency)
    return SideBySide(tuple(closing_days(as_of, months)), keap.currency, digits, tuple(under))


def mrr(found: SideBySide) -> pd.DataFrame:
    """MRR in cents: one row per closing day, one column per rule."""
    columns = {
        each.rule.name: keap_mrr.balances(each.periods, found.days).groupby("date")["mrr"].sum()
        for each in found.rules
    }
    return _on(found.days, columns)


def churn(found: SideBySide) -> pd.DataFrame:
    """Churned MRR in cents, losses negative: one row per closing day, one column per rule."""
    return pd.DataFrame(
        {each.rule.name: movements.by_month(each.moved, found.days)["churn"] for each in found.rules}
    )


def churn_rate(found: SideBySide) -> pd.DataFrame:
    """Customers lost in the month as a share of the customers at its start, in percent; from the second
    closing day on. Who comes and goes within a month does not count
    (https://help.chartmogul.com/hc/en-us/articles/207340419-Churn-rate-formulas).
    """
    columns = {}
    for each in found.rules:
        held = keap_mrr.balances(each.periods, found.days)
        paying = held[held["mrr"] > 0].groupby("date")["customer_id"].agg(frozenset)
        columns[each.rule.name] = _lost_share([paying.get(stamp(day), frozenset()) for day in found.days])
    return pd.DataFrame(columns, index=pd.DatetimeIndex([stamp(day) for day in found.days], name="date"))


def _lost_share(paying: Sequence[frozenset[str]]) -> list[float | None]:
    shares: list[float | None] = [None]
    for before, after in pairwise(paying):
        shares.append(100 * len(before - after) / len(before) if before else None)
    return shares


def switch(found: SideBySide, now: str, then: str) -> pd.DataFrame:
    """Subscriptions whose end would move: customer_id, subscription_id, mrr (cents), ends_now, ends_then,
    days (positive: later). The largest amounts first.
    """
    table = _ends(found.named(now)).merge(
        _ends(found.named(then)), on=["customer_id", "subscription_id", "mrr"], suffixes=("_now", "_then")
    )
    table = table[table["ends_now"].ne(table["ends_then"])]
    table = table.assign(days=(table["ends_then"] - table["ends_now"]).dt.days)
    return table.sort_values(["mrr", "subscription_id"], ascending=[False, True]).reset_index(drop=True)


def _ends(under: UnderRule) -> pd.DataFrame:
    last = under.periods.drop_duplicates("subscription_id", keep="last")
    ended = last[last["ended_by"].eq("churn").fillna(False).astype(bool)]
    return ended[["customer_id", "subscription_id", "mrr", "until"]].rename(columns={"until": "ends"})


def effect(found: SideBySide, now: str, then: str) -> pd.DataFrame:
    """What the switch does to the history: mrr_now, mrr_then, change (cents) per closing day that changes."""
    both = mrr(found)[[now, then]].set_axis(["mrr_now", "mrr_then"], axis=1)
    both = both.assign(change=both["mrr_then"] - both["mrr_now"])
    return both[both["change"] != 0]


def _on(days: Sequence[date], columns: dict[str, Any]) -> pd.DataFrame:
    index = pd.DatetimeIndex([stamp(day) for day in days], name="date")
    return pd.DataFrame(columns).reindex(index).fillna(0).astype("int64")
