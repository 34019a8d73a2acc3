"""Keap contact → ChartMogul customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from destination_chartmogul.mapping.addresses import billing_address, email_of
from destination_chartmogul.mapping.context import Context, Record
from destination_chartmogul.mapping.geography import WITH_STATES, country_of, state_of
from destination_chartmogul.mapping.objects import Customer
from destination_chartmogul.mapping.outcome import Notice, Reject
from destination_chartmogul.mapping.text import cut, is_email, line_of, notices_of


@dataclass(frozen=True)
class MappedContact:
    """A customer; `rejects` are fields that it was written without."""

    customer: Customer
    notices: tuple[Notice, ...] = ()
    rejects: tuple[Reject, ...] = ()


def map_contact(
    contact: Record, ctx: Context, lead: datetime | None, trial: datetime | None = None
) -> MappedContact:
    """A contact record, with the days on which it became a lead and its free trial began, if any."""
    key = str(contact["id"])
    email, bad_email = _email(contact)
    address = billing_address(contact)
    company = _text((contact.get("company") or {}).get("company_name"))
    country = _country(address)
    customer = Customer(
        external_id=key,
        name=_shown_name(contact, company, ctx) or fallback_name(key),
        email=email,
        company=company,
        country=country,
        state=_state(address) if country == WITH_STATES else None,
        city=_text(address.get("locality")),
        zip=_text(address.get("postal_code") or address.get("zip_code")),
        address_known=bool(address),
        lead_created_at=lead,
        free_trial_started_at=trial,
    )
    notices = tuple(Notice(rule, "contacts", key) for rule in notices_of(_texts(contact, address)))
    return MappedContact(customer, notices, tuple(_fields_without(customer, address, bad_email)))


def _fields_without(customer: Customer, address: Record, bad_email: bool) -> Iterator[Reject]:
    """The fields that ChartMogul could not take. Values stay out of the message: it is logged."""
    odd = {
        ("email_addresses", "invalid_email"): bad_email,
        ("addresses.country", "unknown_country"): bool(_countries(address)) and customer.country is None,
        ("addresses.region", "unknown_state"): customer.country == WITH_STATES
        and bool(_regions(address))
        and customer.state is None,
    }
    for (field, rule), applies in odd.items():
        if applies:
            yield Reject("contacts", customer.external_id, rule, _SAID[rule], field)


def email_reject(contact_id: str) -> Reject:
    """The e-mail address of a contact is none."""
    return Reject("contacts", contact_id, "invalid_email", _SAID["invalid_email"], "email_addresses")


_SAID = {
    "invalid_email": "the e-mail address is not one; the customer is written without it",
    "unknown_country": "the country is no name or code of ISO 3166-1; the customer is written without it",
    "unknown_state": "the region is no part of the United States in ISO 3166-2; it is left out",
}


def _shown_name(contact: Record, company: str | None, ctx: Context) -> str | None:
    person = _name(contact)
    return (company or person) if ctx.policy.customer_name == "company" else (person or company)


def _texts(contact: Record, address: Record) -> list[str]:
    """What is sent to ChartMogul as text, as Keap has it; given and family name are one text there."""
    name = " ".join(str(contact.get(field) or "") for field in ("given_name", "family_name"))
    company = (contact.get("company") or {}).get("company_name")
    places = [address.get(field) for field in ("locality", "postal_code", "zip_code")]
    return [name, *(str(text) for text in (company, *places) if text)]


def customer_of_others(
    contact_id: str, embedded: Record, lead: datetime | None, trial: datetime | None
) -> Customer:
    """What an order or opportunity says of its contact, for a contact that is not in this run."""
    email, _ = _email({"email_addresses": [embedded]})
    company = _text(embedded.get("company_name"))
    name = _name(embedded) or company or fallback_name(contact_id)
    return Customer(contact_id, name, email, company, lead_created_at=lead, free_trial_started_at=trial)


def fallback_name(contact_id: str) -> str:
    """Never an e-mail address: names are shown everywhere."""
    return f"Keap contact {contact_id}"


def _name(contact: Record) -> str | None:
    """Of a contact or order; opportunities call the names otherwise."""
    parts = (
        contact.get("given_name") or contact.get("first_name"),
        contact.get("family_name") or contact.get("last_name"),
    )
    return _text(" ".join(str(part) for part in parts if part))


def _text(value: object) -> str | None:
    return cut(line_of(value)) or None


def _email(contact: Record) -> tuple[str | None, bool]:
    """→ (address, whether one was there that is none)."""
    first = email_of(contact)
    return (first, False) if is_email(first) else (None, bool(first))


def _countries(address: Mapping[str, Any]) -> list[str]:
    """What the address says of its country, the code before the name."""
    return [text for name in ("country_code", "country") if (text := line_of(address.get(name)))]


def _country(address: Mapping[str, Any]) -> str | None:
    return next((code for text in _countries(address) if (code := country_of(text))), None)


def _regions(address: Mapping[str, Any]) -> list[str]:
    return [text for name in ("region_code", "region") if (text := line_of(address.get(name)))]


def _state(address: Mapping[str, Any]) -> str | None:
    return next((code for text in _regions(address) if (code := state_of(text))), None)
