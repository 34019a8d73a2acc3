"""What each switch of customer relations changes: a look at the account, and what each position gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.keap.contract import Keap
from tests.simulators.scenarios.small import CASES

MONTHLY, LEAD = CASES["monthly"].contact_id, CASES["lead"].contact_id
TEAM_SIZE, RENEWAL, WORKOUT = "82", "83", "81"


def contents(keap: Keap, contact_id: int) -> dict[str, Any]:
    """Custom field id → content of one contact."""
    row = keap.get(f"/v2/contacts/{contact_id}", fields="custom_fields").json()
    return {each["id"]: each["content"] for each in row["custom_fields"]}


def company_with_notes(keap: Keap) -> set[str]:
    return set(keap.get("/v2/companies/901001", fields="notes").json())


def legacy_status(keap: Keap) -> int:
    return keap.get("/v2/opportunities", fields="stage_entrance_time").status_code


def notes_of_the_day(keap: Keap) -> list[str]:
    return [row["id"] for row in keap.rows("notes", filter="since_time==2026-03-25T00:00:00.000Z")]


def tasks_of_a_window(keap: Keap) -> list[str]:
    """The finished task was changed on 11 June, made on 8 June and due on 10 June."""
    window = "since_time==2026-06-08T00:00:00.000Z;until_time==2026-06-10T23:59:59.000Z"
    return [row["id"] for row in keap.rows("tasks", filter=window)]


def bulk_status(keap: Keap) -> int:
    return keap.get("/v2/tags/-/contacts", filter="tag_ids==304").status_code


def bulk_without_ids(keap: Keap) -> int:
    return keap.get("/v2/tags/-/contacts", filter="since_applied_time==2026-06-01T00:00:00Z").status_code


def modified_by_tag(keap: Keap) -> bool:
    keap.event("tag_contact", contact_id=LEAD, tag_id=304)
    return bool(keap.get(f"/v2/contacts/{LEAD}").json()["update_time"] > "2026-07-01")


def moves_after_deletion(keap: Keap) -> int:
    keap.event("delete_opportunity", opportunity_id=8009)
    return len(keap.rows("stage_moves", "/v2/opportunities/stageMoves", filter="opportunity_id==8009"))


def notes_of_deleted(keap: Keap) -> int:
    keap.event("delete_contact", contact_id=LEAD)
    return len(keap.rows("notes", filter=f"contact_id=={LEAD}"))


RELATION_EFFECTS: dict[str, tuple[Callable[[Keap], Any], dict[Any, Any]]] = {
    "custom_field_content": (
        lambda keap: contents(keap, MONTHLY)[TEAM_SIZE],
        {"typed": 3, "text": "3"},
    ),
    "custom_date_form": (
        lambda keap: contents(keap, MONTHLY)[RENEWAL],
        {"date": "2026-09-03", "midnight": "2026-09-03T00:00:00.000Z"},
    ),
    "unset_custom_fields": (
        lambda keap: contents(keap, CASES["quarterly"].contact_id).get(WORKOUT, "absent"),
        {"null": None, "absent": "absent"},
    ),
    "company_fields": (
        company_with_notes,
        {
            "added": {
                "id",
                "company_name",
                "website",
                "groups",
                "owner_id",
                "created_by",
                "last_updated_by",
                "notes",
            },
            "only": {"id", "notes"},
        },
    ),
    "legacy_opportunities": (legacy_status, {"off": 400, "on": 200}),
    "users_shown": (
        lambda keap: keap.ids("users", page_size=100),
        {"all": [1, 2, 3, 4], "active": [1, 2]},
    ),
    "notes_since_basis": (
        notes_of_the_day,
        {
            "update_time": ["90009", "90010", "90011", "90012"],
            "create_time": ["90010", "90011", "90012"],
        },
    ),
    "tasks_since_basis": (
        tasks_of_a_window,
        {"update_time": [], "create_time": ["95002"], "due_time": ["95002"]},
    ),
    "bulk_tag_lists": (bulk_status, {"available": 200, "missing": 404}),
    "bulk_tag_filter": (bulk_without_ids, {"ids": 400, "any": 200}),
    "tag_touches_contact": (modified_by_tag, {"no": False, "yes": True}),
    "stage_moves_of_deleted": (moves_after_deletion, {"kept": 4, "gone": 0}),
    "records_of_deleted_contact": (notes_of_deleted, {"gone": 0, "kept": 2}),
}
