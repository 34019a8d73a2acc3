"""What lines cost: discounts, credits, tax, and currencies without cents."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import Ledger
from tests.destination_chartmogul.keap import bundle, context, item, money, order, payment, subscription

GOLD = {"product": {"id": "11"}}


def mapped(one: dict[str, Any], *payments: dict[str, Any], **policy: Any) -> Mapped:
    """One order of contact 1001 with subscription 5001."""
    records = bundle(orders=[one], subscriptions=[subscription()], payments=payments)
    return map_bundle(records, Ledger(), context(**policy))


def amounts(result: Mapped) -> list[tuple[str, int, int, int]]:
    """(type, amount, discount, tax) of all lines."""
    lines = [line for invoice in result.desired.invoices for line in invoice.line_items]
    return [(line.type, line.amount, line.discount, line.tax) for line in lines]


def test_a_named_discount_beyond_its_product_comes_off_the_rest() -> None:
    """60.00 off a product of 49.00 takes 11.00 from the other line; no line sinks below zero."""
    result = mapped(order(item(), item("PRODUCT", 2000), item("DISCOUNT_PRODUCT", -6000) | GOLD, total=900))
    assert amounts(result) == [("subscription", 0, 4900, 0), ("one_time", 900, 1100, 0)]


def test_a_discount_beyond_the_whole_order_is_cut() -> None:
    """Keap's total of 0 says so."""
    result = mapped(order(item(), item("DISCOUNT_ORDER_TOTAL", -6000), total=0))
    assert amounts(result) == [("subscription", 0, 4900, 0)]


def test_several_discounts_add_up_to_the_cent() -> None:
    """The named one first, then the whole order's, spread by what is left."""
    off = item("DISCOUNT_PRODUCT", -1000) | GOLD
    result = mapped(order(item(), item("PRODUCT", 1001), off, item("DISCOUNT_ORDER_TOTAL", -100)))
    assert amounts(result) == [("subscription", 3820, 1080, 0), ("one_time", 981, 20, 0)]


@pytest.mark.parametrize("kind", ["PRODUCT", "OTHER", "FEE"])
def test_a_credit_line_reduces_the_others(kind: str) -> None:
    """ChartMogul takes no negative one-off lines, so a credit is a reduction like a discount."""
    result = mapped(order(item(), item("SHIPPING", 1100), item(kind, -600)))
    assert amounts(result) == [("subscription", 4410, 490, 0), ("one_time", 990, 110, 0)]


def test_a_credit_that_names_a_product_reduces_that_one() -> None:
    """It is for that product."""
    result = mapped(order(item(), item("SHIPPING", 1100), item("PRODUCT", -600, **GOLD)))
    assert amounts(result) == [("subscription", 4300, 600, 0), ("one_time", 1100, 0, 0)]


def test_credits_alone_are_a_reject() -> None:
    """There is no invoice below zero."""
    result = mapped(order(item("OTHER", -600)))
    assert [r.rule for r in result.rejects] == ["credit_without_charge"]


@pytest.mark.parametrize(
    "special",
    [{"amount": 490, "discount_method": "AMOUNT"}, {"amount": 10, "discount_method": "PERCENT"}],
)
def test_a_special_of_the_item_is_read_when_the_total_says_so(special: dict[str, Any]) -> None:
    """An amount or a percentage on the item itself."""
    result = mapped(order(item(special=special), total=4410))
    assert amounts(result) == [("subscription", 4410, 490, 0)]


def test_tax_inside_the_prices_is_taken_out_of_them() -> None:
    """When the total is the sum without the tax line, prices include the tax; MRR must not."""
    result = mapped(order(item(price=11900), item("TAX", 1900), total=11900))
    assert amounts(result) == [("subscription", 11900, 0, 1900)]


def test_all_seats_are_one_line_with_their_quantity() -> None:
    """The amount is for all of them."""
    lines = mapped(order(item(quantity=3))).desired.invoices[0].line_items
    assert [(line.amount, line.quantity) for line in lines] == [(14700, 3)]


@pytest.mark.parametrize(
    ("currency", "price", "paid", "policy", "sent"),
    [
        ("USD", 4900, 49.0, {}, 4900),
        ("JPY", 4900, 4900.0, {}, 490000),
        ("KWD", 49000, 49.0, {}, 4900),
        ("JPY", 4900, 4900.0, {"amounts": "smallest_unit"}, 4900),
        ("KWD", 49000, 49.0, {"amounts": "smallest_unit"}, 49000),
    ],
)
def test_amounts_are_hundredths_of_every_currency(
    currency: str, price: int, paid: float, policy: dict[str, Any], sent: int
) -> None:
    """ChartMogul's reports show yen in hundredths; invoices and payments are sent alike."""
    line = item(price_per_unit=money(price, currency))
    result = mapped(order(line, currency=currency), payment(amount=paid), **policy)
    invoice = result.desired.invoices[0]
    assert (invoice.total, invoice.currency) == (sent, currency)
    assert [t.amount for t in invoice.transactions] == [sent]


def test_thousandths_are_rounded_without_losing_any_of_the_total() -> None:
    """Three lines of 0.335 dinar are 1.005, which is 1.01 in hundredths: 34, 34 and 33."""
    lines = [item("PRODUCT", 335) for _ in range(3)]
    result = mapped(order(*lines, currency="KWD"))
    assert [amount for _, amount, _, _ in amounts(result)] == [34, 34, 33]
