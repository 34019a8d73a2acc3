"""Payments, refunds and shares of money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import HeldInvoice, HeldTransaction, Ledger
from destination_chartmogul.mapping.conventions import Conventions
from destination_chartmogul.mapping.money import scaled, spread
from tests.destination_chartmogul.keap import bundle, context, item, money, order, payment, subscription


def mapped(*payments: dict[str, Any], held: Ledger | None = None, **more: Any) -> Mapped:
    """Payments of order 20001 over 49.00."""
    records = {"subscriptions": [subscription()], "orders": [order()], **more}
    return map_bundle(bundle(payments=payments, **records), held or Ledger(), context())


def sent(result: Mapped) -> list[tuple[str, str, int]]:
    """(id, type, amount) of the order's transactions."""
    return [(t.external_id, t.type, t.amount) for i in result.desired.invoices for t in i.transactions]


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [5, 5], [1, 0]),
        (0, [3, 4], [0, 0]),
        (7, [0, 0], [7, 0]),
        (5, [], []),
    ],
)
def test_spread_loses_no_cent(total: int, weights: list[int], parts: list[int]) -> None:
    """Largest remainder first; equal remainders by position."""
    assert spread(total, weights) == parts


@pytest.mark.parametrize(
    ("amount", "digits", "whole"),
    [(19.99, 2, 1999), (0.1 + 0.2, 2, 30), (5000.0, 0, 5000), (1.234, 3, 1234), ("12.5", 2, 1250)],
)
def test_major_units_become_minor_without_float_arithmetic(amount: object, digits: int, whole: int) -> None:
    """The number of digits after the point decides."""
    assert scaled(amount, digits) == whole


@pytest.mark.parametrize("status", ["COMPLETED", "APPROVED", "NONE"])
def test_settled_payments_are_successful_transactions(status: str) -> None:
    """Keap lists payments that went through; failed attempts are elsewhere."""
    assert sent(mapped(payment(status=status))) == [("40001", "payment", 4900)]


def test_a_pending_payment_waits_and_an_unknown_status_is_a_reject() -> None:
    """PENDING comes again when it is settled."""
    result = mapped(payment(status="PENDING"), payment(id="40002", status="LIMBO"))
    assert sent(result) == []
    assert [n.rule for n in result.notices] == ["payment_pending"]
    assert [(r.key, r.rule) for r in result.rejects] == [("40002", "unknown_payment_status")]


@pytest.mark.parametrize(
    "refund",
    [{"amount": -20.0}, {"amount": 20.0, "type": "Refund"}, {"amount": 20.0, "type": "credit card REFUND"}],
)
def test_a_refund_is_known_by_its_sign_or_label(refund: dict[str, Any]) -> None:
    """The amount sent is positive."""
    result = mapped(payment(), payment(id="40002", payment_time="2026-06-05T12:00:00Z", **refund))
    assert sent(result) == [("40001", "payment", 4900), ("40002", "refund", 2000)]


def test_a_refund_is_known_by_the_payment_that_it_refunds() -> None:
    """Even when sign and label say nothing."""
    back = payment(id="40002", payment_time="2026-06-05T12:00:00Z")
    assert sent(mapped(payment(), back, refund_ids=["40002"]))[1] == ("40002", "refund", 4900)


def test_payments_are_cut_at_the_invoice_total_oldest_first() -> None:
    """ChartMogul takes no more than the invoice's amount; what is cut to nothing is left out."""
    later = payment(id="40002", payment_time="2026-06-04T12:00:00Z", amount=30.0)
    third = payment(id="40003", payment_time="2026-06-05T12:00:00Z", amount=30.0)
    result = mapped(third, later, payment(amount=30.0))
    assert sent(result) == [("40001", "payment", 3000), ("40002", "payment", 1900)]
    assert {n.rule for n in result.notices} == {"payment_over_invoice"}


def test_a_payment_of_an_order_that_chartmogul_has_goes_there() -> None:
    """The order itself need not come again; what it already has is not paid twice."""
    held = Ledger(invoices={"20001": HeldInvoice(4900, "USD", {"39999": HeldTransaction("payment", 4000)})})
    result = mapped(payment(), orders=[], held=held)
    assert [t.amount for t in result.desired.payments["20001"]] == [900]


def test_a_payment_waits_for_an_order_that_nobody_knows() -> None:
    """Whether it is a reject is decided when the input is known to be complete."""
    assert mapped(payment(), orders=[]).waiting == ("40001",)


def test_a_payment_of_a_rejected_order_is_rejected_with_it() -> None:
    """Both can be replayed together."""
    result = mapped(payment(), orders=[order(total=1)])
    assert {r.rule for r in result.rejects} == {"order_total_differs", "order_not_written"}


def test_a_payment_of_a_draft_is_left_out_with_it() -> None:
    """A notice, not a reject: the order is left out by a rule."""
    result = mapped(payment(), orders=[order(status="DRAFT")])
    assert (result.rejects, {n.rule for n in result.notices}) == (
        (),
        {"draft_order", "payment_of_unwritten_order"},
    )


def test_a_payment_must_name_an_order() -> None:
    """Money for nothing has no place in ChartMogul."""
    assert [r.rule for r in mapped(payment(order_ids=[])).rejects] == ["payment_names_no_order"]


def second_order(price: int = 2000) -> dict[str, Any]:
    """Order 20002 of the same contact, a product."""
    line = {**item("PRODUCT", price), "id": "60009"}
    return order(line, id="20002") | {"order_items": [line]}


def test_a_payment_for_several_orders_fills_them_in_the_order_that_keap_names() -> None:
    """Each takes what is open on it; the parts are told apart by the order's id."""
    both = [order(), second_order()]
    result = mapped(payment(amount=59.0, order_ids=["20001", "20002"]), orders=both)
    assert sent(result) == [("40001:20001", "payment", 4900), ("40001:20002", "payment", 1000)]
    assert [n.rule for n in result.notices] == ["payment_for_several_orders"]
    earlier = payment(id="40000", amount=40.0)
    result = mapped(earlier, payment(amount=29.0, order_ids=["20001", "20002"]), orders=both)
    assert sent(result) == [
        ("40000", "payment", 4000),
        ("40001:20001", "payment", 900),
        ("40001:20002", "payment", 2000),
    ]


def test_a_refund_of_several_orders_is_divided_by_what_was_paid() -> None:
    """No order gives back more than it got."""
    paid = payment(amount=69.0, order_ids=["20001", "20002"])
    back = payment(id="40002", amount=-60.0, order_ids=["20001", "20002"])
    result = mapped(paid, back | {"payment_time": "2026-06-05T12:00:00Z"}, orders=[order(), second_order()])
    assert [row for row in sent(result) if row[1] == "refund"] == [
        ("40002:20001", "refund", 4900),
        ("40002:20002", "refund", 1100),
    ]


def test_a_refund_that_chartmogul_has_stays_one() -> None:
    """It may come again without the payment that named it as its refund."""
    held = {"40001": HeldTransaction("payment", 4900), "40002": HeldTransaction("refund", 4900)}
    ledger = Ledger(invoices={"20001": HeldInvoice(4900, "USD", held)})
    result = mapped(payment(id="40002"), orders=[], held=ledger)
    assert [t.type for t in result.desired.payments["20001"]] == ["refund"]


REFUNDED: dict[str, Any] = {"refund_total": money(2000), "modification_time": "2026-06-09T12:00:00Z"}


def test_a_refund_without_a_row_of_its_own_is_told_by_the_order() -> None:
    """The part of refund_total that no row explains, at the time the order was changed."""
    result = mapped(payment(), orders=[order(**REFUNDED)])
    assert sent(result) == [("40001", "payment", 4900), ("20001:refund", "refund", 2000)]
    row = payment(id="40002", amount=-15.0, payment_time="2026-06-05T12:00:00Z")
    result = mapped(payment(), row, orders=[order(**REFUNDED)])
    assert sent(result)[1:] == [("40002", "refund", 1500), ("20001:refund", "refund", 500)]


@pytest.mark.parametrize("orders", [[order(**REFUNDED)], []])
def test_a_refund_told_by_the_order_gives_way_to_its_row(orders: list[dict[str, Any]]) -> None:
    """The row may come in a later run, with or without the order; the money goes back once."""
    held = {"40001": HeldTransaction("payment", 4900), "20001:refund": HeldTransaction("refund", 2000)}
    ledger = Ledger(invoices={"20001": HeldInvoice(4900, "USD", held)})
    row = payment(id="40002", amount=-20.0, payment_time="2026-06-09T12:00:00Z")
    result = mapped(row, orders=orders, held=ledger)
    found = result.desired.payments.get("20001") or result.desired.invoices[0].transactions
    assert [(t.external_id, t.amount) for t in found] == [("40002", 2000), ("20001:refund", 0)]


def attempt(**more: Any) -> dict[str, Any]:
    """A declined charge of order 20001."""
    return {
        "amount": 49.0,
        "status": "FAILED",
        "is_successful": False,
        "transaction_method": "CAPTURE",
        "transaction_time": "2026-06-03T12:00:00Z",
        "order_ids": ["20001"],
        "contact_id": "1001",
    } | more


def test_failed_attempts_are_failed_transactions() -> None:
    """They do not count against the invoice's total; attempts that went through show as payments."""
    retry = attempt(transaction_time="2026-06-05T12:00:00Z", status="ERROR")
    done = attempt(transaction_time="2026-06-07T12:00:00Z", status="APPROVED")
    result = mapped(payment(), attempts=[attempt(), retry, done])
    found = result.desired.invoices[0].transactions
    assert [(t.external_id, t.result) for t in found] == [
        ("40001", "successful"),
        ("20001:attempt:20260603T120000", "failed"),
        ("20001:attempt:20260605T120000", "failed"),
    ]


def test_an_attempt_of_an_unknown_order_is_left_out_and_an_unknown_status_is_a_reject() -> None:
    """An attempt brought no money, so nothing is missing without it."""
    result = mapped(attempts=[attempt(order_ids=["29999"]), attempt(status="LIMBO")])
    assert [n.rule for n in result.notices] == ["attempt_without_order"]
    assert [(r.stream, r.rule) for r in result.rejects] == [("transactions", "unknown_payment_status")]


def test_a_written_off_order_is_told_to_chartmogul() -> None:
    """No transaction says so."""
    result = mapped(orders=[order(refund_status="WRITTEN_OFF")])
    assert result.desired.invoices[0].status == "written_off"
    assert mapped(orders=[order(refund_status="NONE")]).desired.invoices[0].status == ""


@pytest.mark.parametrize("gone", [order(status="DRAFT"), order(total=0) | {"order_items": []}])
def test_an_order_of_which_nothing_is_left_is_withdrawn(gone: dict[str, Any]) -> None:
    """ChartMogul has it; in Keap it is a draft again, or was emptied."""
    held = Ledger(invoices={"20001": HeldInvoice(4900, "USD")})
    assert mapped(orders=[gone], held=held).desired.withdrawn == frozenset({"20001"})
    assert mapped(orders=[order(total=1)], held=held).desired.withdrawn == frozenset()


@pytest.mark.parametrize(("units", "amount"), [("major", 49.0), ("minor", 4900)])
def test_payments_are_read_in_the_units_that_the_account_uses(units: str, amount: float) -> None:
    """Both come to the same."""
    conventions = Conventions(payments_in=units)
    records = bundle(payments=[payment(amount=amount)], orders=[order()], subscriptions=[subscription()])
    result = map_bundle(records, Ledger(), replace(context(), conventions=conventions))
    assert sent(result) == [("40001", "payment", 4900)]


def test_a_payment_by_credit_settles_the_invoice() -> None:
    """What it was paid with makes no difference to the invoice."""
    assert sent(mapped(payment(type="Credit"))) == [("40001", "payment", 4900)]
