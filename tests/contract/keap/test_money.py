"""Charges, retries, refunds, cards and discounts of the Keap simulator, as its API shows them."""

from __future__ import annotations

import pytest

from tests.contract.keap.contract import Json, Keap
from tests.contract.keap.money import (
    PAYMENTS,
    TRANSACTIONS,
    days_pass,
    order_payments,
    orders,
    payments,
    refusal,
    subscription,
    transactions,
    tries,
)
from tests.simulators.scenarios.small import CASES

LEAD = CASES["lead"].contact_id
MONTHLY = CASES["monthly"].contact_id


def test_every_payment_has_its_transaction(keap: Keap) -> None:
    """Each payment row is the outcome of one successful transaction of the same amount, time and contact."""
    rows = {
        row.get("payment_id"): row for row in keap.rows("transactions", TRANSACTIONS) if row["is_successful"]
    }
    for payment in keap.rows("payments", PAYMENTS):
        row = rows.pop(payment["id"])
        assert (row["amount"], row["contact_id"]) == (payment["amount"], payment["contact_id"])
        assert row["transaction_time"] == payment["payment_time"]
        assert row["external_reference_id"] == payment["external_transaction_id"]
    assert rows == {}


@pytest.mark.parametrize(
    ("case", "days"),
    [
        ("payment_failed", ["2026-06-08", "2026-06-10", "2026-06-12"]),
        ("payment_failed_paid_late", ["2026-03-11", "2026-03-13", "2026-03-15"]),
    ],
)
def test_the_history_has_declined_attempts(keap: Keap, case: str, days: list[str]) -> None:
    """A bill that was not paid shows three FAILED transactions two days apart, with the gateway's words."""
    rows = [row for row in transactions(keap, CASES[case].contact_id) if row["status"] == "FAILED"]
    assert [row["transaction_time"][:10] for row in rows] == days
    assert {row["is_successful"] for row in rows} == {False}
    assert {row["error_details"] for row in rows} == {"Your card was declined."}
    assert not any("payment_id" in row for row in rows)


def test_a_retry_pays_the_order_late(keap: Keap) -> None:
    """With `retries` 2 the second retry pays: the payment is four days late and modifies the order."""
    keap.event("payment_failed", contact_id=MONTHLY, retries=2, reason="insufficient_funds")
    days_pass(keap, 3)
    assert orders(keap, MONTHLY)[-1]["status"] == "SENT"
    days_pass(keap, 5)
    order, payment = orders(keap, MONTHLY)[-1], payments(keap, MONTHLY)[-1]
    assert (order["status"], order["order_time"][:10]) == ("PAID", "2026-07-03")
    assert payment["payment_time"] == order["modification_time"] == "2026-07-07T12:00:00Z"
    assert tries(keap, MONTHLY) == [
        ("2026-07-03", "FAILED"),
        ("2026-07-05", "FAILED"),
        ("2026-07-07", "APPROVED"),
    ]
    days_pass(keap, 31)
    assert tries(keap, MONTHLY)[3:] == [("2026-08-03", "APPROVED")]


def test_retries_end_with_the_last_attempt(keap: Keap) -> None:
    """As many attempts are made as the subscription says, as far apart as it says; then none."""
    keap.event(
        "new_subscription", contact_id=LEAD, plan_id=101, max_charge_attempts=4, days_between_retries=3
    )
    keap.event("payment_failed", contact_id=LEAD, reason="processing_error")
    days_pass(keap, 50)
    assert tries(keap, LEAD) == [(f"2026-08-{day:02d}", "ERROR") for day in (1, 4, 7, 10)]
    row = subscription(keap, LEAD)
    assert (row["max_charge_attempts"], row["days_between_retries"], row["active"]) == (4, 3, True)
    assert orders(keap, LEAD)[-1]["status"] == "SENT"


def test_an_order_paid_by_hand_is_not_charged_again(keap: Keap) -> None:
    """A retry finds nothing to charge when somebody paid in between, and leaves no transaction."""
    keap.event("payment_failed", contact_id=MONTHLY)
    days_pass(keap, 3)
    keap.event("pay_order", contact_id=MONTHLY, method="Check")
    days_pass(keap, 10)
    rows = transactions(keap, MONTHLY)[-2:]
    assert [(row["status"], row["transaction_method"]) for row in rows] == [
        ("FAILED", "CAPTURE"),
        ("NONE", "MANUAL"),
    ]
    assert (rows[1]["merchant_account_id"], "payment_method" in rows[1]) == ("0", False)
    assert payments(keap, MONTHLY)[-1]["type"] == "Check"
    (row,) = order_payments(keap, orders(keap, MONTHLY)[-1]["id"])
    assert row["pay_status"] == "MANUAL_PAID"


def test_a_declined_first_payment_leaves_no_subscription(keap: Keap) -> None:
    """A purchase whose first charge is declined is an open order that is not tried again."""
    touched = keap.event("new_subscription", contact_id=LEAD, plan_id=103, declined=True)
    days_pass(keap, 40)
    (order,) = orders(keap, LEAD)
    assert (order["status"], touched["orders"]) == ("SENT", [order["id"]])
    assert "subscription_id" not in order["order_items"][0]
    assert order["order_items"][0]["subscription_plan"]["id"] == "103"
    assert len(transactions(keap, LEAD)) == 1
    assert not keap.rows("subscriptions", filter=f"contact_id=={LEAD}")


def test_a_new_card_pays_what_the_old_one_did_not(keap: Keap) -> None:
    """An expired card declines; the next retry after an update goes through on the new card."""
    keap.event("card_expired", contact_id=MONTHLY)
    days_pass(keap, 3)
    (old,) = keap.rows("records", f"/v2/contacts/{MONTHLY}/paymentMethods")
    (card,) = keap.event("card_updated", contact_id=MONTHLY)["payment_methods"]
    days_pass(keap, 31)
    methods = keap.rows("records", f"/v2/contacts/{MONTHLY}/paymentMethods", order_by="created_time desc")
    assert [(row["payment_method_id"], row.get("status")) for row in methods] == [
        (card, None),
        (old["payment_method_id"], "EXPIRED"),
    ]
    charged = [row["payment_method"]["payment_method_id"] for row in transactions(keap, MONTHLY)[-3:]]
    assert charged == [old["payment_method_id"], card, card]
    assert [status for _, status in tries(keap, MONTHLY)] == ["FAILED", "APPROVED", "APPROVED"]
    assert subscription(keap, MONTHLY)["payment_method_id"] == card


def test_everybody_who_bought_has_a_card(keap: Keap) -> None:
    """The account-wide list has a payment method of each buyer, also those of subscriptions, of no lead."""
    cards = {
        row["payment_method_id"]: row["contact_id"]
        for row in keap.rows("payment_methods", "/v2/paymentMethods")
    }
    for row in keap.rows("subscriptions"):
        assert row["payment_method_id"] in cards
    assert str(LEAD) not in cards.values()
    assert set(cards.values()) == {row["contact"]["id"] for row in keap.rows("orders")}


def test_a_merge_moves_cards_and_attempts(keap: Keap) -> None:
    """After a merge the loser's cards and declined charges are the winner's, and the cards keep their ids."""
    loser = CASES["payment_failed"].contact_id
    before = len(transactions(keap, loser))
    keap.event("merge_contacts", contact_id=loser, into_contact_id=MONTHLY)
    assert not transactions(keap, loser)
    moved = [row for row in transactions(keap, MONTHLY) if row["status"] == "FAILED"]
    assert (len(moved), {row["contact"]["id"] for row in moved}) == (3, {str(MONTHLY)})
    assert before - 3 == len(payments(keap, MONTHLY)) - 22
    methods = keap.rows("records", f"/v2/contacts/{MONTHLY}/paymentMethods")
    assert {row["payment_method_id"] for row in methods} == {str(loser), str(MONTHLY)}
    assert subscription(keap, MONTHLY)["payment_method_id"] == str(loser)


def test_an_order_is_paid_in_parts(keap: Keap) -> None:
    """Two partial payments, one of them a credit, add up; only then is the order PAID."""
    keap.event("payment_failed", contact_id=MONTHLY)
    days_pass(keap, 10)
    keap.event("pay_order", contact_id=MONTHLY, amount=20_00)
    assert (orders(keap, MONTHLY)[-1]["status"], orders(keap, MONTHLY)[-1]["credit_status"]) == (
        "SENT",
        "NONE",
    )
    keap.event("pay_order", contact_id=MONTHLY, method="Credit")
    order = orders(keap, MONTHLY)[-1]
    assert (order["status"], order["credit_status"], order["total_paid"]["amount"]) == (
        "PAID",
        "CREDIT",
        49_00,
    )
    assert [row["amount"] for row in order_payments(keap, order["id"])] == [20.0, 29.0]


def test_a_pending_payment_pays_when_it_settles(keap: Keap) -> None:
    """A pending payment is a row, but the order is paid only when it settles; its update time tells."""
    keap.event("new_order", contact_id=LEAD, items=[{"product_id": 17}], paid=False, due_days=14)
    (payment,) = keap.event("pay_order", contact_id=LEAD, pending=True)["payments"]
    (order,) = orders(keap, LEAD)
    assert (order["status"], order["due_time"]) == ("SENT", "2026-07-15T12:00:00Z")
    assert [(row["status"], row["is_successful"]) for row in transactions(keap, LEAD)] == [("PENDING", False)]
    days_pass(keap, 2)
    keap.event("settle_payment", payment_id=payment)
    (row,) = payments(keap, LEAD)
    assert (row["status"], row["update_time"] > row["payment_time"]) == ("COMPLETED", True)
    assert orders(keap, LEAD)[0]["status"] == "PAID"
    assert "not pending" in refusal(keap, "settle_payment", payment_id=payment)


def test_a_void_is_a_refund_by_another_method(keap: Keap) -> None:
    """A voided charge is given back in full as a transaction VOID and an order payment VOIDED."""
    touched = keap.event("refund", contact_id=MONTHLY, void=True)
    assert transactions(keap, MONTHLY)[-1]["transaction_method"] == "VOID"
    paid, voided = order_payments(keap, touched["orders"][0])
    assert (paid["pay_status"], voided["pay_status"], voided["amount"]) == ("APPROVED", "VOIDED", -49.0)
    assert voided["refund_invoice_payment_id"] == paid["id"]


def test_a_refund_may_leave_no_row(keap: Keap) -> None:
    """Without a row of its own, a refund is only the order's refund_total, refund_status and modification."""
    before = len(payments(keap, MONTHLY))
    keap.event("refund", contact_id=MONTHLY, amount=9_00, own_row=False)
    order = orders(keap, MONTHLY)[-1]
    assert (order["refund_total"]["amount"], order["refund_status"]) == (9_00, "PARTIAL")
    assert len(payments(keap, MONTHLY)) == before
    assert not any("refund_payment_id" in row for row in payments(keap, MONTHLY))


def test_a_merge_gives_a_lead_no_card_of_its_own(keap: Keap) -> None:
    """A lead that takes over a buyer has the buyer's card only; its first own purchase brings another."""
    keap.event("merge_contacts", contact_id=MONTHLY, into_contact_id=LEAD)
    path = f"/v2/contacts/{LEAD}/paymentMethods"
    assert [row["payment_method_id"] for row in keap.rows("records", path)] == [str(MONTHLY)]
    whole = keap.rows("payment_methods", "/v2/paymentMethods", filter=f"contact_id=={LEAD}")
    assert [row["payment_method_id"] for row in whole] == [str(MONTHLY)]
    keap.event("new_order", contact_id=LEAD, items=[{"product_id": 17}])
    cards = {row["payment_method_id"]: row["created_time"] for row in keap.rows("records", path)}
    assert set(cards) == {str(MONTHLY), str(LEAD)}
    assert cards[str(LEAD)] >= "2026-07-01"


def test_a_declined_purchase_stays_open(keap: Keap) -> None:
    """A one-off purchase that is declined leaves one FAILED transaction, an open order, and no payment."""
    keap.event("new_order", contact_id=LEAD, items=[{"product_id": 17}], declined=True)
    days_pass(keap, 10)
    assert [row["status"] for row in orders(keap, LEAD)] == ["SENT"]
    assert [(row["status"], row["amount"]) for row in transactions(keap, LEAD)] == [("FAILED", 35.0)]
    assert not payments(keap, LEAD)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("status==FAILED;contact_id==1019", 3),
        ("is_successful==false;amount>=149", 3),
        ("transaction_method==REFUND", 2),
        ("amount<0", 2),
        ("since_time==2026-06-08T00:00:00.000Z;until_time==2026-06-13T00:00:00.000Z;status==FAILED", 3),
        ("order_id==20001", 1),
        ("merchant_account_type==PAYPAL", 0),
    ],
)
def test_transactions_can_be_filtered(keap: Keap, condition: str, expected: int) -> None:
    """Each condition on transactions narrows the list."""
    assert len(keap.rows("transactions", TRANSACTIONS, filter=condition)) == expected


def test_transactions_are_paged_by_time(keap: Keap) -> None:
    """Pages by transaction time give every transaction once, in order."""
    seen: list[Json] = []
    token: Json = {}
    while True:
        page = keap.get(TRANSACTIONS, page_size=100, order_by="transaction_time asc", **token).json()
        seen += page["transactions"]
        if not page["next_page_token"]:
            break
        token = {"page_token": page["next_page_token"]}
    times = [row["transaction_time"] for row in seen]
    assert times == sorted(times)
    whole = keap.rows("transactions", TRANSACTIONS)
    assert len(seen) == len(whole) == len({str(row) for row in seen})


def test_configuration_comes_module_by_module(keap: Keap) -> None:
    """Only `application` is there unasked; e-commerce tells the currency, the retries and the promo codes."""
    path = "/v2/settings/applications:getConfiguration"
    assert set(keap.get(path).json()) == {"application"}
    shop = keap.get(path, fields=["ECOMMERCE", "INVOICE"]).json()["ecommerce"]
    assert (shop["currency"], shop["default_charge_max_retry_attempts"]) == ("USD", 3)
    assert shop["promo_codes"] == "SPRING50,TRY14,WELCOME20"


def test_each_list_of_discounts_counts_its_own_ids(keap: Keap) -> None:
    """The five lists of discounts use the same ids for different discounts."""
    kinds = ("freeTrials", "orderTotals", "productCategories", "products", "shipping")
    names = [keap.get(f"/v2/discounts/{kind}/1").json()["name"] for kind in kinds]
    assert len(set(names)) == 5
    assert keap.rows("product_categories", "/v2/productCategories", filter="product_id==17")[0]["id"] == "3"
    teaching = keap.get("/v2/products/14").json()["categories"]
    assert teaching == ["2"]
