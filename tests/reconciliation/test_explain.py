"""Every cause is planted, found by name, and leaves nothing unexplained; what fits no cause stays open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from reconciliation.explain import CAUSES
from reconciliation.policy import Policy
from reconciliation.report import AGREES, DIFFERS, EXPLAINED, UNFINISHED
from reconciliation.run import reconcile
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, item, line
from tests.reconciliation.planted import AS_OF, ON, PLANTED, Story, audit, holds, one


@pytest.mark.parametrize(
    ("cause", "story", "evidence"), PLANTED, ids=[story.__name__ for _, story, _ in PLANTED]
)
def test_a_planted_cause_is_found(cause: str, story: Callable[[], Story], evidence: str) -> None:
    """The difference carries the planted cause with its evidence, and nothing is left unexplained."""
    keap, chartmogul, settings = story()
    result = audit(keap, chartmogul, **settings)
    assert result.differences
    assert {row.cause for row in result.differences} == {cause}
    assert evidence in result.differences[0].evidence[0]
    assert all(month.unexplained == 0 for month in result.totals)
    kinds = {known.id: known.kind for known in CAUSES}
    assert result.verdict == (EXPLAINED if kinds[cause] == "rule" else DIFFERS)


def yearly_with_tax() -> Story:
    """12,000 a year and 960 tax: 1,000.00 a month is right, 12,960 is both faults together."""
    return one(line("5001", 12_000), item("TAX", price=960), cycle="YEAR"), holds((ON, 12_960)), {}


def seats_with_discount() -> Story:
    keap = one(line("5001", 500, quantity=3), item("DISCOUNT_ORDER_TOTAL", discount=300))
    return keap, holds((ON, 4500)), {}


def ended_later_and_changed() -> Story:
    """The sender took another date for the end, and somebody changed the last line since."""
    keap = one(line("5001", 2000), active=False, last_bill_date="2026-01-10", next_bill_date="2026-03-05")
    held = holds((ON, 2345), ("2026-03-05", -2345)).line("20001", "1001", "5001", 2345, ON)
    return keap, held, {}


def tax_and_fee() -> Story:
    """The tax is counted and the fee deducted."""
    keap = one(line("5001", 2000), item("TAX", price=160))
    return keap, holds((ON, 2070)).line("20001", "1001", "5001", 2160, ON, fees=90), {}


def edit_and_fee() -> Story:
    return one(line("5001", 2000)), holds((ON, 2255)).line("20001", "1001", "5001", 2345, ON, fees=90), {}


def edit_of_an_order_before_the_gap() -> Story:
    """The raise has not come, and the bill before it was changed."""
    keap = one(line("5001", 2000)).order("20002", "1001", "2026-02-10", line("5001", 2600))
    return keap, holds((ON, 2345)).line("20001", "1001", "5001", 2345, ON), {}


def kept_with_tax() -> Story:
    """The end never reached ChartMogul, which counts the tax as well."""
    keap = one(line("5001", 2000), item("TAX", price=160), active=False, end_date="2026-02-01")
    return keap, holds((ON, 2160)), {}


def renewal_missing_on_a_wrong_plan() -> Story:
    """The new price of the year did not arrive, and the old one was never divided by twelve."""
    keap = one(line("5001", 12_000), cycle="YEAR", start_date="2025-02-10")
    keap.orders[0]["ordered_at"] = "2025-02-10T13:00:00Z"
    keap.order("20002", "1001", "2026-02-10", line("5001", 24_000))
    return keap, holds(("2025-02-10", 12_000)), {}


def period_end_with_two_wrong_amounts() -> Story:
    """Churn at the period's end, and until then tax and discount are wrong."""
    items = (line("5001", 2000), item("TAX", price=160), item("DISCOUNT_ORDER_TOTAL", discount=500))
    keap = one(*items, active=False, end_date="2026-01-20")
    return keap, holds((ON, 2160), ("2026-03-01", -2160)), {"churn_recognition": "churn_at_period_end"}


COMBINED: list[tuple[Callable[[], Story], tuple[tuple[str, int], ...]]] = [
    (yearly_with_tax, (("C2", 11_000), ("C4", 960))),
    (seats_with_discount, (("C7", 3000), ("C5", 300))),
    (kept_with_tax, (("C22", 2000), ("C4", 160))),
    (edit_of_an_order_before_the_gap, (("C22", -600), ("C26", 345))),
    (tax_and_fee, (("C4", 160), ("C8", -90))),
    (edit_and_fee, (("C26", 345), ("C8", -90))),
    (ended_later_and_changed, (("C11", 2000), ("C26", 345))),
    (renewal_missing_on_a_wrong_plan, (("C2", 11_000), ("C22", -1000))),
]


@pytest.mark.parametrize(("story", "parts"), COMBINED, ids=[story.__name__ for story, _ in COMBINED])
def test_combined_causes_each_get_their_part(
    story: Callable[[], Story], parts: tuple[tuple[str, int], ...]
) -> None:
    """The largest part is the customer's one primary cause; the parts add up to the difference."""
    keap, chartmogul, settings = story()
    result = audit(keap, chartmogul, **settings)
    latest = result.differences[0]
    assert latest.parts == parts
    assert latest.cause == parts[0][0]
    assert sum(cents for _, cents in latest.parts) == latest.difference
    assert result.last.unexplained == 0
    assert {(cause.id, cause.cents) for cause in result.causes} == set(parts)


def test_three_causes_at_once_after_an_end() -> None:
    """While the setting keeps the subscription, the wrong amount has its own causes."""
    keap, chartmogul, settings = period_end_with_two_wrong_amounts()
    january = audit(keap, chartmogul, **settings).differences[-1]
    assert january.parts == (("C10", 1500), ("C5", 500), ("C4", 160))
    assert (january.cause, january.difference) == ("C10", 2160)


def test_tax_and_discount_of_one_amount_are_told_apart() -> None:
    """With the discount as large as the tax both give the same sum; ChartMogul's line shows which it is."""
    keap = one(line("5001", 2000), item("TAX", price=160), item("DISCOUNT_ORDER_TOTAL", discount=160))
    apart = holds((ON, 2000)).line("20001", "1001", "5001", 2160, ON, tax=160)
    inside = holds((ON, 2000)).line("20001", "1001", "5001", 2000, ON)
    assert [audit(keap, held).differences[0].cause for held in (apart, inside)] == ["C5", "C4"]


def test_twelve_seats_are_no_year() -> None:
    """A year on a monthly plan and twelve seats multiplied give the same sum; the line's plan shows which."""
    keap = one(line("5001", 1200, quantity=12), cycle="YEAR")
    seats = holds((ON, 14_400)).line("20001", "1001", "5001", 172_800, ON, plan_id="11:101:1-year")
    months = holds((ON, 14_400)).line("20001", "1001", "5001", 14_400, ON)
    assert [audit(keap, held).differences[0].cause for held in (seats, months)] == ["C7", "C2"]


def test_two_subscriptions_of_one_customer_do_not_cancel_out() -> None:
    """The customer's total is right by chance; both subscriptions are wrong."""
    keap = one(line("5001", 2000), item("TAX", price=160))
    keap.subscription("5002", "1001").order("20002", "1001", ON, line("5002", 1000))
    result = audit(keap, holds((ON, 2160)).moves("1001", "5002", (ON, 840)))
    assert (result.last.difference, result.verdict) == (0, DIFFERS)
    assert result.differences[0].parts == (("C4", 160), (None, -160))


def test_a_subscription_under_another_name_is_no_difference() -> None:
    """What only one side names may be what the other side calls otherwise."""
    assert audit(one(line("5001", 2000)), ChartMogulAccount().moves("1001", "again", (ON, 2000))).agrees


def test_an_empty_chartmogul_is_a_gap_and_no_choice_of_plans() -> None:
    """A plan is left out only where others are not."""
    keap = one(line("5001", 2000)).subscription("5002", "1002").order("20002", "1002", ON, line("5002", 2000))
    result = audit(keap, ChartMogulAccount().customer("1001").customer("1002"))
    assert {row.cause for row in result.differences} == {"C22"}


def test_an_order_that_keap_no_longer_has_is_named() -> None:
    """ChartMogul's line in force is of a bill that was deleted in Keap."""
    keap = one(line("5001", 2000))
    held = holds((ON, 2000), ("2026-02-10", 600)).line("20001", "1001", "5001", 2000, ON)
    result = audit(keap, held.line("20002", "1001", "5001", 2600, "2026-02-10"))
    assert result.differences[0].cause == "C22"
    assert result.differences[0].evidence == ("order 20002 in ChartMogul is not among Keap's orders",)


def test_a_gap_of_several_bills_is_a_gap() -> None:
    """The price rose in February, March's bill is like February's, and neither came."""
    keap = one(line("5001", 2000)).order("20002", "1001", "2026-02-01", line("5001", 2600))
    keap.order("20003", "1001", "2026-02-27", line("5001", 2600))
    held = holds((ON, 2000)).line("20001", "1001", "5001", 2000, ON)
    (row,) = [each for each in audit(keap, held).differences if each.day == AS_OF]
    assert (row.cause, row.difference) == ("C22", -600)
    assert row.evidence[0].startswith(
        "order 20003 of 2026-02-27 has not changed ChartMogul's MRR; the latest"
    )


def test_an_end_that_is_due_later_today() -> None:
    """Keap's figure is that of the end of the day; ChartMogul was read before the hour of the end."""
    keap = one(line("5001", 2000), active=False, end_date="2026-02-28")
    frames = holds((ON, 2000)).frames([date(2026, 1, 31), AS_OF])
    policy = Policy(churn_time="18:00")
    for hour, verdict, cause in ((20, EXPLAINED, "C21"), (26, DIFFERS, "C22")):
        read_at = datetime(2026, 2, 28, tzinfo=UTC) + timedelta(hours=hour)
        result = reconcile(keap.frames(), replace(frames, read_at=read_at), AS_OF, 2, policy=policy)
        assert (result.verdict, {row.cause for row in result.differences}) == (verdict, {cause})


def test_a_sender_in_another_zone_is_told_from_a_line_that_somebody_prorated() -> None:
    """In UTC the bill of late 30 November is of 1 December and for 29 days; the other one was cut by hand."""
    keap = KeapAccount().subscription("5001", "1001", start_date="2025-11-30").subscription("5002", "1002")
    held = holds(("2025-12-01T00:00:00Z", 2069), ("2025-12-30T00:00:00Z", -69))
    held.moves("1002", "5002", ("2025-12-05T00:00:00Z", 3529), ("2026-01-05T00:00:00Z", -1529))
    for order, customer, day, ends, hour in (
        ("20001", "1001", "2025-12-01", "2025-12-30", "06:30"),
        ("20002", "1001", "2025-12-30", "2026-01-30", "13:00"),
        ("20003", "1002", "2025-12-05", "2025-12-22", "13:00"),
        ("20004", "1002", "2026-01-05", "2026-02-05", "13:00"),
    ):
        subscription = f"500{customer[-1]}"
        keap.order(order, customer, day, line(subscription, 2000), ordered_at=f"{day}T{hour}:00Z")
        at = {"starts_at": f"{day}T00:00:00Z", "ends_at": f"{ends}T00:00:00Z"}
        held.line(order, customer, subscription, 2000, day, prorated=order in ("20001", "20003"), **at)
    middle = date(2025, 12, 15)
    result = reconcile(keap.frames(), held.frames([middle]), middle, 1)
    found = {row.customer_id: (row.parts, row.evidence[0]) for row in result.differences}
    assert found["1001"][0] == (("C21", 69),)
    assert "ChartMogul's lines begin at midnight in UTC" in found["1001"][1]
    assert found["1002"][0] == (("C9", 1529),)


def test_a_plan_whose_lines_came_as_one_time_is_not_left_out() -> None:
    """All bills of the plan are in ChartMogul, of the wrong kind."""
    keap = one(line("5001", 2000)).subscription("5002", "1002").order("20002", "1002", ON, line("5002", 2000))
    keap.subscription("5003", "1003", plan_id="102")
    keap.order("20003", "1003", ON, line("5003", 900, plan_id="102"))
    held = ChartMogulAccount().moves("1003", "5003", (ON, 900)).customer("1001").customer("1002")
    for order, customer in (("20001", "1001"), ("20002", "1002")):
        held.line(order, customer, None, 2000, ON, type="one_time")
    assert {row.cause for row in audit(keap, held).differences} == {"C6"}


def test_a_bill_for_a_part_of_an_interval_is_no_difference() -> None:
    """20 of 28 days at 21.43 are 30.00 a month for Keap's figure, for what is sent, and for ChartMogul."""
    fixed_day = {"last_bill_date": "2026-02-09", "next_bill_date": "2026-03-01", "start_date": "2026-02-09"}
    keap = KeapAccount().subscription("5001", "1001", billing_amount=Decimal("30.00"), **fixed_day)
    keap.order("20001", "1001", "2026-02-09", line("5001", 2143))
    part = {"prorated": True, "ends_at": "2026-03-01T07:00:00Z"}
    held = holds(("2026-02-09", 3000)).line("20001", "1001", "5001", 2143, "2026-02-09", **part)
    result = audit(keap, held)
    assert (result.differences, result.last.keap, result.last.chartmogul) == ((), 3000, 3000)


def test_an_order_that_would_be_rejected_says_its_rule() -> None:
    """Missing in ChartMogul since the destination rejects it: the rule stands in the evidence."""
    keap = KeapAccount().subscription("5001", "1001")
    keap.order("20001", "1001", ON, line("5001", 2000), total=1999)
    row = audit(keap, ChartMogulAccount().customer("1001")).differences[0]
    assert (row.cause, row.where) == ("C22", "before sending")
    assert row.evidence[0].endswith("; the destination rejects the order: order_total_differs")


def test_two_causes_of_one_customer_have_one_primary() -> None:
    """Each subscription has its own cause; the customer is counted under the larger one."""
    keap = one(line("5001", 2000), item("TAX", price=160))
    keap.subscription("5002", "1001").order("20002", "1001", ON, line("5002", 700))
    result = audit(keap, holds((ON, 2160)))
    assert result.differences[0].parts == (("C22", -700), ("C4", 160))
    assert result.differences[0].cause == "C22"


def test_every_published_cause_is_planted() -> None:
    """No cause is published that no test shows; C32 is shown in test_rules.py."""
    assert {cause.id for cause in CAUSES} == {cause for cause, _, _ in PLANTED} | {"C32"}


def test_what_no_cause_reproduces_stays_unexplained() -> None:
    """There is no plug: an odd amount is its own line, and the audit does not agree."""
    result = audit(one(line("5001", 2000)), holds((ON, 1234)))
    assert result.verdict == DIFFERS
    assert result.last.unexplained == result.last.difference == -766
    assert result.differences[0].cause is None


def test_two_faults_that_cancel_out_are_still_found() -> None:
    """Equal totals prove nothing when customers differ."""
    keap = one(line("5001", 2000)).subscription("5002", "1002").order("20002", "1002", ON, line("5002", 3000))
    result = audit(keap, holds((ON, 2100)).moves("1002", "5002", (ON, 2900)))
    assert result.last.difference == 0
    assert result.verdict == DIFFERS
    assert len([row for row in result.differences if row.day == AS_OF]) == 2


def test_equal_sides_agree() -> None:
    """Not a cent, in no month."""
    result = audit(one(line("5001", 2000)), holds((ON, 2000)))
    assert result.verdict == AGREES
    assert not result.differences
    assert not result.causes


def test_pending_records_make_no_verdict() -> None:
    """Equal numbers while ChartMogul is still processing are chance."""
    result = audit(one(line("5001", 2000)), holds((ON, 2000)), pending=3)
    assert result.verdict == UNFINISHED
    assert not result.agrees


def test_lost_movements_fail_the_audit() -> None:
    """When customers do not add up to ChartMogul's own total, equality of the rest is no proof."""
    keap, chartmogul = one(line("5001", 2000)), holds((ON, 2000))
    frames = chartmogul.frames([date(2026, 1, 31), AS_OF])
    frames.totals["mrr"] += 500
    result = reconcile(keap.frames(), frames, AS_OF, 2)
    assert result.verdict == DIFFERS
    assert "do not add up to ChartMogul's total" in result.checks[0].sentence


def test_a_customers_own_mrr_is_checked() -> None:
    """The MRR that ChartMogul shows for a customer must be the sum of its movements."""
    chartmogul = holds((ON, 2000))
    chartmogul.customers[0]["mrr"] = 2500
    result = audit(one(line("5001", 2000)), chartmogul)
    assert result.verdict == DIFFERS
    assert "movements of 1 of 1 customers" in result.checks[1].sentence


def test_other_sources_do_not_disturb() -> None:
    """Where the account has more sources, its total is not compared, its customers are."""
    chartmogul = holds((ON, 2000))
    chartmogul.activities.append(dict(chartmogul.activities[0], uuid="other", customer_uuid="cus_elsewhere"))
    result = audit(one(line("5001", 2000)), chartmogul, other_sources=1)
    assert result.verdict == AGREES
    assert "1 more data source" in result.checks[0].sentence


def test_a_merged_customer_goes_by_the_id_that_keap_knows() -> None:
    """ChartMogul keeps the ids of both customers of a merge; in Keap one of them owns the orders."""
    keap = (
        KeapAccount(contacts={"1001"})
        .subscription("5001", "1002")
        .order("20001", "1002", ON, line("5001", 2000))
    )
    chartmogul = ChartMogulAccount().customer("1001", "1002").moves("1001", "5001", (ON, 2000))
    assert audit(keap, chartmogul).verdict == AGREES


def test_an_unreadable_interval_fails_the_audit() -> None:
    """An order that neither side can compute would be missing on both, and look like agreement."""
    keap = one(line("5001", 2000, plan_cycle="LUNAR"), cycle="LUNAR")
    result = audit(keap, ChartMogulAccount().customer("1001"))
    assert result.verdict == DIFFERS
    assert "20001" in result.checks[2].sentence
