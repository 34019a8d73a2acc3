"""The worked examples of docs/rules.md, taken out of the page and run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from destination_chartmogul.rules.names import OBJECTS, SCOPES
from destination_chartmogul.rules.rule import ACTIONS, FIELDS
from destination_chartmogul.rules.sandbox import TEXT_METHODS, Sandbox
from tests.destination_chartmogul.keap import contact, item, order, payment, subscription
from tests.destination_chartmogul.pipe import Json
from tests.destination_chartmogul.ruled import ACCOUNT, LABELS, held, invoices, run, sale

PAGE = (Path(__file__).parents[2] / "destination-chartmogul" / "docs" / "rules.md").read_text()


def example(heading: str) -> Json:
    """The configuration below a heading of the page."""
    below = PAGE.split(f"### {heading}\n", 1)[1].split("\n### ")[0]
    found: Json = json.loads(re.findall(r"```json\n(.*?)```", below, re.DOTALL)[0])
    return found


def test_exclude_test_contacts(config: Json, chartmogul: Any) -> None:
    """By address and by tag; with their orders. Others stay."""
    emails = {"1001": "ada@example.com", "1002": "b+test@acme.com", "1003": "c@acme.com", "1004": "d@a.com"}
    people = [
        contact(id=key, email_addresses=[{"field": "EMAIL1", "email": email}])
        for key, email in emails.items()
    ]
    people[2]["tag_ids"] = ["7"]
    orders = [sale(f"2{key}", contact=key) for key in emails]
    tags = [{"id": "7", "name": "Test"}]
    given = {"account": [ACCOUNT], "tags": tags, "contacts": people, "orders": orders}
    done = run(config | example("Exclude test contacts"), given)
    assert held(chartmogul) == {"Keap": {"1004": ["21004"]}}
    assert "Rule 1 (test addresses), on contact, exclude: applied to 2 contacts." in done.logs
    assert "Rule 2 (test tag), on contact, exclude: applied to 1 contact." in done.logs


def test_treat_a_product_as_one_off(config: Json, chartmogul: Any) -> None:
    """And a product as a subscription of a year."""
    items = [
        item(product={"id": "12", "name": "Set-up", "sku": "SETUP"}),
        item("PRODUCT", 12000, product={"id": "13", "name": "Maintenance"}),
        item(),
    ]
    given = {"account": [ACCOUNT], "orders": [order(*items)], "subscriptions": [subscription()]}
    run(config | example("Treat a product as one-off"), given)
    (invoice,) = invoices(chartmogul)
    assert [(line["type"], line["amount_in_cents"]) for line in invoice["line_items"]] == [
        ("one_time", 4900),
        ("subscription", 12000),
        ("subscription", 4900),
    ]
    assert invoice["line_items"][1]["service_period_end"].startswith("2027-06-03")


def test_split_two_brands_into_two_chartmogul_sources(config: Json, chartmogul: Any) -> None:
    """A customer of both is in both, with the invoices and payments of each; a lead goes by its field."""
    globex = item(product={"id": "12", "name": "Globex Pro"}, subscription_id="5002")
    orders = [
        sale("20001"),
        sale("20002", globex),
        sale("20003", globex, contact="1003"),
    ]
    people = [
        contact(),
        contact(id="1002", custom_fields=[{"id": "9", "content": "Globex"}]),
        contact(id="1003"),
        contact(id="1004"),
    ]
    paid = [payment(), payment(id="40002", order_ids=["20002"])]
    given = {
        "account": [ACCOUNT],
        "custom_fields": [LABELS["contacts", "9", "Brand"]],
        "contacts": people,
        "orders": orders,
        "payments": paid,
    }
    done = run(config | example("Split two brands into two ChartMogul sources"), given)
    assert done.rejected == 0
    assert held(chartmogul) == {
        "Acme": {"1001": ["20001"], "1004": []},
        "Globex": {"1001": ["20002"], "1002": [], "1003": ["20003"]},
    }
    paid_by = {i["external_id"]: [t["external_id"] for t in i["transactions"]] for i in invoices(chartmogul)}
    assert paid_by == {"20001": ["40001"], "20002": ["40002"], "20003": []}


def test_take_the_plan_name_from_a_custom_field(config: Json, chartmogul: Any) -> None:
    """Where it is empty, the plan is Keap's."""
    labelled = subscription(custom_fields=[{"id": "9", "content": "Gold: Enterprise"}])
    other = subscription(id="5002", contact_id="1002")
    orders = [sale("20001"), sale("20002", item(subscription_id="5002"), contact="1002")]
    given = {
        "account": [ACCOUNT],
        "custom_fields": [LABELS["subscriptions", "9", "Plan Label"]],
        "subscriptions": [labelled, other],
        "orders": orders,
    }
    run(config | example("Take the plan name from a custom field"), given)
    plans = {p["external_id"]: p["name"] for p in chartmogul.control.dump()["plans"]}
    assert plans == {
        "plan:Gold: Enterprise:1-month": "Gold: Enterprise, every month",
        "11:101:1-month": "Gold, every month (plan 101)",
    }


def test_ignore_orders_already_billed_through_another_system(config: Json, chartmogul: Any) -> None:
    """Nor their payments, which are no rejects."""
    orders = [
        sale("20001"),
        sale("20002", source_type="API", title="Stripe in_123"),
        sale("20003", source_type="API", title="Our own"),
    ]
    paid = [payment(), payment(id="40002", order_ids=["20002"], external_transaction_id="ch_1")]
    given = {"account": [ACCOUNT], "orders": orders, "payments": paid}
    done = run(config | example("Ignore orders already billed through another system"), given)
    assert held(chartmogul) == {"Keap": {"1001": ["20001", "20003"]}}
    assert done.rejected == 0
    assert "1 in orders: left_out_by_rule (see BEHAVIOR.md)." in done.logs


def test_name_companies_and_date_leads_by_a_field(config: Json, chartmogul: Any) -> None:
    """A date field is a day in the account's zone."""
    fields = [{"id": "1", "content": "1"}, {"id": "2", "content": "2020-02-03"}]
    given = {
        "account": [ACCOUNT],
        "custom_fields": [
            LABELS["contacts", "1", "Reseller"] | {"field_type": "YES_NO"},
            LABELS["contacts", "2", "First Seen"] | {"field_type": "DATE"},
        ],
        "contacts": [contact(custom_fields=fields), contact(id="1002")],
    }
    run(config | example("Name companies, and date leads by a field"), given)
    made = {c["identities"][0][1]: c for c in chartmogul.control.dump()["customers"]}
    assert made["1001"]["company"] == "Low Works (reseller)"
    assert made["1001"]["lead_created_at"].startswith("2020-02-03")
    assert made["1002"]["company"] == "Low Works"


def test_a_year_that_keap_bills_as_a_month(config: Json, chartmogul: Any) -> None:
    """The period of the bill, and the end of the subscription by what was paid."""
    stopped = subscription(promo_code="YEAR", active=False, next_bill_date=None)
    given = {"account": [ACCOUNT], "subscriptions": [stopped], "orders": [order()]}
    run(config | example("A year that Keap bills as a month"), given)
    (invoice,) = invoices(chartmogul)
    assert invoice["line_items"][0]["service_period_end"].startswith("2027-06-03")
    (event,) = chartmogul.control.dump()["subscription_events"]
    assert (event["event_type"], event["effective_date"][:10]) == (
        "subscription_cancellation_scheduled",
        "2027-06-03",
    )


def test_tag_the_staff_of_a_partner(config: Json, chartmogul: Any) -> None:
    """And take it away when they are no longer; other tags stay, also those of who did not come."""
    emails = [{"field": "EMAIL1", "email": "ada@partner.com"}]
    given = {
        "account": [ACCOUNT],
        "custom_fields": [LABELS["contacts", "9", "Partner"]],
        "contacts": [contact(email_addresses=emails), contact(id="1002"), contact(id="1003")],
    }
    given["contacts"][2]["custom_fields"] = [{"id": "9", "content": "yes"}]
    ruled = config | example("Tag the staff of a partner")
    run(ruled, given)
    assert tags(chartmogul) == {"1001": ["Partner"], "1002": [], "1003": ["Partner"]}
    uuid = requests.get(
        f"{chartmogul.url}/v1/customers", {"external_id": "1001"}, auth=(chartmogul.api_key, ""), timeout=10
    ).json()["entries"][0]["uuid"]
    requests.post(
        f"{chartmogul.url}/v1/customers/{uuid}/attributes/tags",
        json={"tags": ["by hand"]},
        auth=(chartmogul.api_key, ""),
        timeout=10,
    ).raise_for_status()
    run(ruled, given | {"contacts": [contact()], "orders": [sale("20003", contact="1003")]})
    assert tags(chartmogul) == {"1001": ["by hand"], "1002": [], "1003": ["Partner"]}


def tags(chartmogul: Any) -> dict[str, list[str]]:
    """By contact."""
    return {c["identities"][0][1]: c["tags"] for c in chartmogul.control.dump()["customers"]}


def first_column(after: str) -> list[str]:
    """Of the first table after a text."""
    table = PAGE.split(after, 1)[1].split("| --- |", 1)[1].split("\n\n")[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


@pytest.mark.parametrize("thing", OBJECTS)
def test_the_page_lists_every_name(thing: str) -> None:
    """With its kind."""
    assert first_column(f"| `{thing}.` | kind") == list(OBJECTS[thing])
    for name, meant in OBJECTS[thing].items():
        assert f"| `{name}` | {meant.kind} |" in PAGE


def test_the_page_lists_what_expressions_have() -> None:
    """Scopes, fields, filters and methods."""
    for on, names in SCOPES.items():
        assert f"| `{on}` | {', '.join(f'`{name}`' for name in names)} |" in PAGE
    assert ", ".join(f"`{name}`" for name in FIELDS) in PAGE
    filters = PAGE.split("Filters: ", 1)[1].split(". Functions")[0]
    assert set(re.findall(r"`(\w+)`", filters)) == set(Sandbox().filters) - {"d"}
    methods = PAGE.split("Methods of texts: ", 1)[1].split(".\n")[0]
    assert set(re.findall(r"`(\w+)`", methods)) <= TEXT_METHODS | {"replace"}
    for on, actions in ACTIONS.items():
        for action in actions:
            (row,) = re.findall(rf'^\| `"{action}": .*?` \| ([^|]*) \|', PAGE, re.MULTILINE)
            assert row == "all" or on in row
