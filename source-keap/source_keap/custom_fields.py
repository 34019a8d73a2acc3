"""Custom fields as columns of their own, under the names that the account gave them.

Keap's records name custom fields by id; `GET /{records}/model` says what they are called and of which type.
How a value is written is not documented: numbers, flags and lists may come as strings, dates with a time.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from source_keap.errors import ListMissing
from source_keap.pages import KeapList, Row

PREFIX = "custom_field_"
MARK = "x-keap-custom-field"
"""The key under which a discovered schema carries a field's id and type, so that a read need not ask."""


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def as_number(value: Any) -> float:
    return value if isinstance(value, int | float) else float(value)


def as_whole(value: Any) -> int:
    return int(str(value).removesuffix(".0"))


def as_flag(value: Any) -> bool:
    return {"1": True, "0": False, "true": True, "false": False}[str(value).lower()]


def as_list(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else as_text(value).split(",")
    return [as_text(part) for part in parts if part != ""]


def as_day(value: Any) -> str:
    """`2026-05-31`, also where Keap writes midnight behind it."""
    day = as_text(value)[:10]
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise ValueError(day)
    return day


@dataclass(frozen=True)
class Type:
    """A column's type in the schema, and how a value becomes one of that type (ValueError, KeyError)."""

    schema: Mapping[str, Any]
    read: Callable[[Any], Any]


TEXT = Type({"type": ["null", "string"]}, as_text)
NUMBER = Type({"type": ["null", "number"]}, as_number)
WHOLE = Type({"type": ["null", "integer"]}, as_whole)
LIST = Type({"type": ["null", "array"], "items": {"type": ["null", "string"]}}, as_list)

# Keap's field type → the column's; all others are texts
TYPES: Mapping[str, Type] = {
    "CURRENCY": NUMBER,
    "DECIMAL_NUMBER": NUMBER,
    "PERCENT": NUMBER,
    "WHOLE_NUMBER": WHOLE,
    "YEAR": WHOLE,
    "MONTH": WHOLE,
    "DAY_OF_WEEK": WHOLE,
    "YES_NO": Type({"type": ["null", "boolean"]}, as_flag),
    "DATE": Type({"type": ["null", "string"], "format": "date"}, as_day),
    "DATE_TIME": Type({"type": ["null", "string"], "format": "date-time"}, as_text),
    "LIST_BOX": LIST,
    "USER_LIST_BOX": LIST,
}


@dataclass(frozen=True)
class CustomField:
    """One custom field of a kind of record. `kind` is Keap's field type."""

    id: str
    column: str
    kind: str
    label: str = ""

    def schema(self) -> dict[str, Any]:
        about = {"description": f"Custom field {self.id} ({self.kind}): {self.label}"} if self.label else {}
        return {**TYPES.get(self.kind, TEXT).schema, **about, MARK: {"id": self.id, "type": self.kind}}

    def value(self, content: Any) -> Any:
        """None where the content does not fit the type; `custom_fields` still has it."""
        if content is None or content == "":
            return None
        try:
            return TYPES.get(self.kind, TEXT).read(content)
        except (KeyError, TypeError, ValueError):
            return None


@dataclass
class Columns:
    """The custom fields of one stream. Keap is asked once, unless the configured catalog tells them."""

    keap: KeapList
    fields: list[CustomField] | None = field(default=None)

    def known(self, catalog_schema: Mapping[str, Any]) -> None:
        """Take the fields from a schema that `discover` gave out."""
        described = dict(catalog_schema.get("properties") or {})
        found = [
            CustomField(str(each[MARK]["id"]), name, str(each[MARK]["type"]))
            for name, each in described.items()
            if isinstance(each, Mapping) and MARK in each
        ]
        self.fields = found or None

    def ask(self) -> list[CustomField]:
        if self.fields is None:
            model = replace(self.keap, path=f"{self.keap.path}/model", fields="")
            try:
                rows = model.listed("custom_fields")
            except ListMissing:
                rows = []
            self.fields = [
                CustomField(
                    str(row.get("id")),
                    PREFIX + str(row.get("field_name")),
                    str(row.get("field_type")),
                    str(row.get("label") or ""),
                )
                for row in rows
            ]
        return self.fields

    def filled(self, rows: Sequence[Row]) -> list[Row]:
        """The rows with a column for each field; rows without `custom_fields` stay as they are."""
        fields = self.ask() if rows else []
        return [{**row, **columns_of(row, fields)} if "custom_fields" in row else row for row in rows]


def columns_of(row: Row, fields: Sequence[CustomField]) -> Row:
    listed = [each for each in row["custom_fields"] or [] if isinstance(each, Mapping)]
    given = {str(each.get("id")): each.get("content") for each in listed}
    return {each.column: each.value(given.get(each.id)) for each in fields}
