"""Leads here, billing elsewhere: merged into the customer who pays, with their dates, once."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from destination_chartmogul import elsewhere, pacing
from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.keap import contact
from tests.destination_chartmogul.killing import Fate, Killed, dying, happening
from tests.destination_chartmogul.pipe import Json, messages_of, run_write
from tests.destination_chartmogul.ruled import ACCOUNT, EVERY_STREAM, LABELS, planned, run, sale
from tests.destination_chartmogul.test_check import run_check

BY_EMAIL: Json = {"data_source_name": "Stripe", "match": "email"}
LEAD = "2024-08-28T15:00:00.000Z"


class Stripe:
    """The other data source, as another tool writes it."""

    def __init__(self, chartmogul: Any) -> None:
        self._root, self._key = f"{chartmogul.url}/v1", chartmogul.api_key
        self.source = self.post("/data_sources", {"name": "Stripe"})["uuid"]
        plan = {"data_source_uuid": self.source, "name": "Pro", "interval_count": 1, "interval_unit": "month"}
        self._plan = self.post("/plans", plan | {"external_id": "pro"})["uuid"]

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = requests.request(method, self._root + path, json=body, auth=(self._key, ""), timeout=10)
        answer.raise_for_status()
        found: Json = answer.json() if answer.content else {}
        return found

    def post(self, path: str, body: Json) -> Json:
        return self.call("POST", path, body)

    def payer(self, key: str, email: str, order: str = "in_1", **more: Any) -> str:
        """A customer with an invoice of 10.00 a month; → uuid."""
        body = {"data_source_uuid": self.source, "external_id": key, "name": key, "email": email}
        uuid = str(self.post("/customers", body | more)["uuid"])
        line = {
            "type": "subscription",
            "external_id": f"{order}-1",
            "subscription_external_id": f"sub-{key}",
            "plan_uuid": self._plan,
            "service_period_start": "2026-06-05T00:00:00Z",
            "service_period_end": "2026-07-05T00:00:00Z",
            "amount_in_cents": 1000,
        }
        invoice = {
            "external_id": order,
            "date": "2026-06-05T00:00:00Z",
            "currency": "USD",
            "line_items": [line],
        }
        self.post(f"/import/customers/{uuid}/invoices", {"invoices": [invoice]})
        return uuid

    def unmerge(self, uuid: str, source: str, contact: str) -> None:
        """What a user does in ChartMogul."""
        self.post(
            "/customers/unmerges",
            {"customer_uuid": uuid, "data_source_uuid": source, "external_id": contact},
        )

    def keap(self) -> str:
        """uuid of our data source."""
        found = self.call("GET", "/data_sources")["data_sources"]
        return next(str(each["uuid"]) for each in found if each["name"] == "Keap")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits, shorter."""
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.02)


@pytest.fixture
def stripe(chartmogul: Any) -> Stripe:
    return Stripe(chartmogul)


def fresh(chartmogul: Any) -> None:
    """An empty account without delays or faults."""
    chartmogul.control.reset()
    chartmogul.control.switch("analytics_delay_seconds", 0)


def people(*emails: str) -> dict[str, list[Json]]:
    """Contacts from 1001 on."""
    made = [
        contact(id=str(1001 + n), email_addresses=[{"field": "EMAIL1", "email": email}])
        for n, email in enumerate(emails)
    ]
    return {"account": [ACCOUNT], "contacts": made}


def customers(chartmogul: Any) -> list[list[list[str]]]:
    """Identities of each customer."""
    return sorted(sorted(c["identities"]) for c in chartmogul.control.dump()["customers"])


def test_a_lead_becomes_the_customer_who_pays(config: Json, chartmogul: Any, stripe: Stripe) -> None:
    """The payer's uuid, name and earlier dates stay; the lead's dates come too; a rerun writes nothing."""
    uuid = stripe.payer("cus_A", "Ada@Example.com")
    stripe.payer("cus_B", "early@example.com", "in_2", lead_created_at="2020-01-01T00:00:00Z")
    settings = config | {"billing_elsewhere": BY_EMAIL}
    given = people("ada@example.com", "early@example.com", "nobody@example.com")
    done = run(settings, given)
    assert customers(chartmogul) == [
        [["Keap", "1001"], ["Stripe", "cus_A"]],
        [["Keap", "1002"], ["Stripe", "cus_B"]],
        [["Keap", "1003"]],
    ]
    found = stripe.call("GET", f"/customers/{uuid}")
    assert (found["name"], found["lead_created_at"]) == ("cus_A", LEAD)
    dates = {c["identities"][-1][1]: c["lead_created_at"] for c in chartmogul.control.dump()["customers"]}
    assert sorted(dates.values()) == ["2020-01-01T00:00:00.000Z", LEAD, LEAD]
    assert "1 in contacts: no_paying_customer_yet (see BEHAVIOR.md)." in done.logs
    before, sent = held(chartmogul), writes(chartmogul)
    assert run(settings, given).rejected == 0
    assert (held(chartmogul), writes(chartmogul)) == (before, sent)


def test_a_lead_who_pays_later_is_found_by_a_run_that_brings_nothing(
    config: Json, chartmogul: Any, stripe: Stripe
) -> None:
    """Keap does not tell of it."""
    settings = config | {"billing_elsewhere": BY_EMAIL}
    run(settings, people("ada@example.com"))
    stripe.payer("cus_A", "ada@example.com")
    run(settings, {"account": [ACCOUNT]})
    assert customers(chartmogul) == [[["Keap", "1001"], ["Stripe", "cus_A"]]]


def test_orders_of_a_merged_customer(config: Json, chartmogul: Any, stripe: Stripe) -> None:
    """Keap's go to Keap's data source; those of the other with the same id are left alone, also when orders
    that are gone from Keap are deleted.
    """
    stripe.payer("cus_A", "ada@example.com", order="20001")
    settings = config | {"billing_elsewhere": BY_EMAIL, "deleted_orders": "delete"}
    run(settings, people("ada@example.com"))
    given = people("ada@example.com") | {"orders": [sale("20001"), sale("20002")]}
    assert run(settings, given).rejected == 0
    assert run(settings, given).rejected == 0
    made = [
        (each["data_source"], each["customer_external_id"], each["external_id"])
        for each in chartmogul.control.dump()["invoices"]
    ]
    assert sorted(made) == [
        ("Keap", "1001", "20001"),
        ("Keap", "1001", "20002"),
        ("Stripe", "cus_A", "20001"),
    ]


def test_what_is_ambiguous_is_a_reject(config: Json, chartmogul: Any, stripe: Stripe) -> None:
    """Two payers with one address, two contacts with one address, a payer who has another contact."""
    stripe.payer("cus_A", "ada@example.com")
    stripe.payer("cus_B", "ada@example.com", "in_2")
    stripe.payer("cus_C", "two@example.com", "in_3")
    settings = config | {"billing_elsewhere": BY_EMAIL}
    done = run(settings, people("ada@example.com", "two@example.com", "two@example.com"))
    said = " ".join(done.logs)
    assert "3 rejected in contacts: paying_customer_ambiguous" in said
    assert "2 customers of the other data source fit: cus_" in said
    assert "example.com" not in said
    assert len(customers(chartmogul)) == 6
    fresh(chartmogul)
    stripe = Stripe(chartmogul)
    stripe.payer("cus_A", "ada@example.com")
    run(settings, people("ada@example.com"))
    done = run(settings, people("new@example.com", "ada@example.com"))
    assert "is merged with contact 1001 already" in " ".join(done.logs)


def test_found_by_external_id(config: Json, chartmogul: Any, stripe: Stripe) -> None:
    """The contact's id is the customer's there."""
    stripe.payer("1001", "other@example.com")
    run(config | {"billing_elsewhere": BY_EMAIL | {"match": "external_id"}}, people("ada@example.com"))
    assert customers(chartmogul) == [[["Keap", "1001"], ["Stripe", "1001"]]]


def test_found_by_a_custom_field(config: Json, chartmogul: Any, stripe: Stripe) -> None:
    """A field that names nobody is a reject; an empty one is none."""
    stripe.payer("cus_A", "other@example.com")
    given = people("a@example.com", "b@example.com", "c@example.com")
    given["contacts"][0]["custom_fields"] = [{"id": "9", "content": "cus_A"}]
    given["contacts"][1]["custom_fields"] = [{"id": "9", "content": "cus_X"}]
    given["custom_fields"] = [LABELS["contacts", "9", "Stripe id"]]
    choice = BY_EMAIL | {"match": "custom_field", "custom_field": "Stripe id"}
    done = run(config | {"billing_elsewhere": choice}, given)
    assert customers(chartmogul)[0] == [["Keap", "1001"], ["Stripe", "cus_A"]]
    assert "1 rejected in contacts: paying_customer_not_found, for example 1002" in " ".join(done.logs)


def test_what_a_user_takes_apart_stays_apart(config: Json, chartmogul: Any, stripe: Stripe) -> None:
    """Whichever of the two keeps the mark."""
    uuid = stripe.payer("cus_A", "ada@example.com")
    settings = config | {"billing_elsewhere": BY_EMAIL}
    given = people("ada@example.com")
    run(settings, given)
    for source, key in ((stripe.keap(), "1001"), (stripe.source, "cus_A")):
        stripe.unmerge(uuid, source, key)
        done = run(settings, given)
        assert customers(chartmogul) == [[["Keap", "1001"]], [["Stripe", "cus_A"]]]
        if source == stripe.source:
            break
        assert "1 in contacts: unmerged_by_user (see BEHAVIOR.md)." in done.logs
        fresh(chartmogul)
        again = Stripe(chartmogul)
        uuid = again.payer("cus_A", "ada@example.com")
        run(settings, given)
        stripe = again


def test_a_slow_merge_is_waited_for_and_no_longer_than_it_may_take(
    config: Json, chartmogul: Any, stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run sees it done, and does not ask for it again."""
    stripe.payer("cus_A", "ada@example.com")
    chartmogul.control.switch("merge_seconds", 3600)
    monkeypatch.setattr(elsewhere, "MERGE_SECONDS", 0.2)
    settings = config | {"billing_elsewhere": BY_EMAIL}
    done = run(settings, people("ada@example.com"))
    assert "1 in contacts: merge_not_finished (see BEHAVIOR.md)." in done.logs
    chartmogul.control.clock(advance_seconds=3700)
    sent = writes(chartmogul)["POST /v1/customers/merges"]
    run(settings, {"account": [ACCOUNT]})
    assert customers(chartmogul) == [[["Keap", "1001"], ["Stripe", "cus_A"]]]
    assert writes(chartmogul)["POST /v1/customers/merges"] == sent


@pytest.mark.parametrize(
    ("name", "value", "rejected"),
    [
        ("merged_identities", "keep", 0),
        ("merged_identities", "into_only", 0),
        ("merged_filter", "primary", 1),
    ],
)
def test_identities_of_merged_customers(
    name: str, value: str, rejected: int, config: Json, chartmogul: Any, stripe: Stripe
) -> None:
    """Whether ChartMogul keeps and shows the lead's external id or not, nothing is merged over and over. What
    it does not show is a reject that says so.
    """
    chartmogul.control.switch(name, value)
    stripe.payer("cus_A", "ada@example.com")
    settings = config | {"billing_elsewhere": BY_EMAIL}
    assert run(settings, people("ada@example.com")).rejected == 0
    for _ in range(2):
        done = run(settings, people("ada@example.com"))
        assert done.rejected == rejected
        assert any("exists_elsewhere" in text for text in done.logs) is bool(rejected)
    assert writes(chartmogul)["POST /v1/customers/merges"] == 1


def test_answers_that_are_lost(config: Json, chartmogul: Any, stripe: Stripe) -> None:
    """A merge without an answer is looked for before it is asked for again."""
    stripe.payer("cus_A", "ada@example.com")
    merges = {"method": "POST", "path": "/v1/customers/merges"}
    for fault in ({"lose_answer": True}, {"status": 502, "body": "html"}):
        chartmogul.control.faults([merges | {"times": 1} | fault])
        run(config | {"billing_elsewhere": BY_EMAIL}, people("ada@example.com"))
        assert customers(chartmogul) == [[["Keap", "1001"], ["Stripe", "cus_A"]]]
        fresh(chartmogul)
        Stripe(chartmogul).payer("cus_A", "ada@example.com")


def test_a_run_that_dies_anywhere_is_completed(config: Json, chartmogul: Any) -> None:
    """At each request from the first of the merge on, carried out or not: dates and all, and one merge."""
    settings = config | {"billing_elsewhere": BY_EMAIL}
    given = people("ada@example.com")

    def prepared() -> None:
        fresh(chartmogul)
        Stripe(chartmogul).payer("cus_A", "ada@example.com")
        run(config, given)

    prepared()
    count = Fate()
    with dying(count):
        run(settings, given)
    expected = held(chartmogul)
    for at in range(count.requests - 6, count.requests + 1):
        for applied in (False, True):
            prepared()
            with dying(Fate(at, applied)), pytest.raises(Killed):
                run_write(settings, messages_of(given), streams=EVERY_STREAM)
            run(settings, given)
            assert differences(expected, held(chartmogul)) == [], (at, applied)


@pytest.mark.parametrize(("into", "at"), [("payer", 1), ("lead", 2)])
def test_a_merge_by_hand_at_any_moment(into: str, at: int, config: Json, chartmogul: Any) -> None:
    """A user merges the two, one way or the other, between two requests: the run ends well, they are one."""
    settings, given = config | {"billing_elsewhere": BY_EMAIL}, people("ada@example.com")

    def by_hand() -> None:
        uuids = {row["external_id"]: row["uuid"] for row in other.call("GET", "/customers")["entries"]}
        pair = ("1001", "cus_A") if into == "payer" else ("cus_A", "1001")
        if uuids.keys() >= set(pair):
            gone, stays = ({"customer_uuid": uuids[key]} for key in pair)
            other.post("/customers/merges", {"from": gone, "into": stays})

    last = at
    while at <= last:
        fresh(chartmogul)
        other = Stripe(chartmogul)
        other.payer("cus_A", "ada@example.com")
        run(config, given)
        with happening(at, by_hand) as met:
            assert run(settings, given).rejected == 0, at
        assert run(settings, given).rejected == 0, at
        assert customers(chartmogul) == [[["Keap", "1001"], ["Stripe", "cus_A"]]], at
        at, last = at + 2, met.requests


def test_plan_tells_the_merges(config: Json, stripe: Stripe) -> None:
    """Also of those whom the run makes customers."""
    uuid = stripe.payer("cus_A", "ada@example.com")
    settings = config | {"billing_elsewhere": BY_EMAIL}
    document = json.loads(planned(settings, people("ada@example.com", "b@example.com"), "json"))
    assert {"action": "merge", "kind": "customer", "external_id": "1001", "fields": []} in document["others"][
        "changes"
    ]
    assert uuid not in str(document)
    run(settings, people("ada@example.com", "b@example.com"))
    again = json.loads(planned(settings, people("ada@example.com", "b@example.com"), "json"))
    assert again["totals"]["changes"] == {}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"match": "custom_field"}, "custom_field names none"),
        ({"custom_field": "x"}, "is used with billing_elsewhere.match: custom_field only"),
        ({"data_source_name": "Keap"}, "is a data source that this connection writes to"),
        ({"match": "emial"}, "billing_elsewhere.match must be one of email, external_id, custom_field"),
        ({"data_source_name": "Strip"}, "no data source named 'Strip' (did you mean Stripe?)"),
        ({"mach": "email"}, "billing_elsewhere.mach is not known (did you mean match?)"),
    ],
)
@pytest.mark.usefixtures("stripe")
def test_check_tells_what_cannot_work(choice: Json, said: str, config: Json) -> None:
    """Before anything is written."""
    status, message, _ = run_check(config | {"billing_elsewhere": BY_EMAIL | choice})
    assert status == "FAILED"
    assert said in message
    assert "found by email" in run_check(config | {"billing_elsewhere": BY_EMAIL})[2]
