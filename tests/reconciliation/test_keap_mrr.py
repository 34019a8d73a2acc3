"""Keap's MRR from subscriptions and orders, story by story."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reconciliation import expected as destination
from reconciliation import keap_mrr
from reconciliation.policy import Policy
from tests.reconciliation.accounts import DENVER, KeapAccount, Row, item, line

TODAY = date(2026, 7, 1)
MONTHLY = ["2026-01-10", "2026-02-10", "2026-03-10"]


def mrr(account: KeapAccount, day: str, policy: Policy | None = None) -> dict[str, int]:
    """Cents by customer at the end of the day, seen from TODAY."""
    frames, zone = account.frames(), ZoneInfo(DENVER)
    lines = keap_mrr.subscription_lines(frames, zone)
    table = keap_mrr.periods(lines, frames.subscriptions, policy or Policy(), TODAY, zone)
    balances = keap_mrr.balances(table, [date.fromisoformat(day)])
    return {str(name): int(cents) for name, cents in balances.groupby("customer_id")["mrr"].sum().items()}


def one_order(*items: Row, **subscription: Any) -> KeapAccount:
    return (
        KeapAccount()
        .subscription("5001", "1001", **subscription)
        .order("20001", "1001", "2026-01-10", *items)
    )


def test_a_subscription_counts_from_its_first_bill() -> None:
    """Nothing on the day before, the whole monthly amount on the day, and in the months after."""
    account = KeapAccount().subscription("5001", "1001").renewals(20001, "1001", MONTHLY, line("5001", 1500))
    assert mrr(account, "2026-01-09") == {}
    assert mrr(account, "2026-01-10") == {"1001": 1500}
    assert mrr(account, "2026-03-31") == {"1001": 1500}


def test_a_missed_renewal_keeps_the_mrr() -> None:
    """Without a cancellation a subscription stays, past due, as it does in ChartMogul."""
    assert mrr(one_order(line("5001", 1500)), "2026-06-30") == {"1001": 1500}


def test_an_order_before_midnight_in_the_account_zone_counts_that_day() -> None:
    """05:30 UTC on the 11th is still the 10th in Denver."""
    account = KeapAccount().subscription("5001", "1001")
    account.order("20001", "1001", "2026-01-11", line("5001", 900), ordered_at="2026-01-11T05:30:00Z")
    assert mrr(account, "2026-01-10") == {"1001": 900}


@pytest.mark.parametrize(
    ("subscription", "price", "expected"),
    [
        ({"frequency": 3}, 3000, 1000),
        ({"cycle": "YEAR"}, 12_000, 1000),
        ({"cycle": "WEEK"}, 1000, 4348),
        ({"cycle": "DAY", "frequency": 30}, 1000, 1015),
    ],
)
def test_the_subscriptions_own_interval_counts(
    subscription: dict[str, Any], price: int, expected: int
) -> None:
    """The plan in the product says monthly, but Keap bills by the subscription's cycle."""
    assert mrr(one_order(line("5001", price), **subscription), "2026-01-31") == {"1001": expected}


def test_a_line_of_a_former_plan_keeps_that_plans_interval() -> None:
    """After a change to a monthly plan 102, the old yearly order still counts by its own yearly plan."""
    old = line("5001", 12_000, plan_id="101", plan_cycle="YEARLY")
    account = one_order(old, plan_id="102").order(
        "20002", "1001", "2026-03-05", line("5001", 2500, plan_id="102")
    )
    assert mrr(account, "2026-02-28") == {"1001": 1000}
    assert mrr(account, "2026-03-31") == {"1001": 2500}


def test_seats_multiply_the_price() -> None:
    """Seven seats at 8.00 are 56.00."""
    assert mrr(one_order(line("5001", 800, quantity=7)), "2026-01-31") == {"1001": 5600}


@pytest.mark.parametrize(
    "discount",
    [
        item("DISCOUNT_ORDER_TOTAL", discount=400),
        item("DISCOUNT_ORDER_TOTAL", discount=-400),
        item("DISCOUNT_ORDER_TOTAL", price=-400),
        item("DISCOUNT_PRODUCT", discount=400, product_id="11"),
        item("DISCOUNT", price=-200, quantity=2),
    ],
)
def test_discounts_reduce_mrr_however_they_are_written(discount: Row) -> None:
    """The documentation leaves the sign and the field of a discount open."""
    assert mrr(one_order(line("5001", 2000), discount), "2026-01-31") == {"1001": 1600}


def test_a_discount_of_another_product_leaves_the_subscription_alone() -> None:
    """A product's discount goes to the lines of that product."""
    mixed = one_order(
        line("5001", 2000),
        item("PRODUCT", price=3000, product_id="12"),
        item("DISCOUNT_PRODUCT", discount=500, product_id="12"),
    )
    assert mrr(mixed, "2026-01-31") == {"1001": 2000}


def test_an_orders_discount_is_shared_with_one_off_lines() -> None:
    """10.00 off an order of 30.00 and 10.00 takes 7.50 from the subscription."""
    mixed = one_order(
        line("5001", 3000), item("PRODUCT", price=1000), item("DISCOUNT_ORDER_TOTAL", discount=1000)
    )
    assert mrr(mixed, "2026-01-31") == {"1001": 2250}


def test_discounts_for_the_whole_order_come_last() -> None:
    """A product that its own discount makes free leaves the whole order discount to the rest."""
    mixed = one_order(
        line("5001", 3000),
        item("PRODUCT", price=1000, product_id="12"),
        item("DISCOUNT_ORDER_TOTAL", discount=300),
        item("DISCOUNT_PRODUCT", discount=1000, product_id="12"),
    )
    assert mrr(mixed, "2026-01-31") == {"1001": 2700}


@pytest.mark.parametrize(("total", "expected"), [(1700, 1700), (2000, 2000), (None, 1700)])
def test_a_lines_own_discount_counts_when_the_total_says_so(total: int | None, expected: int) -> None:
    """Keap documents the field for discount items only; on a charge the order's total decides."""
    account = KeapAccount().subscription("5001", "1001")
    account.order("20001", "1001", "2026-01-10", line("5001", 2000, discount=300), total=total)
    assert mrr(account, "2026-01-31") == {"1001": expected}


def test_tax_and_one_off_lines_are_no_mrr() -> None:
    """Only the subscription line counts in an order of everything."""
    mixed = one_order(
        line("5001", 2000), item("TAX", price=160), item("SHIPPING", price=500), item("PRODUCT", price=900)
    )
    assert mrr(mixed, "2026-01-31") == {"1001": 2000}


def test_a_credit_takes_off_like_a_discount() -> None:
    """A one-off item below zero reduces the lines of the order, and both readings of the order agree."""
    account = one_order(line("5001", 4900), item("OTHER", price=-500))
    assert mrr(account, "2026-01-31") == {"1001": 4400}
    sent = destination.expected(account.frames(), Policy(), TODAY, ZoneInfo(DENVER))
    assert sent is not None
    assert sent.steps["change"].tolist() == [4400]


def test_tax_inside_the_price_is_no_mrr() -> None:
    """Where the order's total is right only with the tax in the prices, it is taken out of them."""
    account = one_order(line("5001", 2160), item("TAX", price=160))
    account.orders[0]["total"] = 2160
    assert mrr(account, "2026-01-31") == {"1001": 2000}


def test_a_line_below_zero_is_not_counted() -> None:
    """A subscription that gives money back is no MRR; the order is named as unreadable."""
    account = one_order(line("5001", -4900))
    assert mrr(account, "2026-01-31") == {}
    assert keap_mrr.read_lines(account.frames(), ZoneInfo(DENVER)).unreadable == ("20001",)


@pytest.mark.parametrize(
    ("cycle", "frequency", "readable"),
    [
        ("month", 1, True),
        ("MONTH", None, True),
        ("MONTH", 0, False),
        ("MONTH", -1, False),
        ("YEAR", 10**5, False),
    ],
)
def test_an_interval_that_makes_no_sense_is_not_counted(
    cycle: str, frequency: int | None, readable: bool
) -> None:
    """Any case of the word, and once a cycle when no frequency is given; never less, never for centuries."""
    plan: dict[str, Any] = {"plan_cycle": "none", "plan_frequency": None}
    account = one_order(line("5001", 2000, **plan), cycle=cycle, frequency=frequency)
    lines = keap_mrr.read_lines(account.frames(), ZoneInfo(DENVER))
    assert (len(lines.billed) == 1) == readable
    assert (lines.unreadable == ("20001",)) != readable


def test_a_full_discount_keeps_the_subscription_at_zero() -> None:
    """A free month between paid ones sets MRR to zero until the next order."""
    account = one_order(line("5001", 2000))
    account.order(
        "20002", "1001", "2026-02-10", line("5001", 2000), item("DISCOUNT_ORDER_TOTAL", discount=2000)
    )
    account.order("20003", "1001", "2026-03-10", line("5001", 2000))
    assert mrr(account, "2026-02-28") == {"1001": 0}
    assert mrr(account, "2026-03-31") == {"1001": 2000}


def test_a_free_trial_discount_begins_nothing() -> None:
    """The trial's order has no period; the first paid order begins the subscription."""
    account = one_order(
        line("5001", 2000), item("DISCOUNT_FREE_TRIAL", discount=2000), start_date="2026-01-24"
    )
    account.order("20002", "1001", "2026-01-24", line("5001", 2000))
    assert mrr(account, "2026-01-20") == {}
    assert mrr(account, "2026-01-31") == {"1001": 2000}


def test_a_sign_up_before_the_first_bill_begins_nothing() -> None:
    """An order of zero before the start date is a trial."""
    account = one_order(line("5001", 0), start_date="2026-02-10")
    assert mrr(account, "2026-01-31") == {}


def test_instalments_and_drafts_are_no_mrr() -> None:
    """A payment plan splits one sale, and a draft is no sale; a draft with money is one."""
    account = KeapAccount().subscription("5001", "1001")
    course = item("PRODUCT", price=60_000, subscription_id="5001")
    account.order("20001", "1001", "2026-01-10", course, instalments=6)
    account.subscription("5002", "1002").order(
        "20002", "1002", "2026-01-10", line("5002", 900), status="DRAFT", total_paid=0
    )
    account.subscription("5003", "1003").order(
        "20003", "1003", "2026-01-10", line("5003", 700), status="DRAFT"
    )
    assert mrr(account, "2026-01-31") == {"1003": 700}


@pytest.mark.parametrize(
    ("evidence", "last_day_with_mrr", "first_day_without"),
    [
        (("end_date", "paid_through"), "2026-03-19", "2026-03-20"),
        (("paid_through",), "2026-04-09", "2026-04-10"),
        (("next_bill_date",), "2026-04-11", "2026-04-12"),
        (("deactivation_time",), "2026-03-24", "2026-03-25"),
    ],
)
def test_the_churn_date_follows_the_policy(
    evidence: tuple[str, ...], last_day_with_mrr: str, first_day_without: str
) -> None:
    """Keap has no cancellation date; the first present evidence of the policy gives it."""
    account = KeapAccount().subscription(
        "5001",
        "1001",
        active=False,
        end_date="2026-03-20",
        last_bill_date="2026-03-10",
        next_bill_date="2026-04-12",
        modified_at="2026-03-26T01:00:00Z",
    )
    account.renewals(20001, "1001", MONTHLY, line("5001", 1500))
    assert mrr(account, last_day_with_mrr, Policy(evidence)) == {"1001": 1500}
    assert mrr(account, first_day_without, Policy(evidence)) == {}


def test_without_end_date_the_paid_time_counts() -> None:
    """Inactive without an end date: MRR until the end of what the last bill paid for."""
    account = KeapAccount().subscription("5001", "1001", active=False, last_bill_date="2026-03-10")
    account.renewals(20001, "1001", MONTHLY, line("5001", 1500))
    assert mrr(account, "2026-04-09") == {"1001": 1500}
    assert mrr(account, "2026-04-10") == {}


def test_a_bill_on_the_end_date_is_the_last_one() -> None:
    """The end date is the last date that bills, so the period that begins on it runs to its end."""
    account = KeapAccount().subscription("5001", "1001", active=False, end_date="2026-03-10")
    account.renewals(20001, "1001", MONTHLY, line("5001", 1500))
    assert mrr(account, "2026-04-09") == {"1001": 1500}
    assert mrr(account, "2026-04-10") == {}


def test_a_planned_end_counts_once_it_has_passed() -> None:
    """Active with an end date in the future runs on; with one in the past it has ended."""
    account = KeapAccount().subscription("5001", "1001", end_date="2026-08-15")
    account.subscription("5002", "1002", end_date="2026-06-15")
    account.order("20001", "1001", "2026-06-10", line("5001", 1500))
    account.order("20002", "1002", "2026-06-10", line("5002", 1500))
    assert mrr(account, "2026-07-01") == {"1001": 1500}


def test_a_long_gap_is_a_pause() -> None:
    """More than 15 days without a period: zero from the end of the last one until the next begins."""
    account = KeapAccount().subscription("5001", "1001")
    account.renewals(20001, "1001", ["2026-01-10", "2026-04-01"], line("5001", 1500))
    assert mrr(account, "2026-02-09") == {"1001": 1500}
    assert mrr(account, "2026-02-28") == {}
    assert mrr(account, "2026-04-01") == {"1001": 1500}
    assert mrr(account, "2026-02-28", Policy(pause_days=60)) == {"1001": 1500}


def test_a_short_gap_is_no_pause() -> None:
    """Fifteen days between two periods keep the MRR."""
    account = KeapAccount().subscription("5001", "1001")
    account.renewals(20001, "1001", ["2026-01-10", "2026-02-25"], line("5001", 1500))
    assert mrr(account, "2026-02-20") == {"1001": 1500}


def test_merged_contacts_count_under_the_present_one() -> None:
    """An order belongs to the contact that Keap names today, for all of history."""
    account = (
        KeapAccount().subscription("5001", "1009").order("20001", "1009", "2026-01-10", line("5001", 1500))
    )
    assert mrr(account, "2026-01-31") == {"1009": 1500}


def test_two_subscriptions_of_one_customer_add_up() -> None:
    """A customer's MRR is the sum of its subscriptions."""
    account = one_order(line("5001", 1500), line("5002", 500)).subscription("5002", "1001")
    assert mrr(account, "2026-01-31") == {"1001": 2000}


def test_of_two_orders_on_one_day_the_later_counts() -> None:
    """A corrected bill replaces the one of the same day."""
    account = one_order(line("5001", 1500)).order(
        "20002", "1001", "2026-01-10", line("5001", 1800), ordered_at="2026-01-10T15:00:00Z"
    )
    assert mrr(account, "2026-01-31") == {"1001": 1800}


def test_a_line_without_subscription_finds_its_own() -> None:
    """Same contact and plan, the subscription that starts next: its yearly cycle counts."""
    account = KeapAccount().subscription("5001", "1001", cycle="YEAR", start_date="2026-01-10")
    account.subscription("5002", "1001", cycle="MONTH", start_date="2026-05-01")
    account.order("20001", "1001", "2026-01-10", line(None, 12_000))
    assert mrr(account, "2026-01-31") == {"1001": 1000}


def test_a_line_that_no_subscription_fits_stands_alone() -> None:
    """It counts by the plan inside the order, under the order's own name."""
    account = KeapAccount().order("20001", "1001", "2026-01-10", line(None, 12_000, plan_cycle="YEARLY"))
    lines = keap_mrr.subscription_lines(account.frames(), ZoneInfo(DENVER))
    assert list(lines["subscription_id"]) == ["order-20001"]
    assert mrr(account, "2026-01-31") == {"1001": 1000}


@pytest.mark.parametrize(("owner", "left"), [("1001", {"1001": 1000}), ("1002", {"1002": 0})])
def test_a_bill_that_was_written_off_leaves_what_the_same_contact_had(
    owner: str, left: dict[str, int]
) -> None:
    """Nothing, where the subscription had just moved there."""
    account = KeapAccount().subscription("5001", owner)
    account.order("20001", "1001", "2026-01-10", line("5001", 1000))
    account.order("20002", owner, "2026-02-10", line("5001", 1000), refund_status="WRITTEN_OFF", total_paid=0)
    found = mrr(account, "2026-02-28")
    assert {contact: amount for contact, amount in found.items() if contact == owner} == left


def test_a_line_that_no_subscription_fits_ends_with_its_period() -> None:
    """No other bill can name it."""
    account = KeapAccount().order("20001", "1001", "2026-01-10", line(None, 1000))
    assert mrr(account, "2026-02-09") == {"1001": 1000}
    assert sum(mrr(account, "2026-02-10").values()) == 0


def test_a_subscription_that_moved_on_is_known_by_its_first_day() -> None:
    """Its first order names a plan that it has left; the order's day is the day on which it starts."""
    account = KeapAccount().subscription("5001", "1001", plan_id="301", product_id="13")
    account.order("20001", "1001", "2026-01-10", line(None, 700))
    account.order("20002", "1001", "2026-02-10", line("5001", 900, plan_id="301"))
    assert mrr(account, "2026-01-31") == {"1001": 700}
    assert mrr(account, "2026-02-28") == {"1001": 900}


def test_the_best_fit_of_a_day_comes_first() -> None:
    """Of two lines bought together, the one whose plan fits gets its subscription, the other the one left."""
    account = KeapAccount().subscription("5001", "1001", plan_id="101", cycle="YEAR")
    account.subscription("5002", "1001", plan_id="301", product_id="13")
    account.order("20001", "1001", "2026-01-10", line(None, 500, plan_id="102"), line(None, 12_000))
    assert mrr(account, "2026-01-31") == {"1001": 1500}


def test_two_first_orders_claim_two_subscriptions() -> None:
    """Each subscription is given to one order only, the earlier order first."""
    account = KeapAccount().subscription("5001", "1001", start_date="2026-01-10")
    account.subscription("5002", "1001", start_date="2026-02-01")
    account.order("20001", "1001", "2026-01-10", line(None, 700))
    account.order("20002", "1001", "2026-02-01", line(None, 900))
    assert mrr(account, "2026-02-28") == {"1001": 1600}


def test_an_empty_account_has_no_mrr() -> None:
    """No orders, no subscriptions: no rows and no error."""
    assert mrr(KeapAccount(), "2026-01-31") == {}


@pytest.mark.parametrize(
    ("amount", "quantity", "price", "reading"),
    [
        ("20", 1, 2000, "major units of the currency, for one unit"),
        ("60", 3, 2000, "major units of the currency, for the whole quantity"),
        ("20", 3, 2000, "major units of the currency, for one unit"),
        ("2000", 3, 2000, "minor units of the currency, for one unit"),
        ("6000", 3, 2000, "minor units of the currency, for the whole quantity"),
    ],
)
def test_contracted_mrr_finds_how_amounts_are_meant(
    amount: str, quantity: int, price: int, reading: str
) -> None:
    """The latest orders show whether billing_amount is per unit and in which unit of the currency."""
    account = one_order(
        line("5001", price, quantity=quantity), billing_amount=Decimal(amount), quantity=quantity
    ).frames()
    lines = keap_mrr.subscription_lines(account, ZoneInfo(DENVER))
    table = keap_mrr.periods(lines, account.subscriptions, Policy(), TODAY, ZoneInfo(DENVER))
    found = keap_mrr.contracted(account.subscriptions, table, "USD", TODAY)
    assert found.contracted == found.billed == price * quantity
    assert found.sentence == f"billing_amount read as {reading}: 1 of 1 latest orders agree"
