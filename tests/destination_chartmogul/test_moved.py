"""A merge of contacts that Keap shows in the subscription alone, not in the orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from destination_chartmogul.actual import Actual
from destination_chartmogul.client import Client
from destination_chartmogul.mapping.objects import Customer, Desired, Interval
from destination_chartmogul.mapping.periods import add_interval
from destination_chartmogul.moved import Missing, first_bill, missing_history
from destination_chartmogul.rejects import messages_from
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.keap import contact, context, item, order, payment, subscription
from tests.destination_chartmogul.killing import Killed
from tests.destination_chartmogul.pipe import Json, record, run_write

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
OWN = {"start_date": "2026-06-03"}
NOTHING = Desired("1002", Customer("1002", "Keap contact 1002"), customer_known=False)


@pytest.fixture
def first_sync(config: Json) -> Json:
    """Contact 1001 has subscription 5001 in ChartMogul."""
    messages = [
        ACCOUNT,
        record("contacts", contact(id="1001")),
        record("subscriptions", subscription(**OWN)),
        record("orders", order()),
    ]
    assert run_write(config, messages).error is None
    return config


def moved() -> list[Json]:
    """Subscription 5001 now belongs to contact 1002; its order does not come again."""
    return [
        ACCOUNT,
        record("contacts", contact(id="1002")),
        record("subscriptions", subscription(**OWN, contact_id="1002")),
    ]


def test_the_customer_that_held_the_subscription_is_merged(chartmogul: Any, first_sync: Json) -> None:
    """The earlier periods go along, nothing is counted twice, and a replay writes nothing."""
    assert run_write(first_sync, moved()).error is None
    dump = chartmogul.control.dump()
    assert [c["identities"] for c in dump["customers"]] == [[["Keap", "1001"], ["Keap", "1002"]]]
    assert [i["external_id"] for i in dump["invoices"]] == ["20001"]
    before = writes(chartmogul)
    assert run_write(first_sync, moved()).error is None
    assert writes(chartmogul) == before


STAYS = record("contacts", contact(id="1001", given_name="Ida"))


def bill_of_new_contact(order_time: str = "2026-06-30T12:00:00Z") -> Json:
    """The next bill of subscription 5001, now of contact 1002."""
    line = {**item(), "id": "69999"}
    person = {"id": "1002", "given_name": "Bea"}
    later = {"order_time": order_time, "contact": person, "order_items": [line]}
    return record("orders", order(line, id="20002") | later)


def test_a_customer_who_stays_keeps_the_history_and_ends_where_the_other_begins(
    chartmogul: Any, first_sync: Json
) -> None:
    """Moved without a merge: nothing counts twice, nothing is lost, a replay writes nothing."""
    assert run_write(first_sync, [*moved(), STAYS]).rejected == 0
    assert chartmogul.control.dump()["subscription_events"] == []
    for _ in range(2):
        written = run_write(first_sync, [*moved(), STAYS, bill_of_new_contact()])
        assert (written.error, written.rejected) == (None, 0)
    held = chartmogul.control.dump()
    assert {i["external_id"]: i["customer"] for i in held["invoices"]} == {
        "20001": ["1001"],
        "20002": ["1002"],
    }
    ends = [(e["external_id"], e["customer_external_id"]) for e in held["subscription_events"]]
    assert ends == [("5001:moved:1001", "1001")]
    before = writes(chartmogul)
    assert run_write(first_sync, [*moved(), STAYS, bill_of_new_contact()]).error is None
    assert writes(chartmogul) == before
    assert mrr(chartmogul) == {"1001": 0, "1002": 4900}


def mrr(chartmogul: Any) -> dict[str, int]:
    """MRR by contact."""
    auth = (chartmogul.api_key, "")
    rows = requests.get(f"{chartmogul.url}/v1/customers", auth=auth, timeout=10).json()["entries"]
    return {row["external_id"]: row["mrr"] for row in rows}


@pytest.mark.parametrize(
    ("record_of", "expected"),
    [
        (subscription(), True),
        (subscription(last_bill_date=None), False),
        (subscription(start_date="2026-08-01", last_bill_date=None), False),
        (subscription(start_date="no date"), False),
    ],
)
def test_only_a_subscription_that_was_billed_can_miss_history(record_of: Json, expected: bool) -> None:
    """A trial that runs, or dates that cannot be read, say nothing about earlier periods."""
    assert (first_bill(record_of, context()) is not None) is expected
    found = missing_history({"5001": record_of}, NOTHING, Actual(), context())
    assert [each.subscription for each in found] == (["5001"] if expected else [])


def test_missing_history_names_the_first_bill() -> None:
    """The day to look for is that of the first bill."""
    day = first_bill(subscription(), context())
    assert day is not None
    assert missing_history({"5001": subscription()}, NOTHING, Actual(), context()) == [Missing("5001", day)]


def test_a_subscription_that_moved_the_day_after_its_first_bill_counts_once(
    chartmogul: Any, first_sync: Json
) -> None:
    """However soon it moved: it ends under the one when it begins under the other."""
    bill = bill_of_new_contact(order_time="2026-06-04T12:00:00Z")
    assert run_write(first_sync, [*moved(), STAYS, bill]).error is None
    assert mrr(chartmogul) == {"1001": 0, "1002": 4900}


def test_a_subscription_whose_first_bill_came_late_is_found_all_the_same(
    chartmogul: Any, first_sync: Json
) -> None:
    """It was resumed two weeks after the start that its record names; then it moved."""
    began = record("subscriptions", subscription(start_date="2026-05-20", contact_id="1002"))
    came = [ACCOUNT, STAYS, record("contacts", contact(id="1002")), began, bill_of_new_contact()]
    assert run_write(first_sync, came).error is None
    assert mrr(chartmogul) == {"1001": 0, "1002": 4900}


def test_a_bill_of_a_subscription_that_another_contact_is_billed_for_is_a_reject(
    chartmogul: Any, first_sync: Json
) -> None:
    """The subscription's record names its owner, who was billed before: its MRR would count twice."""
    theirs = [ACCOUNT, STAYS, record("subscriptions", subscription(**OWN)), record("orders", order())]
    written = run_write(first_sync, [*theirs, bill_of_new_contact()])
    assert written.error is None
    assert any("subscription_of_another_contact, for example 20002" in line for line in written.logs)
    assert [i["external_id"] for i in chartmogul.control.dump()["invoices"]] == ["20001"]


@pytest.mark.parametrize("way", ["from the file of rejects", "without the owner's orders"])
def test_a_foreign_bill_stays_a_reject_alone(
    way: str, chartmogul: Any, first_sync: Json, tmp_path: Path
) -> None:
    """What ChartMogul has of the owner tells as well as the owner's orders."""
    given = first_sync | {"rejects_path": str(tmp_path / "rejects.jsonl")}
    beside = [ACCOUNT, record("subscriptions", subscription(**OWN))]
    if way == "from the file of rejects":
        assert run_write(given, [*beside, record("orders", order()), bill_of_new_contact()]).rejected == 1
        messages = [m for m in messages_from((tmp_path / "rejects.jsonl").read_bytes().splitlines()) if m]
        assert [m["record"]["stream"] for m in messages][-1] == "orders"
    else:
        messages = [*beside, bill_of_new_contact()]
    assert run_write(given, messages).rejected == 1
    assert [i["external_id"] for i in chartmogul.control.dump()["invoices"]] == ["20001"]


def test_bills_from_before_a_subscription_was_moved_are_no_foreign_bills(
    chartmogul: Any, first_sync: Json
) -> None:
    """They stay with the contact that had it, also when everything comes in one run."""
    everything = [*moved(), STAYS, record("orders", order()), bill_of_new_contact()]
    assert run_write(first_sync, everything).error is None
    assert {i["external_id"] for i in chartmogul.control.dump()["invoices"]} == {"20001", "20002"}


def test_a_first_sync_after_a_move(chartmogul: Any, config: Json) -> None:
    """Everything in one run into an empty account: the same as in two, and a replay writes nothing."""
    everything = [*moved(), STAYS, record("orders", order()), bill_of_new_contact()]
    written = run_write(config, everything)
    assert (written.error, written.rejected) == (None, 0)
    ends = chartmogul.control.dump()["subscription_events"]
    assert [(e["external_id"], e["customer_external_id"]) for e in ends] == [("5001:moved:1001", "1001")]
    assert mrr(chartmogul) == {"1001": 0, "1002": 4900}
    before = writes(chartmogul)
    assert run_write(config, everything).error is None
    assert writes(chartmogul) == before


def test_what_was_a_move_is_no_merge_later(chartmogul: Any, first_sync: Json) -> None:
    """The old contact is in the first of two runs only; its customer stays one of its own."""
    assert run_write(first_sync, [*moved(), STAYS, bill_of_new_contact()]).error is None
    assert run_write(first_sync, [*moved(), bill_of_new_contact()]).error is None
    assert mrr(chartmogul) == {"1001": 0, "1002": 4900}


MONTHS = ("2026-01-03", "2026-02-03", "2026-03-03", "2026-04-03", "2026-05-03", "2026-06-03")
CHAINS = {
    "to another and on to a third": ("1001", "1001", "1002", "1003", "1003", "1003"),
    "there and back": ("1001", "1001", "1002", "1002", "1001", "1001"),
    "there and back twice": ("1001", "1002", "1001", "1001", "1002", "1001"),
    "round": ("1001", "1002", "1003", "1001", "1002", "1003"),
    "back to the second": ("1001", "1002", "1003", "1003", "1002", "1002"),
}


def chain(owners: Sequence[str], days: Sequence[str] = MONTHS) -> list[list[Json]]:
    """What Keap shows after each bill of subscription 5001: bill, record, all contacts billed so far."""
    shown = []
    upcoming = [*days[1:], str(add_interval(date.fromisoformat(days[-1]), Interval(1, "month")))]
    for number, (owner, day) in enumerate(zip(owners, days, strict=True)):
        line = {**item(), "id": f"6900{number}"}
        billed = order(line, id=f"2900{number}", order_time=f"{day}T12:00:00Z", contact={"id": owner})
        dates = {"start_date": days[0], "last_bill_date": day, "next_bill_date": upcoming[number]}
        people = [record("contacts", contact(id=key)) for key in sorted({*owners[: number + 1]})]
        own = record("subscriptions", subscription(contact_id=owner, **dates))
        shown.append([ACCOUNT, *people, own, record("orders", billed | {"order_items": [line]})])
    return shown


def movements(chartmogul: Any) -> list[tuple[str, str, int]]:
    """(day, contact, change of MRR), opposite ones of a day put together."""
    auth = (chartmogul.api_key, "")
    rows = requests.get(f"{chartmogul.url}/v1/activities", auth=auth, timeout=10).json()["entries"]
    found = Counter[tuple[str, str]]()
    for row in rows:
        found[row["date"][:10], row["customer-external-id"]] += row["activity-mrr-movement"]
    return sorted((*key, change) for key, change in found.items() if change)


def as_billed(owners: Sequence[str], days: Sequence[str] = MONTHS) -> list[tuple[str, str, int]]:
    """What that comes to: who is billed has it, until another one is."""
    found = []
    for before, owner, day in zip(("", *owners), owners, days, strict=False):
        if owner != before:
            found += [(day, owner, 4900)] + ([(day, before, -4900)] if before else [])
    return sorted(found)


@pytest.mark.parametrize("cut", [(0,), (0, 3), (0, 1, 2, 3, 4, 5)])
@pytest.mark.parametrize("name", CHAINS)
def test_a_subscription_that_moves_several_times(
    name: str, cut: tuple[int, ...], chartmogul: Any, config: Json
) -> None:
    """It counts for the one who is billed, until another one is, however the runs are cut."""
    steps = chain(CHAINS[name])
    for first, last in zip(cut, (*cut[1:], len(steps)), strict=True):
        written = run_write(config, [message for step in steps[first:last] for message in step])
        assert (written.error, written.rejected) == (None, 0)
    assert movements(chartmogul) == as_billed(CHAINS[name])
    before = writes(chartmogul)
    assert run_write(config, [message for step in steps for message in step]).error is None
    assert writes(chartmogul) == before


def test_each_contact_keeps_the_ends_of_its_own_time(chartmogul: Any, config: Json) -> None:
    """A pause under the first, a cancellation under the second: neither takes the other's away."""
    steps = chain(("1001", "1001", "1002"), ("2026-01-03", "2026-03-25", "2026-04-25"))
    steps[2][3]["record"]["data"] |= {"active": False, "end_date": "2026-05-10"}
    for step in (*steps, steps[0][:2] + steps[0][3:], steps[2]):
        assert run_write(config, step).error is None
    assert movements(chartmogul) == [
        ("2026-01-03", "1001", 4900),
        ("2026-02-03", "1001", -4900),
        ("2026-03-25", "1001", 4900),
        ("2026-04-25", "1001", -4900),
        ("2026-04-25", "1002", 4900),
        ("2026-05-10", "1002", -4900),
    ]
    before = writes(chartmogul)
    for step in steps:
        assert run_write(config, step).error is None
    assert writes(chartmogul) == before


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize(
    ("ends", "expected"),
    [({"active": False, "end_date": "2026-06-20"}, 0), ({"end_date": "2026-07-02"}, 0), ({}, 4900)],
)
def test_what_moved_and_was_not_billed_since_ends_where_it_was_billed_last(
    ends: Json, expected: int, seen: bool, chartmogul: Any, first_sync: Json
) -> None:
    """Whether the old contact comes in the run, or stays for another subscription that it has."""
    other = order({**item(subscription_id="5002"), "id": "69002"}, id="29002")
    other["order_items"][0]["id"] = "69002"
    assert run_write(first_sync, [ACCOUNT, record("orders", other)]).error is None
    gone = [*moved()[:2], record("subscriptions", subscription(**OWN, contact_id="1002", **ends))]
    assert run_write(first_sync, [*gone, STAYS] if seen else gone).rejected == 0
    chartmogul.control.clock(now="2026-07-05T12:00:00Z")
    assert run_write(first_sync, [ACCOUNT]).error is None
    assert mrr(chartmogul) == {"1001": 4900 + expected, "1002": 0}
    before = writes(chartmogul)
    assert run_write(first_sync, [*gone, STAYS] if seen else gone).error is None
    assert writes(chartmogul) == before


def test_a_first_bill_that_comes_late_ends_the_subscription_where_it_was_before(
    chartmogul: Any, config: Json
) -> None:
    """The bill of the third contact comes before those of the second."""
    owners = ("1001", "1001", "1002", "1002", "1003", "1003")
    steps = chain(owners)
    latest = steps[5][:-1]
    for some in (steps[:2], steps[4:], steps[2:4]):
        messages = [m for step in some for m in step if m["record"]["stream"] != "subscriptions"]
        assert run_write(config, [*messages, *latest]).rejected == 0
    assert movements(chartmogul) == as_billed(owners)


def test_a_merge_beside_a_late_bill_keeps_the_other_ends(chartmogul: Any, first_sync: Json) -> None:
    """A bill that comes late moves the end of 5001 under contact 1001, who is merged into 1003 in the same
    run and had ended another subscription: 1001 is not looked at without what 1003 has by now.
    """
    line = {**item(), "id": "60009", "subscription_id": "5009"}
    ended: Json = {"id": "5009", "active": False, "end_date": "2026-06-20", **OWN}
    other = order(line, id="20009") | {"order_items": [line]}
    stopped = record("subscriptions", subscription(**ended))
    given = [STAYS, stopped, record("orders", other), *moved(), bill_of_new_contact()]
    assert run_write(first_sync, given).rejected == 0
    merged = [
        record("contacts", contact(id="1003")),
        record("subscriptions", subscription(**ended, contact_id="1003")),
        *(record("orders", each | {"contact": {"id": "1003"}}) for each in (order(), other)),
    ]
    line = {**item(), "id": "69998"}
    late = order(line, id="20003", order_time="2026-06-20T12:00:00Z", contact={"id": "1002"})
    late_bill = record("orders", late | {"order_items": [line]})
    for _ in range(2):
        assert run_write(first_sync, [*moved(), late_bill, *merged]).rejected == 0
        events = chartmogul.control.dump()["subscription_events"]
        ends = {e["external_id"]: e["effective_date"][:10] for e in events}
        assert ends == {"5001:moved:1003": "2026-06-20", "5009:cancelled:20009": "2026-06-20"}


def order_to_move(owner: str, number: int = 0, **more: Any) -> Json:
    """One of two orders for something else than a subscription."""
    line = {**item("PRODUCT"), "id": f"6900{number}"}
    billed = order(line, id=f"2900{number}", contact={"id": owner}, **more)
    return record("orders", billed | {"order_items": [line]})


PAYMENTS = (
    payment(order_ids=["29000"]),
    payment(id="40002", amount=-10.0, type="Refund", order_ids=["29000"]),
)
PAID = [("40001", "payment", 4900), ("40002", "refund", 1000)]


@pytest.fixture
def paid_orders(config: Json) -> Json:
    """Two orders of contact 1001 with a payment and a refund of the first."""
    messages = [
        ACCOUNT,
        record("contacts", contact(id="1001")),
        *(order_to_move("1001", number) for number in range(2)),
        *(record("payments", row) for row in PAYMENTS),
    ]
    assert run_write(config, messages).rejected == 0
    return config


def transactions(chartmogul: Any) -> list[tuple[str, str, int]]:
    """Of the order that moved, which is with contact 1002."""
    (found,) = (i for i in chartmogul.control.dump()["invoices"] if i["external_id"] == "29000")
    assert found["customer"] == ["1002"]
    return sorted((t["external_id"], t["type"], t["amount_in_cents"]) for t in found["transactions"])


@pytest.mark.parametrize("refund_told", [False, True])
def test_an_order_that_moves_without_its_payments_stays_paid(
    refund_told: bool, chartmogul: Any, paid_orders: Json
) -> None:
    """The payments did not change in Keap, so they do not come again; nor is what went back told twice."""
    told: Json = {"refund_total": {"amount": 1000, "currency_code": "USD"}} if refund_told else {}
    arrived = [ACCOUNT, record("contacts", contact(id="1002")), order_to_move("1002", **told)]
    written = run_write(paid_orders, arrived)
    assert (written.error, written.rejected) == (None, 0)
    assert transactions(chartmogul) == PAID
    before = writes(chartmogul)
    assert run_write(paid_orders, arrived).rejected == 0
    assert writes(chartmogul) == before


def test_a_run_killed_while_an_order_moves_says_what_it_lost(
    chartmogul: Any, paid_orders: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between deleting and creating: only Keap knows the payments then, and they complete it."""

    def die(*_: Any) -> None:
        raise Killed

    paid: Json = {"total_paid": {"amount": 4900, "currency_code": "USD"}}
    arrived = [ACCOUNT, record("contacts", contact(id="1002")), order_to_move("1002", **paid)]
    with monkeypatch.context() as patched:
        patched.setattr(Client, "create", die)
        with pytest.raises(Killed):
            run_write(paid_orders, arrived)
    assert any("paid_without_payment" in line for line in run_write(paid_orders, arrived).logs)
    late = run_write(paid_orders, [*arrived, *(record("payments", row) for row in PAYMENTS)])
    assert not any("paid_without_payment" in line for line in late.logs)
    assert transactions(chartmogul) == PAID
