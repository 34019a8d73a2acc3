"""Subscriptions and orders of the Keap simulator: how they end, move, shrink and go."""

from __future__ import annotations

import pytest

from tests.contract.keap.contract import Json, Keap
from tests.contract.keap.money import days_pass, orders, payments, refusal, subscription, transactions, tries
from tests.simulators.scenarios.small import CASES

LEAD = CASES["lead"].contact_id
MONTHLY = CASES["monthly"].contact_id


def test_a_finite_plan_ends_by_itself(keap: Keap) -> None:
    """A subscription of three cycles bills three times, and is inactive the day after the last bill."""
    keap.event("new_subscription", contact_id=LEAD, plan_id=101, cycles=3)
    assert subscription(keap, LEAD)["end_date"] == "2026-09-01"
    days_pass(keap, 62)
    assert (len(orders(keap, LEAD)), subscription(keap, LEAD)["active"]) == (3, True)
    days_pass(keap, 60)
    row = subscription(keap, LEAD)
    assert (len(orders(keap, LEAD)), row["active"], row["next_bill_date"]) == (3, False, "2026-10-01")
    assert row["modification_time"] == "2026-09-02T06:00:00Z"


def test_the_end_of_a_finite_plan_keeps_the_day_of_the_month(keap: Keap) -> None:
    """A finite subscription that bills at the end of months has its last bill on the last date it names."""
    keap.event("new_subscription", contact_id=LEAD, plan_id=101, start_date="2026-08-31", cycles=4)
    assert subscription(keap, LEAD)["end_date"] == "2026-11-30"
    days_pass(keap, 200)
    assert [row["order_time"][:10] for row in orders(keap, LEAD)[1:]] == [
        "2026-08-31",
        "2026-09-30",
        "2026-10-31",
        "2026-11-30",
    ]


def test_deactivation_writes_no_end_date(keap: Keap) -> None:
    """Stopped as the API does it, a subscription has a reason, and the end date that it had, if any."""
    planned = CASES["cancellation_planned"].contact_id
    for contact_id in (MONTHLY, planned):
        before = subscription(keap, contact_id)
        keap.event("deactivate", contact_id=contact_id, reason="Asked to")
        after = subscription(keap, contact_id)
        assert (after["active"], after["reason_stopped"]) == (False, "Asked to")
        assert after.get("end_date") == before.get("end_date")
        assert after["next_bill_date"] == before["next_bill_date"]
    assert "is not active" in refusal(keap, "deactivate", contact_id=MONTHLY)


def test_a_moved_bill_date_is_billed_then(keap: Keap) -> None:
    """A bill date set by hand is the only change: the next bill comes then, the later ones follow."""
    before = len(orders(keap, MONTHLY))
    keap.event("move_bill_date", contact_id=MONTHLY, next_bill_date="2026-08-20")
    days_pass(keap, 92)
    assert [row["order_time"][:10] for row in orders(keap, MONTHLY)[before:]] == ["2026-08-20", "2026-09-20"]


def test_a_moved_subscription_bills_its_new_contact(keap: Keap) -> None:
    """Its orders until then stay where they are, and it is charged to the card that it was charged to."""
    before, was = orders(keap, MONTHLY), subscription(keap, MONTHLY)
    keap.event("move_subscription", contact_id=MONTHLY, to_contact_id=LEAD)
    days_pass(keap, 20)
    assert orders(keap, MONTHLY) == before
    assert [row["order_items"][0]["subscription_id"] for row in orders(keap, LEAD)] == [was["id"]]
    held = keap.get(f"/v2/subscriptions/{was['id']}").json()
    assert (held["contact_id"], held["payment_method_id"]) == (str(LEAD), was["payment_method_id"])


def test_the_newest_subscription_of_a_contact_is_meant(keap: Keap) -> None:
    """Where an event names no subscription."""
    made = [keap.event("new_subscription", contact_id=LEAD, plan_id=plan) for plan in (101, 102)]
    keap.event("cancel", contact_id=LEAD)
    active = [keap.get(f"/v2/subscriptions/{each['subscriptions'][0]}").json()["active"] for each in made]
    assert active == [True, False]


def test_a_trial_may_start_later(keap: Keap) -> None:
    """A trial of 7 days from a later start date bills first a week after that date."""
    keap.event("new_subscription", contact_id=LEAD, plan_id=101, start_date="2026-07-10", trial_days=7)
    assert subscription(keap, LEAD)["start_date"] == "2026-07-17"
    days_pass(keap, 20)
    assert [(row["order_time"][:10], row["total"]["amount"]) for row in orders(keap, LEAD)] == [
        ("2026-07-01", 0),
        ("2026-07-17", 49_00),
    ]


def test_a_credit_takes_something_off_the_next_bills(keap: Keap) -> None:
    """A credit of 9.00 for two bills is a DISCOUNT line on the next two orders."""
    keap.event("credit", contact_id=MONTHLY, amount=9_00, orders=2)
    days_pass(keap, 70)
    assert [row["total"]["amount"] for row in orders(keap, MONTHLY)[-3:]] == [40_00, 40_00, 49_00]
    assert orders(keap, MONTHLY)[-3]["order_items"][1]["item_type"] == "DISCOUNT"


def test_retries_do_not_depend_on_the_steps_of_the_clock(keap: Keap) -> None:
    """Declined and retried bills come out the same day by day or in one jump, also after a reset."""
    dumps = []
    for steps in (1, 20):
        keap.start()
        keap.event("payment_failed", contact_id=MONTHLY, until_told=True, retries=2)
        keap.event("payment_failed", contact_id=CASES["weekly"].contact_id, times=2)
        for _ in range(steps):
            days_pass(keap, 20 // steps)
        dumps.append(keap.server.control.dump())
    assert dumps[0] == dumps[1]
    assert [row["status"] for row in transactions(keap, MONTHLY)[-3:]] == ["FAILED", "FAILED", "APPROVED"]


def test_a_written_off_order_is_left_alone(keap: Keap) -> None:
    """After a write-off no retry comes, and the order says so without a payment."""
    keap.event("payment_failed", contact_id=MONTHLY, retries=2)
    days_pass(keap, 3)
    keap.event("write_off", contact_id=MONTHLY)
    days_pass(keap, 10)
    order = orders(keap, MONTHLY)[-1]
    assert (order["status"], order["refund_status"], order["total_paid"]["amount"]) == (
        "SENT",
        "WRITTEN_OFF",
        0,
    )
    assert tries(keap, MONTHLY) == [("2026-07-03", "FAILED")]


@pytest.mark.parametrize("keep", [False, True])
def test_a_deleted_order_is_gone(keap: Keap, keep: bool) -> None:
    """A deleted order is 404; its payments go with it, or stay and name it."""
    order = orders(keap, MONTHLY)[-1]
    keap.event("delete_order", order_id=order["id"], keep_payments=keep)
    assert keap.get(f"/v2/orders/{order['id']}").status_code == 404
    assert any(row["order_ids"] == [order["id"]] for row in payments(keap, MONTHLY)) == keep
    assert any(row["order_ids"] == [order["id"]] for row in transactions(keap, MONTHLY)) == keep
    assert keap.rows("records", f"/v2/contacts/{MONTHLY}/paymentMethods")


def test_a_deleted_subscription_bills_no_more(keap: Keap) -> None:
    """A deleted subscription is 404, its orders stay and still name it, and nothing more is billed."""
    row, before = subscription(keap, MONTHLY), orders(keap, MONTHLY)
    keap.event("delete_subscription", contact_id=MONTHLY)
    days_pass(keap, 62)
    assert keap.get(f"/v2/subscriptions/{row['id']}").status_code == 404
    assert orders(keap, MONTHLY) == before
    assert before[-1]["order_items"][0]["subscription_id"] == row["id"]


def test_a_declined_instalment_fails_and_is_tried_again(keap: Keap) -> None:
    """A declined instalment is FAILED in the plan; the retry that goes through makes it PAID."""
    items = [{"product_id": 16}]
    touched = keap.event("new_order", contact_id=LEAD, items=items, instalments=3, initial_payment=400_00)
    (order_id,) = touched["orders"]
    keap.event("payment_failed", order_id=order_id, retries=1)
    days_pass(keap, 31)
    assert instalments(keap) == [("PAID", 400_00), ("FAILED", 300_00), ("UNPAID_AUTOCHARGE", 300_00)]
    days_pass(keap, 60)
    assert instalments(keap) == [("PAID", 400_00), ("PAID", 300_00), ("PAID", 300_00)]
    assert [status for _, status in tries(keap, LEAD, "2026-07-31")] == ["FAILED", "APPROVED", "APPROVED"]
    assert orders(keap, LEAD)[0]["status"] == "PAID"


def test_instalments_by_hand_are_not_charged(keap: Keap) -> None:
    """A payment plan without automatic charges waits for somebody to pay."""
    keap.event("new_order", contact_id=LEAD, items=[{"product_id": 16}], instalments=2, auto_charge=False)
    days_pass(keap, 40)
    assert instalments(keap) == [("PAID", 500_00), ("UNPAID_MANUAL", 500_00)]


def instalments(keap: Keap) -> list[tuple[str, int]]:
    plan = orders(keap, LEAD)[0]["payment_plan"]["payment_plan_items"]
    return [(row["status"], row["amount_due"]["amount"]) for row in plan]


def test_a_change_of_quantity_shows_on_the_next_bill(keap: Keap) -> None:
    """Other numbers of seats are on the subscription at once, and on the order of the next bill."""
    seats = CASES["seats"].contact_id
    keap.event("change_plan", contact_id=seats, quantity=20)
    assert subscription(keap, seats)["quantity"] == 20
    days_pass(keap, 31)
    assert orders(keap, seats)[-1]["order_items"][0]["quantity"] == 20


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("payment_failed", {"contact_id": MONTHLY, "retries": 3}, "between 1 and 2"),
        ("payment_failed", {"contact_id": MONTHLY, "reason": "mood"}, "reason is one of"),
        ("payment_failed", {"order_id": 20001}, "not paid in instalments"),
        ("card_expired", {"contact_id": LEAD}, "has no card"),
        ("move_bill_date", {"contact_id": MONTHLY, "next_bill_date": "2026-06-30"}, "is over"),
        ("credit", {"contact_id": MONTHLY, "amount": 0}, "above 0"),
        ("write_off", {"contact_id": MONTHLY}, "no order that is open"),
        ("delete_order", {"order_id": 1}, "no order 1"),
        ("pay_order", {"order_id": 20001, "method": "Shells"}, "method is one of"),
        (
            "new_subscription",
            {"contact_id": LEAD, "plan_id": 101, "trial_days": 7, "declined": True},
            "nothing",
        ),
        (
            "new_order",
            {
                "contact_id": LEAD,
                "items": [{"product_id": 16}],
                "instalments": 2,
                "initial_payment": 1_000_00,
            },
            "a part of the sum",
        ),
    ],
)
def test_an_impossible_event_is_refused(keap: Keap, kind: str, fields: Json, says: str) -> None:
    """An event that cannot happen is refused with a reason, and the account stays as it was."""
    before = keap.server.control.dump()
    assert says in refusal(keap, kind, **fields)
    assert keap.server.control.dump() == before
