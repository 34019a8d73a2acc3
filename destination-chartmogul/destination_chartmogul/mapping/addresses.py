"""Which of a contact's e-mail addresses, telephone numbers and postal addresses counts."""

from __future__ import annotations

from destination_chartmogul.mapping.context import Record
from destination_chartmogul.mapping.text import line_of

_SAYS_WHERE = ("country_code", "country", "locality", "postal_code")


def filled(rows: object, name: str) -> list[Record]:
    """Those in which a field is filled, by Keap's slots: EMAIL1, EMAIL2 ..."""
    found = [row for row in (rows if isinstance(rows, list) else []) if row.get(name)]
    return sorted(found, key=lambda row: str(row.get("field") or "~"))


def email_of(contact: Record) -> str:
    """The first address, whether it is one or not; empty for none."""
    return line_of(next((row["email"] for row in filled(contact.get("email_addresses"), "email")), None))


def billing_address(contact: Record) -> Record:
    """The billing address, else the first that says where."""
    listed = contact.get("addresses") or []
    where = [address for address in listed if any(address.get(name) for name in _SAYS_WHERE)]
    billing = (address for address in where if address.get("field") == "BILLING")
    return next(billing, next(iter(where), {}))
