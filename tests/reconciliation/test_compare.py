"""Closing days, match classes and tolerance."""

from __future__ import annotations

from datetime import date

import pytest

from reconciliation.compare import Tolerance, closing_days
from reconciliation.errors import ReconciliationError
from reconciliation.policy import Policy, from_configuration
from reconciliation.report import AGREES, Reconciliation
from reconciliation.run import reconcile
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, line

AS_OF = date(2026, 3, 31)


def test_closing_days_are_month_ends_and_the_day_itself() -> None:
    """Three closing days in the middle of March: two month ends and today."""
    assert closing_days(date(2026, 3, 17), 3) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 17)]
    assert closing_days(AS_OF, 2) == [date(2026, 2, 28), AS_OF]


def accounts() -> tuple[KeapAccount, ChartMogulAccount]:
    keap, chartmogul = KeapAccount(), ChartMogulAccount()
    for customer, ours, theirs in (("1001", 2000, 2000), ("1002", 2000, 1999), ("1003", 2000, 1500)):
        subscription = "5" + customer
        keap.subscription(subscription, customer)
        keap.order("2" + customer, customer, "2026-03-01", line(subscription, ours))
        chartmogul.moves(customer, subscription, ("2026-03-01", theirs))
    keap.subscription("51004", "1004").order("21004", "1004", "2026-03-01", line("51004", 900))
    return keap, chartmogul.moves("1005", "51005", ("2026-03-01", 800))


def audit(tolerance: Tolerance | None = None) -> Reconciliation:
    keap, chartmogul = accounts()
    return reconcile(keap.frames(), chartmogul.frames([AS_OF]), AS_OF, 1, tolerance=tolerance)


def test_every_customer_has_one_match_class() -> None:
    """The classes of an audit count all customers that have MRR on a side."""
    assert dict(audit(Tolerance(1)).matches) == {
        "equal": 1,
        "within tolerance": 1,
        "different": 1,
        "only in Keap": 1,
        "only in ChartMogul": 1,
    }


def test_nothing_is_tolerated_by_default() -> None:
    """One cent is a difference unless a tolerance is stated."""
    assert dict(audit().matches)["different"] == 2


def test_a_tolerated_difference_is_shown_but_is_no_finding() -> None:
    """Within the tolerance the audit agrees and still lists the customer."""
    keap = KeapAccount().subscription("5001", "1001").order("20001", "1001", "2026-03-01", line("5001", 900))
    chartmogul = ChartMogulAccount().moves("1001", "5001", ("2026-03-01", 901)).frames([AS_OF])
    result = reconcile(keap.frames(), chartmogul, AS_OF, 1, tolerance=Tolerance(1))
    assert result.verdict == AGREES
    assert [row.match for row in result.differences] == ["within tolerance"]


def test_currencies_must_be_the_same() -> None:
    """Cents of two currencies are not compared."""
    keap, chartmogul = accounts()
    with pytest.raises(ReconciliationError, match="Keap bills in USD and ChartMogul reports in EUR"):
        reconcile(keap.frames(), chartmogul.frames([AS_OF], currency="EUR"), AS_OF, 1)


def test_an_audit_needs_a_reading_of_its_day() -> None:
    """ChartMogul read before the day of the audit cannot know that day."""
    keap, chartmogul = accounts()
    with pytest.raises(ReconciliationError, match="read up to 2026-03-31, the audit is of 2026-04-01"):
        reconcile(keap.frames(), chartmogul.frames([AS_OF]), date(2026, 4, 1), 1)


def test_the_policy_is_that_of_the_destination() -> None:
    """The destination's configuration keys are understood; a wrong word gets a sentence."""
    chosen = from_configuration(
        {"churn_date": {"evidence": ["next_bill_date"]}, "pause_days": 3, "api_key": "x"}
    )
    assert chosen == Policy(("next_bill_date",), 3)
    with pytest.raises(ReconciliationError, match="'created' is no churn-date evidence"):
        Policy(("created",))
    with pytest.raises(ReconciliationError, match="not an IANA time zone"):
        Policy(time_zone="Mars/Olympus").zone("UTC")
