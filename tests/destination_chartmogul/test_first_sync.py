"""The first sync of a Keap account into an empty data source, and its repetition."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul import sync
from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.pipe import Json, config_for, messages_of, run_write


def test_everything_goes_through_one_bulk_import(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """A first sync costs one import, one call for an e-mail address that is none, and a handful of reads."""
    result = run_write(config, messages_of(small))
    assert (result.error, result.rejected, len(result.states)) == (None, 0, 6)
    calls = chartmogul.control.calls()
    assert writes(chartmogul) == {
        "POST /v1/data_sources": 1,
        "POST /v1/data_sources/{ds}/json_imports": 1,
        "POST /v1/customers/{cus}/attributes/custom": 1,
    }
    assert sum(n for by in calls.values() for n in by.values()) <= 10


def test_second_run_of_the_same_input_writes_nothing(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """Replays cost reads, never writes."""
    run_write(config, messages_of(small))
    before, was = writes(chartmogul), held(chartmogul)
    result = run_write(config, messages_of(small))
    assert (result.error, len(result.states)) == (None, 6)
    assert writes(chartmogul) == before
    assert differences(was, held(chartmogul)) == []


def test_single_lane_reaches_the_same_state_as_bulk(
    small: dict[str, list[Json]], chartmogul: Any, config: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lanes differ in calls, not in what ChartMogul holds."""
    run_write(config, messages_of(small))
    bulk = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    monkeypatch.setattr(sync, "FEWEST_FOR_BULK", 10_000)
    assert run_write(config, messages_of(small)).error is None
    assert "POST /v1/data_sources/{ds}/json_imports" not in writes(chartmogul)
    assert differences(bulk, held(chartmogul)) == []


@pytest.mark.parametrize("none", [0, "0"])
def test_the_subscription_0_is_none(
    none: object, small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """Keap writes 0 for "none" in other ids; an item that names subscription 0 is one that names none."""
    run_write(config, messages_of(small))
    usual = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    nameless = [
        item for order in small["orders"] for item in order["order_items"] if not item.get("subscription_id")
    ]
    for item in nameless:
        item["subscription_id"] = none
    assert run_write(config, messages_of(small)).rejected == 0
    assert differences(usual, held(chartmogul)) == []


def test_order_of_messages_does_not_matter(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """Streams may come in any order: everything is written when the input is complete."""
    run_write(config, messages_of(small))
    usual = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    backwards = {stream: list(reversed(rows)) for stream, rows in reversed(small.items())}
    assert run_write(config, messages_of(backwards)).error is None
    assert differences(usual, held(chartmogul)) == []


def test_idle_run_reads_little_and_writes_nothing(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """A run that brings only the streams without cursor costs three reads."""
    run_write(config, messages_of(small))
    before, writes_before = chartmogul.control.calls(), writes(chartmogul)
    result = run_write(config, messages_of({"account": small["account"], "products": small["products"]}))
    after = chartmogul.control.calls()
    assert (result.error, len(result.states)) == (None, 2)
    assert writes(chartmogul) == writes_before
    assert (
        sum(n for by in after.values() for n in by.values())
        - sum(n for by in before.values() for n in by.values())
        <= 3
    )


def test_payers_only_leaves_leads_out(small: dict[str, list[Json]], chartmogul: Any) -> None:
    """With `payers_only` a contact without a written order does not become a customer."""
    result = run_write(config_for(chartmogul, customers="payers_only"), messages_of(small))
    customers = chartmogul.control.dump()["customers"]
    payers = {invoice["customer_external_id"] for invoice in chartmogul.control.dump()["invoices"]}
    assert {external_id for c in customers for _, external_id in c["identities"]} == payers
    assert any("lead_left_out" in text for text in result.logs)


def test_a_changed_lead_is_patched_once(small: dict[str, list[Json]], chartmogul: Any, config: Json) -> None:
    """Only the fields that differ are sent."""
    run_write(config, messages_of(small))
    contact = small["contacts"][0] | {"given_name": "Renamed"}
    before = writes(chartmogul)
    for _ in range(2):
        run_write(config, messages_of({"account": small["account"], "contacts": [contact]}))
    added = {
        key: count - before.get(key, 0)
        for key, count in writes(chartmogul).items()
        if count != before.get(key, 0)
    }
    assert added == {"PATCH /v1/customers/{cus}": 1}


def test_a_renamed_product_renames_its_plans(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """Plan names follow the product, their identity does not change."""
    run_write(config, messages_of(small))
    products = [small["products"][0] | {"name": "Beginner"}, *small["products"][1:]]
    run_write(config, messages_of({"account": small["account"], "products": products}))
    names = {plan["external_id"]: plan["name"] for plan in chartmogul.control.dump()["plans"]}
    assert names["11:101:1-month"] == "Beginner, every month (plan 101)"
