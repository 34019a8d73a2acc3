"""What business events and the passing of time do to the simulated account."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.contract.keap.contract import Json, Keap
from tests.simulators.keap.happenings import EVENTS
from tests.simulators.scenarios.small import CASES

DAY = 86400
LEAD = CASES["lead"].contact_id
MONTHLY = CASES["monthly"].contact_id


def orders(keap: Keap, contact_id: Any) -> list[Json]:
    return keap.rows("orders", filter=f"contact_id=={contact_id}")


def payments(keap: Keap, contact_id: Any) -> list[Json]:
    return keap.rows("payments", "/v2/sales/payments", filter=f"contact_id=={contact_id}")


def subscription(keap: Keap, contact_id: Any) -> Json:
    return keap.rows("subscriptions", filter=f"contact_id=={contact_id}")[-1]


def refusal(keap: Keap, kind: str, **fields: Any) -> str:
    """The message with which an event is refused."""
    with pytest.raises(requests.HTTPError) as refused:
        keap.event(kind, **fields)
    assert refused.value.response.status_code == 422
    return str(refused.value)


def days_pass(keap: Keap, days: int) -> None:
    keap.server.control.clock(advance_seconds=days * DAY)


def test_time_bills_what_falls_due(keap: Keap) -> None:
    """A month later a monthly subscription has one more order, made and paid at its own time."""
    before = len(orders(keap, MONTHLY))
    days_pass(keap, 31)
    new = orders(keap, MONTHLY)[before:]
    assert [(row["order_time"], row["status"]) for row in new] == [("2026-07-03T12:00:00Z", "PAID")]
    assert (
        new[0]["modification_time"] == payments(keap, MONTHLY)[-1]["payment_time"] == "2026-07-03T12:00:00Z"
    )
    row = subscription(keap, MONTHLY)
    assert (row["last_bill_date"], row["next_bill_date"]) == ("2026-07-03", "2026-08-03")


def test_one_jump_and_many_steps_come_to_the_same(keap: Keap) -> None:
    """Advancing the clock day by day or at once leaves the same account."""
    days_pass(keap, 62)
    at_once = keap.server.control.dump()
    keap.start()
    for _ in range(62):
        days_pass(keap, 1)
    assert keap.server.control.dump() == at_once


def test_a_new_subscription_is_billed_at_once(keap: Keap) -> None:
    """A purchase makes subscription, order and payment, all modified now, and bills again a month later."""
    touched = keap.event("new_subscription", contact_id=LEAD, plan_id=103, quantity=2)
    (order,) = orders(keap, LEAD)
    assert (touched["orders"], order["total_paid"]["amount"]) == ([order["id"]], 298_00)
    assert order["order_items"][0]["subscription_id"] == touched["subscriptions"][0]
    assert order["modification_time"] >= "2026-07-01T12:00:00Z"
    days_pass(keap, 32)
    assert len(orders(keap, LEAD)) == 2


def test_a_changed_plan_bills_at_its_next_date(keap: Keap) -> None:
    """Upgrade and downgrade take effect with the next bill; the orders before stay as they were."""
    keap.event("change_plan", contact_id=MONTHLY, plan_id=103)
    days_pass(keap, 3)
    keap.event("change_plan", contact_id=MONTHLY, plan_id=101, price=39_00)
    days_pass(keap, 31)
    assert [row["total"]["amount"] for row in orders(keap, MONTHLY)[-3:]] == [49_00, 149_00, 39_00]


def test_a_stopped_subscription_bills_no_more(keap: Keap) -> None:
    """A cancelled subscription keeps its next bill date, unbilled, and is billed when it resumes."""
    before = len(orders(keap, MONTHLY))
    keap.event("cancel", contact_id=MONTHLY, reason="Enough")
    days_pass(keap, 40)
    row = subscription(keap, MONTHLY)
    assert (row["active"], row["reason_stopped"], row["next_bill_date"]) == (False, "Enough", "2026-07-03")
    assert len(orders(keap, MONTHLY)) == before
    keap.event("resume", contact_id=MONTHLY)
    assert len(orders(keap, MONTHLY)) == before + 1
    assert subscription(keap, MONTHLY)["next_bill_date"] == "2026-09-10"


def test_a_withdrawn_cancellation_bills_as_before(keap: Keap) -> None:
    """A subscription that resumes before its kept bill date has no end date and bills on that date."""
    before = len(orders(keap, MONTHLY))
    keap.event("cancel", contact_id=MONTHLY, end_date="2026-09-30")
    keap.event("resume", contact_id=MONTHLY)
    row = subscription(keap, MONTHLY)
    assert ("end_date" in row, row["next_bill_date"]) == (False, "2026-07-03")
    assert len(orders(keap, MONTHLY)) == before


def test_a_planned_end_still_bills_on_its_last_day(keap: Keap) -> None:
    """A bill on the end date still happens; the day after, the subscription is inactive."""
    before = len(orders(keap, MONTHLY))
    keap.event("cancel", contact_id=MONTHLY, end_date="2026-08-03")
    assert subscription(keap, MONTHLY)["active"] is True
    days_pass(keap, 60)
    row = subscription(keap, MONTHLY)
    assert (len(orders(keap, MONTHLY)) - before, row["active"]) == (2, False)
    assert row["modification_time"] == "2026-08-04T06:00:00Z"
    keap.event("cancel", contact_id=MONTHLY, end_date="2026-08-02")
    assert subscription(keap, MONTHLY)["end_date"] == "2026-08-02"


def test_a_declined_charge_leaves_an_open_order(keap: Keap) -> None:
    """A declined charge leaves an order open; paying it late adds the payment and modifies it."""
    keap.event("payment_failed", contact_id=MONTHLY)
    days_pass(keap, 10)
    late = orders(keap, MONTHLY)[-1]
    assert (late["status"], late["total_paid"]["amount"]) == ("SENT", 0)
    keap.event("pay_order", contact_id=MONTHLY)
    paid = orders(keap, MONTHLY)[-1]
    assert (paid["id"], paid["status"]) == (late["id"], "PAID")
    assert paid["modification_time"] > late["modification_time"]
    assert "no order that is open" in refusal(keap, "pay_order", contact_id=MONTHLY)


def test_a_card_declines_until_told(keap: Keap) -> None:
    """`until_told` declines every charge, until the event says `times` 0."""
    keap.event("payment_failed", contact_id=MONTHLY, until_told=True)
    days_pass(keap, 62)
    keap.event("payment_failed", contact_id=MONTHLY, times=0)
    days_pass(keap, 31)
    assert [row["status"] for row in orders(keap, MONTHLY)[-4:]] == ["PAID", "SENT", "SENT", "PAID"]


def test_a_refund_is_a_payment_of_its_own(keap: Keap) -> None:
    """A partial refund adds a negative row, names it on the payment, and grows the order's refund total."""
    touched = keap.event("refund", contact_id=MONTHLY, amount=9_00)
    order, rows = orders(keap, MONTHLY)[-1], payments(keap, MONTHLY)
    assert (order["refund_total"]["amount"], order["total_paid"]["amount"]) == (9_00, 49_00)
    assert (rows[-1]["amount"], rows[-1]["type"]) == (-9.0, "Refund")
    assert rows[-2]["refund_payment_id"] == rows[-1]["id"] == touched["payments"][0]
    assert order["modification_time"] == rows[-2]["update_time"] == rows[-1]["payment_time"]
    assert "to give back" in refusal(keap, "refund", order_id=order["id"], amount=41_00)


def test_a_merge_moves_what_the_loser_owned(keap: Keap) -> None:
    """After a merge the loser's id is unknown, and orders, payments and subscriptions name the winner."""
    owned = [row["id"] for row in orders(keap, MONTHLY)]
    touched = keap.event("merge_contacts", contact_id=MONTHLY, into_contact_id=LEAD)
    assert keap.get(f"/v2/contacts/{MONTHLY}").status_code == 404
    assert [row["id"] for row in orders(keap, LEAD)] == owned == touched["orders"]
    assert len(payments(keap, LEAD)) == len(owned)
    assert subscription(keap, LEAD)["id"] in touched["subscriptions"]
    assert not payments(keap, MONTHLY)
    days_pass(keap, 31)
    assert len(orders(keap, LEAD)) == len(owned) + 1


def test_a_deleted_contact_leaves_its_orders(keap: Keap) -> None:
    """A deleted contact is 404, its subscription stops, and its orders stay with the bare id."""
    keap.event("delete_contact", contact_id=MONTHLY)
    assert keap.get(f"/v2/contacts/{MONTHLY}").status_code == 404
    assert subscription(keap, MONTHLY)["active"] is False
    assert orders(keap, MONTHLY)[-1]["contact"] == {"id": str(MONTHLY)}


def test_an_edit_shows_on_the_contact_and_its_orders(keap: Keap) -> None:
    """An edited contact has a new update time, and its orders show the new e-mail without being modified."""
    before = orders(keap, MONTHLY)[-1]
    keap.event("edit_contact", contact_id=MONTHLY, email="new@example.com")
    after = orders(keap, MONTHLY)[-1]
    assert after["contact"]["email"] == "new@example.com"
    assert after["modification_time"] == before["modification_time"]
    assert keap.get(f"/v2/contacts/{MONTHLY}").json()["update_time"] > "2026-07-01"


def test_a_trial_turns_into_payment(keap: Keap) -> None:
    """A new trial has an order of nothing now and a paid order after its days."""
    keap.event("new_subscription", contact_id=LEAD, plan_id=101, trial_days=7)
    days_pass(keap, 8)
    assert [row["total"]["amount"] for row in orders(keap, LEAD)] == [0, 49_00]


def test_instalments_are_paid_as_they_fall_due(keap: Keap) -> None:
    """Each instalment is a payment of its day, and the last one makes the order PAID."""
    keap.event("new_order", contact_id=LEAD, items=[{"product_id": 16}], instalments=2)
    assert [row["status"] for row in orders(keap, LEAD)] == ["SENT"]
    days_pass(keap, 31)
    assert [row["status"] for row in orders(keap, LEAD)] == ["PAID"]
    assert [row["payment_time"][:10] for row in payments(keap, LEAD)] == ["2026-07-01", "2026-07-31"]


def test_several_events_go_in_one_call(keap: Keap) -> None:
    """A list of events happens in order, and the answer names the ids that each touched."""
    url = f"{keap.server.url}/_control/events"
    new = {"type": "new_contact", "contact_id": 2001, "given_name": "Two"}
    bought = {"type": "new_subscription", "contact_id": 2001, "plan_id": 101}
    answer = keap.session.post(url, json=[new, bought], timeout=10)
    assert [each["contacts"] for each in answer.json()] == [["2001"], ["2001"]]


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("explode", {}, "no event type"),
        ("cancel", {"contact_id": LEAD}, "no such subscription"),
        ("cancel", {"contact_id": MONTHLY, "colour": "red"}, "unknown ['colour']"),
        ("new_subscription", {"contact_id": LEAD}, "missing ['plan_id']"),
        ("new_subscription", {"contact_id": LEAD, "plan_id": 999}, "no plan 999"),
        ("new_subscription", {"contact_id": LEAD, "plan_id": 101, "start_date": "2026-06-30"}, "is over"),
        ("new_subscription", {"contact_id": LEAD, "plan_id": 101, "cycle": "MOON"}, "cycle is one of"),
        ("new_order", {"contact_id": LEAD, "items": []}, "has items"),
        ("pay_order", {"contact_id": MONTHLY}, "no order that is open"),
        ("merge_contacts", {"contact_id": LEAD, "into_contact_id": LEAD}, "into itself"),
        ("edit_contact", {"contact_id": 9}, "no contact 9"),
    ],
)
def test_an_impossible_event_changes_nothing(keap: Keap, kind: str, fields: Json, says: str) -> None:
    """An event that cannot happen is refused with a reason, and the account stays as it was."""
    before = keap.server.control.dump()
    assert says in refusal(keap, kind, **fields)
    assert keap.server.control.dump() == before


def test_a_reset_forgets_everything(keap: Keap) -> None:
    """After a reset the account is the scenario's again, whatever happened."""
    before = keap.server.control.dump()
    keap.event("merge_contacts", contact_id=MONTHLY, into_contact_id=LEAD)
    days_pass(keap, 400)
    keap.start()
    assert keap.server.control.dump() == before


def test_the_books_balance(keap: Keap) -> None:
    """Whatever happened, an order's total is the sum of its lines, and its sums are those of its payments."""
    for case in ("seats_discount_tax", "payment_failed", "mixed_order", "instalments_running"):
        keap.event("refund", contact_id=CASES[case].contact_id, amount=1_00)
    days_pass(keap, 45)
    rows = keap.rows("payments", "/v2/sales/payments")
    for order in keap.rows("orders"):
        assert order["total"]["amount"] == sum(line_amount(item) for item in order["order_items"])
        money = [round(row["amount"] * 100) for row in rows if order["id"] in row["order_ids"]]
        assert order["total_paid"]["amount"] == sum(cents for cents in money if cents > 0)
        assert order["refund_total"]["amount"] == -sum(cents for cents in money if cents < 0)


def line_amount(item: Json) -> int:
    discount = item.get("discount", {"amount": 0})["amount"]
    return int(item["price_per_unit"]["amount"] * item["quantity"] - discount)


def test_events_and_cases_can_be_looked_up(keap: Keap) -> None:
    """The control routes list every type of event with its fields, and every case with its contact."""
    control = f"{keap.server.url}/_control"
    types = keap.session.get(f"{control}/events", timeout=10).json()
    assert set(types) == set(EVENTS)
    assert all(each["says"].endswith(".") and each["fields"] for each in types.values())
    cases = keap.session.get(f"{control}/cases", timeout=10).json()
    assert cases["lead"] == {"contact_id": str(LEAD), "says": CASES["lead"].says}
