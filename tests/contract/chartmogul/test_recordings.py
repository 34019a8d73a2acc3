"""The simulator answers as ChartMogul did in the recordings of its official client libraries."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.contract.chartmogul.recordings import Outcome, Replay, in_order
from tests.simulators import Server

Json = Any
SHARED = Path(__file__).parents[4] / "shared" / "cases" / "chartmogul-recorded.jsonl"

# (part of the source, method and start of the path) to the reason of a difference that stays.
STAYS = {
    ("customers.yaml@b3e4ad", "GET /v1/customers/"): "undated: read after the change, in an unknown order",
    (
        "/invoices.yaml@b3e4ad",
        "GET /v1/import/customers/",
    ): "both invoices of one call: order within a call is open",
    ("plans.yaml@b3e4ad", "GET /v1/plans"): "undated: the order of making, listing and changing is unknown",
    ("@6e018e27", "POST /v1/customers"): "2016: the short form that /import/customers still has",
    ("@6e018e27", "POST /v1/import/customers/"): "2016: lines without their subscription's external id",
    (
        "@6e018e27",
        "GET /v1/import/customers/",
    ): "listed after the customer was deleted, within the same second",
    ("@c11c145b", "POST /v1/import/customers/"): "2016: lines without their subscription's external id",
    (
        "@ac13898b",
        "DELETE /v1/customers/20268060/",
    ): "a customer of the account that the recording does not make",
    ("updates_customer.yml@9b8dcfef", "GET /v1/customers/"): "2016: the country is known by its name only",
    (
        "updates_customer.yml@9b8dcfef",
        "PATCH /v1/customers/",
    ): "2016: the short form with codes in the address",
    ("updates_the_customer_correctly_with_the_instance", "GET /v1/customers/"): "custom values set before",
    ("creates_the_customer_invoice_correctly", "GET /v1/customers/"): "tags set before",
    ("creates_the_customer_invoice_correctly", "GET /v1/data_sources/"): "the name of a source made before",
    ("updates_customer_using_class_method", "PATCH /v1/customers/"): "2020, and custom values set before",
    (
        "updates_customer_correctly_with_the_class",
        "PATCH /v1/customers/",
    ): "tags and custom values set before",
    ("removes_tags_correctly", "DELETE /v1/customers/"): "tags set before",
    ("adds_tags_correctly", "POST /v1/customers/"): "tags set before",
    ("@c1db7241", "GET /v1/data_sources/"): "counts of another state, put in by hand",
    ("@803be81b", "POST /v1/import/plans"): "2016: null; since 2022 a plan gets its bare uuid as external id",
    ("create_invoice.yaml@995d7acb", "POST /v1/import/customers/"): "2019: plan_uuid null on one-time lines",
    (
        "connects_subscriptions.yml@18e3dad5",
        "GET /v1/customers/",
    ): "connected after a second; ours is a switch",
    (
        "returns_an_array_of_plan_groups.yml@9b8dcfef",
        "GET /v1/plan_groups",
    ): "2020: oldest first",
    (
        "returns_an_array_of_plans_in_the_plan_group.yml@",
        "GET /v1/plan_groups/",
    ): "before the paging of October 2023: oldest first",
    (
        "updates_existing_plan_group",
        "GET /v1/plan_groups/",
    ): "read after the change, within the same second",
    (
        "PlanGroup/API_interactions/correctly_handles_a_422_error.yml@9b8dcfef",
        "POST /v1/plan_groups",
    ): "2020: errors of another form",
    ("contacts.yaml@a3ec2154", "GET /v1/contacts"): "undated: the order of reading and changing is unknown",
    (
        "contacts.yaml@4c3dded7",
        "POST /v1/contacts",
    ): "keys that the account does not define; ours is a switch",
    ("contacts.yaml@4c3dded7", "GET /v1/contacts"): "keys that the account does not define; ours is a switch",
    (
        "creates_a_contact_belonging_to_the_customer",
        "POST /v1/contacts",
    ): "a second contact; the first is older",
    ("opportunities.yaml@b3e4ad", "GET /v1/opp"): "undated: the order of reading and changing is unknown",
    ("@96d6b94d", "GET /v1/invoices"): "an invoice that the recording does not make",
}


def _recordings() -> dict[str, list[Json]]:
    sources: dict[str, list[Json]] = defaultdict(list)
    if SHARED.exists():
        for line in SHARED.read_text().splitlines():
            exchange = json.loads(line)
            sources[exchange["source"]].append(exchange)
    return dict(sources)


RECORDINGS = _recordings()


def _reason(outcome: Outcome) -> str | None:
    exchange = outcome.exchange
    call = f"{exchange['method']} {exchange['path']}"
    fitting = (
        why
        for (source, start), why in STAYS.items()
        if source in exchange["source"] and call.startswith(start)
    )
    return next(fitting, None)


@pytest.mark.skipif(not RECORDINGS, reason="the recordings are not part of the repository")
@pytest.mark.parametrize("source", RECORDINGS)
def test_recording(server: Server, source: str) -> None:
    """Statuses, keys, types and stable values are those recorded, or the table says why not."""
    outcomes = list(Replay(server).run(in_order(RECORDINGS[source])))
    unexplained = [(each.name, each.problems) for each in outcomes if each.problems and not _reason(each)]
    assert unexplained == []
