"""Which interval a bill was for: edits in place, odd gaps, orders without their subscription."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import HeldInvoice, Ledger, Period
from destination_chartmogul.mapping.objects import Interval
from destination_chartmogul.mapping.spacing import fits
from tests.destination_chartmogul.keap import bundle, context, item, order, subscription

MONTH, QUARTER, YEAR = Interval(1, "month"), Interval(3, "month"), Interval(1, "year")
LATER = datetime(2026, 9, 1, 12, tzinfo=UTC)
BY_YEAR = {"billing_cycle": "YEAR", "last_bill_date": None, "next_bill_date": None}


def bill(day: str, price: int = 4900, **more: Any) -> dict[str, Any]:
    """A bill of subscription 5001; its id and its item's are made of the day."""
    number = day.replace("-", "")
    line = {**item(price=price, **more), "id": f"6{number}"}
    return order(line, id=f"2{number}", order_time=f"{day}T12:00:00Z") | {"order_items": [line]}


def mapped(own: dict[str, Any] | None, *orders: dict[str, Any], held: Ledger | None = None) -> Mapped:
    """Orders of one subscription, which is in the run unless `own` is None."""
    records = bundle(subscriptions=[own] if own else [], orders=orders)
    return map_bundle(records, held or Ledger(), context())


def intervals(result: Mapped) -> list[Interval]:
    """Of all subscription lines, oldest first."""
    lines = [line for invoice in result.desired.invoices for line in invoice.line_items]
    return [line.plan.interval for line in lines if line.plan]


@pytest.mark.parametrize(
    ("first", "second", "interval", "expected"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), MONTH, True),
        (date(2026, 2, 28), date(2026, 3, 31), MONTH, True),
        (date(2026, 1, 15), date(2026, 2, 16), MONTH, True),
        (date(2026, 1, 15), date(2026, 2, 18), MONTH, False),
        (date(2026, 1, 15), date(2026, 1, 22), Interval(7, "day"), True),
        (date(2026, 1, 15), date(2026, 1, 17), Interval(1, "day"), False),
        (date(2024, 2, 29), date(2025, 2, 28), YEAR, True),
    ],
)
def test_a_next_bill_fits_an_interval(first: date, second: date, interval: Interval, expected: bool) -> None:
    """One day of tolerance, and month ends as they come."""
    assert fits(first, second, interval) is expected


def test_an_interval_edited_in_place_leaves_older_bills_as_they_were() -> None:
    """Monthly bills stay monthly when the subscription is yearly on the same plan by now."""
    own = subscription(**BY_YEAR)
    orders = [bill("2026-03-03"), bill("2026-04-03"), bill("2026-05-03"), bill("2026-06-03", 49000)]
    result = mapped(own, *orders)
    assert intervals(result) == [MONTH, MONTH, MONTH, YEAR]
    assert [n.rule for n in result.notices] == ["interval_from_bill_days"] * 3


def test_an_edit_after_the_last_bill_changes_the_next_bill_only() -> None:
    """The next bill date that the record keeps says for how long the last bill was."""
    own = subscription(billing_cycle="YEAR")
    assert intervals(mapped(own, bill("2026-05-03"), bill("2026-06-03"))) == [MONTH, MONTH]


def test_a_single_earlier_bill_is_told_by_its_price() -> None:
    """One yearly bill, then monthly ones at another price: the first was for a year."""
    own = subscription(next_bill_date="2026-07-03")
    orders = [bill("2025-05-03", 49000), bill("2026-05-03"), bill("2026-06-03")]
    assert intervals(mapped(own, *orders)) == [YEAR, MONTH, MONTH]


@pytest.mark.parametrize(
    ("plan_price", "second", "expected"),
    [
        (49000, "2026-06-03", [YEAR, QUARTER]),
        (49000, "2027-07-03", [YEAR, QUARTER]),
        (50000, "2026-06-03", [MONTH, QUARTER]),
        ("nothing", "2026-06-03", [MONTH, QUARTER]),
    ],
)
def test_a_bill_at_its_plans_price_is_for_the_plans_interval(
    plan_price: Any, second: str, expected: list[Interval]
) -> None:
    """Whether the next bill comes early or late, unless the plan's price is another one or none."""
    plan = {"id": "101", "cycle_type": "YEARLY", "frequency": 1, "plan_price": {"amount": plan_price}}
    orders = [
        bill(day, price, subscription_plan=plan) for day, price in (("2026-05-03", 49000), (second, 6600))
    ]
    own = subscription(billing_cycle="MONTH", billing_frequency=3, next_bill_date=None)
    records = bundle(subscriptions=[own], orders=orders)
    late = replace(context(), now=datetime(2027, 8, 1, 12, tzinfo=UTC))
    assert intervals(map_bundle(records, Ledger(), late)) == expected


def test_a_gap_at_the_same_price_is_a_pause_not_an_interval() -> None:
    """Three months without a bill at an unchanged price are a pause, which is churn and reactivation."""
    orders = [bill("2026-02-03"), bill("2026-05-03"), bill("2026-06-03")]
    result = mapped(subscription(), *orders)
    assert intervals(result) == [MONTH, MONTH, MONTH]
    assert [e.external_id for e in result.desired.events] == ["5001:cancelled:220260203"]


def test_an_order_that_comes_again_keeps_the_interval_that_chartmogul_holds_for_it() -> None:
    """A refund brings an old order back after the edit; nothing is re-interpreted."""
    old = bill("2026-03-03")
    periods = (
        Period(old["id"], "620260303", "5001", date(2026, 3, 3), date(2026, 4, 3), "11:101:1-month"),
        Period("220260403", "620260403", "5001", date(2026, 4, 3), date(2027, 4, 3), "11:101:1-year"),
    )
    assert intervals(mapped(subscription(**BY_YEAR), old, held=Ledger(periods))) == [MONTH]
    assert intervals(mapped(None, old, held=Ledger(periods))) == [MONTH]


def test_an_interval_that_was_wrong_in_chartmogul_is_corrected() -> None:
    """What was guessed without the subscription's record gives way when the days agree with the record."""
    held = Ledger(
        (Period("220260403", "620260403", "5001", date(2026, 4, 3), date(2027, 4, 3), "11:101:1-year"),)
    )
    result = mapped(subscription(), bill("2026-04-03"), bill("2026-05-03"), held=held)
    assert intervals(result) == [MONTH, MONTH]


def test_a_plan_that_was_left_is_read_by_its_days() -> None:
    """The item names a monthly plan, but was billed every three months."""
    own = subscription(subscription_plan_id="104", billing_cycle="YEAR")
    orders = [bill("2025-09-03"), bill("2025-12-03"), bill("2026-03-03")]
    assert intervals(mapped(own, *orders))[:2] == [QUARTER, QUARTER]


def test_without_any_plan_the_days_tell_the_interval() -> None:
    """No subscription, no plan on the item: two bills a month apart are monthly; one alone is a reject."""
    bare: dict[str, Any] = {"subscription_plan": None}
    assert intervals(mapped(None, bill("2026-05-03", **bare), bill("2026-06-03", **bare))) == [MONTH, MONTH]
    alone = mapped(None, bill("2026-06-03", **bare))
    assert [(r.key, r.rule) for r in alone.rejects] == [("220260603", "unknown_cycle")]


def test_a_bill_before_a_pause_keeps_its_interval_when_the_edit_came_with_the_pause() -> None:
    """The gap fits nothing, so the gap before it counts; alone, what ChartMogul holds for the line."""
    own = subscription(billing_frequency=2, next_bill_date="2026-08-20", last_bill_date="2026-06-20")
    orders = [bill("2026-01-03"), bill("2026-02-03"), bill("2026-06-20")]
    assert intervals(mapped(own, *orders)) == [MONTH, MONTH, Interval(2, "month")]
    held = Ledger(
        (Period("220260203", "620260203", "5001", date(2026, 2, 3), date(2026, 3, 3), "11:101:1-month"),)
    )
    assert intervals(mapped(own, *orders[1:], held=held)) == [MONTH, Interval(2, "month")]


def test_a_bill_date_that_was_moved_and_another_bill_soon_after_leave_a_month_a_month() -> None:
    """Two weeks before the bill and two days after it: neither gap is one that a monthly subscription has."""
    own = subscription(last_bill_date="2026-05-22", next_bill_date="2026-06-22")
    orders = [bill("2026-05-06"), bill("2026-05-20"), bill("2026-05-22")]
    assert intervals(mapped(own, *orders)) == [MONTH, MONTH, MONTH]


@pytest.mark.parametrize(
    ("now", "billed", "upcoming", "expected"),
    [
        ({"billing_cycle": "YEAR", "billing_frequency": 2}, 49000, "2027-05-03", YEAR),
        ({"billing_frequency": 3}, 4900, "2026-06-03", MONTH),
        ({"billing_amount": 49.0}, 49000, "2027-05-03", YEAR),
        ({"billing_amount": 49.0}, 4900, "2026-08-03", MONTH),
        ({}, 4900, "2026-05-31", MONTH),
        ({"billing_frequency": 3}, 4900, "2026-05-17", QUARTER),
    ],
)
def test_an_interval_edited_after_the_only_bill(
    now: dict[str, Any], billed: int, upcoming: str, expected: Interval
) -> None:
    """The next bill date stays, so it tells; but not one at the same price that somebody moved."""
    own = subscription(last_bill_date="2026-05-03", next_bill_date=upcoming, **now)
    assert intervals(mapped(own, bill("2026-05-03", billed))) == [expected]


def test_without_a_change_since_the_bill_the_record_is_right() -> None:
    """Nothing was edited, whatever the next bill date says."""
    changed = {"modification_time": "2026-06-03T12:00:00Z"}
    own = subscription(billing_frequency=3, next_bill_date="2026-07-03", **changed)
    assert intervals(mapped(own, bill("2026-06-03"))) == [QUARTER]


def test_what_chartmogul_holds_outweighs_a_next_bill_date() -> None:
    """Written as quarterly before somebody moved the date of the next bill."""
    own = subscription(billing_frequency=3, last_bill_date="2026-05-03", next_bill_date="2026-06-03")
    held = Ledger(
        (Period("220260503", "620260503", "5001", date(2026, 5, 3), date(2026, 8, 3), "11:101:3-month"),)
    )
    assert intervals(mapped(own, bill("2026-05-03"), held=held)) == [QUARTER]


def test_a_bill_that_came_early_is_no_interval_of_days() -> None:
    """Somebody moved a monthly bill to four weeks after the last one, by chance."""
    own = subscription(last_bill_date="2026-05-31", next_bill_date="2026-06-30")
    assert intervals(mapped(own, bill("2026-05-03"), bill("2026-05-31"))) == [MONTH, MONTH]


@pytest.mark.parametrize(
    ("upcoming", "expected"), [("2026-09-28", Interval(2, "month")), ("2026-10-25", MONTH)]
)
def test_a_next_bill_that_was_moved_by_some_days_is_still_the_records(
    upcoming: str, expected: Interval
) -> None:
    """Two days off two months are no pause of a monthly bill; a month off is."""
    own = subscription(billing_frequency=2, last_bill_date="2026-06-26", next_bill_date=upcoming)
    orders = [bill("2026-05-26"), bill("2026-06-26")]
    own |= {"last_bill_date": "2026-07-26", "modification_time": "2026-08-01T12:00:00Z"}
    late = [*orders, bill("2026-07-26")]
    result = map_bundle(bundle(subscriptions=[own], orders=late), Ledger(), context(LATER))
    assert intervals(result)[2] == expected


def test_a_deleted_order_tells_nothing_about_the_bills_beside_it() -> None:
    """As if it had never been, in the very run that takes it out of ChartMogul."""
    own, orders = subscription(billing_frequency=2), [bill("2026-04-03"), bill("2026-06-03")]
    gone = Period("220260503", "620260503", "5001", date(2026, 5, 3), date(2026, 6, 3), "11:101:1-month")
    held = Ledger((gone,), invoices={gone.order_id: HeldInvoice(4900, "USD")})
    records = replace(bundle(subscriptions=[own], orders=orders), deleted=frozenset({gone.order_id}))
    assert intervals(map_bundle(records, held, context())) == intervals(mapped(own, *orders))
    assert intervals(mapped(own, *orders, held=held)) != intervals(mapped(own, *orders))
