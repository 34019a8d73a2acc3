"""Desired − actual = changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from destination_chartmogul.actual import Actual
from destination_chartmogul.mapping.objects import (
    CANCELLED,
    SCHEDULED,
    Customer,
    Desired,
    Event,
    Interval,
    Invoice,
    LineItem,
    Plan,
    Transaction,
)
from destination_chartmogul.plan import changes_of

DAY = datetime(2026, 6, 3, 6, tzinfo=UTC)
END = datetime(2026, 7, 3, 6, tzinfo=UTC)
PLAN = Plan("11:101:1-month", "Gold, every month (plan 101)", Interval(1, "month"), "11")
LINE = LineItem("1", "subscription", 4900, 1, 0, 0, "Gold", "5001", PLAN, DAY, END)
HELD_LINE = {
    "uuid": "li_1",
    "external_id": "1",
    "type": "subscription",
    "amount_in_cents": 4900,
    "quantity": 1,
    "discount_amount_in_cents": 0,
    "tax_amount_in_cents": 0,
    "description": "Gold",
    "subscription_external_id": "5001",
    "service_period_start": "2026-06-03T06:00:00.000Z",
    "service_period_end": "2026-07-03T06:00:00.000Z",
    "plan_uuid": "pl_1",
}
HELD: dict[str, Any] = {
    "uuid": "inv_1",
    "external_id": "20001",
    "date": "2026-06-03T12:00:00.000Z",
    "currency": "USD",
    "line_items": [HELD_LINE],
    "transactions": [],
    "errors": {},
}


def customer(**more: Any) -> Customer:
    """Contact 1001."""
    return Customer("1001", "Ada Low", **more)


def held_customer(**more: Any) -> dict[str, Any]:
    """What ChartMogul has of it."""
    return {"uuid": "cus_1", "external_id": "1001", "name": "Ada Low", "email": "", "company": "", **more}


def changes(
    invoice: Invoice | None = None, held: dict[str, Any] | None = None
) -> list[tuple[str, str, dict[str, Any]]]:
    """(action, kind, body) for one invoice."""
    desired = Desired("1001", customer(), True, (invoice,) if invoice else ())
    actual = Actual(held_customer(), {"20001": held or HELD})
    return [
        (c.action, c.kind, c.body) for c in changes_of(desired, actual, {"pl_1": PLAN.external_id}).changes
    ]


def invoice(*lines: LineItem, **more: Any) -> Invoice:
    """Order 20001."""
    return Invoice("20001", datetime(2026, 6, 3, 12, tzinfo=UTC), "USD", lines or (LINE,), **more)


def test_equal_means_nothing() -> None:
    """Whatever ChartMogul adds, and however it writes times and empty texts."""
    assert changes(invoice()) == []


def test_changed_fields_are_patched() -> None:
    """Only those."""
    assert changes(invoice(LineItem(**{**vars(LINE), "amount": 3900, "discount": 1000}))) == [
        ("change", "line_item", {"amount_in_cents": 3900, "discount_amount_in_cents": 1000})
    ]


def test_another_subscription_means_a_new_line() -> None:
    """ChartMogul does not document moving a line to another subscription."""
    moved = LineItem(**{**vars(LINE), "subscription_external_id": "5002"})
    assert [c[:2] for c in changes(invoice(moved))] == [("delete", "line_item"), ("create", "line_item")]


def test_lines_that_are_gone_are_deleted_and_payments_are_not() -> None:
    """The lines of an order are complete, its payments may have come in another run."""
    other = {**HELD_LINE, "uuid": "li_2", "external_id": "2"}
    paid = {
        "uuid": "tr_1",
        "external_id": "40001",
        "type": "payment",
        "result": "successful",
        "amount_in_cents": 5,
    }
    held = {**HELD, "line_items": [HELD_LINE, other], "transactions": [paid]}
    assert [c[:2] for c in changes(invoice(), held)] == [("delete", "line_item")]


def test_a_transaction_without_amount_is_for_the_whole_invoice() -> None:
    """So it equals the full amount."""
    paid = {
        "uuid": "tr_1",
        "external_id": "9",
        "type": "payment",
        "result": "successful",
        "amount_in_cents": None,
    }
    held = {**HELD, "transactions": [{**paid, "date": "2026-06-03T06:00:00Z"}]}
    assert changes(invoice(transactions=(Transaction("9", "payment", DAY, 4900),)), held) == []


def test_an_address_is_written_whole() -> None:
    """Moving abroad clears the state; an unknown company clears nothing."""
    abroad = Desired("1001", customer(country="DE", city="Bonn", address_known=True), True)
    actual = Actual(held_customer(country="US", state="US-CO", city="Denver", company="Low Works"))
    (change,) = changes_of(abroad, actual, {}).changes
    assert change.body == {"country": "DE", "state": None, "city": "Bonn"}


def test_a_customer_merged_into_another_contact_keeps_the_others_name() -> None:
    """The record of the contact that was merged away says nothing about the survivor."""
    desired = Desired("1002", Customer("1002", "Gone"), True)
    assert changes_of(desired, Actual(held_customer(external_ids=["1001", "1002"])), {}).changes == ()


def test_an_invoice_that_was_written_off_and_paid_after_all_is_made_anew() -> None:
    """ChartMogul takes that status back from no invoice; payments that only it knows are kept."""
    paid = {"external_id": "40000", "type": "payment", "result": "successful", "amount_in_cents": 900}
    there = HELD | {"status": "written_off", "transactions": [paid | {"date": "2026-06-03T12:00:00Z"}]}
    desired = Desired(
        "1001", customer(), True, (invoice(transactions=(Transaction("40001", "payment", END, 4000),)),)
    )
    found = changes_of(desired, Actual(held_customer(), {"20001": there}), {"pl_1": PLAN.external_id}).changes
    assert [(c.action, c.kind) for c in found] == [("delete", "invoice"), ("create", "invoice")]
    assert [t.external_id for t in found[1].value.transactions] == ["40001", "40000"]
    assert changes(invoice(), HELD | {"status": "written_off"}) == []


def test_a_planned_end_is_dated_anew() -> None:
    """By the last change of its record; when an end that happened was noticed does not matter."""
    for kind, word, expected in ((SCHEDULED, "scheduled", 1), (CANCELLED, "cancelled", 0)):
        event = Event(f"5001:{word}:1", "5001", kind, DAY, END)
        there = {"id": 1, "external_id": event.external_id, "subscription_external_id": "5001"}
        there |= {"event_date": "2026-06-01T06:00:00Z", "effective_date": "2026-07-03T06:00:00Z"}
        desired = Desired("1001", customer(), False, subscriptions=frozenset({"5001"}), events=(event,))
        found = changes_of(desired, Actual(held_customer(), {}, {event.external_id: there}), {}).changes
        assert [(c.action, c.body["event_date"]) for c in found] == [
            ("change", "2026-06-03T06:00:00Z")
        ] * expected
