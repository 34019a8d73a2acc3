"""The five lead and conversion charts, by ChartMogul's definitions."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests

from tests.contract.chartmogul.examples import Account
from tests.simulators import Server
from tests.simulators.chartmogul.metrics.conversion import Days, Doubts, entries
from tests.simulators.chartmogul.metrics.periods import periods

Json = Any
FIRST, LAST = "2026-01-01", "2026-03-31"
FIGURES = (
    "leads",
    "free-trials",
    "non-trial-leads",
    "trial-to-paid-conversion-rate",
    "average-sales-cycle-length",
)


@pytest.fixture
def account(server: Server) -> Iterator[Account]:
    """An empty account that reports in Denver."""
    with Account(server) as one:
        server.control.settings({"time_zone": "America/Denver"})
        yield one


def put(account: Account, external_id: str, paid: str = "", **dates: str) -> None:
    """A customer with dates, who pays ten a month from `paid` on."""
    source = {"data_source_uuid": account.source}
    customer = account.call("POST", "/customers", source | {"external_id": external_id, **dates})
    if paid:
        bill(account, customer["uuid"], external_id, "subscription", paid)


def bill(account: Account, customer: str, name: str, kind: str, start: str, currency: str = "USD") -> None:
    """An invoice of one line, of the type `kind`, for the rest of the year."""
    plans = account.call("GET", "/plans")["plans"]
    if not plans:
        plan = {"name": "m", "external_id": "m", "interval_count": 1, "interval_unit": "month"}
        plans = [account.call("POST", "/plans", {"data_source_uuid": account.source} | plan)]
    line = {
        "type": kind,
        "subscription_external_id": name,
        "plan_uuid": plans[0]["uuid"],
        "service_period_start": start,
        "service_period_end": "2026-12-31",
        "amount_in_cents": 1000 if kind == "subscription" else 0,
    }
    invoice = {"external_id": name, "date": start, "currency": currency, "line_items": [line]}
    account.call("POST", f"/import/customers/{customer}/invoices", {"invoices": [invoice]})


def chart(account: Account, name: str, interval: str = "month") -> list[Json]:
    return [each[name] for each in account.server.control.lead_charts(FIRST, LAST, interval)]


def test_the_five_charts_of_three_months(account: Account) -> None:
    """One who tries and pays, one who tries in vain, one who pays at once, one who never does, and a lead
    without a date, whom no chart counts.
    """
    put(account, "a", "2026-02-10", lead_created_at="2026-01-05", free_trial_started_at="2026-01-11")
    put(account, "b", lead_created_at="2026-01-20", free_trial_started_at="2026-01-21")
    put(account, "c", "2026-02-20", lead_created_at="2026-02-18")
    put(account, "d", lead_created_at="2026-02-28")
    put(account, "e", "2026-03-03")
    found = {name: chart(account, name) for name in FIGURES}
    assert found == {
        "leads": [2, 2, 0],
        "free-trials": [2, 0, 0],
        "non-trial-leads": [0, 2, 0],
        "trial-to-paid-conversion-rate": [50.0, None, None],
        "average-sales-cycle-length": [None, 19.0, None],
    }


def test_days_are_the_accounts(account: Account) -> None:
    """Six in the morning in London on the first is still the month before in Denver."""
    put(account, "a", lead_created_at="2026-02-01T06:00:00Z")
    assert chart(account, "leads") == [1, 0, 0]
    account.server.control.settings({"time_zone": "Europe/London"})
    assert chart(account, "leads") == [0, 1, 0]


def test_the_first_of_several_trial_lines_dates_the_trial(account: Account) -> None:
    """One of an invoice that ChartMogul could not take counts for nothing."""
    source = {"data_source_uuid": account.source}
    customer = account.call("POST", "/customers", source | {"external_id": "a"})["uuid"]
    bill(account, customer, "bad", "trial", "2026-01-05", currency="XXQ")
    bill(account, customer, "second", "trial", "2026-03-05")
    bill(account, customer, "first", "trial", "2026-02-05")
    assert chart(account, "free-trials") == [0, 1, 0]


def test_the_conversion_of_a_month_rises_later(account: Account) -> None:
    """It is a cohort of trials, which changes with hindsight; the sales cycle stands at the payment."""
    put(account, "a", lead_created_at="2026-01-05", free_trial_started_at="2026-01-11")
    assert chart(account, "trial-to-paid-conversion-rate") == [0.0, None, None]
    put(account, "b", "2026-03-15", lead_created_at="2026-01-05", free_trial_started_at="2026-01-11")
    assert chart(account, "trial-to-paid-conversion-rate") == [50.0, None, None]
    assert chart(account, "average-sales-cycle-length") == [None, None, 69.0]


@pytest.mark.parametrize("interval", ["day", "week", "quarter", "year"])
def test_intervals_cover_every_lead_once(account: Account, interval: str) -> None:
    """However the time is cut."""
    for day in range(1, 29, 9):
        put(account, f"l{day}", lead_created_at=f"2026-02-{day:02}T12:00:00Z")
    assert sum(chart(account, "leads", interval)) == 4


def test_a_lapsed_subscriber_stays_converted() -> None:
    """What counts is that somebody became a subscriber, not that they still are."""
    gone = Days(date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 9))
    row = entries([gone], periods(date(2026, 1, 1), date(2026, 1, 31), "month"), Doubts())[0]
    assert [row[name] for name in FIGURES] == [1, 1, 0, 100.0, 8.0]


@pytest.mark.parametrize(
    "query", ["", "start-date=x&end-date=2026-01-01", "start-date=2026-02-01&end-date=2026-01-01"]
)
def test_a_bad_question_is_refused(account: Account, query: str) -> None:
    """In plain words."""
    answer = requests.get(f"{account.server.url}/_control/lead_charts?{query}", timeout=10)
    assert (answer.status_code, "error" in answer.json()) == (422, True)
