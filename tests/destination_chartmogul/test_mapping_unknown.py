"""Values that Keap does not document: a reject with its rule, or a notice; never a default."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import Ledger
from destination_chartmogul.mapping.customers import map_contact
from destination_chartmogul.mapping.text import line_of
from tests.destination_chartmogul.keap import (
    bundle,
    contact,
    context,
    item,
    money,
    only_line,
    order,
    payment,
    subscription,
)

EUROS: dict[str, Any] = {"price_per_unit": money(4900, "EUR")}
TWICE = order() | {"order_items": [item(price=2450), item(price=2450)]}


def mapped(one: dict[str, Any], *payments: dict[str, Any], **of_subscription: Any) -> Mapped:
    """One order with its subscription and payments."""
    records = bundle(orders=[one], subscriptions=[subscription(**of_subscription)], payments=payments)
    return map_bundle(records, Ledger(), context())


def rules(result: Mapped) -> list[tuple[str, str]]:
    """(stream, rule) of the rejects."""
    return [(reject.stream, reject.rule) for reject in result.rejects]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (order(status="VOID"), "unknown_order_status"),
        (order(status="VOID", total_paid=money(4900)), "unknown_order_status"),
        (order(status=None), "unknown_order_status"),
        (order(item(**EUROS)) | {"total": money(4900)}, "currency_differs"),
        (order(item("PRODUCT", discount=money(100, "EUR"))) | {"total": money(4800)}, "currency_differs"),
        (TWICE, "malformed_record"),
        (order(item(quantity=1.5), total=4900), "malformed_record"),
        (order(item(quantity=True), total=4900), "malformed_record"),
        (order() | {"total": None, "order_items": [item(price_per_unit=None)]}, "bad_money"),
        (order(item(discount=money(100))) | {"total": None}, "order_total_differs"),
    ],
)
def test_an_order_that_is_not_as_documented_is_a_reject(bad: dict[str, Any], rule: str) -> None:
    """Also where a usual value would make sense of it."""
    result = mapped(bad)
    assert rules(result) == [("orders", rule)]
    assert result.desired.invoices == ()


@pytest.mark.parametrize("frequency", [0, "0", -1, 1.5, True, "monthly"])
def test_a_frequency_that_is_no_positive_whole_number_is_a_reject(frequency: object) -> None:
    """0 is not 1."""
    result = mapped(order(), billing_frequency=frequency)
    assert [stream for stream, _ in rules(result)] == ["orders"]
    assert {rule for _, rule in rules(result)} <= {"unknown_cycle", "malformed_record"}


def test_the_frequency_of_a_plan_that_was_left_is_not_defaulted_either() -> None:
    """The item's own plan, another than the subscription's by now, bills every 0 months."""
    plan = {"id": "102", "cycle_type": "MONTHLY", "frequency": 0}
    assert rules(mapped(order(item(subscription_plan=plan)))) == [("orders", "unknown_cycle")]


def test_whole_numbers_may_come_as_text_or_double() -> None:
    """Warehouses and caches change types; the value is the same."""
    line = only_line(mapped(order(item(quantity="2"), total=9800), billing_frequency="3").desired.invoices[0])
    assert (line.amount, line.quantity) == (9800, 2)
    assert line.plan is not None
    assert line.plan.interval.count == 3
    assert only_line(mapped(order(item(quantity=1.0))).desired.invoices[0]).quantity == 1


def test_an_order_that_somebody_paid_needs_no_status() -> None:
    """The status tells drafts alone, and what is paid is none."""
    assert len(mapped(order(status=None, total_paid=money(4900))).desired.invoices) == 1


def test_an_order_without_total_is_written_when_it_can_be_read_in_one_way() -> None:
    """Nothing in it is open then."""
    result = mapped(order() | {"total": None})
    assert (result.rejects, result.desired.invoices[0].total) == ((), 4900)


@pytest.mark.parametrize("total", [money(4900, "EUR"), None])
def test_an_order_in_another_currency_keeps_it(total: dict[str, Any] | None) -> None:
    """ChartMogul converts; lines and payments are in the order's own currency."""
    result = mapped(order(item(**EUROS)) | {"total": total}, payment())
    invoice = result.desired.invoices[0]
    assert (invoice.currency, invoice.total, invoice.transactions[0].amount) == ("EUR", 4900, 4900)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"status": "LOST"}, "unknown_payment_status"),
        ({"payment_time": "2099-01-01T00:00:00Z"}, "date_in_future"),
        ({"payment_time": "2026-07-02T12:00:00Z"}, "date_in_future"),
        ({"amount": 49.005}, "bad_money"),
        ({"amount": -49.0}, "refund_of_nothing"),
        ({"type": "Refund"}, "refund_of_nothing"),
    ],
)
def test_a_payment_that_is_not_as_documented_is_a_reject(bad: dict[str, Any], rule: str) -> None:
    """The order is written without it."""
    result = mapped(order(), payment(**bad))
    assert rules(result) == [("payments", rule)]
    assert result.desired.invoices[0].transactions == ()
    assert "payment_over_invoice" not in {notice.rule for notice in result.notices}


def test_a_payment_that_says_no_status_was_made() -> None:
    """Keap gives the status "if available"."""
    result = mapped(order(), payment(status=None))
    assert (rules(result), result.desired.invoices[0].transactions[0].amount) == ([], 4900)


def test_a_failed_charge_without_status_or_of_tomorrow_is_a_reject() -> None:
    """As a payment."""
    base = {"order_ids": ["20001"], "amount": 49.0, "transaction_time": "2026-06-03T12:00:00Z"}
    odd = [base, {**base, "status": "FAILED", "transaction_time": "2026-07-09T12:00:00Z"}]
    result = map_bundle(bundle(orders=[order()], attempts=odd), Ledger(), context())
    assert sorted(rules(result)) == [
        ("transactions", "date_in_future"),
        ("transactions", "unknown_payment_status"),
    ]


def test_a_payment_of_later_today_counts_as_now() -> None:
    """Clocks differ, and a day may be meant; ChartMogul refuses even a minute ahead."""
    result = mapped(order(), payment(payment_time="2026-07-01T20:00:00Z"))
    assert result.desired.invoices[0].transactions[0].date == context().now


def test_an_order_of_later_today_is_issued_now() -> None:
    """Keap's clock may be ahead: an order that were rejected for that would not come again."""
    result = mapped(order(order_time="2026-07-01T12:00:30Z"))
    (invoice,) = result.desired.invoices
    assert (result.rejects, invoice.date) == ((), context().now)
    (earlier,) = mapped(order(order_time="2026-07-01T09:00:00Z")).desired.invoices
    assert [line.service_period_start for line in invoice.line_items] == [
        line.service_period_start for line in earlier.line_items
    ]


def test_doubles_that_are_off_by_a_trace_are_the_cents_they_mean() -> None:
    """A third of a cent is not; a millionth is arithmetic."""
    result = mapped(order(), payment(amount=48.99999999999))
    assert (result.rejects, result.desired.invoices[0].transactions[0].amount) == ((), 4900)


def test_a_second_refund_of_the_same_money_is_a_reject() -> None:
    """The first took all that was paid."""
    back = [
        payment(id=key, amount=-49.0, payment_time=f"2026-06-0{key[-1]}T12:00:00Z") for key in ("44", "45")
    ]
    result = mapped(order(), payment(), *back)
    assert [(reject.key, reject.rule) for reject in result.rejects] == [("45", "refund_of_nothing")]


def test_a_payment_of_zero_is_noted() -> None:
    """It pays nothing, and ChartMogul needs none."""
    result = mapped(order(), payment(amount=0))
    assert "payment_of_zero" in {notice.rule for notice in result.notices}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"given_name": "Ada\u0007\u0000Low"}, "control_characters"),
        ({"company": {"company_name": "Low\u0085Works\u0000"}}, "control_characters"),
        ({"given_name": "Ada " * 5000}, "text_cut"),
        ({"addresses": [{"field": "BILLING", "country_code": "ZZZ"}]}, "unknown_country"),
    ],
)
def test_a_contact_is_written_without_what_chartmogul_cannot_take(changes: dict[str, Any], rule: str) -> None:
    """With a notice for each kind of thing, or a reject of the field."""
    result = map_contact(contact(**changes), context(), None)
    assert [n.rule for n in result.notices] + [r.rule for r in result.rejects] == [rule]
    assert result.customer.name.isprintable()
    assert len(result.customer.name) <= 255


def test_texts_become_one_line_and_keep_every_script() -> None:
    """Control characters are blanks; emoji, Arabic and combining accents stay."""
    assert line_of(" Line\nbreak\ttab\u0007bell\u0000nul ") == "Line break tab bell nul"
    assert line_of("Zoë \U0001f680 مرحبا e\u0301") == "Zoë \U0001f680 مرحبا e\u0301"
    line = only_line(mapped(order(item(name="Go\u0000ld" * 200))).desired.invoices[0])
    assert len(line.description) <= 255
    assert line.description.isprintable()


def test_ids_may_be_numbers() -> None:
    """Ids are texts in REST v2; a number means the same."""
    numbers = {"id": 5001, "contact_id": 1001, "product_id": 11, "subscription_plan_id": 101}
    own = item(id=60001, subscription_id=5001, product={"id": 11}, subscription_plan={"id": 101})
    bill = order() | {"id": 20001, "order_items": [own]}
    paid = payment(id=40001, order_ids=[20001])
    records = bundle(contact=contact(id=1001))
    records = type(records)(
        "1001", records.contact, {"5001": subscription(**numbers)}, {"20001": bill}, {"40001": paid}
    )
    result = map_bundle(records, Ledger(), context())
    text = mapped(order(), payment())
    assert result.rejects == ()
    assert result.desired.invoices == text.desired.invoices


def test_an_order_of_before_1970_is_written_as_it_is() -> None:
    """Old dates are dates."""
    line = only_line(mapped(order(order_time="1969-12-31T12:00:00Z")).desired.invoices[0])
    assert line.service_period_start is not None
    assert line.service_period_start.year == 1969


def test_an_order_of_a_hundred_items_adds_up() -> None:
    """Each with its share of a discount."""
    lines = [item("PRODUCT", 101 + number, product={"id": "7"}) for number in range(100)]
    result = mapped(order(*lines, item("DISCOUNT_ORDER_TOTAL", -997)))
    invoice = result.desired.invoices[0]
    assert (len(invoice.line_items), invoice.total) == (100, sum(range(101, 201)) - 997)
