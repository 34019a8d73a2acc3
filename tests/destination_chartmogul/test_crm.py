"""People, notes, calls, tasks, opportunities, owner, tags, attributes: written once, changed, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.destination_chartmogul.accounts import calls, differences, writes
from tests.destination_chartmogul.accounts import held as everything
from tests.destination_chartmogul.keap import contact, order
from tests.destination_chartmogul.pipe import Json
from tests.destination_chartmogul.relations import (
    DEAL,
    EVERYTHING,
    NOTE,
    PERSON,
    STAFF,
    call,
    changed,
    held,
    of_ben,
    people,
    plan_crm,
    relations,
    sync_crm,
    whole_but,
)

LISTS = ("contacts", "customer_notes", "tasks", "opportunities")


pytestmark = pytest.mark.usefixtures("quick")


def counts(chartmogul: Any) -> dict[str, int]:
    return {kind: len(held(chartmogul, kind)) for kind in LISTS}


def only(chartmogul: Any, kind: str) -> Json:
    found = held(chartmogul, kind)
    assert len(found) == 1, found
    return found[0]


def test_everything_that_is_switched_on(chartmogul: Any, config: Json) -> None:
    """The customer's person and colleague, a call, a task, an opportunity, owner, tags, typed attributes."""
    result = sync_crm(config, relations())
    assert (result.error, result.rejected) == (None, 0)
    assert {(c["first_name"], c["title"], c["external_id"]) for c in held(chartmogul, "contacts")} == {
        ("Ada", "Founder", "1001"),
        ("Ben", None, "1002"),
    }
    note = only(chartmogul, "customer_notes")
    assert (note["type"], note["call_duration"], note["created_at"]) == (
        "call",
        0,
        "2026-05-01T15:00:00.000Z",
    )
    assert note["text"] == "First call\nWants to start in September.\n\n[Keap note 71]"
    assert STAFF in note["author"]
    task = only(chartmogul, "tasks")
    assert task["task_details"] == "Send the offer: with a discount [Keap task 81]"
    assert (task["assignee"], task["due_date"], task["completed_at"]) == (
        STAFF,
        "2026-07-10T23:00:00.000Z",
        None,
    )
    deal = only(chartmogul, "opportunities")
    assert (deal["pipeline"], deal["pipeline_stage"], deal["win_likelihood"]) == (
        "New Business",
        "Discovery",
        50,
    )
    assert (deal["amount_in_cents"], deal["currency"]) == (49000, "USD")
    assert deal["estimated_close_date"] == "2026-08-01"


def test_what_stands_on_the_customer(chartmogul: Any, config: Json) -> None:
    """Only the tags that the user named; each attribute of its type; the owner by the list of users."""
    sync_crm(config, relations())
    customer = only(chartmogul, "customers")
    assert customer["attributes"]["tags"] == ["Lead"]
    assert customer["attributes"]["custom"] == {
        "team_size": 3,
        "segment": "Studio",
        "renewal": "2026-09-03T06:00:00.000Z",
        "sms": True,
        "budget": 1200.5,
    }
    assert customer["owner"] == STAFF


def test_nothing_is_written_unless_it_is_asked_for(chartmogul: Any, config: Json) -> None:
    """The streams alone switch nothing on."""
    assert sync_crm(config, relations(), {}).error is None
    assert set(counts(chartmogul).values()) == {0}
    customer = only(chartmogul, "customers")
    assert (customer["attributes"]["tags"], customer["attributes"]["custom"]) == ([], {})


def test_the_same_again_writes_nothing(chartmogul: Any, config: Json) -> None:
    """A replay costs reads."""
    sync_crm(config, relations())
    before, state = writes(chartmogul), everything(chartmogul)
    assert sync_crm(config, relations()).error is None
    assert writes(chartmogul) == before
    assert everything(chartmogul) == state


def test_what_the_run_tells_nothing_of_is_not_read(chartmogul: Any, config: Json) -> None:
    """One contact that changed costs one call beside those of its billing and the one that changes it."""
    sync_crm(config, relations())
    nothing: dict[str, list[Json]] = {"orders": [], "notes": [], "tasks": [], "opportunities": []}
    asked = whole_but("contacts", "orders", "notes", "tasks", "opportunities")
    made: list[dict[str, int]] = []
    for crm in ({}, {"contacts": "own", "notes": True, "tasks": True}):
        chair = contact(**{**PERSON, "job_title": f"Chair {len(made)}"})
        before = calls(chartmogul)
        assert sync_crm(config, relations(**nothing, contacts=[chair]), crm, asked).error is None
        made.append(dict(calls(chartmogul) - before))
    assert made[1] == made[0] | {"GET /v1/contacts": 1, "PATCH /v1/contacts/{con}": 1}


def test_plan_says_what_write_does(chartmogul: Any, config: Json) -> None:
    """Before: each object; afterwards: nothing."""
    before = writes(chartmogul)
    changes = plan_crm(config, relations())["totals"]["changes"]
    made = {"contact": 2, "note": 1, "task": 1, "opportunity": 1, "tags": 1, "attributes": 1}
    assert {f"create {kind}": count for kind, count in made.items()}.items() <= changes.items()
    assert changes["change owner"] == 1
    assert writes(chartmogul) == before
    sync_crm(config, relations())
    assert plan_crm(config, relations())["totals"]["changes"] == {}


def test_changes_in_keap_are_followed(chartmogul: Any, config: Json) -> None:
    """The same objects change; a tag and a value that are gone from Keap go."""
    sync_crm(config, relations())
    uuids = {kind: {row.get("uuid") or row["task_uuid"] for row in held(chartmogul, kind)} for kind in LISTS}
    assert sync_crm(config, changed()).error is None
    assert uuids == {
        kind: {row.get("uuid") or row["task_uuid"] for row in held(chartmogul, kind)} for kind in LISTS
    }
    assert "October" in only(chartmogul, "customer_notes")["text"]
    assert only(chartmogul, "tasks")["completed_at"] == "2026-06-30T10:00:00.000Z"
    deal = only(chartmogul, "opportunities")
    assert (deal["pipeline_stage"], deal["forecast_category"], deal["win_likelihood"]) == (
        "Closed",
        "won",
        100,
    )
    assert deal["amount_in_cents"] == 60000
    customer = only(chartmogul, "customers")["attributes"]
    assert customer["tags"] == ["Newsletter"]
    assert customer["custom"]["team_size"] == 4
    assert "segment" not in customer["custom"]
    assert "Chair" in {row["title"] for row in held(chartmogul, "contacts")}


def test_a_change_of_mind_is_taken_back(chartmogul: Any, config: Json) -> None:
    """There and back again leaves what was there first."""
    sync_crm(config, relations())
    before = everything(chartmogul)
    sync_crm(config, changed())
    sync_crm(config, relations())
    stamped = [line for line in differences(before, everything(chartmogul)) if "updated_at" not in line]
    assert stamped == []


def test_what_is_deleted_in_keap_is_deleted_when_its_stream_came_whole(chartmogul: Any, config: Json) -> None:
    """Also of contacts whom nothing else of the run names."""
    sync_crm(config, relations())
    gone: dict[str, list[Json]] = {"notes": [], "tasks": [], "opportunities": []}
    only_contacts = relations(**gone)["contacts"][:1]
    assert sync_crm(config, relations(**gone, contacts=only_contacts, orders=[])).error is None
    assert counts(chartmogul) == {"contacts": 1, "customer_notes": 0, "tasks": 0, "opportunities": 0}


def test_what_does_not_come_in_an_incremental_run_stays(chartmogul: Any, config: Json) -> None:
    """A note that is not among the changed ones is not gone."""
    sync_crm(config, relations())
    gone: dict[str, list[Json]] = {"notes": [], "tasks": [], "opportunities": []}
    asked = whole_but("notes", "tasks", "opportunities", "contacts")
    sync_crm(config, relations(**gone, contacts=relations()["contacts"][:1]), asked=asked)
    assert counts(chartmogul) == {"contacts": 2, "customer_notes": 1, "tasks": 1, "opportunities": 1}


def test_what_people_made_by_hand_is_left_alone(chartmogul: Any, config: Json) -> None:
    """Objects without our mark, tags and attributes that the user did not name."""
    sync_crm(config, relations())
    customer = only(chartmogul, "customers")
    about, source = {"customer_uuid": customer["uuid"]}, {"data_source_uuid": customer["data_source_uuid"]}
    call(chartmogul, "POST", "/contacts", {**about, **source, "first_name": "Dee"})
    call(chartmogul, "POST", "/customer_notes", {**about, "type": "note", "text": "see [Keap note 71] above"})
    due = {"assignee": STAFF, "due_date": "2026-08-01"}
    call(chartmogul, "POST", "/tasks", {**about, **due, "task_details": "by hand"})
    path = f"/customers/{customer['uuid']}/attributes"
    call(chartmogul, "POST", f"{path}/tags", {"tags": ["VIP", "by hand"]})
    custom = [{"type": "String", "key": "by_hand", "value": "x"}]
    call(chartmogul, "POST", f"{path}/custom", {"custom": custom})
    before = writes(chartmogul)
    assert sync_crm(config, relations(notes=[], tasks=[])).error is None
    assert counts(chartmogul) == {"contacts": 3, "customer_notes": 1, "tasks": 1, "opportunities": 1}
    attributes = only(chartmogul, "customers")["attributes"]
    assert attributes["tags"] == ["Lead", "VIP", "by hand"]
    assert attributes["custom"]["by_hand"] == "x"
    assert sum(writes(chartmogul).values()) - sum(before.values()) == 2


@pytest.mark.parametrize(
    "fault", [{"lose_answer": True}, {"reset": True}, {"status": 503}, {"status": 502, "applied": True}]
)
@pytest.mark.parametrize("path", ["contacts", "customer_notes", "tasks", "opportunities", "customers/.*"])
def test_a_lost_answer_makes_no_second_object(fault: Json, path: str, chartmogul: Any, config: Json) -> None:
    """It is looked for before it is sent again."""
    chartmogul.control.faults([{"method": "POST", "path": f"/v1/{path}", "nth": 1, **fault}])
    assert sync_crm(config, relations()).error is None
    chartmogul.control.faults([])
    assert counts(chartmogul) == {"contacts": 2, "customer_notes": 1, "tasks": 1, "opportunities": 1}


@pytest.mark.parametrize("after", range(1, 8))
def test_a_run_that_dies_is_completed_by_the_next(after: int, chartmogul: Any, config: Json) -> None:
    """Wherever it stops, ChartMogul ends as after an undisturbed run."""
    sync_crm(config, relations())
    expected = counts(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    sync_crm(config, relations(), {})
    dead = {"path": "/v1/(contacts|customer_notes|tasks|opportunities|customers/.*)", "status": 500}
    chartmogul.control.faults([{"method": "POST", "path": dead["path"], "nth": after, "lose_answer": True}])
    chartmogul.control.faults(
        [{"method": "POST", **dead} | ({"every": 1} if after == 1 else {"every": after, "applied": True})]
    )
    sync_crm(config, relations())
    chartmogul.control.faults([])
    assert sync_crm(config, relations()).error is None
    assert counts(chartmogul) == expected


def test_two_of_one_record_become_one(chartmogul: Any, config: Json) -> None:
    """Two runs at once may write a note twice; the next run takes the younger away."""
    sync_crm(config, relations())
    for kind, name in (("customer_notes", "text"), ("tasks", "task_details")):
        row = only(chartmogul, kind)
        again = {
            key: row[key] for key in ("customer_uuid", "type", name, "assignee", "due_date") if key in row
        }
        call(chartmogul, "POST", f"/{kind}", again)
    assert counts(chartmogul)["tasks"] == 2
    sync_crm(config, relations())
    assert counts(chartmogul) == {"contacts": 2, "customer_notes": 1, "tasks": 1, "opportunities": 1}


def test_a_colleague_who_becomes_a_customer_is_one_of_their_own(chartmogul: Any, config: Json) -> None:
    """Ben pays too: he is no contact of Ada's any more."""
    sync_crm(config, relations())
    sync_crm(config, relations(orders=of_ben()))
    assert people(chartmogul) == {("1001", "1001"), ("1002", "1002")}


def test_a_contact_that_chartmogul_made_of_the_address_is_taken_over(chartmogul: Any, config: Json) -> None:
    """There is no second Ada beside the one that has her address and nothing else."""
    chartmogul.control.switch("customer_email_contact", "create")
    sync_crm(config, relations())
    assert {c["external_id"] for c in held(chartmogul, "contacts")} == {"1001", "1002"}


def test_customers_merged_by_hand_do_not_fight(chartmogul: Any, config: Json) -> None:
    """Two Keap contacts in one ChartMogul customer: each keeps its notes, what stands on the customer is the
    first one's, and a replay writes nothing.
    """
    notes = [NOTE, NOTE | {"id": "72", "contact_id": "1002"}]
    ben = contact(
        **PERSON | {"id": "1002", "tag_ids": ["305"], "custom_fields": [{"id": "12", "content": 9}]}
    )
    both = relations(orders=of_ben(), notes=notes)
    both["contacts"][1] = ben
    sync_crm(config, both)
    uuids = {row["external_id"]: row["uuid"] for row in held(chartmogul, "customers")}
    pair = {"from": {"customer_uuid": uuids["1002"]}, "into": {"customer_uuid": uuids["1001"]}}
    call(chartmogul, "POST", "/customers/merges", pair)
    sync_crm(config, both)
    before = writes(chartmogul)
    assert sync_crm(config, both).error is None
    assert writes(chartmogul) == before
    assert (counts(chartmogul)["customer_notes"], counts(chartmogul)["contacts"]) == (2, 2)
    attributes = only(chartmogul, "customers")["attributes"]
    assert (attributes["tags"], attributes["custom"]["team_size"]) == (["Lead"], 3)


def test_two_data_sources_do_not_take_each_others_notes(chartmogul: Any, config: Json) -> None:
    """The mark has the name of the data source; ids of two Keap accounts may be the same."""
    sync_crm(config, relations())
    sync_crm(config | {"data_source_name": "Other"}, relations())
    assert counts(chartmogul)["customer_notes"] == 2
    sync_crm(config, relations(notes=[]))
    assert "[Other note 71]" in only(chartmogul, "customer_notes")["text"]


def test_a_note_that_is_no_call(chartmogul: Any, config: Json) -> None:
    """Notes and calls have a switch each."""
    letter = NOTE | {"id": "72", "type": "Letter", "created_by_user_id": None}
    sync_crm(config, relations(notes=[NOTE, letter]), EVERYTHING | {"calls": False})
    assert only(chartmogul, "customer_notes")["type"] == "note"


@pytest.mark.parametrize(
    ("dates", "choice", "expected"),
    [
        ({"next_action_time": "2026-07-08T06:00:00Z"}, None, "2026-07-08"),
        ({"last_updated_time": "2026-06-08T05:00:00Z"}, None, "2026-06-07"),
        (
            {"next_action_time": "2026-07-08T06:00:00Z", "last_updated_time": "2026-06-08T06:00:00Z"},
            ["last_updated_time"],
            "2026-06-08",
        ),
    ],
)
def test_the_close_date_of_a_sale_without_estimate(
    dates: Json, choice: list[str] | None, expected: str, chartmogul: Any, config: Json
) -> None:
    """The next action, else the last change, as the user orders them; in the account's zone."""
    deal = DEAL | {"estimated_close_time": None, **dates}
    asked = EVERYTHING["opportunities"] | ({"close_date": choice} if choice else {})
    result = sync_crm(config, relations(opportunities=[deal]), EVERYTHING | {"opportunities": asked})
    assert only(chartmogul, "opportunities")["estimated_close_date"] == expected
    assert any("close_date_not_estimated" in text for text in result.logs)


def test_notes_go_where_rules_route_their_contact(chartmogul: Any, config: Json) -> None:
    """Each data source has the CRM of its own customers, and a replay writes nothing."""
    route = {"name": "Ben's", "on": "contact", "when": "contact.given_name == 'Ben'", "route": "Other"}
    both = relations(orders=of_ben(), notes=[NOTE, NOTE | {"id": "72", "contact_id": "1002"}])
    routed = config | {"rules": [route]}
    assert sync_crm(routed, both).error is None
    sources = {row["uuid"]: row["external_id"] for row in held(chartmogul, "customers")}
    texts = {sources[row["customer_uuid"]]: row["text"] for row in held(chartmogul, "customer_notes")}
    assert (texts["1001"][-14:], texts["1002"][-15:]) == ("[Keap note 71]", "[Other note 72]")
    assert people(chartmogul) == {("1001", "1001"), ("1002", "1002")}  # of one company, customers both
    before = writes(chartmogul)
    sync_crm(routed, both)
    assert writes(chartmogul) == before


ODD = [{"field": "EMAIL1", "email": "ada at example"}]


def test_an_address_that_is_none_is_kept_in_an_attribute(chartmogul: Any, config: Json) -> None:
    """It goes once Keap has a proper address, and plan tells both; an empty name leaves it out."""
    broken, crm = relations(contacts=[contact(email_addresses=ODD)]), {"notes": False}
    sync_crm(config, broken, {"invalid_email_attribute": ""})
    assert only(chartmogul, "customers")["attributes"]["custom"] == {}
    assert plan_crm(config, broken, crm)["totals"]["changes"]["create attributes"] == 1
    assert sync_crm(config, broken, crm).error is None
    assert only(chartmogul, "customers")["attributes"]["custom"] == {"keap_email": "ada at example"}
    before = writes(chartmogul)
    sync_crm(config, broken, crm)
    assert writes(chartmogul) == before
    assert plan_crm(config, relations(), crm)["totals"]["changes"]["delete attributes"] == 1
    sync_crm(config, relations(), crm)
    customer = only(chartmogul, "customers")
    assert (customer["email"], customer["attributes"]["custom"]) == ("ada@example.com", {})


def test_an_address_that_is_none_is_not_that_of_whom_it_is_merged_into(chartmogul: Any, config: Json) -> None:
    """ChartMogul keeps the attributes of both; plan and the run of the merge take the other's away."""
    odd = relations(contacts=[contact(email_addresses=ODD)], orders=[order()])
    sync_crm(config, odd)
    ben = contact(id="1002", email_addresses=[{"field": "EMAIL1", "email": "ben@example.com"}])
    sync_crm(config, relations(contacts=[ben], orders=[]))
    merged = relations(contacts=[ben], orders=[order(contact={"id": "1002"})])
    crm = {"notes": False}
    assert plan_crm(config, merged, crm)["totals"]["changes"]["delete attributes"] == 1
    sync_crm(config, merged, crm)
    assert only(chartmogul, "customers")["attributes"]["custom"] == {}
    before = writes(chartmogul)
    sync_crm(config, merged, crm)
    assert writes(chartmogul) == before


def test_a_customer_merged_into_one_of_another_source_keeps_following_keap(
    chartmogul: Any, config: Json
) -> None:
    """Who bills elsewhere has tags, attributes and notes of Keap on the customer who pays there."""
    sync_crm(config, relations())
    lead = only(chartmogul, "customers")["uuid"]
    source = call(chartmogul, "POST", "/data_sources", {"name": "Elsewhere"})["uuid"]
    payer = {"data_source_uuid": source, "external_id": "cus_1", "name": "Ada"}
    into = call(chartmogul, "POST", "/customers", payer)["uuid"]
    pair = {"from": {"customer_uuid": lead}, "into": {"customer_uuid": into}}
    call(chartmogul, "POST", "/customers/merges", pair)
    assert sync_crm(config, changed()).error is None
    customer = only(chartmogul, "customers")
    assert (customer["uuid"], customer["attributes"]["tags"]) == (into, ["Newsletter"])
    assert customer["attributes"]["custom"]["team_size"] == 4
    assert "October" in only(chartmogul, "customer_notes")["text"]
    before = writes(chartmogul)
    sync_crm(config, changed())
    assert writes(chartmogul) == before
