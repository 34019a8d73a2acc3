"""Where expressions run: Jinja2's immutable sandbox, cut down to what is listed here.

The sandbox of Jinja2 lists what is forbidden; this one lists what is allowed, so that nothing reaches
Python's insides. There are no loops, no calls but those of `TEXT_METHODS` and `FUNCTIONS`, no powers, no
multiplied texts, and every text and list that comes out of an operation is bounded. So whatever can be
written ends soon. Numbers are int and Decimal, never float.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial, wraps
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from destination_chartmogul.rules.values import Day, Fields, RuleError, View

LONGEST = 100_000
"""Characters of a text, and members of a list, that an operation may give."""
LARGEST = 10**18

TEXT_METHODS = frozenset(
    {"startswith", "endswith", "lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize"}
    | {"split", "isdigit", "isalpha", "isnumeric", "removeprefix", "removesuffix", "find", "count"}
)
DAY_PARTS = ("year", "month", "day")


class Forbidden(SecurityError):  # noqa: N818 - the name that users see
    """Something that expressions may not do."""


def bounded(value: Any) -> Any:
    """The value. Raises Forbidden for a text or list that is too large."""
    if isinstance(value, (str, list, tuple)) and len(value) > LONGEST:
        raise Forbidden("a text or list becomes too long")
    return value


def exact(value: Any) -> Any:
    """Numbers as int or Decimal. Raises Forbidden for what is no number or too large."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Forbidden("this needs numbers")
    if not -LARGEST <= value <= LARGEST:
        raise Forbidden("a number becomes too large")
    return value


def number(value: Any) -> Decimal:
    """A text or number as an exact number."""
    try:
        found = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation as error:
        raise Forbidden("the text is no number") from error
    if not found.is_finite() or abs(found) > LARGEST:
        raise Forbidden("a number becomes too large")
    return found


def whole_number(value: Any) -> int:
    """As `number`, without what is after the point."""
    return int(number(value))


def day(text: Any) -> Day:
    """`date('2026-01-31')`."""
    return Day.of(text)


def replaced(text: Any, old: str, new: str) -> str:
    """All of `old` in a text become `new`."""
    if not all(isinstance(each, str) for each in (text, old, new)) or not old:
        raise Forbidden("replace needs texts, the first not empty")
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise Forbidden("a text becomes too long")
    return str(text).replace(old, new)


def joined(values: Iterable[Any], by: str = "") -> str:
    """Texts put together."""
    parts = [str(value) for value in values]
    if sum(map(len, parts)) + len(by) * len(parts) > LONGEST:
        raise Forbidden("a text becomes too long")
    return by.join(parts)


def rounded(value: Any, digits: int = 0) -> Decimal:
    """Half away from zero."""
    if not 0 <= digits <= 6:
        raise Forbidden("round takes 0 to 6 digits")
    return Decimal(exact(value)).quantize(Decimal(1).scaleb(-digits), rounding="ROUND_HALF_UP")


def total(values: Iterable[Any]) -> Any:
    """The sum of numbers; those that are empty count as 0."""
    return sum((exact(value) for value in values if value is not None), 0)


def like(text: str, pattern: str) -> bool:
    """Whether a text has the form of a pattern, whatever the case; `*` stands for anything.

    Without backtracking further than to the last star, so its time is bounded by the lengths.
    """
    text, pattern = text.casefold(), pattern.casefold()
    at, star, mark, place = 0, -1, 0, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, mark, place = place, at, place + 1
        elif place < len(pattern) and pattern[place] == text[at]:
            at, place = at + 1, place + 1
        elif star >= 0:
            mark += 1
            at, place = mark, star + 1
        else:
            return False
    return not pattern[place:].strip("*")


FUNCTIONS: Mapping[str, Callable[..., Any]] = {"date": day, "number": number}
_FILTERS = (
    "abs capitalize count d default first last length list lower map max min reject rejectattr select"
    " selectattr sort string title trim unique upper"
)
_OWN_FILTERS: Mapping[str, Callable[..., Any]] = {
    "int": whole_number,
    "number": number,
    "date": day,
    "replace": replaced,
    "join": joined,
    "round": rounded,
    "sum": total,
}
_TESTS = (
    "defined undefined none true false in eq equalto == ne != lt lessthan < le <= gt greaterthan > ge >="
    " even odd divisibleby number string boolean sequence"
)


_LAZY = ("map", "select", "selectattr", "reject", "rejectattr", "unique")


def _listed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that gives a list: what is worked out later would always be true."""

    @wraps(function)
    def filtered(*given: Any, **named: Any) -> list[Any]:
        return list(bounded(list(function(*given, **named))))

    return filtered


class Sandbox(ImmutableSandboxedEnvironment):
    """Only what is listed can be read, called, filtered by or tested."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, optimized=False, autoescape=False, cache_size=0)
        self.globals = dict(FUNCTIONS)
        self.filters = {name: self.filters[name] for name in _FILTERS.split()} | dict(_OWN_FILTERS)
        self.filters |= {name: _listed(self.filters[name]) for name in _LAZY}
        self.tests = {name: self.tests[name] for name in _TESTS.split()} | {"like": like}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`."""
        if isinstance(obj, (View, Fields)):
            return obj.get(attribute)
        if isinstance(obj, str) and attribute in TEXT_METHODS:
            return getattr(obj, attribute)
        if isinstance(obj, str) and attribute == "replace":
            return partial(replaced, obj)
        if isinstance(obj, date) and attribute in DAY_PARTS:
            return getattr(obj, attribute)
        raise RuleError(f"{attribute} cannot be read of {what_is(obj)}", attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`, and each part of a name that `map` and `selectattr` are given."""
        if isinstance(obj, (View, Fields)) and isinstance(argument, str):
            return obj.get(argument)
        if isinstance(obj, (list, tuple, str)) and type(argument) is int:
            if -len(obj) <= argument < len(obj):
                return obj[argument]
            raise Forbidden(f"there is no member {argument} in a list of {len(obj)}")
        return self.getattr(obj, str(argument))

    def is_safe_callable(self, obj: Any) -> bool:
        """Functions of ours, and the listed methods of texts."""
        if isinstance(obj, partial):
            return obj.func is replaced
        if isinstance(obj, types.BuiltinMethodType):
            return isinstance(obj.__self__, str) and obj.__name__ in TEXT_METHODS
        return any(obj is function for function in FUNCTIONS.values())

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on exact numbers; texts and lists can be added, days subtracted."""
        del context
        if operator == "+" and type(left) is type(right) and isinstance(left, (str, list, tuple)):
            return bounded(left + right)
        if operator == "-" and isinstance(left, date) and isinstance(right, date):
            return (left - right).days
        if operator == "**":
            raise Forbidden("powers cannot be used")
        left, right = exact(left), exact(right)
        if operator == "/":
            left = Decimal(left)
        return exact(self.binop_table[operator](left, right))

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """`-x` and `+x`."""
        del context
        return self.unop_table[operator](exact(arg))


def what_is(value: Any) -> str:
    """The kind of a value in the user's words."""
    if value is None:
        return "an empty value"
    kinds: dict[type, str] = {str: "a text", date: "a day", list: "a list", tuple: "a list"}
    return next((text for kind, text in kinds.items() if isinstance(value, kind)), "this")
