"""When subscriptions end, pause and come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import HeldInvoice, Ledger, Period
from destination_chartmogul.mapping.objects import CANCELLED, SCHEDULED, Event
from tests.destination_chartmogul.keap import bundle, context, item, order, payment, subscription


def mapped(
    own: dict[str, Any] | None, *orders: dict[str, Any], held: Ledger | None = None, **policy: Any
) -> Mapped:
    """Subscription 5001 (None: not in this run) with its orders."""
    records = bundle(subscriptions=[own] if own else [], orders=orders)
    return map_bundle(records, held or Ledger(), context(**policy))


def billed(day: str, order_id: str) -> dict[str, Any]:
    """A monthly bill."""
    return order(item(), id=order_id, order_time=f"{day}T12:00:00Z") | {
        "order_items": [{**item(), "id": f"6{order_id}"}]
    }


def events(result: Mapped) -> list[tuple[str, str, str]]:
    """(external id, type, local day)."""
    return [
        (e.external_id, e.event_type, e.effective_date.strftime("%Y-%m-%d")) for e in result.desired.events
    ]


def period(start: date, end: date, order_id: str = "20001") -> Period:
    """A line that ChartMogul holds."""
    return Period(order_id, f"6{order_id}", "5001", start, end, "11:101:1-month")


STOPPED = {"active": False, "end_date": None}


def test_an_active_subscription_has_no_cancellation() -> None:
    """Its earlier cancellations, if any, are to be deleted: the subscription is covered."""
    result = mapped(subscription(), billed("2026-06-03", "20001"))
    assert (result.desired.events, result.desired.subscriptions) == ((), frozenset({"5001"}))


@pytest.mark.parametrize(
    ("own", "policy", "day"),
    [
        ({"end_date": "2026-06-20"}, {}, "2026-06-20"),
        ({"last_bill_date": "2026-05-03"}, {}, "2026-06-03"),
        ({"last_bill_date": None, "next_bill_date": "2026-06-25"}, {}, "2026-06-25"),
        (
            {"modification_time": "2026-06-11T03:00:00Z"},
            {"churn_evidence": ("deactivation_time",)},
            "2026-06-10",
        ),
        ({"next_bill_date": "2026-06-30"}, {"churn_evidence": ("next_bill_date", "end_date")}, "2026-06-30"),
    ],
)
def test_the_first_evidence_present_dates_the_churn(
    own: dict[str, Any], policy: dict[str, Any], day: str
) -> None:
    """The order of evidence is the user's choice."""
    result = mapped(subscription(**STOPPED | own), billed("2026-05-03", "20001"), **policy)
    assert events(result) == [("5001:cancelled:20001", CANCELLED, day)]


def test_the_instant_is_local_midnight() -> None:
    """Midnight in Denver is 06:00 UTC in summer."""
    result = mapped(subscription(active=False, end_date="2026-06-20"), billed("2026-06-03", "20001"))
    assert result.desired.events[0].effective_date == datetime(2026, 6, 20, 6, tzinfo=UTC)


def test_a_bill_on_or_after_the_end_moves_the_churn_to_its_period_end() -> None:
    """The last bill may fall on the end date itself: it was paid for, so it counts."""
    result = mapped(subscription(active=False, end_date="2026-05-03"), billed("2026-05-03", "20001"))
    assert events(result) == [("5001:cancelled:20001", CANCELLED, "2026-06-03")]


def test_no_evidence_is_a_reject_of_the_subscription() -> None:
    """A date is never invented."""
    own = subscription(**STOPPED, last_bill_date=None, next_bill_date=None)
    result = mapped(own, billed("2026-06-03", "20001"))
    assert [(r.stream, r.rule) for r in result.rejects] == [("subscriptions", "churn_date_unknown")]
    assert len(result.desired.invoices) == 1


@pytest.mark.parametrize("active", [None, "no", 0])
def test_a_subscription_that_is_neither_active_nor_inactive_is_a_reject(active: object) -> None:
    """No churn is made of a missing word; what ChartMogul has stays as it is."""
    result = mapped(subscription(active=active), billed("2026-06-03", "20001"))
    assert [(r.stream, r.rule) for r in result.rejects] == [("subscriptions", "malformed_record")]
    assert (result.desired.events, result.desired.subscriptions) == ((), frozenset())


def test_a_planned_end_is_scheduled_until_its_time_has_come() -> None:
    """The day begins, and the end with it; a bill that still comes on that day moves the end."""
    result = mapped(subscription(end_date="2026-07-02"), billed("2026-06-03", "20001"))
    assert events(result) == [("5001:scheduled:20001", SCHEDULED, "2026-07-02")]
    for day in ("2026-06-30", "2026-07-01"):
        result = mapped(subscription(end_date=day), billed("2026-06-03", "20001"))
        assert events(result) == [("5001:cancelled:20001", CANCELLED, day)]


def test_an_end_in_the_future_of_a_stopped_subscription_is_scheduled_too() -> None:
    """ChartMogul takes cancellations in the past only; the period is paid until then."""
    result = mapped(subscription(**STOPPED), billed("2026-06-03", "20001"))
    assert events(result) == [("5001:scheduled:20001", SCHEDULED, "2026-07-03")]


def test_a_long_gap_is_churn_at_the_end_of_the_earlier_period() -> None:
    """Reactivation comes by itself with the later line; sixteen days are a pause, fifteen are not."""
    resumed = mapped(subscription(), billed("2026-02-03", "20001"), billed("2026-06-03", "20002"))
    assert events(resumed) == [("5001:cancelled:20001", CANCELLED, "2026-03-03")]
    for day, expected in (("2026-03-18", 0), ("2026-03-19", 1)):
        result = mapped(subscription(), billed("2026-02-03", "20001"), billed(day, "20002"))
        assert len(result.desired.events) == expected


def test_a_pause_is_found_across_syncs() -> None:
    """The earlier period may be known from ChartMogul only."""
    held = Ledger((period(date(2026, 2, 3), date(2026, 3, 3), "19000"),))
    result = mapped(None, billed("2026-06-03", "20001"), held=held)
    assert events(result) == [("5001:cancelled:19000", CANCELLED, "2026-03-03")]


def test_a_known_cancellation_stays_when_only_an_order_comes_again() -> None:
    """ChartMogul's own event says that the subscription has ended."""
    moment = datetime(2026, 6, 20, 6, tzinfo=UTC)
    event = Event("5001:cancelled:20001", "5001", CANCELLED, moment, moment)
    held = Ledger((period(date(2026, 6, 3), date(2026, 7, 3)),), events=(event,))
    assert events(mapped(None, billed("2026-06-03", "20001"), held=held)) == [
        ("5001:cancelled:20001", CANCELLED, "2026-06-20")
    ]


def test_a_planned_end_whose_day_has_come_becomes_the_cancellation() -> None:
    """No record of the subscription is needed for that."""
    moment = datetime(2026, 6, 20, 6, tzinfo=UTC)
    event = Event("5001:scheduled:20001", "5001", SCHEDULED, datetime(2026, 6, 4, tzinfo=UTC), moment)
    held = Ledger((period(date(2026, 6, 3), date(2026, 7, 3)),), events=(event,))
    assert events(mapped(None, held=held)) == [("5001:cancelled:20001", CANCELLED, "2026-06-20")]


def test_a_stop_is_remembered_before_any_order_came() -> None:
    """ChartMogul is the memory: the event is renamed when the orders come."""
    result = mapped(subscription(active=False, end_date="2026-06-20"))
    assert events(result) == [("5001:cancelled:0", CANCELLED, "2026-06-20")]
    held = Ledger(events=result.desired.events)
    later = mapped(None, billed("2026-06-03", "20001"), held=held)
    assert events(later) == [("5001:cancelled:20001", CANCELLED, "2026-06-20")]


@pytest.mark.parametrize(("time", "hour"), [("00:00", 6), ("23:59", 5), ("12:30", 18)])
def test_the_time_of_day_is_a_policy(time: str, hour: int) -> None:
    """In the account's zone, on the day that the evidence gives."""
    own = subscription(active=False, end_date="2026-06-20")
    result = mapped(own, billed("2026-06-03", "20001"), churn_time=time)
    assert [e.effective_date.hour for e in result.desired.events] == [hour]


def paid(order_id: str, day: str) -> dict[str, Any]:
    """A payment of 49.00."""
    return payment(id=f"4{order_id}", order_ids=[order_id], payment_time=f"{day}T18:00:00Z")


@pytest.mark.parametrize(
    ("paid_on", "kind", "day"),
    [
        ("2026-06-25", SCHEDULED, "2026-07-03"),
        ("2026-06-20", SCHEDULED, "2026-07-03"),
        ("2026-06-19", CANCELLED, "2026-06-20"),
    ],
)
def test_a_bill_that_is_paid_after_the_end_withdraws_the_cancellation(
    paid_on: str, kind: str, day: str
) -> None:
    """Stopped for non-payment on 20 June, paid later: the period that was paid is still owed."""
    own = subscription(active=False, end_date="2026-06-20")
    records = bundle(
        subscriptions=[own], orders=[billed("2026-06-03", "20001")], payments=[paid("20001", paid_on)]
    )
    result = map_bundle(records, Ledger(), context())
    assert [(e.event_type, e.effective_date.strftime("%Y-%m-%d")) for e in result.desired.events] == [
        (kind, day)
    ]


def test_a_late_payment_that_comes_alone_moves_the_end_too() -> None:
    """Neither the order nor the subscription has to come with it."""
    moment = datetime(2026, 5, 20, 6, tzinfo=UTC)
    event = Event("5001:cancelled:20001", "5001", CANCELLED, moment, moment)
    held = Ledger(
        (period(date(2026, 5, 3), date(2026, 6, 3)),),
        {"20001": HeldInvoice(4900, "USD")},
        (event,),
    )
    result = map_bundle(bundle(payments=[paid("20001", "2026-05-28")]), held, context())
    assert events(result) == [("5001:cancelled:20001", CANCELLED, "2026-06-03")]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, [("5001:scheduled:20001", SCHEDULED, "2026-08-03")]),
        ({"end_date": "2026-07-20"}, [("5001:scheduled:20001", SCHEDULED, "2026-07-20")]),
        ({"next_bill_date": "2026-09-15"}, []),
        (
            {"last_bill_date": "2026-08-03", "next_bill_date": "2026-09-03"},
            [("5001:scheduled:20001", SCHEDULED, "2026-08-03")],
        ),
    ],
)
def test_a_plan_of_so_many_cycles_ends_by_itself(
    own: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    """Its last bill date is an end date, unless the bill dates were moved since."""
    record = subscription(start_date="2026-03-03") | own
    records = bundle(subscriptions=[record], orders=[billed("2026-06-03", "20001")])
    result = map_bundle(records, Ledger(), replace(context(), plan_cycles={"101": 6}))
    assert events(result) == expected
