"""Payments, refunds and shares of money."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import HeldInvoice, Ledger
from destination_chartmogul.mapping.money import major_to_minor, spread
from tests.destination_chartmogul.keap import bundle, context, order, payment, subscription


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
    ("amount", "currency", "minor"),
    [
        (19.99, "USD", 1999),
        (0.1 + 0.2, "USD", 30),
        (5000.0, "JPY", 5000),
        (1.234, "KWD", 1234),
        ("12.5", "EUR", 1250),
    ],
)
def test_major_units_become_minor_without_float_arithmetic(amount: object, currency: str, minor: int) -> None:
    """The currency's own number of digits decides."""
    assert major_to_minor(amount, currency) == minor


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
    held = Ledger(invoices={"20001": HeldInvoice(4900, "USD", {"39999": ("payment", 4000)})})
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


@pytest.mark.parametrize("ids", [[], ["20001", "20002"]])
def test_a_payment_must_name_one_order(ids: list[str]) -> None:
    """How a payment is divided over several orders, Keap does not say."""
    assert [r.rule for r in mapped(payment(order_ids=ids)).rejects] == ["payment_not_for_one_order"]
