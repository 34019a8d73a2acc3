"""Opportunities: sales that may come about."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.simulators.http import Switches
from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.conditions import few_of, joined
from tests.simulators.keap.crm.custom_fields import custom_filters, values_view
from tests.simulators.keap.crm.lead_sources import lead_source_name
from tests.simulators.keap.crm.rows import Opportunity, Stage
from tests.simulators.keap.crm.users import named_view
from tests.simulators.keap.filters import ORDERED, amount, number, text
from tests.simulators.keap.resource import FieldsRule, Resource
from tests.simulators.keap.resources import cents
from tests.simulators.keap.rows import Contact
from tests.simulators.keap.wording import Json, Wording

OPTIONAL = frozenset(("custom_fields", "created_by", "last_updated_by", "status_id"))
LEGACY = frozenset(("monthly_revenue", "order_revenue", "objection", "status", "stage_entrance_time"))
NEVER = datetime.min.replace(tzinfo=UTC)
ACTIVE_STATUS = "1"


def opportunity_view(account: Account, row: Opportunity, say: Wording) -> Json:
    """A RestV2Opportunity with every attribute."""
    contact = account.contacts.get(row.contact_id)
    return say.known(
        {
            "id": str(row.id),
            "opportunity_title": row.title,
            "contact": contact_view(row.contact_id, contact, say),
            "stage": stage_view(account, row.stage_id, say),
            "user": named_view(account, row.user_id, say),
            "affiliate_id": str(row.affiliate_id),
            "lead_source": lead_source_name(account, contact) if contact else None,
            "include_in_forecast": row.include_in_forecast,
            "projected_revenue_low": say.major(row.revenue_low),
            "projected_revenue_high": say.major(row.revenue_high),
            "opportunity_notes": row.notes,
            "next_action_notes": row.next_action_notes,
            "next_action_time": time_view(row.next_action_time, say),
            "estimated_close_time": time_view(row.estimated_close_time, say),
            "created_time": say.time(row.create_time),
            "last_updated_time": say.time(row.update_time),
            **optional_view(account, row, say),
        }
    )


def optional_view(account: Account, row: Opportunity, say: Wording) -> Json:
    """The attributes that are served on request only."""
    return {
        "custom_fields": values_view(account, "opportunity", row.id, say),
        "created_by": str(row.created_by),
        "last_updated_by": str(row.updated_by),
        "status_id": ACTIVE_STATUS,
        "status": "Active",
        "monthly_revenue": say.major(row.monthly_revenue),
        "order_revenue": say.major(row.order_revenue),
        "objection": row.objection,
        "stage_entrance_time": say.time(row.stage_time),
    }


def time_view(time: datetime | None, say: Wording) -> str | None:
    return say.time(time) if time else None


def contact_view(contact_id: int, contact: Contact | None, say: Wording) -> Json:
    """An OpportunityContact; the bare id when the contact is gone."""
    if contact is None:
        return {"id": str(contact_id)}
    return say.known(
        {
            "id": str(contact.id),
            "email": contact.email,
            "first_name": contact.given_name,
            "last_name": contact.family_name,
            "company_name": contact.company,
            "phone_number": contact.phone,
            "city": contact.address.locality if contact.address else "",
            "state": contact.address.region if contact.address else "",
        }
    )


def stage_view(account: Account, stage_id: int, say: Wording) -> Json:
    """An OpportunityStage: the stage with its details under other names than in the list of stages."""
    stage: Stage = account.crm.stages[stage_id]
    checklist = [
        {"id": stage.id * 100 + place, "description": each, "required": False, "item_order": place}
        for place, each in enumerate(stage.checklist, start=1)
    ]
    details = {
        "probability": stage.probability,
        "stage_order": stage.order,
        "target_num_days": stage.target_days,
        "checklist_items": checklist,
    }
    return say.known({"id": str(stage.id), "name": stage.name, "details": details, "reasons": []})


def contact_name(account: Account, row: Opportunity) -> str:
    """What the order field contact_name sorts by."""
    contact = account.contacts.get(row.contact_id)
    return f"{contact.given_name} {contact.family_name}".casefold() if contact else ""


def of_contact(account: Account, row: Opportunity, attribute: str) -> str:
    """A text of the contact's, "" when the contact or its address is not there."""
    contact = account.contacts.get(row.contact_id)
    if contact is None:
        return ""
    holder = contact if hasattr(contact, attribute) else contact.address
    return str(getattr(holder, attribute)) if holder else ""


def source_name(account: Account, row: Opportunity) -> str:
    contact = account.contacts.get(row.contact_id)
    return lead_source_name(account, contact) if contact else ""


def fields_rule(switches: Switches) -> FieldsRule:
    """`fields` adds optional attributes; the legacy ones on accounts with legacy opportunities only."""
    legacy = LEGACY if switches.text("legacy_opportunities") == "on" else frozenset()
    return FieldsRule(OPTIONAL | legacy, OPTIONAL | LEGACY, adds=True)


OPPORTUNITIES = Resource[Opportunity](
    key="opportunities",
    noun="Opportunity",
    table=lambda account: account.crm.opportunities,
    view=opportunity_view,
    id_field="opportunity_id",
    filters={
        "opportunity_id": number(lambda row: row.id, ORDERED),
        "ids": few_of(lambda row: row.id),
        "stage_id": number(lambda row: row.stage_id),
        "user_id": number(lambda row: row.user_id),
        "contact_id": number(lambda row: row.contact_id, index="contact_id"),
        "opportunity_title": text(lambda row: row.title, wildcard=True),
        "lead_source_name": joined(source_name, wildcard=True),
        "affiliate_id": number(lambda row: row.affiliate_id),
        "contact_phone": joined(lambda account, row: of_contact(account, row, "phone"), wildcard=True),
        "contact_city": joined(lambda account, row: of_contact(account, row, "locality"), wildcard=True),
        "contact_state": joined(lambda account, row: of_contact(account, row, "region"), wildcard=True),
        "projected_revenue_high": amount(lambda row, _: cents(row.revenue_high), ORDERED),
        "projected_revenue_low": amount(lambda row, _: cents(row.revenue_low), ORDERED),
    },
    orders={
        "next_action_time": lambda row: row.next_action_time or NEVER,
        "opportunity_title": lambda row: row.title.casefold(),
        "created_time": lambda row: row.create_time,
        "update_time": lambda row: row.update_time,
    },
    orders_in={"contact_name": contact_name},
    fields=fields_rule,
    custom_filter=custom_filters("opportunity"),
    apart=(frozenset(("opportunity_id", "ids")),),
)
