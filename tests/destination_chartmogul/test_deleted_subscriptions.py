"""Subscriptions that the source says are gone from Keap: records with little more than an id."""

from __future__ import annotations

from typing import Any

import pytest

from tests.destination_chartmogul.keap import contact, order, subscription
from tests.destination_chartmogul.pipe import Json, completed, messages_of, record, run_whole, run_write

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
NOTICED = "2026-07-01T10:00:00Z"


def deletion(key: str) -> Json:
    """What the source emits of a deleted row."""
    return {"id": key, "modification_time": NOTICED, "_ab_cdc_deleted_at": NOTICED}


@pytest.fixture
def billed(config: Json) -> Json:
    """One customer with a monthly subscription, billed on 3 June."""
    first = {"contacts": [contact()], "subscriptions": [subscription()], "orders": [order()]}
    assert run_write(config, [ACCOUNT, *messages_of(first)]).error is None
    return config


def events(chartmogul: Any) -> list[tuple[str, str]]:
    return [(e["event_type"], e["effective_date"]) for e in chartmogul.control.dump()["subscription_events"]]


def test_it_ends_with_its_last_period(billed: Json, chartmogul: Any) -> None:
    """The cancellation is dated at the end of what was billed last, in the account's zone."""
    gone = [ACCOUNT, *messages_of({"subscriptions": [deletion("5001")]})]
    result = run_write(billed, gone)
    assert (result.error, result.rejected) == (None, 0)
    (found,) = events(chartmogul)
    assert found == ("subscription_cancellation_scheduled", "2026-07-03T06:00:00.000Z")
    chartmogul.control.clock(now="2026-07-05T12:00:00Z")
    assert run_write(billed, gone).error is None
    assert events(chartmogul) == [("subscription_cancelled", "2026-07-03T06:00:00.000Z")]


def test_one_that_ended_keeps_its_end(billed: Json, chartmogul: Any) -> None:
    """A cancellation that ChartMogul has is not moved by the deletion of the subscription."""
    ended = subscription(active=False, end_date="2026-06-20")
    assert run_write(billed, [ACCOUNT, *messages_of({"subscriptions": [ended]})]).error is None
    before = events(chartmogul)
    assert before != []
    result = run_write(billed, [ACCOUNT, *messages_of({"subscriptions": [deletion("5001")]})])
    assert (result.error, events(chartmogul)) == (None, before)


def test_one_that_chartmogul_never_had_is_a_notice(billed: Json, chartmogul: Any) -> None:
    """Nothing is written, nothing is rejected, and the log counts it."""
    result = run_write(billed, [ACCOUNT, *messages_of({"subscriptions": [deletion("5999")]})])
    assert (result.error, result.rejected, events(chartmogul)) == (None, 0, [])
    assert any("deleted_and_never_billed" in text for text in result.logs)


OLD = order(order_time="2026-03-03T12:00:00Z")
ENDED = [("subscription_cancelled", "2026-04-03T06:00:00.000Z")]
OF_OTHERS = [subscription(id="5002", contact_id="1002")]


def test_a_first_sync_after_the_deletion(config: Json, chartmogul: Any) -> None:
    """No subscription of the whole list fits the order, so it is over, and a replay writes nothing."""
    records = {"account": [ACCOUNT["record"]["data"]], "subscriptions": OF_OTHERS, "orders": [order()]}
    for _ in range(2):
        assert run_whole(config, records).error is None
        assert events(chartmogul) == [("subscription_cancellation_scheduled", "2026-07-03T06:00:00.000Z")]


@pytest.mark.parametrize(
    ("ends", "broken", "expected"), [(True, False, ENDED), (False, False, []), (True, True, [])]
)
def test_an_overdue_order_of_a_subscription_that_did_not_come(
    ends: bool, broken: bool, expected: list[tuple[str, str]], config: Json, chartmogul: Any
) -> None:
    """Of an incremental list, it is over when the source says that it sent all, and all could be read."""
    rows = [*OF_OTHERS, *([{"id": "5003"}] if broken else [])]
    given = [ACCOUNT, *messages_of({"subscriptions": rows, "orders": [OLD]})]
    result = run_write(config, given + ([completed("subscriptions")] if ends else []))
    assert (result.error, result.rejected, events(chartmogul)) == (None, int(broken), expected)


def test_a_bill_whose_period_runs_ends_with_it(config: Json, chartmogul: Any) -> None:
    """Deleted shortly before the first sync of incremental lists: a later run carries the planned end out."""
    given = [ACCOUNT, *messages_of({"subscriptions": OF_OTHERS, "orders": [order()]})]
    assert run_write(config, [*given, completed("subscriptions")]).error is None
    assert events(chartmogul) == [("subscription_cancellation_scheduled", "2026-07-03T06:00:00.000Z")]
    chartmogul.control.clock(now="2026-07-05T12:00:00Z")
    assert run_write(config, [ACCOUNT, completed("subscriptions")]).error is None
    assert events(chartmogul) == [("subscription_cancelled", "2026-07-03T06:00:00.000Z")]
