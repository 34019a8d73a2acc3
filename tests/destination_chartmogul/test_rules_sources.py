"""Several data sources in one run, and several Keap accounts: nothing is mixed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from destination_chartmogul import pacing
from tests.destination_chartmogul.accounts import differences, writes
from tests.destination_chartmogul.accounts import held as everything
from tests.destination_chartmogul.keap import contact, item, payment, subscription
from tests.destination_chartmogul.killing import Killing, Story
from tests.destination_chartmogul.pipe import Json, messages_of, run_write
from tests.destination_chartmogul.ruled import ACCOUNT, EVERY_STREAM, held, invoices, planned, run, sale

RULES: list[Json] = [
    {
        "name": "B",
        "on": "order",
        "route": "B",
        "when": "order.products | selectattr('name', 'like', 'b *') | list",
    },
    {"name": "B leads", "on": "contact", "route": "B", "when": "contact.company == 'B Inc'"},
]
B_ITEM: Json = item(product={"id": "12", "name": "B Pro"}, subscription_id="5002")
B_PLAN: Json = {"id": "102", "cycle_type": "MONTHLY", "frequency": 1}

B_SOLD = {"product_id": "12", "subscription_plan_id": "102"}


def both_brands(**more: Any) -> dict[str, list[Json]]:
    """Contact 1001 buys of both, 1002 of B, 1003 and 1004 are leads."""
    people = [
        contact(),
        contact(id="1002"),
        contact(id="1003"),
        contact(id="1004", company={"company_name": "B Inc"}),
    ]
    orders = [
        sale("20001"),
        sale("20002", B_ITEM | {"subscription_plan": B_PLAN}),
        sale("20003", B_ITEM | {"subscription_plan": B_PLAN, "subscription_id": "5003"}, contact="1002"),
    ]
    subscriptions = [
        subscription(),
        subscription(
            id="5002", product_id="12", subscription_plan_id="102", active=False, end_date="2026-08-03"
        ),
        subscription(id="5003", contact_id="1002", product_id="12", subscription_plan_id="102"),
    ]
    paid = [payment(), payment(id="40002", order_ids=["20002"])]
    return {
        "account": [ACCOUNT],
        "contacts": people,
        "subscriptions": subscriptions,
        "orders": orders,
        "payments": paid,
    } | more


def test_each_data_source_gets_its_own(config: Json, chartmogul: Any) -> None:
    """Customers, plans, invoices, payments, planned ends; a second run writes nothing."""
    ruled = config | {"rules": RULES, "data_source_name": "A"}
    done = run(ruled, both_brands())
    assert done.rejected == 0
    assert held(chartmogul) == {
        "A": {"1001": ["20001"], "1003": []},
        "B": {"1001": ["20002"], "1002": ["20003"], "1004": []},
    }
    dump = chartmogul.control.dump()
    assert {(p["data_source"], p["external_id"]) for p in dump["plans"]} == {
        ("A", "11:101:1-month"),
        ("B", "12:102:1-month"),
    }
    (event,) = dump["subscription_events"]
    assert (event["data_source"], event["subscription_external_id"]) == ("B", "5002")
    before, sent = everything(chartmogul), writes(chartmogul)
    assert run(ruled, both_brands()).rejected == 0
    assert (everything(chartmogul), writes(chartmogul)) == (before, sent)


def test_runs_cut_in_pieces_leave_the_same(config: Json, chartmogul: Any) -> None:
    """Orders before contacts, payments alone, subscriptions alone."""
    ruled = config | {"rules": RULES[:1], "data_source_name": "A"}
    run(ruled, both_brands())
    whole = everything(chartmogul)
    chartmogul.control.reset()
    chartmogul.control.switch("analytics_delay_seconds", 0)
    parts = both_brands()
    for names in (["orders"], ["subscriptions"], ["payments"], ["contacts"]):
        done = run(ruled, {"account": [ACCOUNT]} | {name: parts[name] for name in names})
        assert done.rejected == 0, done.logs
    assert differences(whole, everything(chartmogul)) == []


def test_what_comes_later_finds_its_data_source(config: Json, chartmogul: Any) -> None:
    """A payment, an edited contact, a stopped subscription: each without its order."""
    ruled = config | {"rules": RULES, "data_source_name": "A"}
    run(ruled, both_brands())
    later = {
        "account": [ACCOUNT],
        "contacts": [contact(given_name="Eve")],
        "payments": [payment(id="40003", order_ids=["20003"], contact_id="1002")],
        "subscriptions": [
            subscription(id="5003", contact_id="1002", product_id="12", active=False, end_date="2026-08-03")
        ],
    }
    assert run(ruled, later).rejected == 0
    dump = chartmogul.control.dump()
    assert [c["name"] for c in dump["customers"] if c["identities"][0][1] == "1001"] == ["Eve Low", "Eve Low"]
    (third,) = [i for i in dump["invoices"] if i["external_id"] == "20003"]
    assert [t["external_id"] for t in third["transactions"]] == ["40003"]
    ends = {(e["data_source"], e["subscription_external_id"]) for e in dump["subscription_events"]}
    assert ends == {("B", "5002"), ("B", "5003")}
    assert held(chartmogul)["A"].keys() == {"1001", "1003"}


def test_a_planned_end_that_is_due_is_carried_out_in_each(config: Json, chartmogul: Any) -> None:
    """By a run that brings nothing, which reads each data source three times and writes once."""
    ruled = config | {"rules": RULES, "data_source_name": "A"}
    run(ruled, both_brands())
    chartmogul.control.clock(now="2026-08-01T12:00:00Z")
    before, sent = sum(map(len, everything(chartmogul).values())), writes(chartmogul)
    reads = _reads(chartmogul)
    run(ruled, {"account": [ACCOUNT]})
    assert _reads(chartmogul) - reads <= 7
    assert writes(chartmogul) == sent
    chartmogul.control.clock(now="2026-08-05T12:00:00Z")
    run(ruled, {"account": [ACCOUNT]})
    events = chartmogul.control.dump()["subscription_events"]
    assert [(e["data_source"], e["event_type"]) for e in events] == [("B", "subscription_cancelled")]
    assert sum(map(len, everything(chartmogul).values())) == before


def _reads(chartmogul: Any) -> int:
    calls = chartmogul.control.calls()
    return sum(sum(by.values()) for call, by in calls.items() if call.startswith("GET "))


def test_an_order_that_another_data_source_has_is_a_reject(config: Json, chartmogul: Any) -> None:
    """It would count twice; once it is deleted there, it is written."""
    given = both_brands()
    run(config | {"data_source_name": "A"}, given)
    ruled = config | {"rules": RULES, "data_source_name": "A"}
    done = run_write(ruled, messages_of(given), streams=EVERY_STREAM, mode="full_refresh")
    said = " ".join(done.logs)
    assert "2 rejected in orders: held_by_another_source" in said
    assert "the data source 'A'" in said
    assert [i["data_source"] for i in invoices(chartmogul)] == ["A", "A", "A"]


def test_a_route_that_reads_a_contact_who_did_not_come(config: Json, chartmogul: Any) -> None:
    """Goes to the one data source that has the customer; else the order is a reject."""
    rules = [{"name": "by company", "on": "contact", "route": "B", "when": "contact.company == 'B Inc'"}]
    ruled = config | {"rules": rules, "data_source_name": "A"}
    people = [contact(), contact(id="1002", company={"company_name": "B Inc"})]
    run(ruled, {"account": [ACCOUNT], "contacts": people})
    later = {
        "account": [ACCOUNT],
        "orders": [
            sale("20001"),
            sale("20002", item(subscription_id="5002"), contact="1002"),
            sale("20009", item(subscription_id="5009"), contact="1009"),
        ],
    }
    done = run_write(ruled, messages_of(later), streams=EVERY_STREAM, mode="full_refresh")
    assert held(chartmogul) == {"A": {"1001": ["20001"]}, "B": {"1002": ["20002"]}}
    assert "1 rejected in orders: rule_needs_record, for example 20009" in " ".join(done.logs)


def test_plan_says_what_write_does_in_each(config: Json, chartmogul: Any) -> None:
    """Each customer of each data source is a row of its own."""
    ruled = config | {"rules": RULES, "data_source_name": "A"}
    document = json.loads(planned(ruled, both_brands(), "json"))
    assert {(c["data_source"], c["customer"]) for c in document["customers"] if c["changes"]} == {
        ("A", "1001"), ("A", "1003"), ("B", "1001"), ("B", "1002"), ("B", "1004"),
    }  # fmt: skip
    changes = document["totals"]["changes"]
    run(ruled, both_brands())
    dump = chartmogul.control.dump()
    assert changes["create customer"] == len(dump["customers"]) == 5
    assert changes["create invoice"] == len(dump["invoices"])
    assert changes["create plan"] == len(dump["plans"])
    again = json.loads(planned(ruled, both_brands(), "json"))
    assert again["totals"]["changes"] == {}


def test_two_keap_accounts_with_the_same_ids(config: Json, chartmogul: Any) -> None:
    """Two connections, two data sources: neither touches the other's customers, also in later runs."""
    one, other = config | {"data_source_name": "One"}, config | {"data_source_name": "Other"}
    given = both_brands()
    run(one, given)
    theirs = both_brands(orders=[sale("20001", item(price=100)), *given["orders"][1:]])
    run(other, theirs)
    assert held(chartmogul)["One"] == held(chartmogul)["Other"]
    amounts = {i["data_source"]: i["line_items"][0]["amount_in_cents"] for i in invoices(chartmogul)[:2]}
    assert amounts == {"One": 4900, "Other": 100}
    before = everything(chartmogul)
    moved = both_brands(subscriptions=[subscription(contact_id="1003")], orders=[], payments=[])
    run(other, moved)
    ours = [line for kind, lines in everything(chartmogul).items() for line in lines if '"One"' in line]
    assert ours == [line for kind, lines in before.items() for line in lines if '"One"' in line]


def test_people_and_notes_follow_their_customers(config: Json, chartmogul: Any) -> None:
    """To each data source that has the customer; not of those whom a rule leaves out."""
    rules = [*RULES, {"on": "contact", "when": "contact.id == '1003'", "exclude": True}]
    ruled = config | {"rules": rules, "data_source_name": "A", "crm": {"contacts": "own"}}
    run(ruled, both_brands())
    people = chartmogul.control.dump()["contacts"]
    assert sorted((p["data_source"], p["customer"]) for p in people) == [
        ("A", ["1001"]), ("B", ["1001"]), ("B", ["1002"]), ("B", ["1004"]),
    ]  # fmt: skip
    sent = writes(chartmogul)
    run(ruled, both_brands())
    assert writes(chartmogul) == sent


def test_a_run_that_dies_between_two_data_sources_is_completed(
    config: Json, chartmogul: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At some of its requests, carried out or not: the next run leaves what an undisturbed one leaves."""
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.05)
    ruled = config | {"rules": RULES, "data_source_name": "A"}
    killing = Killing(Story(both_brands()), chartmogul, ruled)
    points = killing.points[5::7]
    assert len(points) >= 4
    assert {point.at: found for point in points if (found := killing.differs(point))} == {}
