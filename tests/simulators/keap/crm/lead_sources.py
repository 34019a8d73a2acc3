"""Lead sources and their categories."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.conditions import at, positive_id
from tests.simulators.keap.crm.rows import LeadSource, LeadSourceCategory
from tests.simulators.keap.filters import ALL, choice, number, text
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.rows import Contact
from tests.simulators.keap.wording import Json, Wording

STATUSES = ("ACTIVE", "INACTIVE")
NEVER = datetime.min.replace(tzinfo=UTC)


def lead_source_view(_: Account, row: LeadSource, say: Wording) -> Json:
    """A LeadSource."""
    return say.known(
        {
            "id": str(row.id),
            "name": row.name,
            "description": row.description,
            "vendor": row.vendor,
            "medium": row.medium,
            "message": row.message,
            "status": row.status,
            "lead_source_category_id": str(row.category_id) if row.category_id else None,
            "start_time": say.time(row.start_time) if row.start_time else None,
            "end_time": say.time(row.end_time) if row.end_time else None,
            "create_time": say.time(row.create_time),
            "update_time": say.time(row.update_time),
        }
    )


def category_view(_: Account, row: LeadSourceCategory, say: Wording) -> Json:
    """A LeadSourceCategory."""
    return say.known(
        {
            "id": str(row.id),
            "name": row.name,
            "description": row.description,
            "create_time": say.time(row.create_time),
            "update_time": say.time(row.update_time),
        }
    )


def lead_source_name(account: Account, contact: Contact) -> str:
    """The name of where a contact came from; "" when that is not known."""
    source = account.crm.lead_sources.get(contact.lead_source_id)
    return source.name if source else ""


LEAD_SOURCES = Resource[LeadSource](
    key="lead_sources",
    noun="Lead Source",
    table=lambda account: account.crm.lead_sources,
    view=lead_source_view,
    id_field="id",
    filters={
        "id": positive_id(lambda row: row.id, ALL),
        "name": text(lambda row: row.name, wildcard=True),
        "status": choice(lambda row: row.status, STATUSES),
        "lead_source_category_id": number(lambda row: row.category_id),
        "vendor": text(lambda row: row.vendor, wildcard=True),
        "medium": text(lambda row: row.medium, wildcard=True),
        "message": text(lambda row: row.message, wildcard=True),
        "description": text(lambda row: row.description, wildcard=True),
        "start_time": at(lambda row: row.start_time),
        "end_time": at(lambda row: row.end_time),
    },
    orders={
        "name": lambda row: row.name.casefold(),
        "status": lambda row: row.status,
        "vendor": lambda row: row.vendor.casefold(),
        "medium": lambda row: row.medium.casefold(),
        "start_time": lambda row: row.start_time or NEVER,
        "end_time": lambda row: row.end_time or NEVER,
        "create_time": lambda row: row.create_time,
        "update_time": lambda row: row.update_time,
    },
)

LEAD_SOURCE_CATEGORIES = Resource[LeadSourceCategory](
    key="lead_source_categories",
    noun="Lead Source Category",
    table=lambda account: account.crm.lead_source_categories,
    view=category_view,
    id_field="",
    filters={
        "name": text(lambda row: row.name, wildcard=True),
        "description": text(lambda row: row.description, wildcard=True),
    },
    orders={"name": lambda row: row.name.casefold()},
)
