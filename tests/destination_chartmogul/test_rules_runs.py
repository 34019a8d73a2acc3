"""Rules in runs that bring everything, and in runs that bring only what changed."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from tests.destination_chartmogul.accounts import differences
from tests.destination_chartmogul.accounts import held as everything
from tests.destination_chartmogul.keap import contact, item, payment, subscription
from tests.destination_chartmogul.pipe import Json, config_for, messages_of, run_write
from tests.destination_chartmogul.ruled import (
    ACCOUNT,
    EVERY_STREAM,
    LABELS,
    held,
    invoices,
    planned,
    run,
    sale,
)

EXCLUDED: Json = {"name": "test tag", "on": "contact", "when": "'7' in contact.tag_ids", "exclude": True}
LABEL: Json = {
    "name": "label",
    "on": "subscription",
    "when": "subscription.fields['Label']",
    "plan": "{{ subscription.fields['Label'] }}",
}
ONCE: Json = {"on": "item", "when": "subscription.promo_code == 'ONCE'", "classify": "one_time"}
DEFINED = [LABELS["subscriptions", "9", "Label"]]


def rejects(config: Json, given: dict[str, list[Json]]) -> list[tuple[str, str, str]]:
    """Stream, key and rule of what a run rejects."""
    done = run_write(config, messages_of(given), streams=EVERY_STREAM, mode="full_refresh")
    assert done.error is None
    warned = [text for text in done.logs if " rejected in " in text]
    return [(w.split(" in ")[1].split(":")[0], w.split("example ")[1].split(":")[0], w) for w in warned]


def test_a_renewal_follows_what_was_decided(config: Json, chartmogul: Any) -> None:
    """Its contact does not come again: a customer who is there was not left out, and its plan is kept."""
    ruled = config | {"rules": [EXCLUDED, LABEL, ONCE]}
    named = subscription(custom_fields=[{"id": "9", "content": "Gold"}])
    first = {
        "account": [ACCOUNT],
        "custom_fields": DEFINED,
        "contacts": [contact(tag_ids=["8"]), contact(id="1002", tag_ids=["7"])],
        "subscriptions": [named],
        "orders": [sale("20001"), sale("20002", item(subscription_id="5002"), contact="1002")],
    }
    run(ruled, first)
    assert held(chartmogul) == {"Keap": {"1001": ["20001"]}}
    later = {
        "account": [ACCOUNT],
        "orders": [
            sale("20003", order_time="2026-07-01T06:00:00Z"),
            sale("20004", item(subscription_id="5002"), contact="1002", order_time="2026-07-01T06:00:00Z"),
        ],
        "payments": [payment(order_ids=["20003"]), payment(id="40002", order_ids=["20004"])],
    }
    chartmogul.control.clock(now="2026-07-03T12:00:00Z")
    found = rejects(ruled, later)
    assert held(chartmogul) == {"Keap": {"1001": ["20001", "20003"]}}
    written = [line for each in invoices(chartmogul) for line in each["line_items"]]
    assert {line["plan"][0] for line in written} == {"plan:Gold:1-month"}
    assert [(stream, key) for stream, key, _ in found] == [("orders", "20004"), ("payments", "40002")]
    assert "rule_needs_record" in found[0][2]
    assert "rule 1 (test tag) reads a record of contacts" in found[0][2]


def test_however_runs_are_cut_the_end_is_the_same(chartmogul: Any) -> None:
    """Each stream in a run of its own, in orders that a source may have; against all at once."""
    ruled = config_for(chartmogul, rules=[EXCLUDED, LABEL])
    named = subscription(custom_fields=[{"id": "9", "content": "Gold"}])
    parts: dict[str, list[Json]] = {
        "contacts": [contact(tag_ids=["8"]), contact(id="1002", tag_ids=["7"])],
        "subscriptions": [named, subscription(id="5002", contact_id="1002")],
        "orders": [sale("20001"), sale("20002", item(subscription_id="5002"), contact="1002")],
        "payments": [payment(), payment(id="40002", order_ids=["20002"], contact_id="1002")],
    }
    always = {"account": [ACCOUNT], "custom_fields": DEFINED}
    run(ruled, always | parts)
    whole = everything(chartmogul)
    for cut in itertools.permutations(parts, 2):
        chartmogul.control.reset()
        chartmogul.control.switch("analytics_delay_seconds", 0)
        together = {name: rows for name, rows in parts.items() if name not in cut}
        for some in (together, {cut[0]: parts[cut[0]]}, parts):
            run_write(ruled, messages_of(always | some), streams=EVERY_STREAM, mode="full_refresh")
        assert differences(whole, everything(chartmogul)) == [], cut


def test_what_was_written_stays_when_a_rule_leaves_it_out_later(config: Json, chartmogul: Any) -> None:
    """Neither changed nor deleted; new orders are left out."""
    given = {
        "account": [ACCOUNT],
        "contacts": [contact()],
        "orders": [sale("20001")],
        "payments": [payment()],
    }
    run(config, given)
    before = everything(chartmogul)
    rules = [{"on": "contact", "when": "contact.id == '1001'", "exclude": True}]
    changed = given | {
        "contacts": [contact(family_name="Changed")],
        "orders": [sale("20001", item(price=1)), sale("20002")],
    }
    assert run(config | {"rules": rules}, changed).rejected == 0
    assert everything(chartmogul) == before
    rules = [{"on": "order", "when": "order.id == '20001'", "exclude": True}]
    assert run(config | {"rules": rules}, given).rejected == 0
    assert everything(chartmogul) == before


def test_a_rule_that_fails_on_a_record_rejects_that_record(config: Json, chartmogul: Any) -> None:
    """And names itself; the rest goes on. The subscription of an order that is not written is not ended."""
    rules = [
        {"name": "old", "on": "order", "when": "order.fields['Nope'] == 'x'", "exclude": True},
        {"name": "ends", "on": "item", "when": "subscription.ends < '2026-01-01'", "classify": "one_time"},
    ]
    given = {
        "account": [ACCOUNT],
        "custom_fields": [LABELS["orders", "1", "Note"]],
        "contacts": [contact()],
        "orders": [sale("20001"), sale("20002", item("PRODUCT"))],
        "subscriptions": [subscription()],
    }
    found = rejects(config | {"rules": rules[:1]}, given)
    assert "2 rejected in orders: rule_failed" in found[0][2]
    assert "rule 1 (old): no custom field is called 'Nope'" in found[0][2]
    assert held(chartmogul) == {"Keap": {"1001": []}}
    found = rejects(config | {"rules": rules[1:]}, given)
    assert "2 rejected in orders: rule_failed, for example 20001: rule 1 (ends): it cannot" in found[0][2]


def test_the_first_rule_that_decides_a_thing_decides_it(config: Json, chartmogul: Any) -> None:
    """Rules see what Keap has, not what earlier rules set; different things add up."""
    rules = [
        {
            "on": "contact",
            "when": "contact.company == 'Low Works'",
            "set": {"company": "First", "city": "Here"},
        },
        {"on": "contact", "when": "contact.company == 'First'", "set": {"name": "Never"}},
        {"on": "contact", "when": "true", "set": {"company": "Second", "zip": "{{ contact.id }}"}},
    ]
    done = run(config | {"rules": rules}, {"account": [ACCOUNT], "contacts": [contact()]})
    (made,) = chartmogul.control.dump()["customers"]
    assert [made[name] for name in ("name", "company", "city", "zip", "country")] == [
        "Ada Low", "First", "Here", "1001", "US",
    ]  # fmt: skip
    assert "Rule 2, on contact, set name: never applied." in done.logs


def test_fields_that_are_set_are_checked_like_keaps_own(config: Json, chartmogul: Any) -> None:
    """A country that is none, a date that is none: the field is told and left, the customer written."""
    rules = [
        {"on": "contact", "when": "true", "set": {"country": "Utopia", "free_trial_started_at": "soon"}},
    ]
    done = run(config | {"rules": rules}, {"account": [ACCOUNT], "contacts": [contact()]})
    (made,) = chartmogul.control.dump()["customers"]
    assert (made["country"], made["free_trial_started_at"]) == (None, None)
    said = " ".join(done.logs)
    assert "unknown_country" in said
    assert "rule_failed, for example 1001: free_trial_started_at is set to what is no day" in said


def test_an_excluded_payment_and_subscription(config: Json, chartmogul: Any) -> None:
    """The order is open then; the items that bill the subscription are left out, and no end is written."""
    rules = [
        {"on": "payment", "when": "payment.type == 'Credit Card'", "exclude": True},
        {"on": "subscription", "when": "subscription.promo_code == 'STAFF'", "exclude": True},
    ]
    given = {
        "account": [ACCOUNT],
        "subscriptions": [subscription(promo_code="STAFF", active=False)],
        "orders": [sale("20001", item("PRODUCT", 1000), item())],
        "payments": [payment(order_ids=["20001"])],
    }
    run(config | {"rules": rules}, given)
    (invoice,) = invoices(chartmogul)
    assert [(line["type"], line["amount_in_cents"]) for line in invoice["line_items"]] == [("one_time", 1000)]
    assert invoice["transactions"] == chartmogul.control.dump()["subscription_events"] == []


def test_a_payment_that_cannot_be_judged_is_not_written(config: Json, chartmogul: Any) -> None:
    """Its rule fails, or reads a contact who did not come; one that is there already stays."""
    given = {"account": [ACCOUNT], "orders": [sale("20001")], "payments": [payment(order_ids=["20001"])]}
    for when, said in (
        ("payment.date > payment.type", "rule_failed"),
        ("contact.company", "rule_needs_record"),
    ):
        rules = [{"on": "payment", "when": when, "exclude": True}]
        found = rejects(config | {"rules": rules}, given)
        assert [(stream, key) for stream, key, _ in found] == [("payments", "40001")]
        assert said in found[0][2]
        assert invoices(chartmogul)[0]["transactions"] == []
    run(config, given)
    run(config | {"rules": rules}, given)
    assert [each["external_id"] for each in invoices(chartmogul)[0]["transactions"]] == ["40001"]


@pytest.mark.parametrize("name", ["table", "json"])
def test_plan_shows_which_rule_did_what(name: str, config: Json) -> None:
    """To which record, also where nothing is written then; and how often each applied."""
    given = {
        "account": [ACCOUNT],
        "contacts": [contact(tag_ids=["7"]), contact(id="1002")],
        "orders": [sale("20002", item(subscription_id=""), contact="1002")],
    }
    once = {"name": "once", "on": "item", "when": "true", "classify": "one_time"}
    shown = planned(config | {"rules": [EXCLUDED | {"name": "t"}, once]}, given, name)
    assert "Rule 2 (once), on item, classify as one_time: applied to 1 order." in shown
    if name == "table":
        assert "1001         rule 1 (t)             contacts/1001                    exclude" in shown
        return
    document = json.loads(shown)
    assert document["customers"][0] == {
        "customer": "1001", "changes": [], "rejects": [], "mrr_before": 0, "mrr_after": 0,
        "rules": [{"rule": "rule 1 (t)", "does": "exclude", "stream": "contacts", "key": "1001"}],
    }  # fmt: skip
