"""The lists of customer relations of the Keap simulator: filters, orders, fields, lists below other rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.keap.contract import Json, Keap, simulated_keap
from tests.simulators.scenarios.small import CASES

MONTHLY = CASES["monthly"].contact_id
OPPORTUNITIES, STAGES = "/v2/opportunities", "/v2/opportunities/stages"
MOVES = "/v2/opportunities/stageMoves"


@pytest.fixture(scope="module")
def keap() -> Iterator[Keap]:
    """One account for all: nothing here changes it."""
    with simulated_keap() as account:
        yield account


@pytest.mark.parametrize(
    ("key", "path", "condition", "expected"),
    [
        ("companies", "", "company_id<=901002", [901001, 901002]),
        ("companies", "", "name==stone*", [901001]),
        ("companies", "", "company_name==Stone Fitness;city==Den*;state==Colorado", [901001]),
        ("companies", "", "email==desk@stonefitness.example.com", [901001]),
        ("companies", "", "Industry==Law", [901014]),
        ("companies", "", "employees>=10", [901001]),
        ("contacts", "", "TeamSize>3", [1002, 1008]),
        ("contacts", "", "teamsize==3", [1001, 1014]),
        ("contacts", "", "FavoriteWorkout==yo*", [1048]),
        ("contacts", "", "AcceptsSMS==0", [1002]),
        ("contacts", "", "Goals==Balance", [1001]),
        ("contacts", "", "AnnualBudget<1200.51;AnnualBudget>0", [1001]),
        ("contacts", "", "ContractRenewal>=2026-09-03T00:00:00.000Z", [1001, 1003]),
        ("contacts", "", "ContractRenewal<2026-10-01T00:00:00.000Z", [1001]),
        ("contacts", "", "lead_source_name==trade*;contact_id<1010", [1007]),
        ("contacts", "", "company_id==901002", [1002]),
        ("tags", "", "category_id==33", [308, 309]),
        ("tags", "", "category_id==NONE", [312, 313]),
        ("tags", "", "description==NONE;category_id==32", [305, 306]),
        ("tags", "", "tag_ids==301,304,999", [301, 304]),
        ("tags", "", "since_update_time==2025-01-01T00:00:00.000Z", [304]),
        ("tags", "", "name==vip", [304]),
        ("tag_categories", "/v2/tags/categories", "description==NONE", [33]),
        ("users", "", "include_inactive==false", [1, 2, 4]),
        ("users", "", "include_partners==false;include_inactive==true", [1, 2, 3]),
        ("users", "", "user_ids==2,4;given_name==Nora", [2]),
        ("notes", "", "title==call", [90001, 90002, 90005, 90006, 90007, 90009, 90012]),
        ("notes", "", "Channel==Video", [90012]),
        ("notes", "", "id!=90001;contact_id==1002", [90012]),
        ("notes", "", "assigned_to_user_id==3", [90007]),
        ("tasks", "", "user_id==UNASSIGNED", [95004]),
        ("tasks", "", "has_due_date==false", [95004, 95006]),
        ("tasks", "", "is_completed==true", [95001, 95002]),
        ("tasks", "", "priority==CRITICAL", [95001]),
        ("tasks", "", "opportunity_id==8009;title==follow*", [95003]),
        ("lead_sources", "/v2/leadSources", "status==INACTIVE", [52]),
        ("lead_sources", "/v2/leadSources", "lead_source_category_id==62;name==tr*", [55]),
        ("lead_sources", "/v2/leadSources", "start_time==2024-07-01T06:00:00.000Z", [52]),
        ("lead_source_categories", "/v2/leadSourceCategories", "description==paid*", [61]),
        ("affiliates", "", "status==ACTIVE;code==AVA", [71]),
        ("affiliates", "", "Tier==gold", [71]),
        ("affiliates", "", "contact_id==1035", [73]),
        ("opportunities", "", "stage_id==44", [8009, 8013]),
        ("opportunities", "", "user_id==3;opportunity_id>8006", [8011]),
        (
            "opportunities",
            "",
            "contact_city==Austin;contact_state==tex*",
            [8001, 8005, 8006, 8007, 8012, 8013],
        ),
        ("opportunities", "", "projected_revenue_low>=1490;projected_revenue_high<1788", [8008]),
        ("opportunities", "", "affiliate_id==71", [8005]),
        ("opportunities", "", "ids==8001,8002;opportunity_title==start*", [8002]),
        ("opportunities", "", "Competitor==example*", [8009]),
        ("opportunities", "", "lead_source_name==Spring webinar", [8009, 8013]),
        ("stages", STAGES, "opportunity_stage_id>=45", [45, 46]),
        ("stages", STAGES, "opportunity_stage_name==new*", [41]),
        ("stage_moves", MOVES, "opportunity_id==8008", [8519, 8521, 8523]),
    ],
)
def test_filters_choose_rows(keap: Keap, key: str, path: str, condition: str, expected: list[int]) -> None:
    """Standard fields, sentinels, custom fields by their type, and fields of other rows select rows."""
    assert keap.ids(key, path, filter=condition, page_size=100) == expected


@pytest.mark.parametrize(
    ("key", "path", "order", "shown"),
    [
        ("companies", "", "name desc", "company_name"),
        ("tags", "", "name asc", "name"),
        ("opportunities", "", "update_time desc", "last_updated_time"),
        ("opportunities", "", "opportunity_title asc", "opportunity_title"),
        ("stages", STAGES, "stage_order desc", "order"),
        ("stage_moves", MOVES, "move_date desc", "move_time"),
        ("tasks", "", "update_time desc", "modification_time"),
        ("notes", "", "update_time asc", "update_time"),
        ("users", "", "name asc", "family_name"),
        ("lead_sources", "/v2/leadSources", "name desc", "name"),
        ("affiliates", "", "code asc", "code"),
    ],
)
def test_orders_sort_by_what_they_name(keap: Keap, key: str, path: str, order: str, shown: str) -> None:
    """An order field sorts, also where the attribute that it sorts by has another name."""
    values = [row[shown] for row in keap.rows(key, path, order_by=order, page_size=100)]
    folded = [str(value).casefold() for value in values]
    assert folded == sorted(folded, reverse=order.endswith("desc"))
    assert len(set(folded)) > 1


def test_pages_follow_the_token(keap: Keap) -> None:
    """Page tokens walk a list of customer relations, also in an order of another row's attribute."""
    orders: tuple[dict[str, Any], ...] = ({}, {"order_by": "contact_name desc"})
    for order in orders:
        seen: list[str] = []
        token: dict[str, Any] = {}
        while token or not seen:
            page = keap.get(OPPORTUNITIES, page_size=4, **order, **token).json()
            seen += [row["id"] for row in page["opportunities"]]
            token = {"page_token": page["next_page_token"]} if page["next_page_token"] else {}
        assert sorted(seen) == [str(row_id) for row_id in range(8001, 8016)]


def test_companies_are_sparse_until_asked(keap: Keap) -> None:
    """Without `fields` a company lacks address, e-mail, times and custom fields; with it, it has them."""
    usual = keap.get("/v2/companies/901001").json()
    asked = keap.get("/v2/companies/901001", fields="address,update_time,custom_fields").json()
    assert set(asked) - set(usual) == {"address", "update_time", "custom_fields"}
    assert (usual["company_name"], usual["groups"]) == ("Stone Fitness", "304,313")
    assert {each["id"]: each["content"] for each in asked["custom_fields"]} == {"88": "Fitness", "89": 14}


def test_optional_attributes_come_when_asked(keap: Keap) -> None:
    """Custom fields of notes, tasks and opportunities are left out unless `fields` names them."""
    for path in ("/v2/tasks/95003", "/v2/opportunities/8009", "/v2/contacts/1002/notes/90012"):
        assert "custom_fields" not in keap.get(path).json()
        assert "custom_fields" in keap.get(path, fields="custom_fields").json()


def test_contacts_show_their_relations(keap: Keap) -> None:
    """A contact names its company, owner, lead source and tags, and every custom field with its value."""
    row = keap.get(f"/v2/contacts/{MONTHLY}").json()
    assert row["company"] == {"id": "901001", "company_name": "Stone Fitness"}
    assert (row["owner_id"], row["leadsource_id"]) == ("1", "51")
    assert row["tag_ids"] == ["301", "302", "304", "305", "306", "311"]
    values = {each["id"]: each["content"] for each in row["custom_fields"]}
    assert values == {
        "81": "Rowing",
        "82": 3,
        "83": "2026-09-03",
        "84": True,
        "85": "Studio",
        "86": 1200.5,
        "87": ["Strength", "Balance"],
    }


def test_custom_values_do_not_move_the_time_of_change(keap: Keap) -> None:
    """A contact that never changed shows the same time twice, whatever relations the scenario gives it."""
    row = keap.get(f"/v2/contacts/{MONTHLY}").json()
    assert row["create_time"] == row["update_time"] == "2024-08-28T15:00:00Z"


def pairs(rows: list[Json]) -> set[tuple[str, str, str]]:
    return {(row["contact_id"], row["tag_id"], row["applied_at"]) for row in rows}


def test_all_lists_of_applied_tags_agree(keap: Keap) -> None:
    """Tags of contacts, contacts of tags, both bulk lists, and the counts say the same."""
    tags, contacts = keap.ids("tags"), keap.ids("contacts")
    by_contact = {
        (str(contact), row["tag"]["id"], row["applied_time"])
        for contact in contacts
        for row in keap.rows("tags", f"/v2/contacts/{contact}/tags")
    }
    by_tag = {
        (row["id"], str(tag), row["applied_time"])
        for tag in tags
        for row in keap.rows("contacts", f"/v2/tags/{tag}/contacts")
    }
    bulk_tags = pairs(keap.rows("contacts", "/v2/tags/-/contacts", filter=f"tag_ids=={joined(tags)}"))
    bulk_contacts = pairs(keap.rows("tags", "/v2/contacts/-/tags", filter=f"contact_ids=={joined(contacts)}"))
    assert by_contact == by_tag == bulk_tags == bulk_contacts
    counts = [keap.get(f"/v2/tags/{tag}/contacts/count").json()["count"] for tag in tags]
    assert sum(counts) == len(by_contact) == 180


def joined(ids: list[int]) -> str:
    return ",".join(map(str, ids))


def test_applied_tags_have_filters_of_their_own(keap: Keap) -> None:
    """The tags of a contact can be chosen by tag and by time, and sorted by either."""
    path = f"/v2/contacts/{MONTHLY}/tags"

    def names(**params: Any) -> list[str]:
        return [row["tag"]["name"] for row in keap.rows("tags", path, **params)]

    assert names(filter="category_id==32;since_applied_time==2025-01-01T00:00:00.000Z") == [
        "Spring webinar attended"
    ]
    assert names(order_by="applied_time desc")[:2] == ["Spring webinar attended", "VIP"]
    assert names(order_by="name asc") == sorted(names())


def test_tagged_rows_have_filters_of_their_own(keap: Keap) -> None:
    """Contacts and companies with a tag can be chosen by their own attributes; NONE finds those without."""
    contacts = keap.rows("contacts", "/v2/tags/301/contacts", filter="email==NONE")
    assert [row["id"] for row in contacts] == [str(CASES["no_email"].contact_id)]
    companies = keap.rows("tagged_companies", "/v2/tags/313/companies", order_by="company_name asc")
    assert [row["company"]["company_name"] for row in companies] == ["Frost Design", "Stone Fitness"]
    vip = keap.rows("tags", "/v2/companies/901001/tags", order_by="applied_time asc")
    assert [row["tag"]["id"] for row in vip] == ["313", "304"]


@pytest.mark.parametrize("path", ["/v2/tags/-/contacts", "/v2/contacts/-/tags"])
def test_bulk_lists_need_ids_and_not_too_many(keap: Keap, path: str) -> None:
    """A bulk list without ids, or with more than 100, is refused."""
    name = "tag_ids" if "tags/-" in path else "contact_ids"
    assert keap.get(path).status_code == 400
    assert keap.get(path, filter=f"{name}=={joined(list(range(1, 102)))}").status_code == 400
    assert keap.get(path, filter=f"{name}=={joined(list(range(1, 101)))}").status_code == 200


def test_stage_moves_chain(keap: Keap) -> None:
    """Each move starts where the one before ended, the first at stage 0, and the last leads to the stage."""
    moves = keap.rows("stage_moves", MOVES, filter="opportunity_id==8012", order_by="move_date asc")
    steps = [(each["move_from_stage_id"], each["move_to_stage_id"]) for each in moves]
    assert steps == [("0", "41"), ("41", "43"), ("43", "42"), ("42", "43")]
    assert [each.get("prev_stage_move_time") for each in moves[1:]] == [
        each["move_time"] for each in moves[:-1]
    ]
    assert moves[0]["move_time"] == "2026-05-26T17:00:00.000+0000"
    assert keap.get(f"{OPPORTUNITIES}/8012").json()["stage"]["id"] == "43"


def test_models_describe_custom_fields(keap: Keap) -> None:
    """`/model` lists the custom fields with type and options; tasks have those of notes."""
    fields = {each["field_name"]: each for each in keap.get("/v2/contacts/model").json()["custom_fields"]}
    assert [each["label"] for each in fields["Segment"]["options"]] == ["Solo", "Studio", "Chain"]
    assert (fields["AnnualBudget"]["field_type"], fields["AnnualBudget"]["record_type"]) == (
        "CURRENCY",
        "CONTACT",
    )
    notes, tasks = keap.get("/v2/notes/model").json(), keap.get("/v2/tasks/model").json()
    assert notes == tasks
    assert notes["custom_fields"][0]["record_type"] == "TASK_NOTE_APPOINTMENT"


def test_an_unknown_parameter_is_ignored(keap: Keap) -> None:
    """A parameter that a list does not know, `fields` of tags for one, changes nothing."""
    assert keap.rows("tags", fields="name", colour="red") == keap.rows("tags")
