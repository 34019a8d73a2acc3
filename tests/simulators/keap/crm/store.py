"""The tables of customer relations, with the indexes that keep applied tags quick in large accounts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

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
from tests.simulators.keap.table import Table

Values = dict[int, Content]
FIRST_COMPANY = 900_001


@dataclass
class Crm:
    """Everything of one account that is not money.

    `values` holds custom field values: (kind of record, its id) → custom field id → content; `tags_of` the
    applied tags of a contact or company; `opportunities_of` those of a contact.
    """

    companies: Table[Company] = field(default_factory=lambda: Table(FIRST_COMPANY))
    tag_categories: Table[TagCategory] = field(default_factory=lambda: Table(31))
    tags: Table[Tag] = field(default_factory=lambda: Table(301))
    applied_tags: Table[AppliedTag] = field(default_factory=lambda: Table(70001))
    users: Table[User] = field(default_factory=lambda: Table(1))
    stages: Table[Stage] = field(default_factory=lambda: Table(41))
    opportunities: Table[Opportunity] = field(default_factory=lambda: Table(8001))
    stage_moves: Table[StageMove] = field(default_factory=lambda: Table(8501))
    notes: Table[Note] = field(default_factory=lambda: Table(90001))
    tasks: Table[Task] = field(default_factory=lambda: Table(95001))
    lead_source_categories: Table[LeadSourceCategory] = field(default_factory=lambda: Table(61))
    lead_sources: Table[LeadSource] = field(default_factory=lambda: Table(51))
    affiliates: Table[Affiliate] = field(default_factory=lambda: Table(71))
    custom_fields: Table[CustomField] = field(default_factory=lambda: Table(81))
    tags_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    opportunities_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    values: dict[tuple[str, int], Values] = field(default_factory=dict)

    def copy(self) -> Crm:
        """Tables that can go their own way; the rows are shared."""
        tables = {name: table.copy() for name, table in vars(self).items() if isinstance(table, Table)}
        return Crm(
            **tables,
            tags_of=copied(self.tags_of),
            opportunities_of=copied(self.opportunities_of),
            values={key: dict(each) for key, each in self.values.items()},
        )

    def put_applied(self, row: AppliedTag) -> AppliedTag:
        """Add an applied tag."""
        self.tags_of[row.target_id].append(row.id)
        return self.applied_tags.put(row)

    def remove_applied(self, row: AppliedTag) -> None:
        """Take a tag off."""
        self.tags_of[row.target_id].remove(row.id)
        self.applied_tags.remove(row.id)

    def applied_to(self, target_id: int) -> list[AppliedTag]:
        """The applied tags of a contact or company, in the order in which they were applied."""
        return [self.applied_tags[row_id] for row_id in self.tags_of.get(target_id, ())]

    def tag_ids(self, target_id: int) -> list[str]:
        """The ids of the tags that a contact or company has."""
        return sorted((str(row.tag_id) for row in self.applied_to(target_id)), key=int)

    def forget_contact(self, contact_id: int) -> None:
        """Drop what was rendered of rows that show a contact: its applied tags and opportunities."""
        for row_id in self.tags_of.get(contact_id, ()):
            self.applied_tags.forget(row_id)
        for row_id in self.opportunities_of.get(contact_id, ()):
            self.opportunities.forget(row_id)

    def put_opportunity(self, row: Opportunity) -> Opportunity:
        """Add or replace an opportunity."""
        old = self.opportunities.get(row.id)
        if old is not None and old.contact_id != row.contact_id:
            self.opportunities_of[old.contact_id].remove(row.id)
        if old is None or old.contact_id != row.contact_id:
            self.opportunities_of[row.contact_id].append(row.id)
        return self.opportunities.put(row)


def copied(index: dict[int, list[int]]) -> dict[int, list[int]]:
    """An index with lists of its own."""
    return defaultdict(list, {owner: list(ids) for owner, ids in index.items()})
