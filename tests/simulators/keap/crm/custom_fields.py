"""Custom fields: which kinds of record have them, their values in a row, their filters, and `/model`.

`GET /{kind}/model` answers an ObjectModel; filters name a field by its `field_name`, without regard to case,
and a field of the API itself goes first (vendor's descriptions of the parameter `filter`, REST v2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.content import FIELD_TYPES, as_words
from tests.simulators.keap.crm.rows import Content, CustomField
from tests.simulators.keap.filters import Bounds, FilterField, Test
from tests.simulators.keap.rows import Row
from tests.simulators.keap.table import Table
from tests.simulators.keap.wording import Json, Wording


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record with custom fields: its name in the vendor's enum, its rows, its time of change."""

    record_type: str
    table: Callable[[Account], Table[Any]]
    stamp: str = "update_time"


KINDS = {
    "contact": Kind("CONTACT", lambda account: account.contacts),
    "company": Kind("COMPANY", lambda account: account.crm.companies),
    "order": Kind("ORDER", lambda account: account.orders, "modification_time"),
    "subscription": Kind("SUBSCRIPTION", lambda account: account.subscriptions, "modification_time"),
    "opportunity": Kind("OPPORTUNITY", lambda account: account.crm.opportunities),
    "affiliate": Kind("REFERRAL_PARTNER", lambda account: account.crm.affiliates, ""),
    "note": Kind("TASK_NOTE_APPOINTMENT", lambda account: account.crm.notes),
    "task": Kind("TASK_NOTE_APPOINTMENT", lambda account: account.crm.tasks),
}
SHARED = {"task": "note"}
"""Tasks have the custom fields of notes: Keap keeps both, and appointments, in one table."""


def fields_of(account: Account, kind: str) -> list[CustomField]:
    """The custom fields of a kind of record, by id."""
    record = SHARED.get(kind, kind)
    return [field for field in account.crm.custom_fields if field.record == record]


def values_view(account: Account, kind: str, row_id: int, say: Wording) -> list[Json]:
    """The `custom_fields` of a row; fields without a value have null, or are left out."""
    values = account.crm.values.get((kind, row_id), {})
    return [
        {"id": str(field.id), "content": content_view(values[field.id], field, say)}
        if field.id in values
        else {"id": str(field.id), "content": None}
        for field in fields_of(account, kind)
        if field.id in values or say.unset_custom_fields == "null"
    ]


def content_view(value: Content, field: CustomField, say: Wording) -> Any:
    """One value on the wire."""
    if isinstance(value, datetime):
        return say.time(value)
    if isinstance(value, date):
        return value.isoformat() if say.custom_dates == "date" else f"{value.isoformat()}T00:00:00.000Z"
    return as_words(value) if say.custom_content == "text" else FIELD_TYPES[field.field_type].typed(value)


def custom_filter(field: CustomField, kind: str) -> FilterField[Any]:
    """The filter on one custom field: rows without a value never match."""

    def compile_(sign: str, wanted: str, bounds: Bounds) -> Test[Any]:
        test, values = FIELD_TYPES[field.field_type].test(sign, wanted), bounds.account.crm.values

        def passes(row: Row) -> bool:
            held = values.get((kind, row.id), {})
            return field.id in held and test(held[field.id])

        return passes

    return FilterField(FIELD_TYPES[field.field_type].operators, compile_)


def custom_filters(kind: str) -> Callable[[Account, str], FilterField[Any] | None]:
    """Finds the filter field of a custom field of a kind of record by its name."""

    def find(account: Account, name: str) -> FilterField[Any] | None:
        fields = {field.field_name.casefold(): field for field in fields_of(account, kind)}
        field = fields.get(name.casefold())
        return custom_filter(field, kind) if field else None

    return find


def model_view(account: Account, kind: str, optional: Iterable[str]) -> Json:
    """An ObjectModel: the custom fields of a kind of record, and what `fields` can ask for."""
    return {
        "custom_fields": [field_view(field, KINDS[kind].record_type) for field in fields_of(account, kind)],
        "optional_properties": sorted(optional),
    }


def field_view(field: CustomField, record_type: str) -> Json:
    """A CustomFieldMetaData."""
    return {
        "id": str(field.id),
        "label": field.label,
        "options": [{"id": str(place), "label": label} for place, label in enumerate(field.options, start=1)],
        "record_type": record_type,
        "field_type": field.field_type,
        "default_value": field.default_value,
        "group_id": str(field.group_id),
        "group_name": field.group_name,
        "field_name": field.field_name,
    }
