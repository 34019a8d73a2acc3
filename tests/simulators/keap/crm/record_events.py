"""`new_`, `edit_` and `delete_` of each kind of record, from one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm import aftermath
from tests.simulators.keap.crm.content import FIELD_TYPES
from tests.simulators.keap.crm.custom_fields import KINDS, SHARED
from tests.simulators.keap.crm.readers import (
    Reader,
    address,
    contact,
    flag,
    one,
    row_of,
    several,
    user,
    when,
    whole,
    words,
)
from tests.simulators.keap.crm.rows import (
    Affiliate,
    Company,
    CustomField,
    LeadSource,
    LeadSourceCategory,
    Note,
    Opportunity,
    Stage,
    Tag,
    TagCategory,
    Task,
    User,
)
from tests.simulators.keap.crm.tasks import PRIORITIES, REMINDERS
from tests.simulators.keap.events import EventError, EventType, Fields, Touched, World, as_int
from tests.simulators.keap.table import Table

After = Callable[[World, Any], None]
AFFILIATE = row_of(lambda account: account.crm.affiliates, "affiliate")
OPPORTUNITY = row_of(lambda account: account.crm.opportunities, "opportunity")
STATUS = one("ACTIVE", "INACTIVE")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One kind of record: its rows, the fields that events give, which are needed, and what follows.

    `stamps` are the times that are set when it is made; `update_time` moves with each edit.
    """

    row: type[Any]
    table: Callable[[Account], Table[Any]]
    fields: Mapping[str, Reader]
    needed: tuple[str, ...]
    stamps: tuple[str, ...] = ("create_time", "update_time")
    edited: After = aftermath.nothing
    deleted: After | None = aftermath.nothing
    made: After = aftermath.nothing

    def read(self, account: Account, given: Fields) -> dict[str, Any]:
        """The attributes that an event gives."""
        return {name: self.fields[name](account, value) for name, value in given.items()}


RECORDED: dict[str, Recorded] = {
    "company": Recorded(
        Company,
        lambda account: account.crm.companies,
        {
            **dict.fromkeys(("name", "email", "phone", "fax", "website", "notes"), words),
            "address": address,
            "owner_id": user,
        },
        ("name",),
        edited=aftermath.company_edited,
        deleted=aftermath.company_deleted,
    ),
    "tag_category": Recorded(
        TagCategory,
        lambda account: account.crm.tag_categories,
        {"name": words, "description": words},
        ("name",),
        deleted=aftermath.category_deleted,
    ),
    "tag": Recorded(
        Tag,
        lambda account: account.crm.tags,
        {
            "name": words,
            "description": words,
            "category_id": row_of(lambda account: account.crm.tag_categories, "tag category"),
        },
        ("name",),
        edited=aftermath.tag_edited,
        deleted=aftermath.tag_deleted,
    ),
    "user": Recorded(
        User,
        lambda account: account.crm.users,
        {
            **dict.fromkeys(("given_name", "family_name", "email", "title", "phone"), words),
            "status": one("ACTIVE", "INVITED", "INACTIVE", "NOT_A_USER"),
            "admin": flag,
            "partner": flag,
        },
        ("given_name", "family_name", "email"),
        edited=aftermath.user_edited,
        deleted=None,
    ),
    "stage": Recorded(
        Stage,
        lambda account: account.crm.stages,
        {"name": words, "order": whole, "probability": whole, "target_days": whole, "checklist": several},
        ("name", "order"),
        edited=aftermath.stage_edited,
        deleted=None,
    ),
    "note": Recorded(
        Note,
        lambda account: account.crm.notes,
        {
            **dict.fromkeys(("title", "text", "action_type"), words),
            "contact_id": contact,
            **dict.fromkeys(("user_id", "created_by", "updated_by"), user),
            "pinned_at": when,
        },
        ("contact_id",),
    ),
    "task": Recorded(
        Task,
        lambda account: account.crm.tasks,
        {
            **dict.fromkeys(("title", "description", "action_type"), words),
            "contact_id": contact,
            "opportunity_id": OPPORTUNITY,
            "priority": one(*PRIORITIES),
            **dict.fromkeys(("user_id", "created_by", "updated_by"), user),
            "due_time": when,
            "remind_minutes": one(*REMINDERS),
        },
        ("title",),
    ),
    "lead_source_category": Recorded(
        LeadSourceCategory,
        lambda account: account.crm.lead_source_categories,
        {"name": words, "description": words},
        ("name",),
    ),
    "lead_source": Recorded(
        LeadSource,
        lambda account: account.crm.lead_sources,
        {
            **dict.fromkeys(("name", "description", "vendor", "medium", "message"), words),
            "status": STATUS,
            "category_id": row_of(lambda account: account.crm.lead_source_categories, "lead source category"),
            "start_time": when,
            "end_time": when,
        },
        ("name",),
        edited=aftermath.lead_source_changed,
        deleted=aftermath.lead_source_changed,
    ),
    "affiliate": Recorded(
        Affiliate,
        lambda account: account.crm.affiliates,
        {
            **dict.fromkeys(("name", "code"), words),
            "contact_id": contact,
            "parent_id": AFFILIATE,
            "status": STATUS,
            **dict.fromkeys(("notify_on_sale", "notify_on_lead"), flag),
            "track_leads_days": whole,
        },
        ("name", "code"),
        stamps=("create_time",),
    ),
    "opportunity": Recorded(
        Opportunity,
        lambda account: account.crm.opportunities,
        {
            **dict.fromkeys(("title", "notes", "next_action_notes", "objection"), words),
            "contact_id": contact,
            **dict.fromkeys(("user_id", "created_by", "updated_by"), user),
            **dict.fromkeys(("next_action_time", "estimated_close_time"), when),
            "include_in_forecast": flag,
            **dict.fromkeys(("revenue_low", "revenue_high", "monthly_revenue", "order_revenue"), whole),
            "affiliate_id": AFFILIATE,
        },
        ("contact_id", "title"),
        deleted=aftermath.opportunity_deleted,
    ),
    "custom_field": Recorded(
        CustomField,
        lambda account: account.crm.custom_fields,
        {
            "record": one(*(kind for kind in KINDS if kind not in SHARED)),
            **dict.fromkeys(("label", "field_name", "group_name", "default_value"), words),
            "field_type": one(*FIELD_TYPES),
            "options": several,
            "group_id": whole,
        },
        ("record", "label", "field_name", "field_type"),
        stamps=(),
        edited=aftermath.custom_field_changed,
        deleted=aftermath.custom_field_deleted,
        made=aftermath.custom_field_changed,
    ),
}
OWN_MAKING = ("opportunity",)
"""Kinds whose `new_` event does more than add a row."""


def row_named(world: World, noun: str, fields: Fields) -> Any:
    """The row that `<noun>_id` names; EventError when there is none."""
    row_id = fields[f"{noun}_id"]
    row = RECORDED[noun].table(world.engine.account).get(as_int(row_id))
    if row is None:
        raise EventError(f"there is no {noun.replace('_', ' ')} {row_id}")
    return row


def times(names: tuple[str, ...], now: datetime) -> dict[str, datetime]:
    return dict.fromkeys(names, now)


def new(noun: str, world: World, fields: Fields) -> Touched:
    """A record is made."""
    recorded, account = RECORDED[noun], world.engine.account
    table, values = recorded.table(account), recorded.read(account, fields)
    row = recorded.row(id=table.new_id(), **values, **times(recorded.stamps, world.engine.now))
    table.put(row)
    recorded.made(world, row)
    return {plural(noun): [row.id]}


def edit(noun: str, world: World, fields: Fields) -> Touched:
    """Attributes of a record change."""
    recorded, account = RECORDED[noun], world.engine.account
    row = row_named(world, noun, fields)
    given = {name: value for name, value in fields.items() if name != f"{noun}_id"}
    moved = times(tuple(each for each in recorded.stamps if each == "update_time"), world.engine.now)
    changed = replace(row, **recorded.read(account, given), **moved)
    recorded.table(account).put(changed)
    recorded.edited(world, changed)
    return {plural(noun): [row.id]}


def delete(noun: str, after: After, world: World, fields: Fields) -> Touched:
    """A record goes; nothing tells that it was there."""
    row = row_named(world, noun, fields)
    RECORDED[noun].table(world.engine.account).remove(row.id)
    world.engine.account.crm.values.pop((noun, row.id), None)
    after(world, row)
    return {plural(noun): [row.id]}


def plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def events_of(noun: str, recorded: Recorded) -> dict[str, EventType]:
    """The event types of one kind of record."""
    said, own = noun.replace("_", " "), f"{noun}_id"
    names = tuple(recorded.fields)
    made = tuple(name if name in recorded.needed else f"{name}?" for name in names)
    changed = (own, *(f"{name}?" for name in names))
    events = {
        f"new_{noun}": EventType(partial(new, noun), made, f"A new {said}."),
        f"edit_{noun}": EventType(partial(edit, noun), changed, f"Attributes of the {said} change."),
    }
    if recorded.deleted:
        handler = partial(delete, noun, recorded.deleted)
        events[f"delete_{noun}"] = EventType(handler, (own,), f"The {said} goes.")
    return {name: event for name, event in events.items() if name != f"new_{OWN_MAKING[0]}"}


RECORD_EVENTS = {
    name: event for noun, recorded in RECORDED.items() for name, event in events_of(noun, recorded).items()
}
