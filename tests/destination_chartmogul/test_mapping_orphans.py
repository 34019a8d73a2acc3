"""Subscriptions without a record: never begun, deleted, named after an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import BillOf, Elsewhere, Ledger, Period
from destination_chartmogul.mapping.objects import CANCELLED, SCHEDULED, Event
from tests.destination_chartmogul.keap import bundle, context, item, money, order, payment, subscription

UNLINKED: dict[str, Any] = {"subscription_id": None}


def mapped(*orders: dict[str, Any], held: Ledger | None = None, **more: Any) -> Mapped:
    """Orders without their subscription; `more` are fields of the bundle."""
    records = replace(bundle(orders=orders, payments=more.pop("payments", [])), **more)
    return map_bundle(records, held or Ledger(), context())


def events(result: Mapped) -> list[tuple[str, str, str]]:
    """(external id, type, local day)."""
    return [(e.external_id, e.event_type, f"{e.effective_date:%Y-%m-%d}") for e in result.desired.events]


def lines(result: Mapped) -> list[tuple[str, str | None]]:
    """(type, subscription) of every line."""
    return [
        (line.type, line.subscription_external_id) for i in result.desired.invoices for line in i.line_items
    ]


def test_a_first_payment_that_failed_makes_no_subscription() -> None:
    """Keap leaves an open order; it is revenue once somebody pays, and no MRR until then."""
    result = mapped(order(item(**UNLINKED), status="SENT"))
    assert (lines(result), events(result)) == ([("one_time", None)], [])
    assert [n.rule for n in result.notices] == ["subscription_never_began"]


def test_a_payment_of_an_unknown_status_pays_nothing() -> None:
    """It is a reject, so it cannot tell that a subscription began."""
    result = mapped(order(item(**UNLINKED), status="SENT"), payments=[payment(status="LOST")])
    assert lines(result) == [("one_time", None)]
    assert [reject.rule for reject in result.rejects] == ["unknown_payment_status"]


@pytest.mark.parametrize(
    "more",
    [
        {"status": "PAID"},
        {"status": "SENT", "total_paid": money(100)},
        {"status": "SENT", "total_paid": None},
        {"status": "SENT", "payments": [payment(amount=1.0)]},
    ],
)
def test_a_paid_order_that_nothing_is_known_of_counts_for_its_own_period(more: dict[str, Any]) -> None:
    """It has a subscription of its own, which no other bill can name: so it ends with this one."""
    payments = more.pop("payments", [])
    result = mapped(order(item(**UNLINKED), **more), payments=payments)
    assert lines(result) == [("subscription", "order-20001")]
    assert events(result) == [("order-20001:scheduled:20001", SCHEDULED, "2026-07-03")]


def test_an_order_that_finds_its_subscription_leaves_the_made_up_one() -> None:
    """Its end goes with it."""
    moment = datetime(2026, 7, 3, 6, tzinfo=UTC)
    end = Event("order-20001:scheduled:20001", "order-20001", SCHEDULED, moment, moment)
    made_up = Period("20001", "60001", "order-20001", date(2026, 6, 3), date(2026, 7, 3))
    held = Ledger((made_up,), events=(end,))
    records = bundle(orders=[order(item(**UNLINKED))], subscriptions=[subscription(start_date="2026-06-03")])
    result = map_bundle(records, held, context())
    assert lines(result) == [("subscription", "5001")]
    assert result.desired.subscriptions == {"5001", "order-20001"}
    assert result.desired.events == ()


OLD = order(id="20001", order_time="2026-04-03T12:00:00Z")
ALL_CAME: dict[str, Any] = {"unlisted": frozenset({"5001"})}
BILLED = Ledger((Period("20001", "60001", "5001", date(2026, 6, 3), date(2026, 7, 3)),))


@pytest.mark.parametrize(
    ("bill", "more", "expected"),
    [
        (OLD, ALL_CAME, [("5001:cancelled:20001", CANCELLED, "2026-05-03")]),
        (OLD, {}, []),
        (order(), ALL_CAME, [("5001:scheduled:20001", SCHEDULED, "2026-07-03")]),
        (order(), ALL_CAME | {"held": BILLED}, []),
        (OLD, ALL_CAME | {"held": BILLED}, [("5001:cancelled:20001", CANCELLED, "2026-05-03")]),
        (order(), {"gone": frozenset({"5001"})}, [("5001:scheduled:20001", SCHEDULED, "2026-07-03")]),
    ],
)
def test_a_subscription_that_keap_does_not_list(
    bill: dict[str, Any], more: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    """Over when it is known to be gone, and when all changed subscriptions came and ChartMogul has no bill of
    it, or the next is overdue.
    """
    assert events(mapped(bill, **more)) == expected


def test_a_subscription_that_was_bought_while_keap_was_read_goes_on() -> None:
    """Its order came before its record; the next run takes the planned end back."""
    first = mapped(order(), **ALL_CAME)
    held = Ledger(BILLED.periods, events=first.desired.events)
    begun = bundle(subscriptions=[subscription(start_date="2026-06-03")])
    again = map_bundle(begun, held, context()).desired
    assert again.events == ()
    assert again.subscriptions == {"5001"}


def test_an_old_order_that_comes_again_ends_nothing() -> None:
    """ChartMogul has other bills of the subscription, so it was known and has not changed."""
    held = Ledger((Period("20009", "60009", "5001", date(2026, 3, 3), date(2026, 4, 3)),))
    assert events(mapped(OLD, held=held, **ALL_CAME)) == []


def test_a_subscription_that_moved_ends_where_the_other_contact_is_billed() -> None:
    """Both contacts come in one run; the interval is the record's, as before the move."""
    record = subscription(contact_id="1002", billing_frequency=2)
    other = {"5001": Elsewhere("1002", (BillOf(date(2026, 6, 3), 5, "20009", "1002"),), record=record)}
    result = mapped(OLD, elsewhere=other)
    assert events(result) == [("5001:moved:1001", CANCELLED, "2026-06-03")]
    (line,) = result.desired.invoices[0].line_items
    assert line.plan
    assert (line.plan.interval.count, line.plan.interval.unit) == (2, "month")


@pytest.mark.parametrize("paid", [None, "2026-06-05T12:00:00Z", "2026-06-03T12:16:00Z"])
@pytest.mark.parametrize("again", ["2026-06-03", "2026-06-06"])
def test_a_late_first_payment_is_not_of_what_was_bought_anew(paid: str | None, again: str) -> None:
    """The first payment failed and the contact bought anew; that order is paid, or not, in a later run: the
    same as in one run of everything.
    """
    failed = order(item(id="60001", **UNLINKED), status="SENT", total_paid=money(0))
    anew = order(item(id="60002"), id="20002", order_time=f"{again}T13:00:00Z")
    begun = subscription(start_date=again)
    pending = payment(status="PENDING", payment_time="2026-06-04T12:00:00Z")
    money_came = [payment(payment_time=paid)] if paid else [pending]
    whole = map_bundle(
        bundle(orders=[failed, anew], subscriptions=[begun], payments=money_came), Ledger(), context()
    )
    period = Period("20002", "60002", "5001", date.fromisoformat(again), date(2026, 7, 3))
    later = mapped(failed, payments=money_came, held=Ledger((period,)))
    old = ("subscription", "order-20001") if paid else ("one_time", None)
    assert lines(later) == [old]
    assert lines(whole) == [old, ("subscription", "5001")]
    with_record = replace(bundle(orders=[failed], subscriptions=[begun]), payments={"40001": money_came[0]})
    assert lines(map_bundle(with_record, Ledger((period,)), context())) == [old]


@pytest.mark.parametrize("whole", [True, False])
def test_a_late_first_payment_is_not_of_what_moved_here_since(whole: bool) -> None:
    """Another contact was billed for that first, whether that bill is in the run or not."""
    late = payment(payment_time="2026-06-05T12:00:00Z")
    records = bundle(
        orders=[order(item(id="60001", **UNLINKED))],
        subscriptions=[subscription(start_date="2026-06-04")],
        payments=[late],
    )
    bill = BillOf(date(2026, 6, 4), 5, "20009", "1002")
    records = replace(records, elsewhere={"5001": Elsewhere("1001", (bill,))} if whole else {})
    period = Period("20001", "60001", "order-20001", date(2026, 6, 3), date(2026, 7, 3))
    held = Ledger(() if whole else (period,))
    assert lines(map_bundle(records, held, context())) == [("subscription", "order-20001")]


@pytest.mark.parametrize(
    ("ordered", "paid"),
    [("2026-06-03T12:00:00Z", "2026-06-03T12:14:00Z"), ("2026-06-03", "2026-06-03T22:00:00Z")],
)
def test_an_order_paid_at_once_began_the_next_subscription_of_its_plan(ordered: str, paid: str) -> None:
    """Whatever bill that has by its first day; an order without a time of day is paid on its day."""
    first = order(item(id="60001", **UNLINKED), order_time=ordered)
    bill = order(item(id="60002"), id="20002", order_time="2026-06-20T13:00:00Z")
    begun = subscription(start_date="2026-06-20")
    records = bundle(orders=[first, bill], subscriptions=[begun], payments=[payment(payment_time=paid)])
    found = lines(map_bundle(records, Ledger(), context()))
    assert found == [("subscription", "5001"), ("subscription", "5001")]


def test_an_order_paid_late_begins_a_subscription_without_a_bill_of_its_own() -> None:
    """A first order on account."""
    late = payment(payment_time="2026-06-09T12:00:00Z")
    records = bundle(
        orders=[order(item(**UNLINKED))],
        subscriptions=[subscription(start_date="2026-06-03")],
        payments=[late],
    )
    assert lines(map_bundle(records, Ledger(), context())) == [("subscription", "5001")]
