"""Orders to invoices: lines, discounts, tax, trials, links to subscriptions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import HeldInvoice, Ledger, Period
from destination_chartmogul.mapping.objects import Interval
from tests.destination_chartmogul.keap import bundle, context, item, money, only_line, order, subscription


def mapped(*orders: dict[str, Any], held: Ledger | None = None, **more: Any) -> Mapped:
    """Orders of contact 1001, with subscription 5001 unless told otherwise."""
    records = {"subscriptions": [subscription()], **more}
    return map_bundle(bundle(orders=orders, **records), held or Ledger(), context())


def amounts(result: Mapped) -> list[tuple[str, int, int, int]]:
    """(type, amount, discount, tax) of all lines."""
    return [
        (line.type, line.amount, line.discount, line.tax)
        for invoice in result.desired.invoices
        for line in invoice.line_items
    ]


def test_a_monthly_bill_is_one_line_with_its_period_in_the_account_zone() -> None:
    """The service period runs from local midnight of the billing day to that day plus the interval."""
    line = only_line(mapped(order()).desired.invoices[0])
    assert (line.amount, line.quantity, line.subscription_external_id) == (4900, 1, "5001")
    assert line.service_period_start == datetime(2026, 6, 3, 6, tzinfo=UTC)
    assert line.service_period_end == datetime(2026, 7, 3, 6, tzinfo=UTC)
    assert line.plan is not None
    assert (line.plan.external_id, line.plan.name) == ("11:101:1-month", "Gold, every month (plan 101)")


def test_a_late_evening_order_belongs_to_the_local_day() -> None:
    """23:30 in Denver is the next day in UTC, but not for the customer."""
    line = only_line(mapped(order(order_time="2026-05-01T05:30:00Z")).desired.invoices[0])
    assert line.service_period_start == datetime(2026, 4, 30, 6, tzinfo=UTC)
    assert line.service_period_end == datetime(2026, 5, 30, 6, tzinfo=UTC)


def test_months_that_lack_the_day_end_on_their_last_day() -> None:
    """A month from 31 January ends on 28 February."""
    line = only_line(mapped(order(order_time="2026-01-31T12:00:00Z")).desired.invoices[0])
    assert line.service_period_end == datetime(2026, 2, 28, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cycle", "frequency", "interval"),
    [
        ("MONTH", 3, Interval(3, "month")),
        ("YEAR", 1, Interval(1, "year")),
        ("WEEK", 2, Interval(14, "day")),
        ("DAY", 30, Interval(30, "day")),
        ("MONTH", None, Interval(1, "month")),
    ],
)
def test_the_interval_is_the_subscriptions_not_the_products(
    cycle: str, frequency: int | None, interval: Interval
) -> None:
    """Cycle × frequency of the subscription decides while the item is on the subscription's plan."""
    own = subscription(billing_cycle=cycle, billing_frequency=frequency)
    line = only_line(mapped(order(), subscriptions=[own]).desired.invoices[0])
    assert line.plan is not None
    assert line.plan.interval == interval


def test_an_order_of_a_plan_that_was_left_keeps_that_plans_interval() -> None:
    """After a change of plan, older orders are on the plan that their item names."""
    own = subscription(subscription_plan_id="104", billing_cycle="YEAR")
    line = only_line(mapped(order(), subscriptions=[own]).desired.invoices[0])
    assert line.plan is not None
    assert line.plan.external_id == "11:101:1-month"


def test_an_order_without_its_subscription_keeps_the_interval_that_chartmogul_has() -> None:
    """Incremental syncs bring orders alone; the interval must not change then."""
    from datetime import date

    held = Ledger((Period("19000", "59000", "5001", date(2026, 5, 3), date(2026, 8, 3), "11:101:3-month"),))
    result = mapped(order(), subscriptions=[], held=held)
    line = only_line(result.desired.invoices[0])
    assert line.plan is not None
    assert line.plan.external_id == "11:101:3-month"
    assert [n.rule for n in result.notices] == ["subscription_not_in_run"]


def test_one_off_items_are_one_time_lines() -> None:
    """An order is split by item, not judged as a whole."""
    result = mapped(order(item(), item("PRODUCT", 1000), item("SHIPPING", 500)))
    assert [kind for kind, *_ in amounts(result)] == ["subscription", "one_time", "one_time"]


@pytest.mark.parametrize(
    "shape", [{"discount": money(1000), "price_per_unit": money(0)}, {"price_per_unit": money(-1000)}]
)
def test_a_discount_counts_however_keap_writes_it(shape: dict[str, Any]) -> None:
    """Positive in `discount`, or negative as a price."""
    result = mapped(order(item(), item("DISCOUNT_ORDER_TOTAL") | shape, total=3900))
    assert amounts(result) == [("subscription", 3900, 1000, 0)]


def test_tax_is_spread_to_the_cent_over_the_lines() -> None:
    """Shares in proportion to the net amounts add up to the tax."""
    result = mapped(order(item(price=3333), item("PRODUCT", 6667), item("TAX", 1001)))
    assert amounts(result) == [("subscription", 3667, 0, 334), ("one_time", 7334, 0, 667)]


def test_a_product_discount_stays_with_its_product() -> None:
    """A discount that names a product does not touch the other lines."""
    gold = {"product": {"id": "11"}}
    result = mapped(order(item(), item("PRODUCT", 1000), item("DISCOUNT_PRODUCT", -900) | gold))
    assert amounts(result) == [("subscription", 4000, 900, 0), ("one_time", 1000, 0, 0)]


def test_a_shipping_discount_stays_with_shipping() -> None:
    """DISCOUNT_SHIPPING takes from the shipping lines."""
    result = mapped(order(item(), item("SHIPPING", 700), item("DISCOUNT_SHIPPING", -700)))
    assert amounts(result) == [("subscription", 4900, 0, 0), ("one_time", 0, 700, 0)]


def test_a_discount_of_the_line_itself_is_taken_when_the_total_says_so() -> None:
    """Keap does not say whether an item's own discount is in its price; the order's total does."""
    own = item(discount=money(900))
    assert amounts(mapped(order(own, total=4000))) == [("subscription", 4000, 900, 0)]
    assert amounts(mapped(order(own, total=4900))) == [("subscription", 4900, 0, 0)]


def test_a_full_discount_is_a_line_of_zero() -> None:
    """100 % off keeps the customer active at 0; it is no trial."""
    result = mapped(order(item(), item("DISCOUNT_ORDER_TOTAL", -4900)))
    assert amounts(result) == [("subscription", 0, 4900, 0)]
    assert result.desired.customer.free_trial_started_at is None


def test_a_free_trial_discount_starts_a_trial_and_writes_no_line() -> None:
    """The trial's start is the time of the order."""
    result = mapped(order(item(), item("DISCOUNT_FREE_TRIAL", -4900)))
    assert result.desired.invoices == ()
    assert result.desired.customer.free_trial_started_at == datetime(2026, 6, 3, 12, tzinfo=UTC)
    assert {n.rule for n in result.notices} == {"free_trial", "order_without_lines"}


def test_a_sign_up_before_the_first_bill_date_is_a_trial() -> None:
    """A line of 0 before the subscription starts is a trial, whatever else the order holds."""
    own = subscription(start_date="2026-06-17")
    result = mapped(order(item(price=0), item("PRODUCT", 1500)), subscriptions=[own])
    assert amounts(result) == [("one_time", 1500, 0, 0)]
    assert result.desired.customer.free_trial_started_at is not None


def test_a_sign_up_that_comes_again_without_its_subscription_stays_a_trial() -> None:
    """ChartMogul has a later bill and not this one, since it began a trial; it keeps one of 0 that it has."""
    bill = Period("20002", "60002", "5001", date(2026, 6, 17), date(2026, 7, 17))
    alone = order(item(price=0))
    result = mapped(alone, subscriptions=[], held=Ledger((bill,)))
    assert amounts(result) == []
    assert result.desired.customer.free_trial_started_at is not None
    kept = Ledger((bill,), {"20001": HeldInvoice(0, "USD")})
    assert amounts(mapped(alone, subscriptions=[], held=kept)) == [("subscription", 0, 0, 0)]


def test_a_draft_that_nobody_paid_is_not_written() -> None:
    """DRAFT with something paid is an order like any other."""
    assert mapped(order(status="DRAFT")).desired.invoices == ()
    assert len(mapped(order(status="DRAFT", total_paid=money(100))).desired.invoices) == 1


def test_instalments_are_one_time() -> None:
    """A product paid in parts is not recurring revenue, even with a subscription's id on it."""
    parts: dict[str, Any] = {"payment_plan": {"number_of_payments": 3}}
    result = mapped(order(item("PRODUCT", 30000, subscription_id="5001"), **parts))
    assert amounts(result) == [("one_time", 30000, 0, 0)]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (order(total=1), "order_total_differs"),
        (order(item("UNKNOWN")), "unknown_item_type"),
        (order(item("SOMETHING_NEW")), "unknown_item_type"),
        (order(order_time="yesterday"), "bad_time"),
        (order(order_time=None, creation_time=None), "bad_time"),
        (order(order_time="2026-08-01T00:00:00Z"), "date_in_future"),
        (order(item(price_per_unit={"amount": "49.5"}), total=4950), "bad_money"),
        (order(item(price=-100)), "negative_subscription_line"),
        (order() | {"order_items": "none"}, "malformed_record"),
    ],
)
def test_an_order_that_cannot_be_written_is_a_reject_with_its_rule(bad: dict[str, Any], rule: str) -> None:
    """The rest of the customer is written."""
    good = order(id="20002", order_items=[{**item(), "id": "69999"}])
    result = mapped(bad, good)
    assert [(r.stream, r.key, r.rule) for r in result.rejects] == [("orders", "20001", rule)]
    assert [i.external_id for i in result.desired.invoices] == ["20002"]


def test_an_unknown_cycle_is_a_reject() -> None:
    """An interval is never guessed; the spelling of the cycle does not matter."""
    for odd in ({"billing_cycle": "LUNAR"}, {"billing_frequency": -1}):
        result = mapped(order(), subscriptions=[subscription(**odd)])
        assert "unknown_cycle" in {r.rule for r in result.rejects}
    assert mapped(order(), subscriptions=[subscription(billing_cycle="month")]).rejects == ()


def test_a_first_order_without_subscription_id_finds_its_subscription() -> None:
    """Same plan, starting nearest on or after the order, not claimed by an earlier order."""
    bare = item(subscription_id=None)
    near, far = (
        subscription(id="5002", start_date="2026-06-10"),
        subscription(id="5003", start_date="2026-09-01"),
    )
    line = only_line(mapped(order(bare), subscriptions=[subscription(), far, near]).desired.invoices[0])
    assert line.subscription_external_id == "5002"


def test_two_first_orders_do_not_share_a_subscription() -> None:
    """The earlier order claims the nearer subscription."""
    bare = item(subscription_id=None)
    second = order(bare, id="20002") | {
        "order_items": [{**bare, "id": "60009"}],
        "order_time": "2026-06-03T13:00:00Z",
    }
    twins = [subscription(id=key, start_date="2026-06-03") for key in ("5002", "5003")]
    result = mapped(order(bare), second, subscriptions=twins)
    assert [only_line(i).subscription_external_id for i in result.desired.invoices] == ["5002", "5003"]


def test_a_subscription_that_moved_to_another_product_is_found_by_its_start() -> None:
    """Plan and product differ by now, but it started on the day of the order."""
    moved = subscription(product_id="12", subscription_plan_id="103", start_date="2026-06-03")
    line = only_line(mapped(order(item(subscription_id=None)), subscriptions=[moved]).desired.invoices[0])
    assert line.subscription_external_id == "5001"


def test_without_any_subscription_the_order_names_its_own() -> None:
    """The identity is made of the order and noted."""
    result = mapped(order(item(subscription_id=None)), subscriptions=[])
    assert only_line(result.desired.invoices[0]).subscription_external_id == "order-20001"
    assert [n.rule for n in result.notices] == ["subscription_not_found"]


def test_items_of_one_subscription_are_one_line() -> None:
    """ChartMogul counts one of the lines that begin together; several intervals are a reject."""
    seats, more = item(price=1000, quantity=3), item(price=500)
    other = item(price=12_000, subscription_plan={"id": "109", "cycle_type": "YEARLY", "frequency": 1})
    (line,) = mapped(order(seats, more, item("TAX", 350))).desired.invoices[0].line_items
    assert (line.external_id, line.amount, line.tax, line.quantity) == ("60001", 3850, 350, 4)
    assert [r.rule for r in mapped(order(seats, other), subscriptions=[]).rejects] == ["unknown_cycle"]
