"""Planned ends of an account that has more of them than a page of ChartMogul's list holds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from destination_chartmogul.client import PAGE
from tests.destination_chartmogul.accounts import calls
from tests.destination_chartmogul.keap import contact, item, order, subscription
from tests.destination_chartmogul.pipe import Json, messages_of, record, run_write

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
DUE, LATER = "2026-07-10", "2026-09-10"


@pytest.fixture
def planned(config: Json, chartmogul: Any) -> str:
    """A page of ends planned for September, after the one planned for July: the contact of that one."""
    everybody: dict[str, list[Json]] = {"contacts": [], "subscriptions": [], "orders": []}
    for number in range(PAGE + 1):
        key, ends = str(1001 + number), LATER if number else DUE
        everybody["contacts"].append(contact(id=key, email_addresses=[]))
        everybody["subscriptions"].append(
            subscription(id=f"9{key}", contact_id=key, start_date="2026-06-03", end_date=ends)
        )
        bill = order(item(subscription_id=f"9{key}"), id=f"2{key}", contact={"id": key})
        bill["order_items"][0]["id"] = f"6{key}"
        everybody["orders"].append(bill)
    first = {name: rows[:1] for name, rows in everybody.items()}
    for some in (first, everybody):
        result = run_write(config, [ACCOUNT, *messages_of(some)])
        assert (result.error, result.rejected) == (None, 0)
    assert events(chartmogul) == {"subscription_cancellation_scheduled": PAGE + 1}
    chartmogul.control.clock(now=f"{DUE}T12:00:00Z")
    return "1001"


def events(chartmogul: Any) -> Counter[str]:
    return Counter(event["event_type"] for event in chartmogul.control.dump()["subscription_events"])


@pytest.mark.usefixtures("planned")
def test_a_run_without_customers_costs_three_reads(config: Json, chartmogul: Any) -> None:
    """However many ends are planned, and it writes nothing."""
    before = calls(chartmogul)
    assert run_write(config, [ACCOUNT]).error is None
    made = calls(chartmogul) - before
    assert made.total() == 3
    assert all(call.startswith("GET ") for call in made)


def test_the_next_customer_brings_what_is_due(planned: str, config: Json, chartmogul: Any) -> None:
    """Whoever it is: an end on a later page is carried out, and the ends that are not due stay."""
    assert run_write(config, [ACCOUNT, record("contacts", contact(id="1002"))]).error is None
    found = events(chartmogul)
    assert found == {"subscription_cancellation_scheduled": PAGE, "subscription_cancelled": 1}
    (ended,) = (
        event
        for event in chartmogul.control.dump()["subscription_events"]
        if event["event_type"] == "subscription_cancelled"
    )
    assert (ended["customer_external_id"], ended["subscription_external_id"]) == (planned, f"9{planned}")
