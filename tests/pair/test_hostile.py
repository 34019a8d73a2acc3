"""Both connectors on an account full of dirty data: everything is read, what can be written is written."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.pair.connection import Connection, SyncResult
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import running
from tests.simulators.scenarios.hostile import CASES
from tests.simulators.scenarios.hostile.dirt import ids_of

STREAMS = ("contacts", "products", "subscriptions", "orders", "payments")
PLACES = {name: place for place, name in enumerate(CASES)}
FIRST_HOSTILE = 2001
REJECTED = {
    "order_id_only": ("orders", "malformed_record"),
    "order_without_contact": ("orders", "malformed_record"),
    "no_items": ("orders", "order_total_differs"),
    "total_differs": ("orders", "order_total_differs"),
    "type_unknown": ("orders", "unknown_item_type"),
    "cycle_unknown": ("orders", "unknown_cycle"),
    "status_unknown": ("orders", "unknown_order_status"),
    "item_subscription_foreign": ("orders", "subscription_of_another_contact"),
    "currency_unknown": ("orders", "currency_differs"),
    "frequency_zero": ("orders", "unknown_cycle"),
    "frequency_negative": ("orders", "unknown_cycle"),
    "amount_negative": ("orders", "negative_subscription_line"),
    "item_id_missing": ("orders", "malformed_record"),
    "item_price_missing": ("orders", "order_total_differs"),
    "item_quantity_zero": ("orders", "order_total_differs"),
    "item_quantity_negative": ("orders", "negative_subscription_line"),
    "tax_alone": ("orders", "credit_without_charge"),
    "order_time_is_text": ("orders", "bad_time"),
    "ordered_in_2099": ("orders", "date_in_future"),
    "subscription_id_only": ("subscriptions", "malformed_record"),
    "active_missing": ("subscriptions", "malformed_record"),
    "date_impossible": ("subscriptions", "bad_time"),
    "inactive_without_dates": ("subscriptions", "churn_date_unknown"),
    "payment_id_only": ("payments", "malformed_record"),
    "payment_status_unknown": ("payments", "unknown_payment_status"),
    "payment_of_missing_order": ("payments", "payment_without_order"),
    "payment_negative": ("payments", "refund_of_nothing"),
    "refund_of_nothing": ("payments", "refund_of_nothing"),
    "payment_in_2099": ("payments", "date_in_future"),
    "payment_fraction": ("payments", "bad_money"),
    "payment_null": ("payments", "bad_money"),
}
"""Case → the stream and the rule of its reject."""


@dataclass(frozen=True)
class Outcome:
    """What one sync of the account read, wrote and rejected."""

    result: SyncResult
    read: dict[str, set[str]]
    rejects: list[dict[str, Any]]
    keap: dict[str, Any]
    chartmogul: dict[str, Any]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with running("hostile") as servers:
        set_up_chartmogul(servers)
        servers.keap.control.switch("rate_limits", "off")
        folder = tmp_path_factory.mktemp("hostile")
        config = {**source_config(servers), "requests_per_minute": 100_000}
        connection = Connection.create(folder, config, destination_config(servers))
        result = connection.sync()
        rejects = [json.loads(line) for line in connection.rejects.read_text().splitlines()]
        dumps = servers.keap.control.dump(), servers.chartmogul.control.dump()
        yield Outcome(result, records(connection.messages()[0]), rejects, *dumps)


def records(messages: Path) -> dict[str, set[str]]:
    """Stream → the ids of its records."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in messages.read_text().splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            found[message["record"]["stream"]].add(str(message["record"]["data"].get("id")))
    return found


def test_the_sync_ends_well(outcome: Outcome) -> None:
    """Neither connector fails over a record, however dirty; a record without one of its fields is written."""
    assert outcome.result.ok, (outcome.result.traced, outcome.result.errors)
    unwritten = [row for row in outcome.rejects if not row.get("field")]
    assert outcome.result.rejected == len(unwritten) > 0


@pytest.mark.parametrize("stream", STREAMS)
def test_every_row_is_read(outcome: Outcome, stream: str) -> None:
    """The source gives each row of the account, dirty ones too."""
    assert outcome.read[stream] == {row["id"] for row in outcome.keap[stream]}


@pytest.mark.parametrize("case", REJECTED)
def test_what_cannot_be_written_is_rejected_with_a_reason(outcome: Outcome, case: str) -> None:
    """A record that ChartMogul cannot take is among the rejects, with its rule and a message."""
    stream, rule = REJECTED[case]
    key = str(getattr(ids_of(PLACES[case]), stream.rstrip("s")))
    found = [each for each in outcome.rejects if (each["stream"], each["key"]) == (stream, key)]
    assert [each["rule"] for each in found] == [rule]
    assert found[0]["message"]


def test_customers_in_order_are_written_whole(outcome: Outcome) -> None:
    """Dirty records of others take nothing from those that are in order."""
    orders = [row for row in outcome.keap["orders"] if row.get("contact")]
    proper = {row["id"] for row in orders if int(row["contact"]["id"]) < FIRST_HOSTILE}
    written = {row["external_id"] for row in outcome.chartmogul["invoices"]}
    assert len(proper) > 50
    assert proper <= written


def test_a_contact_with_thousands_of_orders_is_written_whole(outcome: Outcome) -> None:
    """2,000 orders of one contact become 2,000 invoices."""
    owner = str(CASES["thousands_of_orders"].contact_id)
    invoices = [row for row in outcome.chartmogul["invoices"] if row["customer_external_id"] == owner]
    assert len(invoices) == 2000


def test_texts_are_written_without_control_characters(outcome: Outcome) -> None:
    """Not even a zero byte reaches ChartMogul, nor a text that is too long."""
    names = [row["name"] for row in outcome.chartmogul["customers"]]
    assert "Line break tab bell nul Control Characters" in names
    assert all(name.isprintable() or "\u200b" in name for name in names)
    assert max(map(len, names)) <= 255


def test_an_order_in_euros_is_written_in_euros(outcome: Outcome) -> None:
    """Lines and payments alike."""
    key = str(ids_of(PLACES["other_currency"]).order)
    written = next(row for row in outcome.chartmogul["invoices"] if row["external_id"] == key)
    assert written["currency"] == "EUR"
