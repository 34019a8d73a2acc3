"""Rules for the churn date side by side, and what a switch would change."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from reconciliation import charts, churn_rules
from reconciliation.churn_rules import RULES, SideBySide
from tests.reconciliation.accounts import KeapAccount, line

AS_OF = date(2026, 4, 30)
MONTHS = 4

# Billed until 10 February, stopped on 20 February, without an end date.
STOPPED = {
    "active": False,
    "last_bill_date": "2026-02-10",
    "next_bill_date": "2026-04-05",
    "modified_at": "2026-02-20T20:00:00Z",
}
ENDS = {
    "default": "2026-03-10",
    "SaaSync": "2026-04-05",
    "SegMetrics": "2026-03-10",
    "end date only": "2026-03-10",
    "deactivation": "2026-02-20",
    "paid through": "2026-03-10",
}


@pytest.fixture(scope="module")
def found() -> SideBySide:
    keap = KeapAccount().subscription("5001", "1001", **STOPPED).subscription("5002", "1002")
    keap.renewals(20001, "1001", ["2026-01-10", "2026-02-10"], line("5001", 2000))
    keap.renewals(30001, "1002", [f"2026-{month:02}-12" for month in (1, 2, 3, 4)], line("5002", 3000))
    return churn_rules.side_by_side(keap.frames(), AS_OF, MONTHS)


def test_every_rule_ends_a_subscription_on_its_own_day(found: SideBySide) -> None:
    """Each takes the first evidence that it knows."""
    assert ENDS.keys() == {rule.name for rule in RULES}
    ends = {each.rule.name: str(each.churned["churn_day"].iloc[0])[:10] for each in found.rules}
    assert ends == ENDS | {"end date only": "NaT"}


def test_mrr_under_each_rule(found: SideBySide) -> None:
    """At month ends: gone at the end of February, of March, or of April."""
    table = churn_rules.mrr(found)
    assert table["deactivation"].tolist() == [5000, 3000, 3000, 3000]
    assert table["default"].tolist() == [5000, 5000, 3000, 3000]
    assert table["SaaSync"].tolist() == [5000, 5000, 5000, 3000]


def test_churn_under_each_rule(found: SideBySide) -> None:
    """The same loss in three different months, in money and as a share of the customers."""
    table = churn_rules.churn(found)
    assert table["deactivation"].tolist() == [0, -2000, 0, 0]
    assert table["SaaSync"].tolist() == [0, 0, 0, -2000]
    rate = churn_rules.churn_rate(found)["default"]
    assert pd.isna(rate.iloc[0])
    assert rate.iloc[1:].tolist() == [0, 50, 0]


def test_a_switch_is_shown_before_it_is_made(found: SideBySide) -> None:
    """Which subscriptions would end on another day, and which closing days would be restated."""
    moved = churn_rules.switch(found, "default", "SaaSync")
    assert moved[["subscription_id", "mrr", "days"]].to_numpy().tolist() == [["5001", 2000, 26]]
    effect = churn_rules.effect(found, "default", "SaaSync")
    assert [(str(day)[:10], change) for day, change in effect["change"].items()] == [("2026-03-31", 2000)]
    assert churn_rules.switch(found, "default", "SegMetrics").empty


def test_the_pictures_say_every_figure(found: SideBySide) -> None:
    """One tip per closing day with the figure of each rule."""
    drawn = charts.mrr_under_rules(found)
    assert len(drawn.tips) == MONTHS
    assert "default 50.00" in drawn.tips[1]
    assert "deactivation 30.00" in drawn.tips[1]
    assert "deactivation -20.00" in charts.churn_under_rules(found).tips[1]
    assert drawn.svg().count('class="legend"') == len(RULES)
