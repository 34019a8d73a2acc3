"""Reading back what ChartMogul holds."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul.actual import own_ids
from destination_chartmogul.own_events import is_ours
from tests.destination_chartmogul.pipe import Json, messages_of, run_write


@pytest.mark.parametrize(
    ("external_id", "event_type", "ours"),
    [
        ("5001:cancelled:20001", "subscription_cancelled", True),
        ("5001:scheduled:0", "subscription_cancellation_scheduled", True),
        ("order-20001:cancelled:20001", "subscription_cancelled", False),
        ("5002:cancelled:20001", "subscription_cancelled", False),
        ("5001:cancelled:20001", "subscription_start", False),
        ("by hand", "subscription_cancelled", False),
        (None, "subscription_cancelled", False),
    ],
)
def test_only_our_own_cancellations_are_ours(external_id: str | None, event_type: str, ours: bool) -> None:
    """By external id and type."""
    event = {"external_id": external_id, "event_type": event_type, "subscription_external_id": "5001"}
    assert is_ours(event) is ours


def test_ids_of_a_merged_customer_in_one_source() -> None:
    """The arrays are parallel; ids of other sources do not count."""
    customer = {"external_ids": ["1", "2", "x"], "data_source_uuids": ["ds_a", "ds_a", "ds_b"]}
    assert own_ids(customer, "ds_a") == ["1", "2"]
    assert own_ids({"external_id": "7", "external_ids": []}, "ds_a") == ["7"]


def test_few_customers_are_read_one_by_one(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """A single changed order costs a handful of reads, however large the account is."""
    run_write(config, messages_of(small))
    before = chartmogul.control.calls()
    one = {"account": small["account"], "orders": small["orders"][-1:]}
    assert run_write(config, messages_of(one)).error is None
    assert _reads(chartmogul.control.calls()) - _reads(before) <= 8


def _reads(calls: dict[str, dict[str, int]]) -> int:
    return sum(n for key, by in calls.items() if key.startswith("GET ") for n in by.values())
