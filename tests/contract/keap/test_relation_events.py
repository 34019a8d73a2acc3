"""What business events do to tags, companies, opportunities, notes, tasks and custom fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.keap.contract import Json, Keap
from tests.contract.keap.test_events import refusal
from tests.simulators.keap.crm.record_events import RECORDED
from tests.simulators.scenarios.small import CASES

LEAD, MONTHLY = CASES["lead"].contact_id, CASES["monthly"].contact_id
NOW = "2026-07-01T12:00:00Z"
MOVES = "/v2/opportunities/stageMoves"


def contact(keap: Keap, contact_id: int = LEAD) -> Json:
    row: Json = keap.get(f"/v2/contacts/{contact_id}").json()
    return row


def made(keap: Keap, kind: str, **fields: Any) -> str:
    """The id of a new record."""
    touched = keap.event(f"new_{kind}", **fields)
    return str(next(iter(touched.values()))[0])


def test_tagging_shows_everywhere_and_once(keap: Keap) -> None:
    """A tag that goes on shows on the contact and in the tag's list; going on again changes nothing."""
    touched = keap.event("tag_contact", contact_id=LEAD, tag_id=304)
    assert touched == {"contacts": [str(LEAD)], "tags": ["304"]}
    assert keap.event("tag_contact", contact_id=LEAD, tag_id=304) == {"contacts": [], "tags": []}
    assert "304" in contact(keap)["tag_ids"]
    rows = keap.rows("contacts", "/v2/tags/304/contacts", filter=f"since_applied_time=={NOW}")
    assert [row["id"] for row in rows] == [str(LEAD)]


def test_untagging_leaves_no_trace(keap: Keap) -> None:
    """A removed tag is gone from all lists, and neither contact nor tag was modified."""
    before = contact(keap, MONTHLY)["update_time"], keap.get("/v2/tags/304").json()
    keap.event("untag_contact", contact_id=MONTHLY, tag_id=304)
    assert keap.rows("contacts", "/v2/tags/304/contacts") == []
    assert "304" not in contact(keap, MONTHLY)["tag_ids"]
    assert (contact(keap, MONTHLY)["update_time"], keap.get("/v2/tags/304").json()) == before
    assert "does not have tag" in refusal(keap, "untag_contact", contact_id=MONTHLY, tag_id=304)


def test_a_tagged_company_names_the_tag_in_its_groups(keap: Keap) -> None:
    """Companies show tags as a comma-separated text only."""
    keap.event("tag_company", company_id=901_002, tag_id=304)
    assert keap.get("/v2/companies/901002").json()["groups"] == "304,313"
    keap.event("untag_company", company_id=901_002, tag_id=313)
    assert keap.get("/v2/companies/901002").json()["groups"] == "304"


def test_an_edited_tag_shows_on_those_who_have_it(keap: Keap) -> None:
    """A renamed tag has its new name in the tags of a contact, which is drawn anew."""
    path = f"/v2/contacts/{MONTHLY}/tags"
    assert {row["tag"]["name"] for row in keap.rows("tags", path)} >= {"VIP"}
    keap.event("edit_tag", tag_id=304, name="Gold")
    assert {row["tag"]["name"] for row in keap.rows("tags", path)} >= {"Gold"}
    assert keap.get("/v2/tags/304").json()["update_time"] >= NOW


def test_a_deleted_tag_is_gone_from_everybody(keap: Keap) -> None:
    """A deleted tag answers 404, and contacts and companies no longer have it."""
    keap.event("delete_tag", tag_id=304)
    assert keap.get("/v2/tags/304").status_code == 404
    assert "304" not in contact(keap, MONTHLY)["tag_ids"]
    assert keap.get("/v2/companies/901001").json()["groups"] == "313"


def test_a_deleted_category_leaves_its_tags(keap: Keap) -> None:
    """Tags of a deleted category have none."""
    keap.event("delete_tag_category", tag_category_id=33)
    assert keap.ids("tags", filter="category_id==NONE") == [308, 309, 312, 313]


def test_an_opportunity_moves_through_the_pipeline(keap: Keap) -> None:
    """A new opportunity and each of its moves leave a row, and the stage time is that of the last."""
    fields = {"contact_id": LEAD, "title": "New deal", "user_id": 2, "revenue_high": 1_234_56}
    row_id = made(keap, "opportunity", stage_id=41, **fields)
    keap.server.control.clock(advance_seconds=3600)
    keap.event("move_opportunity", opportunity_id=row_id, stage_id=45)
    moves = keap.rows("stage_moves", MOVES, filter=f"opportunity_id=={row_id}")
    assert [(each["move_from_stage_id"], each["move_to_stage_id"]) for each in moves] == [
        ("0", "41"),
        ("41", "45"),
    ]
    row = keap.get(f"/v2/opportunities/{row_id}").json()
    assert (row["stage"]["name"], row["projected_revenue_high"]) == ("Won", 1234.56)
    assert moves[1]["move_time"][:19] == row["last_updated_time"][:19] > row["created_time"][:19]
    assert "in stage 45 already" in refusal(keap, "move_opportunity", opportunity_id=row_id, stage_id=45)


def test_a_task_is_done_and_opened_again(keap: Keap) -> None:
    """A finished task has a completion time; one that is opened again has none."""
    keap.event("complete_task", task_id=95_003)
    done = keap.get("/v2/tasks/95003").json()
    assert (done["completed"], done["completion_time"]) == (True, done["modification_time"])
    assert "done already" in refusal(keap, "complete_task", task_id=95_003)
    keap.event("reopen_task", task_id=95_003)
    assert "completion_time" not in keap.get("/v2/tasks/95003").json()


def test_a_note_is_written_changed_and_deleted(keap: Keap) -> None:
    """A note is found below its contact; an edit moves its time; deleted, it is 404."""
    note_id = made(keap, "note", contact_id=LEAD, action_type="Call", title="Hello", user_id=2)
    path = f"/v2/contacts/{LEAD}/notes/{note_id}"
    first = keap.get(path).json()
    assert first["assigned_to_user"]["given_name"] == "Nora"
    keap.server.control.clock(advance_seconds=60)
    keap.event("edit_note", note_id=note_id, text="More")
    assert keap.get(path).json()["update_time"] > first["update_time"]
    keap.event("delete_note", note_id=note_id)
    assert keap.get(path).status_code == 404


def test_a_contact_names_its_company(keap: Keap) -> None:
    """A company that nobody had named is made with the contact; a known one is joined."""
    new = int(made(keap, "contact", given_name="Ann", company="Brand New Ltd"))
    company = contact(keap, new)["company"]
    assert company == {"id": str(900_000 + new), "company_name": "Brand New Ltd"}
    keap.event("edit_contact", contact_id=LEAD, company="Stone Fitness")
    assert contact(keap)["company"]["id"] == "901001"
    assert keap.ids("contacts", filter="company_id==901001") == [MONTHLY, LEAD]


def test_a_renamed_company_shows_on_its_contacts(keap: Keap) -> None:
    """A contact shows the new name of its company without being modified."""
    before = contact(keap, MONTHLY)["update_time"]
    keap.event("edit_company", company_id=901_001, name="Stone Gyms")
    assert contact(keap, MONTHLY)["company"]["company_name"] == "Stone Gyms"
    assert contact(keap, MONTHLY)["update_time"] == before
    keap.event("delete_company", company_id=901_001)
    assert "company" not in contact(keap, MONTHLY)
    assert keap.get("/v2/companies/901001").status_code == 404


def test_custom_fields_get_and_lose_values(keap: Keap) -> None:
    """A value shows in the type of its field, null takes it away, and the record is modified."""
    values = {"Segment": "Chain", "AnnualBudget": "99.90", "Goals": ["Weight"], "AcceptsSMS": None}
    keap.event("set_custom_fields", record="contact", record_id=LEAD, values=values)
    row = contact(keap)
    held = {each["id"]: each["content"] for each in row["custom_fields"]}
    assert (held["85"], held["86"], held["87"], held["84"]) == ("Chain", 99.9, ["Weight"], None)
    assert row["update_time"] >= NOW


@pytest.mark.parametrize(
    ("record", "record_id", "field"),
    [("order", 20_001, "PurchaseOrderNumber"), ("subscription", 5001, "ContractNumber")],
)
def test_orders_and_subscriptions_have_custom_fields(
    keap: Keap, record: str, record_id: int, field: str
) -> None:
    """A custom field of an order or subscription shows in its row, finds it, and moves its time of change."""
    keap.event("set_custom_fields", record=record, record_id=record_id, values={field: "PO-7"})
    (row,) = keap.rows(f"{record}s", filter=f"{field}==po-*")
    assert (row["id"], row["custom_fields"][0]["content"]) == (str(record_id), "PO-7")
    assert row["modification_time"] >= NOW


def test_a_new_custom_field_shows_on_every_row(keap: Keap) -> None:
    """Rows that were served before list a field that is added later, and no longer when it is deleted."""
    keap.rows("companies", fields="custom_fields")
    field_id = made(
        keap, "custom_field", record="company", label="Note", field_name="Note", field_type="TEXT"
    )
    listed = keap.rows("companies", fields="custom_fields")
    assert all(row["custom_fields"][-1] == {"id": field_id, "content": None} for row in listed)
    keap.event("delete_custom_field", custom_field_id=field_id)
    row = keap.rows("companies", fields="custom_fields")[0]
    assert field_id not in {each["id"] for each in row["custom_fields"]}


def test_a_lead_source_shows_by_name(keap: Keap) -> None:
    """A contact names its lead source by id, its opportunities by name, also after a renaming."""
    source_id = made(keap, "lead_source", name="Podcast", category_id=61)
    keap.event("edit_contact", contact_id=LEAD, lead_source_id=source_id)
    assert contact(keap)["leadsource_id"] == source_id
    assert keap.get("/v2/opportunities/8009").json()["lead_source"] == "Podcast"
    keap.event("edit_lead_source", lead_source_id=source_id, name="Radio")
    assert keap.get("/v2/opportunities/8009").json()["lead_source"] == "Radio"
    assert keap.ids("contacts", filter="lead_source_name==rad*") == [LEAD]


def test_a_merge_moves_relations(keap: Keap) -> None:
    """The winner has the tags of both, once each, and the notes, tasks and opportunities of the loser."""
    tags = {*contact(keap, MONTHLY)["tag_ids"], *contact(keap)["tag_ids"]}
    keap.event("merge_contacts", contact_id=LEAD, into_contact_id=MONTHLY)
    assert contact(keap, MONTHLY)["tag_ids"] == sorted(tags, key=int)
    assert len(keap.rows("notes", filter=f"contact_id=={MONTHLY}")) == 3
    assert keap.get("/v2/opportunities/8009").json()["contact"]["first_name"] == "Ava"
    assert keap.get("/v2/tasks/95003").json()["contact_id"] == str(MONTHLY)


def test_a_deleted_contact_takes_its_tags_along(keap: Keap) -> None:
    """Nothing of a deleted contact is left in the lists of applied tags, notes and opportunities."""
    keap.event("delete_contact", contact_id=LEAD)
    assert keap.rows("tags", "/v2/contacts/-/tags", filter=f"contact_ids=={LEAD}") == []
    assert keap.rows("notes", filter=f"contact_id=={LEAD}") == []
    assert keap.get("/v2/opportunities/8009").status_code == 404


NEEDED: dict[str, Json] = {
    "company": {"name": "A"},
    "tag_category": {"name": "A"},
    "tag": {"name": "A", "category_id": 31},
    "user": {"given_name": "A", "family_name": "B", "email": "a@example.com"},
    "stage": {"name": "A", "order": 9},
    "note": {"contact_id": LEAD},
    "task": {"title": "A", "due_time": "2026-08-01T00:00:00+02:00"},
    "lead_source_category": {"name": "A"},
    "lead_source": {"name": "A"},
    "affiliate": {"name": "A", "code": "A1"},
    "opportunity": {"contact_id": LEAD, "title": "A", "stage_id": 41},
    "custom_field": {"record": "note", "label": "A", "field_name": "A", "field_type": "YEAR"},
}


def test_every_kind_is_made_changed_and_deleted(keap: Keap) -> None:
    """What was made, edited and deleted again leaves the account as it was."""
    keap.server.control.switch("stage_moves_of_deleted", "gone")
    before = keap.server.control.dump()
    for kind in [each for each, recorded in RECORDED.items() if recorded.deleted]:
        row_id = made_and_edited(keap, kind)
        keap.event(f"delete_{kind}", **{f"{kind}_id": row_id})
    assert keap.server.control.dump() == before


@pytest.mark.parametrize(("kind", "path"), [("user", "/v2/users"), ("stage", "/v2/opportunities/stages")])
def test_users_and_stages_stay(keap: Keap, kind: str, path: str) -> None:
    """A user or a stage can be made and changed, and is there to stay."""
    row_id = made_and_edited(keap, kind)
    assert keap.get(f"{path}/{row_id}").status_code == 200
    assert "no event type" in refusal(keap, f"delete_{kind}", **{f"{kind}_id": row_id})


def made_and_edited(keap: Keap, kind: str) -> str:
    """The id of a new record that was edited once."""
    row_id = made(keap, kind, **NEEDED[kind])
    name, value = next(iter(NEEDED[kind].items()))
    keap.event(f"edit_{kind}", **{f"{kind}_id": row_id, name: value})
    return row_id


IMPOSSIBLE: tuple[tuple[str, Json, str], ...] = (
    ("tag_contact", {"contact_id": LEAD, "tag_id": 9}, "no tag 9"),
    ("tag_company", {"company_id": LEAD, "tag_id": 301}, "no company"),
    ("new_note", {"contact_id": 9}, "no contact 9"),
    ("new_task", {"title": "A", "priority": "URGENT"}, "is not one of"),
    ("new_task", {"title": "A", "due_time": "2026-08-01T00:00:00"}, "needs an offset"),
    ("new_tag", {"name": 7}, "is no text"),
    ("new_opportunity", {"contact_id": LEAD, "title": "A", "stage_id": 9}, "no stage 9"),
    ("edit_user", {"user_id": 2, "admin": "yes"}, "not true or false"),
    ("set_custom_fields", {"record": "tag", "record_id": 301, "values": {}}, "record is one of"),
    ("set_custom_fields", {"record": "contact", "record_id": 9, "values": {}}, "no contact 9"),
    (
        "set_custom_fields",
        {"record": "contact", "record_id": LEAD, "values": {"X": 1}},
        "no custom field X",
    ),
    (
        "set_custom_fields",
        {"record": "contact", "record_id": LEAD, "values": {"Segment": "Huge"}},
        "no option",
    ),
    (
        "set_custom_fields",
        {"record": "contact", "record_id": LEAD, "values": {"TeamSize": "many"}},
        "TeamSize",
    ),
)


def test_an_impossible_event_changes_nothing(keap: Keap) -> None:
    """An event that cannot happen is refused with a reason, and the account stays as it was."""
    before = keap.server.control.dump()
    for kind, fields, says in IMPOSSIBLE:
        assert says in refusal(keap, kind, **fields), kind
    assert keap.server.control.dump() == before


def test_the_same_events_make_the_same_account(keap: Keap) -> None:
    """Ids, times and pages depend on nothing but what happened."""

    def happened() -> tuple[Json, str]:
        keap.start()
        keap.server.control.clock(now="2026-07-02T00:00:00Z", frozen=True)
        keap.event("tag_contact", contact_id=LEAD, tag_id=304)
        made(keap, "note", contact_id=LEAD, title="Same")
        keap.event("move_opportunity", opportunity_id=8009, stage_id=46)
        return keap.server.control.dump(), keap.get(MOVES, page_size=10, order_by="move_date desc").text

    assert happened() == happened()
