"""What an edited or deleted record changes in others: what shows it is drawn anew, what it owns goes."""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.keap.crm.custom_fields import KINDS, SHARED
from tests.simulators.keap.crm.rows import Company, CustomField, Opportunity, Tag, TagCategory
from tests.simulators.keap.crm.store import owned, redraw
from tests.simulators.keap.events import World
from tests.simulators.keap.rows import Contact, Row


def nothing(_world: World, _row: Row) -> None:
    """No other record shows this one."""


def tag_edited(world: World, _: Row) -> None:
    """Applied tags show the tag."""
    redraw(world.engine.account.crm.contact_tags)
    redraw(world.engine.account.crm.company_tags)


def tag_deleted(world: World, row: Tag) -> None:
    """Contacts and companies lose the tag."""
    account = world.engine.account
    for table, targets in (
        (account.crm.contact_tags, account.contacts),
        (account.crm.company_tags, account.crm.companies),
    ):
        for applied in owned(table, "tag_id", row.id):
            table.remove(applied.id)
            targets.forget(applied.target_id)


def category_deleted(world: World, row: TagCategory) -> None:
    """Its tags have no category."""
    tags = world.engine.account.crm.tags
    for tag in [each for each in tags if each.category_id == row.id]:
        tags.put(replace(tag, category_id=0))
    tag_edited(world, row)


def members(world: World, company_id: int) -> list[Contact]:
    """The contacts of a company."""
    return [row for row in world.engine.account.contacts if row.company_id == company_id]


def company_edited(world: World, row: Company) -> None:
    """Its contacts show the new name; they are not modified by that."""
    for contact in members(world, row.id):
        world.engine.account.put_contact(replace(contact, company=row.name))
    redraw(world.engine.account.crm.company_tags)


def company_deleted(world: World, row: Company) -> None:
    """Its contacts have no company, its tags are gone."""
    account = world.engine.account
    for contact in members(world, row.id):
        account.put_contact(replace(contact, company="", company_id=0))
    for applied in owned(account.crm.company_tags, "target_id", row.id):
        account.crm.company_tags.remove(applied.id)


def user_edited(world: World, _: Row) -> None:
    """Notes and opportunities show users by name."""
    redraw(world.engine.account.crm.notes)
    redraw(world.engine.account.crm.opportunities)


def stage_edited(world: World, _: Row) -> None:
    """Opportunities show their stage."""
    redraw(world.engine.account.crm.opportunities)


def lead_source_changed(world: World, _: Row) -> None:
    """Opportunities show lead sources, and contacts can be found by their names."""
    redraw(world.engine.account.crm.opportunities)
    world.engine.account.contacts.version += 1


def opportunity_deleted(world: World, row: Opportunity) -> None:
    """Its stage moves stay or go: a doubt."""
    moves = world.engine.account.crm.stage_moves
    if world.doubt("stage_moves_of_deleted") == "gone":
        for move in owned(moves, "opportunity_id", row.id):
            moves.remove(move.id)


def custom_field_changed(world: World, row: CustomField) -> None:
    """Every record of its kind lists the field."""
    account = world.engine.account
    for kind, each in KINDS.items():
        if SHARED.get(kind, kind) == row.record:
            redraw(each.table(account))


def custom_field_deleted(world: World, row: CustomField) -> None:
    """Its values are gone."""
    for values in world.engine.account.crm.values.values():
        values.pop(row.id, None)
    custom_field_changed(world, row)
