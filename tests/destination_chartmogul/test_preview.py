"""`plan` says what `write` then does."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from destination_chartmogul.layouts import JsonLayout, TableLayout
from destination_chartmogul.messages import Printer
from destination_chartmogul.preview import preview
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.business import Business, Changes
from tests.destination_chartmogul.keap import contact, item, order, payment, subscription
from tests.destination_chartmogul.killing import Story
from tests.destination_chartmogul.pipe import (
    Json,
    catalog,
    lines,
    messages_of,
    record,
    run_write,
)
from tests.destination_chartmogul.stories import month_of_changes

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
DEAD = ("voided", "written_off")
PARTS = ("line_item", "transaction", "invoice_status")  # go with their invoice
Moves = Counter[tuple[str, str, str]]


def planned(config: Json, messages: list[Json]) -> Json:
    """The JSON document of `plan`."""
    out = io.StringIO()
    preview(config, catalog(), lines(messages), Printer(io.StringIO()), JsonLayout(out))
    document: Json = json.loads(out.getvalue())
    return document


def table(config: Json, messages: list[Json]) -> str:
    """What `plan` prints for people."""
    out = io.StringIO()
    preview(config, catalog(), lines(messages), Printer(io.StringIO()), TableLayout(out))
    return out.getvalue()


def said(document: Json) -> Moves:
    """(action, kind, external id) of each change."""
    everything = [*document["customers"], document["others"]]
    return Counter(
        (c["action"], c["kind"], c["external_id"]) for entry in everything for c in entry["changes"]
    )


def done(before: Json, after: Json, plan: Moves) -> Moves:
    """The same, from what ChartMogul held before and holds now. What the plan makes anew is taken as that,
    and as the primary one of two merged customers the one that it says.
    """
    both = ({(k, key) for action, k, key in plan if action == each} for each in ("delete", "create"))
    again = set.intersection(*both)
    anew = {key for kind, key in again if kind == "invoice"}
    gone = {key for action, _, key in plan if action == "merge"}
    was, becomes = (
        {k: v for k, v in objects(d, gone) if k[1].split("|")[0] not in anew} for d in (before, after)
    )
    merged = {key[1] for key in was.keys() - becomes.keys() if key[0] == "customer"}
    moves = [("create", *key) for key in becomes.keys() - was.keys()]
    moves += [("merge" if key[1] in merged else "delete", *key) for key in was.keys() - becomes.keys()]
    moves += [("change", *key) for key in was.keys() & becomes.keys() if was[key] != becomes[key]]
    whole = {key for action, kind, key in moves if kind == "invoice" and action != "change"}
    made = [("change", *key) for key, value in becomes.items() if key[1] in whole and value in DEAD]
    made += [(action, kind, key) for kind, key in again for action in ("delete", "create")]
    moves = [each for each in moves if (each[1], each[2].split("|")[-1]) not in again]
    return Counter(
        (action, kind, key.split("|")[-1])
        for action, kind, key in [*made, *moves]
        if (action, kind, key) in made or not (kind in PARTS and key.split("|")[0] in whole)
    )


def objects(dump: Json, gone: set[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Each object, with what can be changed of itself; a part of an invoice is `invoice|part`."""
    for customer in dump["customers"]:
        own = {k: v for k, v in customer.items() if k not in ("identities", "lead_status", "custom")}
        names = [key for _, key in customer["identities"]]
        name = next((key for key in names if key not in gone), names[0])
        yield ("customer", name), text(own)
        for attribute, value in customer["custom"].items():
            yield ("attributes", f"{name}|{attribute}"), text({"value": value})
    for plan in dump["plans"]:
        yield ("plan", plan["external_id"]), text(plan)
    for event in dump["subscription_events"]:
        own = {k: v for k, v in event.items() if k != "customer_external_id"}
        yield ("event", event["external_id"]), text(own)
    for invoice in dump["invoices"]:
        key = invoice["external_id"]
        yield ("invoice", key), text({"date": invoice["date"], "currency": invoice["currency"]})
        yield ("invoice_status", key), invoice["status"] if invoice["status"] in DEAD else "alive"
        for kind in ("line_items", "transactions"):
            for part in invoice[kind]:
                yield (kind[:-1], f"{key}|{part['external_id']}"), text(part)


def text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)


def mrr(chartmogul: Any) -> dict[str, int]:
    """What ChartMogul itself says, by external id; customers without MRR are left out."""
    address, key = f"{chartmogul.url}/v1/customers", (chartmogul.api_key, "")
    answer = requests.get(address, params={"per_page": 200}, auth=key, timeout=10).json()
    assert not answer["has_more"]
    return {str(row["external_id"]): row["mrr"] for row in answer["entries"] if row["mrr"]}


@pytest.fixture
def month(simulators: Any, keap: Any, chartmogul: Any) -> Story:
    """A month of changes; ChartMogul's clock stands at its start."""
    keap.control.reset()
    story = month_of_changes(simulators)
    chartmogul.control.clock(now="2026-07-01T12:00:00Z")
    return story


def check_against_write(config: Json, chartmogul: Any, messages: list[Json]) -> Json:
    """Plan, write, compare objects and MRR, and plan again → the first plan."""
    before, was, quiet = chartmogul.control.dump(), mrr(chartmogul), writes(chartmogul)
    document = planned(config, messages)
    assert writes(chartmogul) == quiet
    shown = Counter(customer["customer"] for customer in document["customers"])
    assert set(shown.values()) <= {1}, shown.most_common(3)
    assert run_write(config, messages).error is None
    differ = done(before, chartmogul.control.dump(), said(document))
    assert (said(document) - differ, differ - said(document)) == (Counter(), Counter())
    becomes = mrr(chartmogul)
    moved = {key: becomes.get(key, 0) for key in was | becomes if was.get(key) != becomes.get(key)}
    foretold = {c["customer"]: c["mrr_after"] for c in document["customers"]}
    merged = {key for action, _, key in said(document) if action == "merge"}
    assert {key: foretold[key] for key in moved if key not in merged} == {
        key: value for key, value in moved.items() if key not in merged
    }
    totals = document["totals"]
    assert totals["mrr_after"] - totals["mrr_before"] == sum(becomes.values()) - sum(was.values())
    again = planned(config, messages)
    left = [r["field"] for customer in again["customers"] for r in customer["rejects"]]
    assert (set(left) <= {"email_addresses"}, said(again)) == (True, Counter())
    assert again["totals"]["mrr_after"] == again["totals"]["mrr_before"] == totals["mrr_after"]
    return document


def test_a_month_of_changes(month: Story, chartmogul: Any, config: Json) -> None:
    """First sync and increment: objects and MRR are as the plan said; then there is nothing to do."""
    assert month.before is not None
    first = check_against_write(config, chartmogul, messages_of(month.before))
    assert first["totals"]["mrr_before"] == 0 < first["totals"]["mrr_after"]
    chartmogul.control.clock(now=month.now)
    second = check_against_write(config, chartmogul, messages_of(month.bring))
    kinds = {(action, kind) for action, kind, _ in (said(first) + said(second))}
    assert kinds >= {("merge", "customer"), ("create", "invoice"), ("create", "event"), ("create", "plan")}


@pytest.mark.parametrize("seed", [3])
def test_random_business(seed: int, keap: Any, chartmogul: Any, config: Json) -> None:
    """Whatever happens between two syncs: what the plan of each says is what is done."""
    changes, business = Changes(keap), Business(keap, seed)
    assert run_write(config, messages_of(changes.take())).error is None
    for _ in range(2):
        business.go_on(changes.all)
        chartmogul.control.clock(now=keap.control.clock())
        check_against_write(config, chartmogul, messages_of(changes.take()))


def test_each_customer_is_a_line_of_one_document(config: Json) -> None:
    """It can be read whole by any JSON parser, and customer by customer by a line reader."""
    out = io.StringIO()
    given = [ACCOUNT, *(record("contacts", contact(id=str(key))) for key in (1001, 1002))]
    preview(config, catalog(), lines(given), Printer(io.StringIO()), JsonLayout(out))
    rows = out.getvalue().splitlines()
    assert [json.loads(row.rstrip(","))["customer"] for row in rows[1:-1]] == ["1001", "1002"]
    assert json.loads(out.getvalue())["totals"]["changes"] == {"create customer": 2}


@pytest.mark.parametrize("show", [table, planned])
def test_no_personal_values(show: Any, config: Json) -> None:
    """Ids and names of fields, nothing that says who somebody is."""
    run_write(config, [ACCOUNT, record("contacts", contact())])
    shown = str(show(config, [ACCOUNT, record("contacts", contact(given_name="Eve", company=None))]))
    assert "name" in shown
    assert not any(value in shown for value in ("Eve", "Low", "ada@"))


def test_rejects_are_told_with_their_customer_or_apart(config: Json) -> None:
    """An order that does not add up belongs to somebody; a payment of an unknown order to nobody."""
    stray = payment(id="40009", order_ids=["29999"])
    given = [ACCOUNT, record("orders", order(total=1)), record("payments", stray), record("orders", {})]
    document = planned(config, given)
    of_customers = [r["rule"] for c in document["customers"] for r in c["rejects"]]
    assert of_customers == ["order_total_differs"]
    assert sorted(r["rule"] for r in document["others"]["rejects"]) == [
        "malformed_record",
        "payment_without_order",
    ]
    shown = table(config, given)
    assert "order_total_differs" in shown
    assert "1 rejected: payment_without_order" in shown


def test_a_planned_end_that_is_due_is_told_without_any_record(chartmogul: Any, config: Json) -> None:
    """As `write` carries it out in a run that brings nothing of the customer."""
    ending = subscription(end_date="2026-07-02")
    given = [ACCOUNT, record("subscriptions", ending), record("orders", order())]
    assert run_write(config, given).error is None
    chartmogul.control.clock(now="2026-07-05T12:00:00Z")
    document = check_against_write(config, chartmogul, [ACCOUNT])
    assert [c["customer"] for c in document["customers"]] == ["1001"]
    assert (document["totals"]["mrr_before"], document["totals"]["mrr_after"]) == (4900, 0)


def test_orders_of_another_customer_who_stays_are_deleted_and_made_anew(config: Json) -> None:
    """No merge, since the old contact is still there."""
    both = [record("contacts", contact(id=key)) for key in ("1001", "1002")]
    assert run_write(config, [ACCOUNT, *both, record("orders", order())]).error is None
    moved = [ACCOUNT, *both, record("orders", order(contact={"id": "1002"}))]
    changes = said(planned(config, moved))
    assert changes == Counter({("delete", "invoice", "20001"): 1, ("create", "invoice", "20001"): 1})
    assert run_write(config, moved).error is None
    assert said(planned(config, moved)) == Counter()


@pytest.mark.parametrize("another", [False, True])
def test_ends_go_along_with_the_last_order_of_a_subscription(
    another: bool, chartmogul: Any, config: Json
) -> None:
    """The old contact keeps an order, so nothing is merged; with another bill of it the end stays. Only the
    orders come again, so nothing else tells of the end.
    """
    own = [{**item("PRODUCT"), "id": "69000"}, *([{**item(), "id": "69001"}] if another else [])]
    kept = order(*own, id="29000", order_time="2026-05-03T12:00:00Z", order_items=own)
    stopped = subscription(active=False, end_date="2026-06-20")
    given = {"contacts": [contact()], "orders": [kept, order()], "subscriptions": [stopped]}
    assert run_write(config, [ACCOUNT, *messages_of(given)]).rejected == 0
    assert enders(chartmogul) == ["1001"]
    moved = {"contacts": [contact(id="1002")], "orders": [order(contact={"id": "1002"})]}
    check_against_write(config, chartmogul, [ACCOUNT, *messages_of(moved)])
    assert enders(chartmogul) == ["1001" if another else "1002"]


def enders(chartmogul: Any) -> list[str]:
    """Customers who ended a subscription."""
    return [event["customer_external_id"] for event in chartmogul.control.dump()["subscription_events"]]


def test_a_customer_shows_once_whoever_pays_and_whatever_else_happens(chartmogul: Any, config: Json) -> None:
    """Somebody else pays an order that only ChartMogul has, of a customer who changes as well."""
    given = [ACCOUNT, record("contacts", contact()), record("orders", order())]
    assert run_write(config, given).error is None
    paid = record("payments", payment(contact_id="1002"))
    changed = [record("contacts", contact(given_name="Ida")), record("contacts", contact(id="1002"))]
    document = check_against_write(config, chartmogul, [ACCOUNT, *changed, paid])
    assert [c["customer"] for c in document["customers"]] == ["1001", "1002"]


@pytest.mark.parametrize(("paid", "after"), [([], 0), ([payment()], 4900)])
@pytest.mark.parametrize("owner", ["1001", "1002"])
def test_an_invoice_that_was_voided_by_hand(
    owner: str, paid: list[Json], after: int, config: Json, chartmogul: Any
) -> None:
    """It makes no MRR, also when its order moves to another contact, until somebody pays."""
    assert run_write(config, [ACCOUNT, record("orders", order())]).error is None
    api, auth = f"{chartmogul.url}/v1/data_sources", (chartmogul.api_key, "")
    source = requests.get(api, auth=auth, timeout=10).json()["data_sources"][0]["uuid"]
    path = f"{api}/{source}/invoices/20001/status"
    requests.put(path, json={"status": "voided"}, auth=auth, timeout=10).raise_for_status()
    bill, paid = order(contact={"id": owner}), [{**row, "contact_id": owner} for row in paid]
    given = {"contacts": [contact(id=owner)], "orders": [bill], "payments": paid}
    document = check_against_write(config, chartmogul, [ACCOUNT, *messages_of(given)])
    assert document["totals"]["mrr_after"] == after


def test_the_mrr_of_contacts_who_were_merged_counts_once(config: Json, chartmogul: Any) -> None:
    """A user merged the customers of two contacts, and both come again, one of them with another bill."""
    bills = [order(id=f"2000{n}", contact={"id": f"100{n}"}) for n in (1, 2)]
    lines_of = [[{**item(), "id": f"6000{n}", "subscription_id": f"500{n}"}] for n in (1, 2)]
    given = {"orders": [b | {"order_items": own} for b, own in zip(bills, lines_of, strict=True)]}
    assert run_write(config, [ACCOUNT, *messages_of(given)]).error is None
    api, auth = f"{chartmogul.url}/v1/customers", (chartmogul.api_key, "")
    two = [{"customer_uuid": c["uuid"]} for c in requests.get(api, auth=auth, timeout=10).json()["entries"]]
    pair = {"from": two[0], "into": two[1]}
    requests.post(f"{api}/merges", json=pair, auth=auth, timeout=10).raise_for_status()
    third = order(id="20003", order_time="2026-06-05T12:00:00Z", contact={"id": "1002"})
    given["orders"].append(third | {"order_items": [{**item(), "id": "60003", "subscription_id": "5003"}]})
    document = planned(config, [ACCOUNT, *messages_of(given)])
    assert (document["totals"]["mrr_before"], document["totals"]["mrr_after"]) == (9800, 14700)
