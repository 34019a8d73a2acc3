"""`check` says in plain sentences whether and where it will write, and which settings matter."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from typing import Any

import pytest

from destination_chartmogul.check import check, clocks
from destination_chartmogul.messages import Printer
from destination_chartmogul.metric_settings import of_account, of_source
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.pipe import Json, messages_of, run_write


def run_check(config: Json) -> tuple[str, str, str]:
    """(status, message, all log texts)."""
    out = io.StringIO()
    check(config, Printer(out))
    rows = [json.loads(row) for row in out.getvalue().splitlines()]
    status = rows[-1]["connectionStatus"]
    return (
        status["status"],
        status.get("message", ""),
        " ".join(r["log"]["message"] for r in rows if r["type"] == "LOG"),
    )


def test_a_good_account(chartmogul: Any, config: Json) -> None:
    """Nothing is created by checking."""
    status, _, said = run_check(config)
    assert status == "SUCCEEDED"
    assert "does not exist yet; the first sync creates it" in said
    assert chartmogul.control.dump()["data_sources"] == []
    assert set(writes(chartmogul)) == {"POST /v1/data_sources"}


def test_an_existing_source(small: dict[str, list[Json]], config: Json) -> None:
    """It is named."""
    run_write(config, messages_of({"account": small["account"], "contacts": small["contacts"][:1]}))
    assert "exists and is written to" in run_check(config)[2]


SETTINGS: list[tuple[Json, str]] = [
    ({}, "churn counts from the dates that are sent"),
    ({"churn_recognition": "end_of_service_period"}, "at the end of the last service period"),
    ({"churn_recognition": "at_click"}, "from the event's own date"),
    ({}, "goes to 0 counts as contraction"),
    ({"free_customer_handling": "churn"}, "goes to 0 counts as churn"),
    ({}, "The account does not end subscriptions by itself"),
    ({}, "does not end subscriptions when a bill is missed"),
    ({"auto_churn_days": 30}, "30 days after a bill is missed"),
    ({"auto_churn_days": 30}, "The account ends subscriptions by itself"),
    ({}, "Movements of a customer within one hour are shown as one"),
    ({"smart_classification_minutes": None}, "shown as they happened"),
    ({}, "A first invoice makes MRR when it is issued, paid or not"),
    ({"create_subscription_when_invoice_is": "paid"}, "makes MRR only when it is paid in full"),
    ({}, "A renewal changes MRR when its invoice is issued"),
    ({"update_subscription_when_invoice_is": "partially_paid"}, "only when its invoice is paid in part"),
    ({}, "Voided invoices are left out of MRR"),
    ({"prevent_subscription_for_invoice_voided": False}, "Voided invoices count in MRR"),
    ({"prevent_subscription_for_invoice_written_off": False}, "that were written off count in MRR"),
    ({"prevent_subscription_for_invoice_refunded": True}, "Refunded invoices are left out of MRR"),
    ({"account_currency": "EUR", "time_zone": "Asia/Tokyo"}, "in EUR, in the time zone Asia/Tokyo"),
]


@pytest.fixture
def source(small: dict[str, list[Json]], config: Json) -> None:
    """A data source with one contact."""
    run_write(config, messages_of({"account": small["account"], "contacts": small["contacts"][:1]}))


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(("settings", "sentence"), SETTINGS)
def test_settings_that_change_the_numbers(
    settings: Json, sentence: str, chartmogul: Any, config: Json
) -> None:
    """Each setting has a sentence for what it does, a warning when it is not the usual one."""
    chartmogul.control.settings(settings)
    assert sentence in run_check(config)[2]


def test_settings_that_the_simulator_does_not_have() -> None:
    """Refund handling, and values that are newer than this version."""
    assert dict(of_account({"refund_handling": "refund_ignore"})) == {"INFO": "Refunds do not change MRR."}
    assert (
        "refunded in full loses its MRR" in dict(of_account({"refund_handling": "refund_full_only"}))["WARN"]
    )
    assert "look it up" in dict(of_account({"churn_recognition": "churn_at_noon"}))["WARN"]
    assert list(of_account({"currency": "USD"})) == []


def test_work_in_progress_and_what_failed() -> None:
    """Of the processing status of the data source."""
    said = dict(of_source({"processing_status": {"processed": 5, "pending": 3, "failed": 2}}))
    assert "still processing 3 objects" in said["INFO"]
    assert "could not process 2 objects" in said["WARN"]


def test_access_and_limits(chartmogul: Any, config: Json) -> None:
    """What the key may do, the rate in use, and whether others use the account up."""
    said = run_check(config)[2]
    assert "may read and write" in said
    assert "At most 38 requests a second" in said
    assert "refused" not in said
    chartmogul.control.faults([{"path": "/v1/account", "times": 2, "status": 429, "body": {"error": "slow"}}])
    assert "ChartMogul refused 2 requests of this check for their rate" in run_check(config)[2]
    chartmogul.control.switch("api_key_access", "read_only")
    assert "may not write" in run_check(config)[1]


def test_clocks(chartmogul: Any, config: Json) -> None:
    """A machine that disagrees with ChartMogul by more than a minute is told so."""
    chartmogul.control.clock(now=dt.datetime.now(dt.UTC).isoformat())
    assert "clock agrees with ChartMogul's" in run_check(config)[2]
    chartmogul.control.clock(now=(dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)).isoformat())
    assert re.search(r"clock is [12]:\d\d:\d\d behind ChartMogul's", run_check(config)[2])
    assert "2:00:00 ahead of" in next(clocks(dt.timedelta(hours=2)))[1]


def test_a_zone_of_its_own(config: Json) -> None:
    """Days of Keap and days of ChartMogul's reports differ near midnight."""
    assert "may show on another day" in run_check(config | {"time_zone": "America/Denver"})[2]
    assert "may show on another day" not in run_check(config | {"time_zone": "UTC"})[2]


def test_choices_that_keap_leaves_open(config: Json) -> None:
    """Which evidence ends a subscription, and how plain numbers are read."""
    said = run_check(config)[2]
    assert "has ended on its end_date, else paid_through, else next_bill_date, at 00:00" in said
    assert "The unit of Keap's payments is decided in each run from the orders" in said
    fixed = {"keap_amounts": {"billing_amount_per": "line"}, "churn_date": {"time_of_day": "23:59"}}
    said = run_check(config | fixed)[2]
    assert "subscription prices is line, as keap_amounts says" in said
    assert "at 23:59" in said
    assert "time_of_day has not the form" in run_check(config | {"churn_date": {"time_of_day": "25:00"}})[1]


def test_failures(chartmogul: Any, config: Json) -> None:
    """Wrong key, read-only key, wrong address, misspelt configuration: FAILED with a sentence."""
    assert "does not accept the API key" in run_check(config | {"api_key": "wrong"})[1]
    assert "did not answer" in run_check(config | {"base_url": "http://127.0.0.1:9"})[1]
    assert "did you mean api_key" in run_check({"api_kez": "x"})[1]
    chartmogul.control.faults(
        [{"method": "POST", "path": "/v1/data_sources", "status": 403, "body": {"error": "x"}}]
    )
    assert "may not write" in run_check(config)[1]
