"""The filter grammar of REST v2: `field==value;other>=value`, with the operators that each field allows.

`;` is AND, there is no OR; `==` works everywhere, other operators only where the vendor's description of the
parameter lists them; a trailing `*` is a prefix match where allowed, without regard to case; lists of ids are
separated by commas. Times are full ISO 8601 with an offset: a date alone is refused.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import ceil, floor
from typing import Any, Generic, NamedTuple, TypeVar

from tests.simulators.keap.account import Account

R = TypeVar("R")
Test = Callable[[R], bool]

CONDITION = re.compile(r"([A-Za-z0-9_]+)(==|!=|<=|>=|<|>)(.*)", re.DOTALL)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
EQUAL = ("==",)
ORDERED = ("==", ">", "<", ">=", "<=")
ALL = ("==", "!=", ">", "<", ">=", "<=")


class FilterError(ValueError):
    """A filter that the API refuses; the message says why."""


class Condition(NamedTuple):
    """One part of a filter, as text."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """How filters are meant where the vendor does not say.

    Is a row exactly at a time bound in, which time of payments, notes, tasks is meant, are refunds negative.
    The account is there for conditions that look at other rows.
    """

    inclusive: bool
    payments_basis: str
    negative_refunds: bool
    notes_basis: str
    tasks_basis: str
    account: Account = field(compare=False, repr=False)
    v1_orders_basis: str = "creation_time"


class Lookup(NamedTuple):
    """Where an index finds the rows of a condition: values of an attribute, each span with both its ends."""

    attribute: str
    spans: tuple[tuple[int, int], ...]


EVERY_TIME = (-(2**34), 2**34)


@dataclass(frozen=True, slots=True)
class FilterField(Generic[R]):
    """One field of a resource's filter: the operators it allows and how a condition becomes a test.

    `lookup`, where rows can be found by an index, finds exactly the rows that pass the test.
    """

    operators: tuple[str, ...]
    compile: Callable[[str, str, Bounds], Test[R]]
    lookup: Callable[[str, str, Bounds], Lookup | None] = lambda _sign, _value, _bounds: None


def parse(text: str) -> tuple[Condition, ...]:
    """The conditions of a filter; FilterError where the grammar is broken."""
    conditions: list[Condition] = []
    for part in text.split(";"):
        match = CONDITION.fullmatch(part.strip())
        if not match or not match[3]:
            raise FilterError(f"filter is not of the form field==value: {part!r}")
        conditions.append(Condition(*match.groups()))
    return tuple(conditions)


def compiled(
    conditions: tuple[Condition, ...], find: Callable[[str], FilterField[R] | None], bounds: Bounds
) -> list[Test[R]]:
    """One test per condition; FilterError for an unknown field, operator or value."""
    tests: list[Test[R]] = []
    for condition in conditions:
        field = find(condition.field)
        if field is None:
            raise FilterError(f"{condition.field} is not a valid filter field")
        if condition.operator not in field.operators:
            raise FilterError(f"{condition.operator} is not a valid operator for {condition.field}")
        tests.append(field.compile(condition.operator, condition.value, bounds))
    return tests


def whole_number(text: str) -> int:
    """An id; FilterError unless it is all digits."""
    if not text.isdecimal():
        raise FilterError(f"{text!r} is not a valid id")
    return int(text)


def instant(text: str, *, milliseconds: bool = False) -> datetime:
    """A full date-time with an offset; FilterError for anything less."""
    match = INSTANT.fullmatch(text)
    if not match or (milliseconds and not match[1]):
        raise FilterError(f"{text!r} is not a full ISO-8601 date-time with milliseconds and offset")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise FilterError(f"{text!r} is no date-time") from error


def decimal(text: str) -> Decimal:
    """An amount; FilterError when it is not a number."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise FilterError(f"{text!r} is not a number") from error


def number(get: Callable[[R], int], operators: tuple[str, ...] = EQUAL, *, index: str = "") -> FilterField[R]:
    """An id field; `index` names the indexed attribute that `get` gives."""

    def compile_(sign: str, text: str, _: Bounds) -> Test[R]:
        compare, value = COMPARE[sign], whole_number(text)
        return lambda row: compare(get(row), value)

    def lookup(sign: str, text: str, _: Bounds) -> Lookup | None:
        found = index and sign == "=="
        return Lookup(index, ((whole_number(text), whole_number(text)),)) if found else None

    return FilterField(operators, compile_, lookup)


def amount(get: Callable[[R, Bounds], Decimal], operators: tuple[str, ...] = ALL) -> FilterField[R]:
    """A money field in major units."""

    def compile_(sign: str, text: str, bounds: Bounds) -> Test[R]:
        compare, value = COMPARE[sign], decimal(text)
        return lambda row: compare(get(row, bounds), value)

    return FilterField(operators, compile_)


def one_of(get: Callable[[R], int], *, index: str = "") -> FilterField[R]:
    """A list of ids separated by commas; `index` names the indexed attribute that `get` gives."""

    def compile_(_sign: str, text: str, _: Bounds) -> Test[R]:
        values = {whole_number(part) for part in text.split(",")}
        return lambda row: get(row) in values

    def lookup(_sign: str, text: str, _: Bounds) -> Lookup | None:
        values = sorted({whole_number(part) for part in text.split(",")})
        return Lookup(index, tuple((value, value) for value in values)) if index else None

    return FilterField(EQUAL, compile_, lookup)


def some_of(get: Callable[[R], set[int]]) -> FilterField[R]:
    """A list of ids, at least one of which is among the several that a row has."""

    def compile_(_sign: str, text: str, _: Bounds) -> Test[R]:
        values = {whole_number(part) for part in text.split(",")}
        return lambda row: not values.isdisjoint(get(row))

    return FilterField(EQUAL, compile_)


def contains(get: Callable[[R], set[int]]) -> FilterField[R]:
    """An id among the several that a row has."""

    def compile_(_sign: str, text: str, _: Bounds) -> Test[R]:
        value = whole_number(text)
        return lambda row: value in get(row)

    return FilterField(EQUAL, compile_)


def text(get: Callable[[R], str], *, wildcard: bool = False) -> FilterField[R]:
    """A text, equal without regard to case; with `wildcard`, a trailing `*` matches by prefix."""

    def compile_(_sign: str, value: str, _: Bounds) -> Test[R]:
        wanted = value.casefold()
        if wildcard and wanted.endswith("*"):
            prefix = wanted[:-1]
            return lambda row: get(row).casefold().startswith(prefix)
        return lambda row: get(row).casefold() == wanted

    return FilterField(EQUAL, compile_)


def choice(get: Callable[[R], str], allowed: tuple[str, ...]) -> FilterField[R]:
    """One word of a few; FilterError for another one."""

    def compile_(_sign: str, value: str, _: Bounds) -> Test[R]:
        if value not in allowed:
            raise FilterError(f"{value!r} is not one of {', '.join(allowed)}")
        return lambda row: get(row) == value

    return FilterField(EQUAL, compile_)


def yes_no(get: Callable[[R], bool]) -> FilterField[R]:
    """true or false."""
    return choice(lambda row: str(get(row)).lower(), ("true", "false"))


def flag(get: Callable[[R], bool]) -> FilterField[R]:
    """true or false, also with a capital letter as in the vendor's examples."""

    def compile_(sign: str, value: str, bounds: Bounds) -> Test[R]:
        return yes_no(get).compile(sign, value.lower(), bounds)

    return FilterField(EQUAL, compile_)


Named = Callable[[Bounds], str]


def since(
    get: Callable[[R, Bounds], datetime], *, milliseconds: bool = False, index: Named | None = None
) -> FilterField[R]:
    """Rows from an instant on; `index` names the indexed attribute that `get` gives."""

    def compile_(_sign: str, value: str, bounds: Bounds) -> Test[R]:
        start = instant(value, milliseconds=milliseconds)
        compare = operator.ge if bounds.inclusive else operator.gt
        return lambda row: compare(get(row, bounds), start)

    def lookup(_sign: str, value: str, bounds: Bounds) -> Lookup | None:
        start = instant(value).timestamp()
        first = ceil(start) if bounds.inclusive else floor(start) + 1
        return Lookup(index(bounds), ((first, EVERY_TIME[1]),)) if index else None

    return FilterField(EQUAL, compile_, lookup)


def until(
    get: Callable[[R, Bounds], datetime], *, milliseconds: bool = False, index: Named | None = None
) -> FilterField[R]:
    """Rows up to an instant; `index` names the indexed attribute that `get` gives."""

    def compile_(_sign: str, value: str, bounds: Bounds) -> Test[R]:
        end = instant(value, milliseconds=milliseconds)
        compare = operator.le if bounds.inclusive else operator.lt
        return lambda row: compare(get(row, bounds), end)

    def lookup(_sign: str, value: str, bounds: Bounds) -> Lookup | None:
        end = instant(value).timestamp()
        last = floor(end) if bounds.inclusive else ceil(end) - 1
        return Lookup(index(bounds), ((EVERY_TIME[0], last),)) if index else None

    return FilterField(EQUAL, compile_, lookup)


def at(attribute: str) -> Named:
    """The name of an indexed attribute, whatever the switches say."""
    return lambda _: attribute
