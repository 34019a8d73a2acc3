"""Values of custom fields by type: how an event gives them, how they are served, how a filter compares them.

The types are those of the vendor's CustomFieldMetaData; which operators a filter takes for which type: the
vendor's description of the parameter `filter` (REST v2). How a value is put on the wire is nowhere written
down: switches `custom_field_content` and `custom_date_form`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.simulators.keap.crm.rows import Content
from tests.simulators.keap.filters import COMPARE, EQUAL, ORDERED, FilterError, decimal, instant

Test = Callable[[Content], bool]
LIST_SEPARATOR = ","


@dataclass(frozen=True, slots=True)
class FieldType:
    """How a family of types is read from an event, served, and compared; ValueError for a wrong value."""

    read: Callable[[Any], Content]
    typed: Callable[[Any], Any]
    operators: tuple[str, ...]
    test: Callable[[str, str], Test]


def read_number(value: Any) -> Content:
    """A decimal number, given as a string or an integer so that it stays exact."""
    if isinstance(value, bool | float):
        raise ValueError(f"{value!r}: give numbers as integers or strings")
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no number") from error


def read_flag(value: Any) -> Content:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")
    return value


def read_list(value: Any) -> Content:
    """Several options."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"{value!r} is no list")
    return tuple(str(each) for each in value)


def read_instant(value: Any) -> Content:
    """A date-time with an offset."""
    return instant(str(value)).astimezone(UTC)


def text_test(_sign: str, wanted: str) -> Test:
    """Equal without regard to case, or a prefix; a leading `*` is refused."""
    if wanted.startswith("*"):
        raise FilterError("a wildcard is allowed at the end of the value only")
    if wanted.endswith("*"):
        return lambda value: str(value).casefold().startswith(wanted[:-1].casefold())
    return lambda value: str(value).casefold() == wanted.casefold()


def number_test(sign: str, wanted: str) -> Test:
    compare, limit = COMPARE[sign], decimal(wanted)
    return lambda value: compare(value, limit)


def date_test(sign: str, wanted: str) -> Test:
    """A day is compared as its first moment in UTC."""
    compare, limit = COMPARE[sign], instant(wanted, milliseconds=True)
    return lambda value: compare(moment(value), limit)


def moment(value: Content) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, date):
        raise TypeError(f"{value!r} is no date")
    return datetime.combine(value, time(), UTC)


def flag_test(_sign: str, wanted: str) -> Test:
    """`0` is no, `1` is yes."""
    if wanted not in ("0", "1"):
        raise FilterError(f"{wanted!r} is not 0 or 1")
    return lambda value: value is (wanted == "1")


def list_test(_sign: str, wanted: str) -> Test:
    return lambda value: isinstance(value, tuple) and wanted in value


def same(value: Any) -> Any:
    return value


TEXT = FieldType(str, same, EQUAL, text_test)
NUMBER = FieldType(read_number, float, ORDERED, number_test)
WHOLE = FieldType(lambda value: int(str(value)), same, ORDERED, number_test)
DATE = FieldType(date.fromisoformat, same, ORDERED, date_test)
INSTANT = FieldType(read_instant, same, ORDERED, date_test)
FLAG = FieldType(read_flag, same, EQUAL, flag_test)
LIST = FieldType(read_list, list, EQUAL, list_test)

FIELD_TYPES = {
    "CURRENCY": NUMBER,
    "DATE": DATE,
    "DATE_TIME": INSTANT,
    "DAY_OF_WEEK": WHOLE,
    "DECIMAL_NUMBER": NUMBER,
    "DRILLDOWN": TEXT,
    "DROPDOWN": TEXT,
    "EMAIL": TEXT,
    "LIST_BOX": LIST,
    "MONTH": WHOLE,
    "NAME": TEXT,
    "PERCENT": NUMBER,
    "PHONE_NUMBER": TEXT,
    "RADIO": TEXT,
    "SOCIAL_SECURITY_NUMBER": TEXT,
    "STATE": TEXT,
    "TEXT": TEXT,
    "TEXT_AREA": TEXT,
    "USER": WHOLE,
    "USER_LIST_BOX": LIST,
    "WEBSITE": TEXT,
    "WHOLE_NUMBER": WHOLE,
    "YEAR": WHOLE,
    "YES_NO": FLAG,
}
CHOICES = ("DROPDOWN", "RADIO", "LIST_BOX", "DRILLDOWN")


def as_words(value: Content) -> str:
    """A value when everything is a string: yes is `1`, several options are joined by commas."""
    if isinstance(value, bool):
        return str(int(value))
    return LIST_SEPARATOR.join(value) if isinstance(value, tuple) else str(value)
