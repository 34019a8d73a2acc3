"""What happens in the simulated Keap account, seen in ChartMogul."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from destination_chartmogul.catalog import STREAMS
from destination_chartmogul.intake import contact_of
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.pipe import Json, keap_records, keap_rows, messages_of, run_write

Sync = Callable[[], Json]
Read = Callable[[], dict[str, list[Json]]]


@pytest.fixture
def read(keap: Any, small: dict[str, list[Json]]) -> Read:
    """Reads what belongs to contacts that the scenario did not begin with, gateway transactions too."""
    known = {row["id"] for row in small["contacts"]}

    def run() -> dict[str, list[Json]]:
        records = keap_records(keap) | {"transactions": keap_rows(keap, "transactions")}
        records |= {"transactions": [without_id(row) for row in records["transactions"]]}
        owners = {name: [contact_of(name, row) for row in rows] for name, rows in records.items()}
        return {
            name: [row for row, owner in zip(rows, owners[name], strict=True) if owner not in known]
            for name, rows in records.items()
        }

    return run


def without_id(row: Json) -> Json:
    """A gateway transaction as REST v2 describes it."""
    return {name: value for name, value in row.items() if name != "id"}


@pytest.fixture
def sync(keap: Any, read: Read, chartmogul: Any, config: Json) -> Sync:
    """Writes what Keap holds, and gives what ChartMogul holds then; a second write has to write nothing."""

    def run() -> Json:
        chartmogul.control.clock(now=keap.control.clock())
        records = read()
        result = run_write(config, messages_of(records), streams=STREAMS)
        assert (result.error, result.rejected) == (None, 0), result.logs
        before = writes(chartmogul)
        assert run_write(config, messages_of(records), streams=STREAMS).error is None
        assert writes(chartmogul) == before
        held: Json = chartmogul.control.dump()
        return held

    return run


def invoice(held: Json, order_id: Any) -> Json:
    """One invoice."""
    found: Json = next(i for i in held["invoices"] if i["external_id"] == str(order_id))
    return found


def transactions(held: Json, order_id: Any) -> list[tuple[str, str, int]]:
    """(type, result, amount) of an invoice's transactions, in order of time."""
    rows = sorted(invoice(held, order_id)["transactions"], key=lambda t: (t["date"], t["type"]))
    return [(t["type"], t["result"], t["amount_in_cents"]) for t in rows]


def bought(keap: Any, price: int = 3000) -> int:
    """A one-off order of a new contact."""
    contact = keap.control.event("new_contact", given_name="Nia", email="nia@example.com")["contacts"][0]
    items = [{"name": "Course", "price": price}]
    order: int = keap.control.event("new_order", contact_id=contact, items=items)["orders"][0]
    return order


def subscribed(keap: Any, **more: Any) -> tuple[int, int]:
    """A new contact on the monthly plan → (subscription, first order)."""
    contact = keap.control.event("new_contact", given_name="Nia", email="nia@example.com")["contacts"][0]
    touched = keap.control.event("new_subscription", contact_id=contact, plan_id="101", **more)
    return touched["subscriptions"][0], touched["orders"][0]


def days_pass(keap: Any, days: int) -> None:
    """Keap bills, retries and ends what falls due."""
    keap.control.clock(advance_seconds=86400 * days)


def last_order(held: Json, subscription: int) -> str:
    """The order that a subscription was billed with last."""
    rows = [
        (line["service_period_start"], i["external_id"])
        for i in held["invoices"]
        for line in i["line_items"]
        if line["subscription"] == str(subscription)
    ]
    return str(max(rows)[1])


@pytest.mark.parametrize("own_row", [True, False])
def test_a_refund_with_and_without_a_row_of_its_own(own_row: bool, keap: Any, sync: Sync) -> None:
    """Both are one refund on the invoice."""
    order = bought(keap)
    keap.control.event("refund", order_id=order, amount=1000, own_row=own_row)
    assert transactions(sync(), order) == [("payment", "successful", 3000), ("refund", "successful", 1000)]


def test_declined_charges_and_the_retry_that_goes_through(keap: Any, sync: Sync) -> None:
    """Two failed transactions, then the payment."""
    subscription, _ = subscribed(keap)
    keap.control.event("payment_failed", subscription_id=subscription, retries=2)
    days_pass(keap, 40)
    held = sync()
    found = transactions(held, last_order(held, subscription))
    assert [(kind, result) for kind, result, _ in found] == [
        ("payment", "failed"),
        ("payment", "failed"),
        ("payment", "successful"),
    ]


@pytest.mark.parametrize("form", ["names", "codes"])
def test_an_order_that_is_written_off(form: str, keap: Any, sync: Sync) -> None:
    """Whatever the spelling of refund_status."""
    keap.control.switch("refund_status_form", form)
    subscription, _ = subscribed(keap)
    keap.control.event("payment_failed", subscription_id=subscription)
    days_pass(keap, 40)
    order = last_order(sync(), subscription)
    keap.control.event("write_off", order_id=order)
    assert invoice(sync(), order)["status"] == "written_off"


@pytest.mark.parametrize(
    ("choice", "mode", "status", "left"),
    [
        ("delete", "full_refresh", "COMPLETE", 1),
        ("delete", "full_refresh", "INCOMPLETE", 2),
        ("delete", "incremental", "COMPLETE", 2),
        ("keep", "full_refresh", "COMPLETE", 2),
    ],
)
def test_an_order_that_is_deleted_in_keap(
    choice: str, mode: str, status: str, left: int, keap: Any, read: Read, sync: Sync, config: Json
) -> None:
    """Gone only by the user's choice, and only when every order that there is has come."""
    contact = keap.control.event("new_contact", given_name="Nia")["contacts"][0]
    items = [{"name": "Course", "price": 3000}]
    kept, gone = (
        keap.control.event("new_order", contact_id=contact, items=items)["orders"][0] for _ in range(2)
    )
    assert len(sync()["invoices"]) == 2
    keap.control.event("delete_order", order_id=gone)
    said = {"stream_descriptor": {"name": "orders"}, "status": status}
    trace = {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": said}}
    given = [*messages_of(read()), trace]
    assert run_write(config | {"deleted_orders": choice}, given, streams=STREAMS, mode=mode).error is None
    assert len(sync()["invoices"]) == left
    assert invoice(sync(), kept)


@pytest.mark.parametrize("shown", ["shown", "hidden"])
def test_a_subscription_of_three_bills_ends_after_them(shown: str, keap: Any, sync: Sync) -> None:
    """Whether Keap writes an end date or not."""
    keap.control.switch("end_date_of_cycles", shown)
    subscription, _ = subscribed(keap, cycles=3)
    sync()
    days_pass(keap, 100)
    held = sync()
    ends = [e for e in held["subscription_events"] if e["external_id"].startswith(f"{subscription}:")]
    assert [(e["event_type"], e["effective_date"][:10]) for e in ends] == [
        ("subscription_cancelled", "2026-10-01")
    ]


def test_a_skipped_month_is_a_pause(keap: Any, sync: Sync) -> None:
    """The next bill date was moved by hand: churn at the end of the period, reactivation by the next bill."""
    subscription, first = subscribed(keap)
    keap.control.event("move_bill_date", subscription_id=subscription, next_bill_date="2026-09-01")
    days_pass(keap, 75)
    held = sync()
    events = [e["external_id"] for e in held["subscription_events"]]
    assert f"{subscription}:cancelled:{first}" in events


def test_a_credit_lowers_the_bills_that_it_is_for(keap: Any, sync: Sync) -> None:
    """One bill less, and the next at the whole price again."""
    subscription, _ = subscribed(keap)
    keap.control.event("credit", subscription_id=subscription, amount=1000)
    days_pass(keap, 70)
    rows = [
        (i["date"], line["amount_in_cents"], line["discount_amount_in_cents"])
        for i in sync()["invoices"]
        for line in i["line_items"]
        if line["subscription"] == str(subscription)
    ]
    prices = [(amount, discount) for _, amount, discount in sorted(rows)]
    whole = prices[0][0]
    assert prices == [(whole, 0), (whole - 1000, 1000), (whole, 0)]


def test_an_interval_that_is_edited_in_place(keap: Any, sync: Sync) -> None:
    """Monthly bills stay monthly; the next bill is for a quarter."""
    subscription, _ = subscribed(keap)
    days_pass(keap, 40)
    keap.control.event("change_plan", subscription_id=subscription, frequency=3, price=9000)
    sync()
    days_pass(keap, 30)
    rows = [
        (i["date"], line["plan"][1:])
        for i in sync()["invoices"]
        for line in i["line_items"]
        if line["subscription"] == str(subscription)
    ]
    assert [plan for _, plan in sorted(rows)] == [[1, "month"], [1, "month"], [3, "month"]]


def test_mrr_follows_a_replacement(keap: Any, read: Read, chartmogul: Any, config: Json) -> None:
    """Cancelled today, bought anew on another plan today: one expansion, no churn."""
    subscription, _ = subscribed(keap)
    days_pass(keap, 40)
    keap.control.event("deactivate", subscription_id=subscription)
    contact = next(
        row["contact_id"] for row in keap_rows(keap, "subscriptions") if row["id"] == str(subscription)
    )
    keap.control.event("new_subscription", contact_id=contact, plan_id="101", price=99_000)
    chartmogul.control.clock(now=keap.control.clock())
    config |= {"replacement_window_days": 14}
    assert run_write(config, messages_of(read()), streams=STREAMS).error is None
    customer = requests.get(
        f"{chartmogul.url}/v1/customers",
        params={"external_id": contact},
        auth=(chartmogul.api_key, ""),
        timeout=10,
    ).json()["entries"][0]
    path = f"{chartmogul.url}/v1/customers/{customer['uuid']}/activities"
    rows = requests.get(path, auth=(chartmogul.api_key, ""), timeout=10).json()["entries"]
    assert [row["type"] for row in sorted(rows, key=lambda row: row["date"])] == ["new_biz", "expansion"]
