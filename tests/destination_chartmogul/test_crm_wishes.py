"""What Keap's records become in ChartMogul's CRM, field by field, without a server."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from destination_chartmogul.crm.choices import crm_of
from destination_chartmogul.crm.companies import Companies
from destination_chartmogul.crm.contacts import KIND as PEOPLE
from destination_chartmogul.crm.desired import view_of, wish_of
from destination_chartmogul.crm.difference import customer_changes, object_changes
from destination_chartmogul.crm.notes import KIND as NOTES
from destination_chartmogul.crm.wanted import Attribute, OnCustomer, Scope, View, Wish
from destination_chartmogul.mapping.context import Bundle, Reference
from destination_chartmogul.spool import Spool
from tests.destination_chartmogul.keap import contact, context
from tests.destination_chartmogul.pipe import Json
from tests.destination_chartmogul.relations import DEAL, EVERYTHING, FIELDS, NOTE, PERSON, STAFF, TASK

NOW = "2026-07-01T12:00:00Z"
OTHER = "other@chartmogul.example"


def view(crm: Json | None = None, **reference: Any) -> View:
    """With everything switched on."""
    choices = crm_of({"crm": EVERYTHING | (crm or {})})
    return view_of(replace(context(crm=choices), reference=Reference(**reference)), Scope("Keap", "ds_1"))


def wish(stream: str, row: Json, crm: Json | None = None, **reference: Any) -> Wish:
    """Of a contact with one record."""
    rows: Any = {stream: {row["id"]: row}}
    return wish_of(Bundle("1001", None, **rows), (), view(crm, **reference))


def body_of(stream: str, row: Json, **reference: Any) -> Json:
    """Everything that is sent when it is made."""
    (made,) = wish(stream, row, **reference).objects
    return {**made.body, **made.at_birth}


def shown(stage: Json) -> Json:
    """A stage of the list of stages."""
    return {"opportunity_stages": {"41": {"id": "41", **stage}}}


ONE_STAGE = {"stage": {"id": "41"}}
FIELD_CASES: list[tuple[str, Json, Json, Json]] = [
    ("tasks", {"completed": True, "modification_time": "2026-06-01T00:00:00Z"}, {},
        {"completed_at": "2026-06-01T00:00:00Z"}),
    ("tasks", {"completed": True}, {}, {"completed_at": NOW}),
    ("notes", {"create_time": "2027-01-01T00:00:00Z"}, {}, {"created_at": NOW}),
    ("notes", {"create_time": None, "type": None}, {}, {"type": "note"}),
    ("notes", {"created_by_user_id": None, "assigned_to_user": {"id": "9", "email_address": OTHER}}, {},
        {"author_email": OTHER}),
    ("notes", {"assigned_to_user": {"id": "9", "email_address": OTHER}}, {}, {"author_email": STAFF}),
    ("opportunities", {"projected_revenue_low": None}, {}, {"amount_in_cents": 58800}),
    ("opportunities", {"projected_revenue_low": 0}, {}, {"amount_in_cents": 0}),
    ("opportunities", ONE_STAGE, shown({"name": "Demo given", "probability": 30}),
        {"pipeline_stage": "Discovery", "win_likelihood": 30, "forecast_category": "pipeline"}),
    ("opportunities", {"stage": {"id": "45"}}, {}, {"pipeline_stage": "Closed", "win_likelihood": 100}),
]  # fmt: skip
ROWS: dict[str, Json] = {"tasks": TASK, "notes": NOTE, "opportunities": DEAL}


@pytest.mark.parametrize(("stream", "change", "reference", "expected"), FIELD_CASES)
def test_what_a_record_becomes(stream: str, change: Json, reference: Json, expected: Json) -> None:
    """What Keap says, else what stands for it."""
    assert expected.items() <= body_of(stream, ROWS[stream] | change, **reference).items()


def test_a_chance_that_is_no_percentage_is_left_out() -> None:
    """ChartMogul takes 0 to 100, and has a chance of its own for each stage."""
    deal = DEAL | {"stage": {"id": "41", "name": "Demo given", "details": {"probability": 120}}}
    assert "win_likelihood" not in body_of("opportunities", deal)


def test_what_has_no_amount_has_a_notice() -> None:
    """ChartMogul needs one: it is 0."""
    made = wish("opportunities", DEAL | {"projected_revenue_low": None, "projected_revenue_high": None})
    assert (made.objects[0].body["amount_in_cents"], [n.rule for n in made.notices]) == (
        0,
        ["opportunity_without_amount"],
    )


def test_an_author_is_not_who_the_note_is_assigned_to() -> None:
    """Somebody unknown wrote it: the address of the assignee is not theirs."""
    note = NOTE | {"created_by_user_id": "99", "assigned_to_user": {"id": "9", "email_address": OTHER}}
    made = wish("notes", note)
    assert "author_email" not in made.objects[0].at_birth
    assert [(r.rule, r.field) for r in made.rejects] == [("unknown_user", "created_by_user_id")]


def test_a_long_task_is_cut_before_its_mark() -> None:
    """255 characters are what ChartMogul takes."""
    details = body_of("tasks", TASK | {"title": "x" * 300})["task_details"]
    assert len(details) == 255
    assert details.endswith("x [Keap task 81]")


def test_the_first_slot_that_is_filled_counts() -> None:
    """EMAIL1 and PHONE1 before the others, in whatever order they stand; an extension is said."""
    person = contact(
        email_addresses=[
            {"field": f"EMAIL{n}", "email": e} for n, e in ((2, "b@b.example"), (1, "a@a.example"))
        ],
        phone_numbers=[
            {"field": "PHONE2", "number": "2"},
            {"field": "PHONE1", "number": "1", "extension": "5"},
        ],
    )
    (made,) = wish_of(Bundle("1001", person), (), view({"owner": False})).objects
    assert (made.body["email"], made.body["phone"]) == ("a@a.example", "1 ext. 5")


def fields(*more: Json) -> dict[str, Json]:
    """Custom fields of contacts by key."""
    rows = [
        {"record_kind": "contacts", "id": i, "label": label, "field_name": name, "field_type": kind}
        for i, label, name, kind in FIELDS
    ]
    return {f"{row['record_kind']}:{row['id']}": row for row in (*rows, *more)}


def attributes(values: list[Json], *more: Json) -> tuple[Json, list[tuple[str, str]]]:
    """→ (values by attribute, (rule, field) of rejects)."""
    person = contact(**{**PERSON, "owner_id": None, "custom_fields": values})
    made = wish_of(Bundle("1001", person), (), view(custom_fields=fields(*more)))
    said = {each.key: each.value for each in made.on_customer.attributes}
    return said, [(r.rule, r.field) for r in made.rejects]


@pytest.mark.parametrize(
    ("field", "content", "expected"),
    [
        ("13", ["Studio", "Team"], {"segment": "Studio, Team"}),
        ("13", " a\nb ", {"segment": "a b"}),
        ("13", "x" * 300, {"segment": "x" * 255}),
        ("12", "7", {"team_size": 7}),
        ("15", "No", {"sms": False}),
        ("15", "1", {"sms": True}),
        ("12", "", {"team_size": None}),
    ],
)
def test_a_value_is_of_the_type_of_its_field(field: str, content: Any, expected: Json) -> None:
    """However Keap spells it."""
    said, rejects = attributes([{"id": field, "content": content}])
    assert expected.items() <= said.items()
    assert rejects == []


def test_a_flag_is_no_number() -> None:
    """Python counts True as 1; Keap does not."""
    _, rejects = attributes([{"id": "12", "content": True}])
    assert rejects == [("bad_attribute", "custom_fields.TeamSize")]


def test_a_field_that_is_named_by_its_label_has_it_alone() -> None:
    """A label of two fields is nobody's, nor is one of another kind of record counted."""
    same = {"record_kind": "contacts", "id": "22", "label": "Accepts SMS", "field_type": "YES_NO"}
    flag = [{"id": "15", "content": True}]
    assert attributes(flag)[0]["sms"] is True
    assert attributes(flag, same | {"record_kind": "companies"})[0]["sms"] is True
    assert "sms" not in attributes(flag, same)[0]


TAGS = {"301": {"id": "301", "name": "Lead"}}


@pytest.mark.parametrize(
    ("person", "applied", "whole", "known"),
    [
        ({"tag_ids": ["301"]}, {}, (), True),
        ({"tag_ids": ["301", "999"]}, {}, (), False),
        ({"tag_ids": None}, {"301": {}}, (), False),
        ({"tag_ids": None}, {"301": {}}, ("applied_tags",), True),
    ],
)
def test_tags_are_taken_away_where_all_are_known(
    person: Json, applied: Json, whole: tuple[str, ...], known: bool
) -> None:
    """The contact's own list, else all applied tags; and each has a name in this run."""
    seen = view({"owner": False}, tags=TAGS)
    choices = seen.choices.in_catalog(frozenset(), frozenset(whole))
    contact_bundle = Bundle("1001", contact(**person), applied_tags=applied)
    said = wish_of(contact_bundle, (), replace(seen, choices=choices)).on_customer
    assert (set(said.tags), said.known) == ({"Lead"}, known)


def note_held(uuid: str, key: str, created: str) -> Json:
    """A note of ours in ChartMogul."""
    return {"uuid": uuid, "text": f"hello [Keap note {key}]", "type": "note", "created_at": created}


def test_of_twins_the_older_stays() -> None:
    """Also of a record that did not come, and is not gone."""
    held = [note_held("b", "9", "2026-06-02"), note_held("a", "9", "2026-06-01")]
    changes = object_changes(Wish("1001"), {"note": held}, [NOTES], view(), lambda *_: False, "cus_1")
    assert [(c.action, c.target) for c in changes] == [("delete", "b")]


def person(**held: Any) -> Json:
    """Ada as a contact of our data source."""
    names = {"first_name": "Ada", "last_name": "Low", "email": "ada@example.com"}
    return {"uuid": "con_1", "customer_uuid": "cus_1", "data_source_uuid": "ds_1", **names, **held}


@pytest.mark.parametrize(
    ("held", "action", "target"),
    [
        (person(external_id="1001", first_name="A."), "change", "con_1"),
        (person(), "change", "con_1"),
        (person(external_id="1001", data_source_uuid="ds_2"), "create", ""),
        (person(external_id="x9", data_source_uuid="ds_2"), "create", ""),
        (person(last_name="Lovelace"), "create", ""),
    ],
)
def test_whose_contact_is_ours(held: Json, action: str, target: str) -> None:
    """Ours by id and data source, and one without an id that is the same in all that is said. Customers of
    several data sources, merged in ChartMogul, have the contacts of each.
    """
    named = contact(company=None, phone_numbers=[], job_title=None)
    made = wish_of(Bundle("1001", named), (), view({"owner": False}))
    changes = object_changes(made, {"contact": [held]}, [PEOPLE], view(), lambda *_: True, "cus_1")
    assert [(change.action, change.target) for change in changes] == [(action, target)]


def on_customer(held: Json, **said: Any) -> list[tuple[str, str, Any]]:
    """What is sent of tags, attributes and owner."""
    changes = customer_changes(Wish("1001", on_customer=OnCustomer(**said)), held, "cus_1")
    return [(change.action, change.kind, next(iter(change.body.values()))) for change in changes]


def test_a_tag_stays_where_it_is_not_known_whether_it_is_gone() -> None:
    """Only what Keap decides is taken away, and only when Keap has told."""
    held, both = {"attributes": {"tags": ["Lead", "by hand"]}}, frozenset({"Lead", "VIP"})
    assert on_customer(held, managed=both, known=False) == []
    assert on_customer(held, managed=both, known=True) == [("delete", "tags", ["Lead"])]


def test_an_address_is_the_same_in_any_case() -> None:
    """ChartMogul may write the owner's otherwise."""
    assert on_customer({"owner": STAFF.upper()}, owner=STAFF) == []
    assert on_customer({"owner": OTHER}, owner=STAFF) == [("change", "owner", STAFF)]


@pytest.mark.parametrize(
    ("kind", "held", "wanted", "differs"),
    [
        ("Integer", 1, 1, False),
        ("Integer", True, 1, True),
        ("Integer", "1", 1, True),
        ("Decimal", 2, 2.0, False),
        ("Decimal", 2.5, 2.0, True),
        ("Boolean", True, True, False),
        ("Boolean", 1, True, True),
        ("String", True, "true", True),
        ("Timestamp", "2026-01-31T00:00:00.000Z", "2026-01-31T00:00:00Z", False),
        ("Timestamp", "2026-01-31T00:00:01.000Z", "2026-01-31T00:00:00Z", True),
        ("Timestamp", 5, "2026-01-31T00:00:00Z", True),
    ],
)
def test_when_an_attribute_is_another(kind: str, held: Any, wanted: Any, differs: bool) -> None:
    """By its type: ChartMogul writes numbers and times in its own way."""
    sent = on_customer(
        {"attributes": {"custom": {"a": held}}}, attributes=(Attribute("a", kind, wanted, ""),)
    )
    assert sent == ([("change", "attributes", {"a": wanted})] if differs else [])


@pytest.mark.parametrize(
    ("customers", "colleagues", "left_over"),
    [({"1"}, ["2", "3"], False), ({"1", "2"}, [], True), (set(), ["2", "3"], True)],
)
def test_people_of_a_company_are_those_of_its_one_customer(
    customers: set[str], colleagues: list[str], left_over: bool
) -> None:
    """With several, or without any, whose would they be?"""
    with closing(Spool()) as spool:
        for number, key in enumerate("123"):
            spool.add("contacts", key, number, key, contact(id=key, company={"id": "7"}))
        companies = Companies(spool, customers.__contains__)
        assert [each["id"] for each in companies.colleagues("1")] == colleagues
        assert companies.is_left_over("3") is left_over
