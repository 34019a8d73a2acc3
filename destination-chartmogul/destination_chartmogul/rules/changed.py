"""A contact's record with what rules set, in Keap's own form, so that it is checked like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_chartmogul.mapping.addresses import billing_address
from destination_chartmogul.mapping.context import Record

_PLACES = {"country": "country_code", "state": "region_code", "city": "locality", "zip": "postal_code"}
_OLD_PLACES = {"country": "country", "state": "region", "zip": "zip_code"}


def changed_contact(contact: Record, sets: Mapping[str, Any]) -> Record:
    """The record with the texts of `sets`; dates are set on the customer itself."""
    if not sets:
        return contact
    changed = dict(contact)
    texts = {name: "" if value is None else str(value) for name, value in sets.items()}
    if "name" in texts:
        changed |= {"given_name": texts["name"], "family_name": ""}
    if "company" in texts:
        changed["company"] = {**(contact.get("company") or {}), "company_name": texts["company"]}
    if "email" in texts:
        changed["email_addresses"] = [{"field": "EMAIL1", "email": texts["email"]}]
    places = {name: texts[name] for name in _PLACES if name in texts}
    if places:
        changed["addresses"] = [_address(contact, places)]
    return changed


def _address(contact: Record, places: Mapping[str, str]) -> dict[str, Any]:
    address = {**billing_address(contact), "field": "BILLING"}
    for name, value in places.items():
        address.pop(_OLD_PLACES.get(name, ""), None)
        address[_PLACES[name]] = value
    return address
