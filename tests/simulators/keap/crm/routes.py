"""The addresses of customer relations, and the handlers of lists that hang below another row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from tests.simulators.http import Answer, Call, Route
from tests.simulators.keap.account import Account
from tests.simulators.keap.api import Api, Handler
from tests.simulators.keap.crm.affiliates import AFFILIATES
from tests.simulators.keap.crm.companies import COMPANIES
from tests.simulators.keap.crm.custom_fields import model_view
from tests.simulators.keap.crm.lead_sources import LEAD_SOURCE_CATEGORIES, LEAD_SOURCES
from tests.simulators.keap.crm.notes import NOTES
from tests.simulators.keap.crm.opportunities import OPPORTUNITIES
from tests.simulators.keap.crm.rows import User
from tests.simulators.keap.crm.stages import STAGE_MOVES, STAGES
from tests.simulators.keap.crm.store import Parts, owned
from tests.simulators.keap.crm.tags import (
    CONTACTS_OF_TAGS,
    TAG_CATEGORIES,
    TAGGED_COMPANIES,
    TAGGED_CONTACTS,
    TAGS,
    TAGS_OF_COMPANY,
    TAGS_OF_CONTACT,
    TAGS_OF_CONTACTS,
)
from tests.simulators.keap.crm.tasks import TASKS
from tests.simulators.keap.crm.users import USERS, is_inactive
from tests.simulators.keap.errors import refuse
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.resources import CONTACTS
from tests.simulators.keap.rows import Row
from tests.simulators.keap.table import Table

R = TypeVar("R", bound=Row)

CRM_LISTS: dict[str, Resource[Any]] = {
    "/affiliates": AFFILIATES,
    "/companies": COMPANIES,
    "/contacts/-/tags": TAGS_OF_CONTACTS,
    "/leadSourceCategories": LEAD_SOURCE_CATEGORIES,
    "/leadSources": LEAD_SOURCES,
    "/notes": NOTES,
    "/opportunities": OPPORTUNITIES,
    "/opportunities/stageMoves": STAGE_MOVES,
    "/opportunities/stages": STAGES,
    "/tags": TAGS,
    "/tags/-/contacts": CONTACTS_OF_TAGS,
    "/tags/categories": TAG_CATEGORIES,
    "/tasks": TASKS,
}
CRM_SINGLES: dict[str, Resource[Any]] = {
    "/affiliates/{id}": AFFILIATES,
    "/companies/{company_id}": COMPANIES,
    "/leadSourceCategories/{lead_source_category_id}": LEAD_SOURCE_CATEGORIES,
    "/leadSources/{lead_source_id}": LEAD_SOURCES,
    "/opportunities/{opportunity_id}": OPPORTUNITIES,
    "/opportunities/stageMoves/{stage_move_id}": STAGE_MOVES,
    "/opportunities/stages/{stage_id}": STAGES,
    "/tags/{tag_id}": TAGS,
    "/tags/categories/{tag_category_id}": TAG_CATEGORIES,
    "/tasks/{task_id}": TASKS,
    "/users/{user_id}": USERS,
}
CRM_DUMPED: dict[str, Resource[Any]] = {
    "affiliates": AFFILIATES,
    "companies": COMPANIES,
    "contact_tags": TAGS_OF_CONTACTS,
    "company_tags": TAGS_OF_COMPANY,
    "lead_source_categories": LEAD_SOURCE_CATEGORIES,
    "lead_sources": LEAD_SOURCES,
    "notes": NOTES,
    "opportunities": OPPORTUNITIES,
    "opportunity_stage_moves": STAGE_MOVES,
    "opportunity_stages": STAGES,
    "tag_categories": TAG_CATEGORIES,
    "tags": TAGS,
    "tasks": TASKS,
    "users": USERS,
}
UNDER: dict[str, tuple[Resource[Any], Resource[Any], Callable[[Account], Table[Any]], str]] = {
    "/companies/{company_id}/tags": (
        COMPANIES,
        TAGS_OF_COMPANY,
        lambda account: account.crm.company_tags,
        "target_id",
    ),
    "/contacts/{contact_id}/notes": (CONTACTS, NOTES, lambda account: account.crm.notes, "contact_id"),
    "/contacts/{contact_id}/tags": (
        CONTACTS,
        TAGS_OF_CONTACT,
        lambda account: account.crm.contact_tags,
        "target_id",
    ),
    "/tags/{tag_id}/companies": (
        TAGS,
        TAGGED_COMPANIES,
        lambda account: account.crm.company_tags,
        "tag_id",
    ),
    "/tags/{tag_id}/contacts": (TAGS, TAGGED_CONTACTS, lambda account: account.crm.contact_tags, "tag_id"),
}
"""Path → the parent, the list, its whole table, and the indexed attribute that names the parent."""

MODELS = {
    "affiliates": "affiliate",
    "companies": "company",
    "contacts": "contact",
    "notes": "note",
    "opportunities": "opportunity",
    "orders": "order",
    "subscriptions": "subscription",
    "tasks": "task",
}
"""`GET /{these}/model` → the kind of record."""
WITH_FIELDS: dict[str, Resource[Any]] = {
    "company": COMPANIES,
    "contact": CONTACTS,
    "note": NOTES,
    "opportunity": OPPORTUNITIES,
    "task": TASKS,
}


def crm_routes(api: Api, prefix: str) -> tuple[Route, ...]:
    """The lists below another row, the notes of a contact, and the models of custom fields."""
    return (
        *(Route("GET", prefix + path, below(api, path)) for path in UNDER),
        Route("GET", f"{prefix}/contacts/{{contact_id}}/notes/{{note_id}}", partial(note, api)),
        Route("GET", f"{prefix}/tags/{{tag_id}}/contacts/count", partial(tagged_count, api)),
        Route("GET", f"{prefix}/users", partial(users, api)),
        *(
            Route("GET", f"{prefix}/{plural}/model", partial(model, api, kind))
            for plural, kind in MODELS.items()
        ),
    )


def below(api: Api, path: str) -> Handler:
    """The handler of a list of one parent's rows."""
    parent, resource, table, attribute = UNDER[path]
    parameter = path[path.index("{") + 1 : path.index("}")]

    parts = Parts(attribute)

    def handle(call: Call) -> Answer:
        parent_id = api.row(call, parent, parameter).id
        rows = parts.of(table(api.account()), parent_id)
        return api.page(call, api.query(call, resource, parent_id), rows)

    return handle


def note(api: Api, call: Call) -> Answer:
    """One note; Keap has it below its contact only."""
    row = api.row(call, NOTES, "note_id")
    if str(row.contact_id) != call.params["contact_id"]:
        raise refuse(call, f"Unable to find this {NOTES.noun}", 404)
    return Answer(200, api.shown(call, NOTES).of(NOTES.view(api.account(), row, api.say())))


def tagged_count(api: Api, call: Call) -> Answer:
    """How many contacts that pass the filter have a tag; as young as the bulk lists."""
    api.require_available(call, CONTACTS_OF_TAGS)
    tag_id = api.row(call, TAGS, "tag_id").id
    tests = api.query(call, TAGGED_CONTACTS, tag_id).tests()
    rows = owned(api.account().crm.contact_tags, "tag_id", tag_id)
    return Answer(200, {"count": sum(all(test(row) for test in tests) for row in rows)})


def users(api: Api, call: Call) -> Answer:
    """The list of users; who is in it when the filter does not say is a doubt."""
    shown = api.switches.text("users_shown")
    asked = {condition.field for condition in api.query(call, USERS).conditions}

    def is_shown(user: User) -> bool:
        inactive = is_inactive(user) and "include_inactive" not in asked
        partner = user.partner and "include_partners" not in asked
        return shown == "all" or not (inactive or partner)

    walk = int(shown == "active")
    return api.page(call, api.query(call, USERS, walk, is_shown))


def model(api: Api, kind: str, _: Call) -> Answer:
    """The custom fields of a kind of record, and what `fields` can ask for."""
    resource = WITH_FIELDS.get(kind)
    rule = resource.fields(api.switches) if resource and resource.fields else None
    optional = (rule.hidden & rule.allowed or rule.allowed) if rule else ()
    return Answer(200, model_view(api.account(), kind, optional))
