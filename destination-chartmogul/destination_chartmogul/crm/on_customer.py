"""Tags, custom attributes and owner: what stands on the customer itself, for the names that the user gave.

Sources: https://dev.chartmogul.com/docs/adding-custom-attributes-to-customers (types, keys) and Keap's
description of `CustomFieldMetaData` (field types).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from destination_chartmogul.crm.choices import AUTO, CrmChoices
from destination_chartmogul.crm.contacts import odd_address
from destination_chartmogul.crm.wanted import Attribute, OnCustomer, View
from destination_chartmogul.mapping.context import Bundle, Record, Reference
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import parse_instant
from destination_chartmogul.mapping.text import cut, line_of
from destination_chartmogul.wire import iso

_TEXTS = (
    "DRILLDOWN DROPDOWN EMAIL LIST_BOX NAME PHONE_NUMBER RADIO SOCIAL_SECURITY_NUMBER STATE TEXT TEXT_AREA "
    "USER USER_LIST_BOX WEBSITE"
)
TYPES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(_TEXTS.split(), "String"),
        **dict.fromkeys(("WHOLE_NUMBER", "YEAR", "MONTH", "DAY_OF_WEEK"), "Integer"),
        **dict.fromkeys(("CURRENCY", "DECIMAL_NUMBER", "PERCENT"), "Decimal"),
        **dict.fromkeys(("DATE", "DATE_TIME"), "Timestamp"),
        "YES_NO": "Boolean",
    }
)
MOST = 2**63 - 1
FLAGS = MappingProxyType({"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False})


def tag_names(choices: CrmChoices, reference: Reference) -> dict[str, str]:
    """Tag id → name, of the tags that the user named, themselves or by their category."""
    names = {str(row.get("id")): line_of(row.get("name")) for row in reference.tag_categories.values()}
    wanted = {name.casefold() for name in choices.tags}
    categories = {name.casefold() for name in choices.tag_categories}
    found = {}
    for key, tag in reference.tags.items():
        held = tag.get("category")
        category = names.get(str(held.get("id")), "") if isinstance(held, Mapping) else ""
        name = line_of(tag.get("name"))
        if name and (name.casefold() in wanted or (category and category.casefold() in categories)):
            found[key] = cut(name)
    return found


def fields_of(choices: CrmChoices, reference: Reference) -> dict[str, Record]:
    """Attribute → custom field of contacts: by id or field name, else by a label that only one field has."""
    rows = [row for row in reference.custom_fields.values() if row.get("record_kind") == "contacts"]
    found = {}
    for choice in choices.attributes:
        for names in (("id", "field_name"), ("label",)):
            fits = [r for r in rows if choice.keap_field in {line_of(r.get(n)).casefold() for n in names}]
            if len(fits) == 1:
                found[choice.attribute] = fits[0]
            if fits:
                break
    return found


def unknown_names(choices: CrmChoices, view: View) -> Iterator[str]:
    """Sentences about names in the configuration that this run's Keap account does not have."""
    tags = {line_of(tag.get("name")).casefold() for tag in view.context.reference.tags.values()}
    if "tags" in choices.streams:
        for name in sorted(name for name in choices.tags if name.casefold() not in tags):
            yield f"crm.tags has {name!r}, which is no tag in Keap."
    if "custom_fields" in choices.streams:
        for choice in choices.attributes:
            if choice.attribute not in view.fields:
                yield (
                    f"crm.custom_fields has {choice.keap_field!r}, which is no custom field of contacts in "
                    "Keap, or the label of several; its attribute is left alone."
                )


def on_customer(bundle: Bundle, view: View, log: MappingLog) -> OnCustomer:
    """What the contact's record, and its applied tags, say."""
    contact, choices = bundle.contact, view.choices
    ids, known = _tag_ids(bundle, choices)
    managed = frozenset({*view.tag_names.values(), *choices.tags}) if view.tag_names or choices.tags else None
    tags = frozenset(view.tag_names[key] for key in ids if key in view.tag_names)
    return OnCustomer(
        _owner(contact, view, log) if contact and choices.owner else None,
        tags,
        managed or frozenset(),
        known and all(key in view.context.reference.tags for key in ids),
        tuple(_attributes(contact, view, log)) if contact else (),
        _address(contact, view) if contact and choices.address_attribute else None,
    )


def _address(contact: Record, view: View) -> Attribute:
    """An address that is none is kept where it can be seen; the customer has no e-mail address then."""
    said = odd_address(contact) or None
    return Attribute(view.choices.address_attribute, "String", said, "email_addresses")


def _tag_ids(bundle: Bundle, choices: CrmChoices) -> tuple[set[str], bool]:
    """→ (ids of the contact's tags, whether these are all of them)."""
    said = (bundle.contact or {}).get("tag_ids")
    applied = set(bundle.applied_tags)
    if isinstance(said, list):
        return {str(each) for each in said} | applied, True
    return applied, "applied_tags" in choices.whole


def _owner(contact: Record, view: View, log: MappingLog) -> str | None:
    try:
        return view.people.email(contact.get("owner_id"))
    except UnwritableError as error:
        log.reject("contacts", str(contact["id"]), error.rule, f"owner_id: {error.message}", "owner_id")
        return None


def _attributes(contact: Record, view: View, log: MappingLog) -> Iterator[Attribute]:
    said = contact.get("custom_fields")
    if not isinstance(said, list):
        return
    values = {str(row.get("id")): row.get("content") for row in said if isinstance(row, Mapping)}
    for choice in view.choices.attributes:
        field = view.fields.get(choice.attribute)
        if field is None:
            continue
        name = f"custom_fields.{line_of(field.get('field_name') or field.get('id'))}"
        try:
            kind = _type(choice.type, field)
            yield Attribute(choice.attribute, kind, _value(values.get(str(field["id"])), kind, view), name)
        except UnwritableError as error:
            log.reject("contacts", str(contact["id"]), error.rule, f"{name}: {error.message}", name)


def _type(choice: str, field: Record) -> str:
    if choice != AUTO:
        return choice
    kind = TYPES.get(str(field.get("field_type")))
    if kind is None:
        raise UnwritableError(
            "unknown_field_type", "the type is not in Keap's description; give one in crm.custom_fields"
        )
    return kind


def _value(content: Any, kind: str, view: View) -> Any:
    """The value as ChartMogul takes it; None for an empty field. Raises UnwritableError."""
    if content in (None, "", []):
        return None
    try:
        return _READ[kind](content, view)
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise UnwritableError("bad_attribute", f"the value is no {kind}") from error


def _text(content: Any, view: View) -> str:
    del view
    return cut(line_of(", ".join(map(str, content)) if isinstance(content, list) else content))


def _whole(content: Any, view: View) -> int:
    number = _decimal(content, view)
    if number != number.to_integral_value():
        raise ValueError("not whole")
    return int(number)


def _decimal(content: Any, view: View) -> Decimal:
    del view
    number = Decimal(str(content).strip())
    if not number.is_finite() or abs(number) > MOST:
        raise ValueError("not a number that ChartMogul takes")
    return number


def _flag(content: Any, view: View) -> bool:
    del view
    return FLAGS[str(content).strip().casefold()]


def _moment(content: Any, view: View) -> str:
    """A date is the midnight of the account's zone at which it begins."""
    return iso(parse_instant(str(content), view.context.zone))


_READ: Mapping[str, Callable[[Any, View], Any]] = {
    "String": _text,
    "Integer": _whole,
    "Decimal": lambda content, view: float(_decimal(content, view)),
    "Boolean": _flag,
    "Timestamp": _moment,
}
