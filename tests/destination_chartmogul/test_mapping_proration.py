"""Bills for a part of an interval, and what MRR comes out of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import Ledger
from destination_chartmogul.mapping.objects import LineItem
from destination_chartmogul.mrr import RecurringLine, mrr_at
from tests.destination_chartmogul.keap import bundle, context, item, order, subscription


def bill(day: str, *prices: int, plan: str = "101", **more: Any) -> dict[str, Any]:
    """An order of subscription 5001 with a line for each price, all on one plan."""
    number = day.replace("-", "")
    embedded = {"id": plan, "cycle_type": "MONTHLY", "frequency": 1}
    lines = [
        {**item(price=price, subscription_plan=embedded, **more), "id": f"6{number}{place}"}
        for place, price in enumerate(prices)
    ]
    return order(*lines, id=f"2{number}", order_time=f"{day}T12:00:00Z") | {"order_items": lines}


def mapped(own: dict[str, Any], *orders: dict[str, Any]) -> Mapped:
    """Orders of one subscription."""
    return map_bundle(bundle(subscriptions=[own], orders=orders), Ledger(), context())


def lines_of(result: Mapped) -> list[LineItem]:
    """All subscription lines, oldest first."""
    return [line for invoice in result.desired.invoices for line in invoice.line_items]


def mrr(result: Mapped, day: str) -> int:
    """MRR at the end of a day, by ChartMogul's rules."""
    lines = [
        RecurringLine(
            "s",
            line.amount,
            line.plan.interval,
            line.service_period_start,
            line.service_period_end,
            line.tax,
            line.proration_type is not None,
            line.proration_type,
            number,
        )
        for number, line in enumerate(lines_of(result))
        if line.plan and line.service_period_start
    ]
    return mrr_at(lines, [], datetime.fromisoformat(f"{day}T23:59:00").replace(tzinfo=UTC))


def test_a_first_bill_up_to_a_fixed_day_counts_as_a_whole_month() -> None:
    """20 of 30 days at 20.00 are 30.00 a month, not 20.00."""
    own = subscription(billing_amount=30.0, last_bill_date="2026-06-11", next_bill_date="2026-07-01")
    result = mapped(own, bill("2026-06-11", 2000))
    assert [line.proration_type for line in lines_of(result)] == ["differential"]
    assert mrr(result, "2026-06-20") == 3000
    assert [n.rule for n in result.notices] == ["prorated_line"]


def test_a_seat_added_inside_a_period_adds_to_mrr() -> None:
    """15 days of one more seat at 10.00 a month bring MRR from 10.00 to 20.00 on that day."""
    own = subscription(billing_amount=10.0, quantity=2, last_bill_date="2026-06-01")
    own |= {"next_bill_date": "2026-07-01"}
    extra, renewal = bill("2026-05-16", 500), bill("2026-06-01", 1000, quantity=2)
    result = mapped(own, bill("2026-05-01", 1000), extra, renewal)
    assert [line.proration_type for line in lines_of(result)] == [None, "differential", None]
    assert [mrr(result, day) for day in ("2026-05-10", "2026-05-16", "2026-06-01")] == [1000, 1969, 2000]


def test_a_credit_for_the_old_plan_and_a_charge_for_the_new_one() -> None:
    """Both are projected to whole months: 30.00 becomes 60.00 on the day of the change."""
    own = subscription(billing_amount=60.0, last_bill_date="2026-06-16", next_bill_date="2026-07-01")
    result = mapped(own, bill("2026-06-01", 3000), bill("2026-06-16", -1500, 3000))
    assert [line.proration_type for line in lines_of(result)] == [None, "differential", "differential"]
    assert [mrr(result, day) for day in ("2026-06-15", "2026-06-16")] == [3000, 6000]


def test_a_change_billed_at_its_whole_new_price_for_the_rest_replaces() -> None:
    """Half a month of the new plan at half its price, and no credit: MRR is the new plan's."""
    own = subscription(subscription_plan_id="102", billing_amount=60.0, next_bill_date="2026-07-01")
    result = mapped(own, bill("2026-06-01", 3000), bill("2026-06-16", 3000, plan="102"))
    assert [line.proration_type for line in lines_of(result)] == [None, "full"]
    assert mrr(result, "2026-06-16") == 6000


def test_a_change_that_moves_the_billing_day_is_not_prorated() -> None:
    """A whole new month from today replaces the old one."""
    own = subscription(subscription_plan_id="102", billing_amount=60.0, next_bill_date="2026-07-16")
    result = mapped(own, bill("2026-06-01", 3000), bill("2026-06-16", 6000, plan="102"))
    assert [line.proration_type for line in lines_of(result)] == [None, None]
    assert [mrr(result, day) for day in ("2026-06-15", "2026-06-16")] == [3000, 6000]


def test_a_second_bill_of_the_whole_price_in_one_period_changes_nothing() -> None:
    """An order that was made twice is no addition."""
    own = subscription(billing_amount=30.0, next_bill_date="2026-07-01")
    result = mapped(own, bill("2026-06-01", 3000), bill("2026-06-16", 3000))
    assert [line.proration_type for line in lines_of(result)] == [None, None]
    assert mrr(result, "2026-06-16") == 3000


def test_a_credit_without_a_period_to_credit_is_a_reject() -> None:
    """Nothing says for which days the money goes back."""
    result = mapped(subscription(), bill("2026-06-16", -1500, 3000))
    assert [r.rule for r in result.rejects] == ["negative_subscription_line"]
