"""MRR of line items, by ChartMogul's rules and its published examples."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul.mapping.objects import Interval
from destination_chartmogul.mrr import Cancellation, RecurringLine, line_mrr, mrr_at

MONTH, YEAR = Interval(1, "month"), Interval(1, "year")
EXAMPLES = Path(__file__).parents[3] / "shared" / "cases" / "mrr-vectors.json"


def day(text: str) -> datetime:
    """Midnight UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def line(amount: int, start: str, interval: Interval = MONTH, **more: Any) -> RecurringLine:
    """A line of subscription s."""
    return RecurringLine("s", amount, interval, day(start), **more)


@pytest.mark.parametrize(
    ("amount", "tax", "interval", "expected"),
    [
        (5000, 900, MONTH, 4100),
        (200000, 0, YEAR, 16667),
        (240000, 0, Interval(2, "year"), 10000),
        (42000, 0, Interval(3, "month"), 14000),
        (1000, 0, Interval(7, "day"), 4348),
        (6, 0, YEAR, 1),
        (0, 0, MONTH, 0),
    ],
)
def test_a_line_is_normalised_to_a_month(amount: int, tax: int, interval: Interval, expected: int) -> None:
    """Amount without tax, over the plan's months, to the nearest cent."""
    assert line_mrr(line(amount, "2026-01-01", interval, tax=tax)) == expected


def test_a_later_line_replaces_and_a_cancellation_ends() -> None:
    """MRR goes on after the period until a cancellation; a later line revives it."""
    lines = [line(1000, "2026-01-01"), line(2500, "2026-02-01"), line(2500, "2026-06-01")]
    ends = [Cancellation("s", day("2026-03-01"))]
    dates = ("2025-12-31", "2026-01-15", "2026-02-01", "2026-03-01", "2026-06-01")
    assert [mrr_at(lines, ends, day(d)) for d in dates] == [0, 1000, 2500, 0, 2500]


def test_a_prorated_line_adds_its_projected_amount() -> None:
    """A credit of 50 and a charge of 125 for half a month turn 100 into 250."""
    half: dict[str, Any] = {"end": day("2026-05-01"), "prorated": True}
    lines = [line(10000, "2026-04-01"), line(-5000, "2026-04-16", **half), line(12500, "2026-04-16", **half)]
    assert mrr_at(lines, [], day("2026-04-20")) == 25000


def test_at_the_same_instant_a_cancellation_comes_first() -> None:
    """A switch at one instant goes on."""
    assert (
        mrr_at(
            [line(1000, "2026-01-01"), line(1000, "2026-02-01")],
            [Cancellation("s", day("2026-02-01"))],
            day("2026-02-01"),
        )
        == 1000
    )


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are not part of this repository")
def test_published_examples_without_foreign_currency() -> None:
    """Balances of every example that needs only lines and cancellations, at the time of cancellation."""
    checked = 0
    for example in json.loads(EXAMPLES.read_text()):
        if _plain(example):
            for date, expected in example["expect"]["mrr_by_date"].items():
                tolerance = example["expect"].get("tolerance_cents") or 0
                assert abs(_mrr(example["inputs"], date) - expected) <= tolerance, (example["id"], date)
            checked += 1
    assert checked >= 10


def _plain(example: dict[str, Any]) -> bool:
    given = example["inputs"]
    settings = given["settings"]
    usual = {
        "time_zone": "UTC",
        "churn_recognition": "at_cancellation",
        "create_subscription_when_invoice_is": "open",
        "update_subscription_when_invoice_is": "open",
        "auto_churn_days": None,
        "deduct_transaction_fees": False,
    }
    currencies = {invoice["currency"] for invoice in given["invoices"]}
    return (
        all(settings.get(key) == value for key, value in usual.items())
        and currencies <= {settings["account_currency"]}
        and not given.get("subscription_events")
        and not any(
            li.get("subscription_set_external_id") for i in given["invoices"] for li in i["line_items"]
        )
        and example["confidence"] != "unconfirmed"
        and "mrr_by_date" in example["expect"]
        and not settings.get("prevent_subscription_for_invoice_refunded")
    )


def _mrr(given: dict[str, Any], date: str) -> int:
    plans = {p["external_id"]: Interval(p["interval_count"], p["interval_unit"]) for p in given["plans"]}
    lines = [
        RecurringLine(
            f"{invoice['customer_external_id']}/{item['subscription_external_id']}",
            item["amount_in_cents"],
            plans[item["plan_external_id"]],
            day(item["service_period_start"]),
            day(item["service_period_end"]) if item.get("service_period_end") else None,
            item.get("tax_amount_in_cents") or 0,
            bool(item.get("prorated")),
            item.get("proration_type"),
            item.get("event_order") or 0,
        )
        for invoice in given["invoices"]
        for item in invoice["line_items"]
        if item["type"] == "subscription"
    ]
    owners = {line.subscription.split("/", 1)[1]: line.subscription for line in lines}
    ends = [
        Cancellation(owners[c["subscription_external_id"]], day(c["cancelled_at"]))
        for c in given.get("cancellations") or []
        if c["subscription_external_id"] in owners
    ]
    return mrr_at(lines, ends, day(date).replace(hour=23, minute=59))
