"""Events between records: tags go on and off, opportunities move, custom fields get values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.contact_events import contact_of
from tests.simulators.keap.crm.content import CHOICES, FIELD_TYPES
from tests.simulators.keap.crm.custom_fields import KINDS, fields_of
from tests.simulators.keap.crm.record_events import RECORDED, plural, row_named
from tests.simulators.keap.crm.rows import AppliedTag, Content, CustomField, Opportunity, StageMove
from tests.simulators.keap.crm.store import owned
from tests.simulators.keap.events import EventError, EventType, Fields, Touched, World, as_int
from tests.simulators.keap.rows import Contact
from tests.simulators.keap.table import Table


@dataclass(frozen=True, slots=True)
class Taggable:
    """What can have tags: how an event names it, and where its applied tags are."""

    target: Callable[[World, Fields], Any]
    applied: Callable[[Account], Table[AppliedTag]]
    targets: Callable[[Account], Table[Any]]


TAGGABLE = {
    "contact": Taggable(
        contact_of, lambda account: account.crm.contact_tags, lambda account: account.contacts
    ),
    "company": Taggable(
        lambda world, fields: row_named(world, "company", fields),
        lambda account: account.crm.company_tags,
        lambda account: account.crm.companies,
    ),
}


def tag(kind: str, world: World, fields: Fields) -> Touched:
    """A tag goes on; when it is on already, nothing happens."""
    of, account = TAGGABLE[kind], world.engine.account
    target, wanted = of.target(world, fields), row_named(world, "tag", fields)
    table = of.applied(account)
    if any(row.tag_id == wanted.id for row in owned(table, "target_id", target.id)):
        return {plural(kind): [], "tags": []}
    table.put(AppliedTag(table.new_id(), target.id, wanted.id, world.engine.now))
    show_tags(world, kind, target)
    return {plural(kind): [target.id], "tags": [wanted.id]}


def untag(kind: str, world: World, fields: Fields) -> Touched:
    """A tag goes off, without a trace."""
    of, account = TAGGABLE[kind], world.engine.account
    target, wanted = of.target(world, fields), row_named(world, "tag", fields)
    table = of.applied(account)
    found = [row for row in owned(table, "target_id", target.id) if row.tag_id == wanted.id]
    if not found:
        raise EventError(f"{kind} {target.id} does not have tag {wanted.id}")
    table.remove(found[0].id)
    show_tags(world, kind, target)
    return {plural(kind): [target.id], "tags": [wanted.id]}


def show_tags(world: World, kind: str, target: Any) -> None:
    """The contact or company shows its tags anew; whether a contact's time of change moves is a doubt."""
    account = world.engine.account
    if isinstance(target, Contact) and world.doubt("tag_touches_contact") == "yes":
        account.put_contact(replace(target, update_time=world.engine.now))
    TAGGABLE[kind].targets(account).forget(target.id)


def new_opportunity(world: World, fields: Fields) -> Touched:
    """A sale may come about; being new is its first stage move."""
    account, now = world.engine.account, world.engine.now
    given = {name: value for name, value in fields.items() if name != "stage_id"}
    values = RECORDED["opportunity"].read(account, given)
    stage, table = row_named(world, "stage", fields), account.crm.opportunities
    values |= {"create_time": now, "update_time": now, "stage_time": now}
    row = table.put(Opportunity(id=table.new_id(), stage_id=stage.id, **values))
    return {"opportunities": [row.id], "stage_moves": [moved(world, row, 0, None).id]}


def move_opportunity(world: World, fields: Fields) -> Touched:
    """An opportunity goes to another stage."""
    row, stage = row_named(world, "opportunity", fields), row_named(world, "stage", fields)
    if row.stage_id == stage.id:
        raise EventError(f"opportunity {row.id} is in stage {stage.id} already")
    now = world.engine.now
    there = replace(row, stage_id=stage.id, stage_time=now, update_time=now)
    world.engine.account.crm.opportunities.put(there)
    move = moved(world, there, row.stage_id, row)
    return {"opportunities": [row.id], "stage_moves": [move.id]}


def moved(world: World, row: Opportunity, from_stage: int, before: Opportunity | None) -> StageMove:
    """The record of a move that an opportunity just made."""
    moves = world.engine.account.crm.stage_moves
    previous = before.stage_time if before else None
    return moves.put(
        StageMove(moves.new_id(), row.id, row.stage_time, from_stage, row.stage_id, previous, row.user_id)
    )


def complete_task(world: World, fields: Fields) -> Touched:
    """A task is done."""
    return set_completion(world, fields, done=True)


def reopen_task(world: World, fields: Fields) -> Touched:
    """A task was not done after all."""
    return set_completion(world, fields, done=False)


def set_completion(world: World, fields: Fields, *, done: bool) -> Touched:
    """Mark a task; EventError when it is so already."""
    row, now = row_named(world, "task", fields), world.engine.now
    if (row.completion_time is not None) == done:
        raise EventError(f"task {row.id} is {'done' if done else 'open'} already")
    changed = replace(row, completion_time=now if done else None, update_time=now)
    world.engine.account.crm.tasks.put(changed)
    return {"tasks": [row.id]}


def set_custom_fields(world: World, fields: Fields) -> Touched:
    """Custom fields of a record get values; null takes a value away. The record is modified by that."""
    account, kind = world.engine.account, fields["record"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise EventError(f"record is one of {sorted(KINDS)}")
    row_id, given = as_int(fields["record_id"]), fields["values"]
    table, stamp = KINDS[kind].table(account), KINDS[kind].stamp
    row = table.get(row_id)
    if row is None or not isinstance(given, dict):
        raise EventError(f"there is no {kind} {row_id}" if row is None else "values are field_name: value")
    named = {field.field_name: field for field in fields_of(account, kind)}
    read = {
        named_field(named, name).id: content(named_field(named, name), each) for name, each in given.items()
    }
    held = account.crm.values.setdefault((kind, row_id), {})
    held.update({field_id: value for field_id, value in read.items() if value is not None})
    for field_id in [each for each, value in read.items() if value is None]:
        held.pop(field_id, None)
    table.put(replace(row, **{stamp: world.engine.now}) if stamp else row)
    return {plural(kind): [row_id]}


def named_field(named: dict[str, CustomField], name: str) -> CustomField:
    """The custom field of a name; EventError when the kind of record has none of that name."""
    if name not in named:
        raise EventError(f"there is no custom field {name}; there are {sorted(named)}")
    return named[name]


def content(field: CustomField, value: Any) -> Content | None:
    """A value in the type of its field; EventError when it does not fit."""
    if value is None:
        return None
    if field.field_type in CHOICES and field.options:
        wrong = {value} - {*field.options} if isinstance(value, str) else {*value} - {*field.options}
        if wrong:
            raise EventError(f"{field.field_name} has no option {sorted(wrong)}")
    try:
        return FIELD_TYPES[field.field_type].read(value)
    except (TypeError, ValueError) as error:
        raise EventError(f"{field.field_name}: {error}") from error


OPPORTUNITY_FIELDS = tuple(
    name if name in RECORDED["opportunity"].needed else f"{name}?" for name in RECORDED["opportunity"].fields
)
RELATION_EVENTS = {
    "tag_contact": EventType(partial(tag, "contact"), ("contact_id", "tag_id"), "A contact gets a tag."),
    "untag_contact": EventType(
        partial(untag, "contact"), ("contact_id", "tag_id"), "A contact loses a tag; nothing tells."
    ),
    "tag_company": EventType(partial(tag, "company"), ("company_id", "tag_id"), "A company gets a tag."),
    "untag_company": EventType(
        partial(untag, "company"), ("company_id", "tag_id"), "A company loses a tag; nothing tells."
    ),
    "new_opportunity": EventType(
        new_opportunity, (*OPPORTUNITY_FIELDS, "stage_id"), "A sale may come about."
    ),
    "move_opportunity": EventType(
        move_opportunity, ("opportunity_id", "stage_id"), "The opportunity goes to another stage."
    ),
    "complete_task": EventType(complete_task, ("task_id",), "The task is done."),
    "reopen_task": EventType(reopen_task, ("task_id",), "The task was not done after all."),
    "set_custom_fields": EventType(
        set_custom_fields, ("record", "record_id", "values"), "Custom fields of a record get values."
    ),
}
