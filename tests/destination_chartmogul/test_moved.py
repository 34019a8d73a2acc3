"""A merge of contacts that Keap shows in the subscription alone, not in the orders."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul.actual import Actual
from destination_chartmogul.mapping.objects import Customer, Desired
from destination_chartmogul.moved import Missing, first_bill, missing_history
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.keap import contact, context, order, subscription
from tests.destination_chartmogul.pipe import Json, record, run_write

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
OWN = {"start_date": "2026-06-03"}
NOTHING = Desired("1002", Customer("1002", "Keap contact 1002"), customer_known=False)


@pytest.fixture
def first_sync(config: Json) -> Json:
    """Contact 1001 has subscription 5001 in ChartMogul."""
    messages = [
        ACCOUNT,
        record("contacts", contact(id="1001")),
        record("subscriptions", subscription(**OWN)),
        record("orders", order()),
    ]
    assert run_write(config, messages).error is None
    return config


def moved() -> list[Json]:
    """Subscription 5001 now belongs to contact 1002; its order does not come again."""
    return [
        ACCOUNT,
        record("contacts", contact(id="1002")),
        record("subscriptions", subscription(**OWN, contact_id="1002")),
    ]


def test_the_customer_that_held_the_subscription_is_merged(chartmogul: Any, first_sync: Json) -> None:
    """The earlier periods go along, nothing is counted twice, and a replay writes nothing."""
    assert run_write(first_sync, moved()).error is None
    dump = chartmogul.control.dump()
    assert [c["identities"] for c in dump["customers"]] == [[["Keap", "1001"], ["Keap", "1002"]]]
    assert [i["external_id"] for i in dump["invoices"]] == ["20001"]
    before = writes(chartmogul)
    assert run_write(first_sync, moved()).error is None
    assert writes(chartmogul) == before


def test_a_customer_with_more_than_what_moved_is_left_alone(chartmogul: Any, first_sync: Json) -> None:
    """When the other contact is still there, the subscription is a reject that says what to do."""
    rest = record("contacts", contact(id="1001", given_name="Ida"))
    written = run_write(first_sync, [*moved(), rest])
    assert written.error is None
    assert len(chartmogul.control.dump()["customers"]) == 2
    assert any("held_by_another_customer" in line for line in written.logs)


@pytest.mark.parametrize(
    ("record_of", "expected"),
    [
        (subscription(), True),
        (subscription(last_bill_date=None), False),
        (subscription(start_date="2026-08-01", last_bill_date=None), False),
        (subscription(start_date="no date"), False),
    ],
)
def test_only_a_subscription_that_was_billed_can_miss_history(record_of: Json, expected: bool) -> None:
    """A trial that runs, or dates that cannot be read, say nothing about earlier periods."""
    assert (first_bill(record_of, context()) is not None) is expected
    found = missing_history({"5001": record_of}, NOTHING, Actual(), context())
    assert [each.subscription for each in found] == (["5001"] if expected else [])


def test_missing_history_names_the_first_bill() -> None:
    """The day to look for is that of the first bill."""
    day = first_bill(subscription(), context())
    assert day is not None
    assert missing_history({"5001": subscription()}, NOTHING, Actual(), context()) == [Missing("5001", day)]
