"""What happens to companies, tags, notes, tasks and opportunities when contacts change, merge or go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.rows import Company
from tests.simulators.keap.crm.store import owned
from tests.simulators.keap.rows import Contact
from tests.simulators.keap.table import Table

COMPANY_ID_STEP = 900_000
"""A company that contact 1001 names first is 901001: companies are contacts inside Keap."""


def company_of(account: Account, contact: Contact, now: datetime) -> int:
    """The id of the contact's company, which is made when the account knows none of that name; 0 without."""
    companies = account.crm.companies
    if not contact.company:
        return 0
    held = companies.get(contact.company_id)
    if held is not None and held.name == contact.company:
        return held.id
    named = next((row.id for row in companies if row.name == contact.company), 0)
    if named:
        return named
    company_id = COMPANY_ID_STEP + contact.id
    if companies.get(company_id) is not None:
        company_id = companies.new_id()
    return companies.put(Company(company_id, contact.company, create_time=now, update_time=now)).id


def records_of(account: Account) -> tuple[Table[Any], ...]:
    """The tables whose rows belong to a contact by `contact_id`."""
    return (account.crm.notes, account.crm.tasks, account.crm.opportunities)


def move_relations(account: Account, loser_id: int, winner_id: int) -> None:
    """The winner of a merge gets notes, tasks, opportunities, and the tags that it did not have.

    Custom fields stay the winner's, those of the loser are gone.
    """
    account.crm.values.pop(("contact", loser_id), None)
    for table in records_of(account):
        for row in owned(table, "contact_id", loser_id):
            table.put(replace(row, contact_id=winner_id))
    tags = account.crm.contact_tags
    known = {row.tag_id for row in owned(tags, "target_id", winner_id)}
    for applied in owned(tags, "target_id", loser_id):
        if applied.tag_id in known:
            tags.remove(applied.id)
        else:
            tags.put(replace(applied, target_id=winner_id))


def forget_contact(account: Account, contact_id: int, *, keep_records: bool) -> None:
    """A deleted contact has no tags; its notes, tasks and opportunities go too, or stay."""
    account.crm.values.pop(("contact", contact_id), None)
    for applied in owned(account.crm.contact_tags, "target_id", contact_id):
        account.crm.contact_tags.remove(applied.id)
    for table in records_of(account):
        for row in owned(table, "contact_id", contact_id):
            if keep_records:
                table.forget(row.id)
            else:
                table.remove(row.id)
