"""The addresses of the Keap simulator's customer relations, for tests against the vendor's description."""

from __future__ import annotations

from typing import Any

from tests.simulators.keap.crm.routes import CRM_LISTS, CRM_SINGLES, MODELS, UNDER
from tests.simulators.keap.crm.users import USERS
from tests.simulators.keap.resource import Resource

LISTS: dict[str, Resource[Any]] = {
    **{f"/v2{path}": resource for path, resource in CRM_LISTS.items() if "/-/" not in path},
    **{f"/v2{path}": resource for path, (_, resource, _, _) in UNDER.items()},
    "/v2/users": USERS,
}
"""All but the bulk lists of applied tags, which the description at hand does not have yet."""
PARENTS = {"company_id": 901_001, "tag_id": 304}
IDS = {
    **PARENTS,
    "id": 71,
    "lead_source_category_id": 61,
    "lead_source_id": 51,
    "opportunity_id": 8009,
    "stage_move_id": 8501,
    "stage_id": 44,
    "tag_category_id": 31,
    "task_id": 95003,
    "user_id": 2,
    "contact_id": 1002,
    "note_id": 90001,
}
OBJECTS: dict[str, dict[str, int]] = {
    **{f"/v2{path}": IDS for path in CRM_SINGLES},
    "/v2/contacts/{contact_id}/notes/{note_id}": IDS,
    **{f"/v2/{plural}/model": {} for plural in MODELS},
}
REFUSED = [
    *((f"/v2{path}", f"/v2{path[: path.index('{')]}999", 404) for path in CRM_SINGLES),
    *((f"/v2{path}", f"/v2{path}?filter=colour==red", 400) for path in CRM_LISTS if "/-/" not in path),
    *((f"/v2{path}", f"/v2{path}?order_by=colour asc", 400) for path in CRM_LISTS if "/-/" not in path),
    ("/v2/contacts/{contact_id}/notes/{note_id}", "/v2/contacts/1001/notes/90001", 404),
    ("/v2/contacts/{contact_id}/notes", "/v2/contacts/999/notes", 404),
    ("/v2/contacts/{contact_id}/tags", "/v2/contacts/999/tags", 404),
    ("/v2/tags/{tag_id}/contacts", "/v2/tags/999/contacts", 404),
    ("/v2/users", "/v2/users?page_size=101", 400),
    ("/v2/users", "/v2/users?page_size=0", 400),
    ("/v2/tasks", "/v2/tasks?page_size=1001", 400),
    ("/v2/tasks", "/v2/tasks?filter=priority==URGENT", 400),
    ("/v2/tasks", "/v2/tasks?filter=id!=95001", 400),
    ("/v2/tasks", "/v2/tasks?fields=title", 400),
    ("/v2/notes", "/v2/notes?filter=id>90001;ids==90001,90002", 400),
    ("/v2/notes", "/v2/notes?filter=title==*call", 400),
    ("/v2/opportunities", "/v2/opportunities?filter=opportunity_id>8001;ids==8001", 400),
    ("/v2/opportunities", "/v2/opportunities?fields=stage_entrance_time", 400),
    ("/v2/opportunities", "/v2/opportunities?filter=DecisionDate>2026-01-01", 400),
    ("/v2/opportunities", "/v2/opportunities?filter=Competitor>Example", 400),
    ("/v2/leadSources", "/v2/leadSources?filter=id>0", 400),
    ("/v2/leadSources", "/v2/leadSources?filter=status==SLEEPING", 400),
    ("/v2/companies", "/v2/companies?filter=company_id!=901001", 400),
    ("/v2/companies", "/v2/companies?fields=shoe_size", 400),
    ("/v2/companies", "/v2/companies?filter=Industry>Law", 400),
    ("/v2/contacts", "/v2/contacts?filter=AcceptsSMS==yes", 400),
    ("/v2/contacts", "/v2/contacts?filter=ContractRenewal>=2026-01-01", 400),
]
"""Path of the description, what is asked for, and the status of the refusal."""
