"""People in Keap → contacts of a ChartMogul customer: the customer's own person, and others of the company.

Source: https://dev.chartmogul.com/reference/contacts. Contacts have an external id, which is Keap's contact
id; an e-mail address identifies nobody there. What is empty in Keap never clears what ChartMogul has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from destination_chartmogul.crm.kinds import Json, Kind, other, other_address
from destination_chartmogul.crm.wanted import Scope, View, Wanted
from destination_chartmogul.mapping.addresses import email_of, filled
from destination_chartmogul.mapping.context import Bundle, Record
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.text import cut, is_email, line_of

SAME = ("first_name", "last_name", "title", "phone")
KIND = Kind(
    "contact",
    "/contacts",
    "contacts",
    "uuid",
    {
        **{name: other(name) for name in SAME},
        "email": other_address("email"),
        "external_id": other("external_id"),
    },
    by_source=True,
)


def identity(held: Json, scope: Scope) -> str | None:
    """The Keap contact that an object is of."""
    own = held.get("data_source_uuid") == scope.uuid and held.get("external_id")
    return str(held["external_id"]) if own else None


def is_same_person(held: Json, wanted: Wanted) -> bool:
    """A contact without external id that is this person beyond doubt: ChartMogul made it from the customer's
    address alone, or every field is the same. Anything else may be somebody's own work.
    """
    if held.get("external_id") or held.get("customer_uuid") is None:
        return False
    said = {name: held.get(name) for name in (*SAME, "email") if held.get(name)}
    if not said or any(KIND.differs[name](held, wanted.body.get(name)) for name in said):
        return False
    told = {name for name in wanted.body if name != "external_id"}
    return set(said) == {"email"} or told <= set(said)


def wanted(bundle: Bundle, colleagues: Iterable[Record], view: View, log: MappingLog) -> Iterator[Wanted]:
    """The person that the customer is, and the others of the company."""
    people = [*([bundle.contact] if bundle.contact else []), *colleagues]
    for person in people if view.choices.contacts != "off" else ():
        key = str(person["id"])
        made = log.attempt("contacts", key, partial(_person, key, person, view))
        if made:
            yield made


def _person(key: str, person: Record, view: View) -> Wanted:
    said = {
        "first_name": cut(line_of(person.get("given_name"))),
        "last_name": cut(line_of(person.get("family_name"))),
        "title": cut(line_of(person.get("job_title"))),
        "email": _email(person),
        "phone": _phone(person),
    }
    body = {"external_id": key, **{name: text for name, text in said.items() if text}}
    birth = {"data_source_uuid": view.scope.uuid}
    return Wanted(KIND.name, "contacts", key, body, birth, ("email", "phone"))


def _email(person: Record) -> str:
    text = email_of(person)
    return text if is_email(text) else ""  # the customer's own reject tells of it


def odd_address(person: Record) -> str:
    """The address that ChartMogul would not take as one; empty when there is none, or it is fine."""
    text = email_of(person)
    return "" if is_email(text) else cut(text)


def _phone(person: Record) -> str:
    row = next(iter(filled(person.get("phone_numbers"), "number")), {})
    extension = line_of(row.get("extension"))
    return cut(line_of(row.get("number")) + (f" ext. {extension}" if extension else ""))
