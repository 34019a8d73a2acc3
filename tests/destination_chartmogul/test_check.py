"""`check` says in plain sentences whether and where it will write, and which settings matter."""

from __future__ import annotations

import io
import json
from typing import Any

from destination_chartmogul.check import check
from destination_chartmogul.messages import Printer
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


def test_settings_that_change_the_numbers(
    chartmogul: Any, config: Json, small: dict[str, list[Json]]
) -> None:
    """Churn recognition, automatic churn, and what an unpaid invoice does."""
    run_write(config, messages_of({"account": small["account"], "contacts": small["contacts"][:1]}))
    chartmogul.control.settings(
        {
            "churn_recognition": "end_of_service_period",
            "auto_churn_days": 30,
            "create_subscription_when_invoice_is": "paid",
        }
    )
    said = run_check(config)[2]
    assert "at the end of the last service period" in said
    assert "30 days after a bill is missed" in said
    assert "only when it is paid" in said


def test_choices_that_keap_leaves_open(config: Json) -> None:
    """Which evidence ends a subscription, and how plain numbers are read."""
    said = run_check(config)[2]
    assert "has ended on its end_date, else paid_through, else next_bill_date, at 00:00" in said
    assert "The unit of Keap's payments is decided in each run from the orders" in said
    fixed = {"keap_amounts": {"billing_amount_per": "line"}, "churn_date": {"time_of_day": "23:59"}}
    said = run_check(config | fixed)[2]
    assert "subscription prices is line, as keap_amounts says" in said
    assert "at 23:59" in said
    assert "time_of_day must have the form" in run_check(config | {"churn_date": {"time_of_day": "25:00"}})[1]


def test_failures(chartmogul: Any, config: Json) -> None:
    """Wrong key, read-only key, wrong address, misspelt configuration: FAILED with a sentence."""
    assert "does not accept the API key" in run_check(config | {"api_key": "wrong"})[1]
    assert "did not answer" in run_check(config | {"base_url": "http://127.0.0.1:9"})[1]
    assert "did you mean api_key" in run_check({"api_kez": "x"})[1]
    chartmogul.control.faults(
        [{"method": "POST", "path": "/v1/data_sources", "status": 403, "body": {"error": "x"}}]
    )
    assert "may not write" in run_check(config)[1]
