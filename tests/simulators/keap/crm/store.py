"""The tables of customer relations, with the indexes that keep lists quick in large accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.simulators.keap.crm.rows import (
    Affiliate,
    AppliedTag,
    Company,
    Content,
    CustomField,
    LeadSource,
    LeadSourceCategory,
    Note,
    Opportunity,
    Stage,
    StageMove,
    Tag,
    TagCategory,
    Task,
    User,
)
from tests.simulators.keap.rows import Row
from tests.simulators.keap.table import Table

R = TypeVar("R", bound=Row)
Values = dict[int, Content]
FIRST_COMPANY = 900_001
APPLIED_INDEXES = ("target_id", "tag_id", "applied_time")
ACTION_INDEXES = ("contact_id", "update_time", "create_time")


@dataclass
class Crm:
    """Everything of one account that is not money.

    `values` holds custom field values: (kind of record, its id) → custom field id → content.
    """

    companies: Table[Company] = field(default_factory=lambda: Table(FIRST_COMPANY))
    tag_categories: Table[TagCategory] = field(default_factory=lambda: Table(31))
    tags: Table[Tag] = field(default_factory=lambda: Table(301))
    contact_tags: Table[AppliedTag] = field(default_factory=lambda: Table(70001, APPLIED_INDEXES))
    company_tags: Table[AppliedTag] = field(default_factory=lambda: Table(1, APPLIED_INDEXES))
    users: Table[User] = field(default_factory=lambda: Table(1))
    stages: Table[Stage] = field(default_factory=lambda: Table(41))
    opportunities: Table[Opportunity] = field(default_factory=lambda: Table(8001, ("contact_id",)))
    stage_moves: Table[StageMove] = field(default_factory=lambda: Table(8501, ("opportunity_id",)))
    notes: Table[Note] = field(default_factory=lambda: Table(90001, ACTION_INDEXES))
    tasks: Table[Task] = field(default_factory=lambda: Table(95001, ACTION_INDEXES))
    lead_source_categories: Table[LeadSourceCategory] = field(default_factory=lambda: Table(61))
    lead_sources: Table[LeadSource] = field(default_factory=lambda: Table(51))
    affiliates: Table[Affiliate] = field(default_factory=lambda: Table(71))
    custom_fields: Table[CustomField] = field(default_factory=lambda: Table(81))
    values: dict[tuple[str, int], Values] = field(default_factory=dict)

    def copy(self) -> Crm:
        """Tables that can go their own way; the rows are shared."""
        tables = {name: table.copy() for name, table in vars(self).items() if isinstance(table, Table)}
        return Crm(**tables, values={key: dict(each) for key, each in self.values.items()})

    def tag_ids(self, target_id: int) -> list[str]:
        """The ids of the tags that a contact or company has."""
        rows = (*owned(self.contact_tags, "target_id", target_id),)
        rows += (*owned(self.company_tags, "target_id", target_id),)
        return [str(tag_id) for tag_id in sorted(row.tag_id for row in rows)]

    def forget_contact(self, contact_id: int) -> None:
        """Drop what was rendered of rows that show a contact: its applied tags and opportunities."""
        for row in owned(self.contact_tags, "target_id", contact_id):
            self.contact_tags.forget(row.id)
        for opportunity in owned(self.opportunities, "contact_id", contact_id):
            self.opportunities.forget(opportunity.id)


def owned(table: Table[R], attribute: str, owner_id: int) -> list[R]:
    """The rows of one owner, by id; the attribute is one of the table's indexes."""
    return [table[row_id] for row_id in table.index(attribute).ids(owner_id, owner_id)]


@dataclass
class Parts:
    """The rows of one owner as a table, for a list that hangs below another row.

    The last one is kept while nothing changes, so that the pages of a long list are cut from one table.
    """

    attribute: str
    last: tuple[Table[Any], int, int, Table[Any]] | None = None

    def of(self, table: Table[R], owner_id: int) -> Table[R]:
        """The owner's rows; the attribute is one of the table's indexes."""
        last = self.last
        if last and last[0] is table and last[1:3] == (table.version, owner_id):
            return last[3]
        part: Table[R] = Table(1)
        for row in owned(table, self.attribute, owner_id):
            part.put(row)
        part.version = table.version
        self.last = (table, table.version, owner_id, part)
        return part


def redraw(table: Table[R]) -> None:
    """Drop all that was rendered of a table, because something that any row may show changed."""
    for row_id in table.ids:
        table.forget(row_id)
