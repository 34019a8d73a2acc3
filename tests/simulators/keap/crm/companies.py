"""`GET /v2/companies`: sparse unless `fields` asks for more."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.custom_fields import custom_filters, values_view
from tests.simulators.keap.crm.rows import Company
from tests.simulators.keap.filters import ORDERED, number, since, text, until
from tests.simulators.keap.resource import FieldsRule, Resource
from tests.simulators.keap.views import address_view
from tests.simulators.keap.wording import Json, Wording

HIDDEN = frozenset(
    (
        "notes",
        "fax_number",
        "address",
        "email_address",
        "phone_number",
        "update_time",
        "create_time",
        "custom_fields",
    )
)
USUAL = frozenset(("id", "company_name", "website", "groups", "owner_id", "created_by", "last_updated_by"))


def company_view(account: Account, company: Company, say: Wording) -> Json:
    """A Company with every attribute that the account knows."""
    return say.known(
        {
            "id": str(company.id),
            "company_name": company.name,
            "website": company.website,
            "groups": ",".join(account.crm.tag_ids(company.id)),
            "owner_id": str(company.owner_id),
            "created_by": str(company.owner_id),
            "last_updated_by": str(company.owner_id),
            "address": address_view(company.address, say) if company.address else None,
            "email_address": {"email": company.email, "field": "EMAIL1"} if company.email else None,
            "phone_number": phone_view(company.phone, "PHONE1"),
            "fax_number": phone_view(company.fax, "FAX1"),
            "notes": company.notes,
            "custom_fields": values_view(account, "company", company.id, say),
            "create_time": say.time(company.create_time),
            "update_time": say.time(company.update_time),
        }
    )


def phone_view(number_: str, slot: str) -> Json | None:
    """A PhoneNumber or FaxNumber."""
    return {"number": number_, "field": slot, "type": "Work"} if number_ else None


def sparse_view(account: Account, company: Company, say: Wording) -> Json:
    """A company inside another answer: what a list shows when nothing is asked for."""
    return (
        FieldsRule(HIDDEN | USUAL, HIDDEN, adds=True)
        .shown(frozenset())
        .of(company_view(account, company, say))
    )


def locality(company: Company) -> str:
    return company.address.locality if company.address else ""


def region(company: Company) -> str:
    return company.address.region if company.address else ""


COMPANIES = Resource[Company](
    key="companies",
    noun="Company",
    table=lambda account: account.crm.companies,
    view=company_view,
    id_field="company_id",
    filters={
        "company_id": number(lambda row: row.id, ORDERED),
        "company_name": text(lambda row: row.name),
        "name": text(lambda row: row.name, wildcard=True),
        "email": text(lambda row: row.email),
        "city": text(locality, wildcard=True),
        "state": text(region, wildcard=True),
        "since_time": since(lambda row, _: row.update_time),
        "until_time": until(lambda row, _: row.update_time),
    },
    orders={
        "id": lambda row: row.id,
        "create_time": lambda row: row.create_time,
        "name": lambda row: row.name.casefold(),
        "email": lambda row: row.email.casefold(),
    },
    fields=lambda switches: FieldsRule(
        HIDDEN | USUAL, HIDDEN, adds=switches.text("company_fields") == "added"
    ),
    custom_filter=custom_filters("company"),
)
