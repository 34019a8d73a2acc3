"""Keap contact → ChartMogul customer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from destination_chartmogul.mapping.context import Context, Record
from destination_chartmogul.mapping.countries import ALPHA2_BY_ALPHA3
from destination_chartmogul.mapping.objects import Customer
from destination_chartmogul.mapping.outcome import Notice, UnwritableError
from destination_chartmogul.mapping.periods import parse_instant
from destination_chartmogul.mapping.text import MAX_TEXT, cut, line_of, notices_of
from destination_chartmogul.mapping.vocabulary import US_STATES

_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\".]+(\.[^@\s,;<>()\".]+)+")
_ALPHA2 = frozenset(ALPHA2_BY_ALPHA3.values())


def map_contact(contact: Record, ctx: Context, trial: datetime | None) -> tuple[Customer, list[Notice]]:
    """A contact record, with the start of its free trial when orders show one."""
    key = str(contact["id"])
    email, bad_email = _email(contact.get("email_addresses") or [])
    address = _address(contact.get("addresses") or [])
    company = _text((contact.get("company") or {}).get("company_name"))
    customer = Customer(
        external_id=key,
        name=_name(contact) or company or fallback_name(key),
        email=email,
        company=company,
        country=_country(address),
        state=_state(address),
        city=_text(address.get("locality")),
        zip=_text(address.get("postal_code") or address.get("zip_code")),
        address_known=bool(address),
        lead_created_at=_past(contact.get("create_time"), ctx),
        free_trial_started_at=trial,
    )
    said = {
        "invalid_email": bad_email,
        "unknown_country": bool(_country_text(address)) and customer.country is None,
        "lead_date_left_out": bool(contact.get("create_time")) and customer.lead_created_at is None,
    }
    rules = [rule for rule, applies in said.items() if applies] + notices_of(_texts(contact, address))
    return customer, [Notice(rule, "contacts", key) for rule in rules]


def _texts(contact: Record, address: Record) -> list[str]:
    """What is sent to ChartMogul as text, as Keap has it; given and family name are one text there."""
    name = " ".join(str(contact.get(field) or "") for field in ("given_name", "family_name"))
    company = (contact.get("company") or {}).get("company_name")
    places = [address.get(field) for field in ("locality", "postal_code", "zip_code")]
    return [name, *(str(text) for text in (company, *places) if text)]


def customer_from_order(contact_id: str, order_contact: Record, trial: datetime | None) -> Customer:
    """What an order says of its contact, for a contact that is not in this run."""
    email, _ = _email([{"field": "EMAIL1", "email": order_contact.get("email")}])
    name = _name(order_contact) or fallback_name(contact_id)
    return Customer(external_id=contact_id, name=name, email=email, free_trial_started_at=trial)


def fallback_name(contact_id: str) -> str:
    """Never an e-mail address: names are shown everywhere."""
    return f"Keap contact {contact_id}"


def _name(contact: Record) -> str | None:
    parts = (contact.get("given_name"), contact.get("family_name"))
    return _text(" ".join(str(part) for part in parts if part))


def _text(value: object) -> str | None:
    return cut(line_of(value)) or None


def _email(addresses: Sequence[Mapping[str, Any]]) -> tuple[str | None, bool]:
    """→ (address, whether one was there that is none). EMAIL1 first, then the others."""
    present = [a for a in addresses if a.get("email")]
    if not present:
        return None, False
    first = str(min(present, key=lambda a: str(a.get("field") or "~"))["email"]).strip()
    return (first, False) if _EMAIL.fullmatch(first) and len(first) <= MAX_TEXT else (None, True)


def _address(addresses: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The billing address, else the first that says something."""
    filled = [
        a for a in addresses if any(a.get(k) for k in ("country_code", "country", "locality", "postal_code"))
    ]
    billing = [a for a in filled if a.get("field") == "BILLING"]
    return next(iter(billing or filled), {})


def _country_text(address: Mapping[str, Any]) -> str:
    return str(address.get("country_code") or address.get("country") or "").strip().upper()


def _country(address: Mapping[str, Any]) -> str | None:
    code = _country_text(address)
    return ALPHA2_BY_ALPHA3.get(code) or (code if code in _ALPHA2 else None)


def _state(address: Mapping[str, Any]) -> str | None:
    """`US-XX` for the United States, nothing elsewhere."""
    if _country(address) != "US":
        return None
    text = str(address.get("region_code") or address.get("region") or "").strip()
    code = US_STATES.get(text.lower()) or text.upper().removeprefix("US-")
    return f"US-{code}" if code in US_STATES.values() else None


def _past(text: object, ctx: Context) -> datetime | None:
    """ChartMogul takes lead dates in the past only; an unreadable one is left out."""
    try:
        moment = parse_instant(str(text), ctx.zone) if text else None
    except UnwritableError:
        return None
    return moment if moment and moment <= ctx.now else None
