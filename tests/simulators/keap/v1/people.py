"""What REST v1 shows of contacts: a short form in the list, a longer one alone."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.custom_fields import values_view
from tests.simulators.keap.rows import Address, Contact
from tests.simulators.keap.v1.wording import time
from tests.simulators.keap.wording import Json, Wording

OPTIONAL = frozenset(
    (
        "custom_fields",
        "job_title",
        "lead_source_id",
        "spouse_name",
        "time_zone",
        "website",
        "preferred_locale",
    )
)
"""Shown only when `optional_properties` asks for them; the vendor names three of them as examples."""


def partial_contact(account: Account, row: Contact, say: Wording) -> Json:
    """A RestPartialContact, as in the list."""
    return say.known(
        {
            "id": row.id,
            "given_name": row.given_name,
            "family_name": row.family_name,
            "email_addresses": [{"email": row.email, "field": "EMAIL1"}] if row.email else [],
            "email_status": status(row),
            "email_opted_in": status(row) == "SingleOptIn",
            "phone_numbers": phones(row),
            "addresses": [address(row.address, say)] if row.address else [],
            "company": company(row, say),
            "owner_id": row.owner_id,
            "ScoreValue": "0",
            "lead_source_id": row.lead_source_id,
            "custom_fields": custom_fields(account, row.id, say),
            "date_created": time(row.create_time),
            "last_updated": time(row.update_time),
        }
    )


def full_contact(account: Account, row: Contact, say: Wording) -> Json:
    """A FullContact, as when it is asked for by id."""
    also = {
        "contact_type": "Customer",
        "source_type": "WEBFORM",
        "tag_ids": [int(each) for each in account.crm.tag_ids(row.id)],
        "relationships": [],
    }
    return {**partial_contact(account, row, say), **also}


def status(row: Contact) -> str:
    """Keap keeps addresses that are none, and calls them invalid."""
    if not row.email:
        return "NonMarketable"
    return "Invalid" if " " in row.email else "SingleOptIn"


def phones(row: Contact) -> list[Json]:
    """The phone number, if there is one."""
    return [{"number": row.phone, "field": "PHONE1", "type": "Work"}] if row.phone else []


def address(row: Address, say: Wording) -> Json:
    """The billing address."""
    return say.known(
        {
            "field": "BILLING",
            "line1": row.line1,
            "locality": row.locality,
            "region": row.region,
            "country_code": row.country_code,
            "zip_code": row.zip_code,
            "postal_code": row.postal_code,
        }
    )


def company(row: Contact, say: Wording) -> Json | None:
    """A BasicCompany."""
    shown = {"id": row.company_id or None, "company_name": row.company}
    return say.known(shown) if row.company else None


def custom_fields(account: Account, contact_id: int, say: Wording) -> list[Json]:
    """Values of custom fields, with ids as numbers."""
    values = values_view(account, "contact", contact_id, say)
    return [{**each, "id": int(each["id"])} for each in values]
