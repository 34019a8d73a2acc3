"""Filter fields that only lists of customer relations have.

`NONE` and `UNASSIGNED` ask for rows without a value; a title is searched anywhere in it; some conditions look
at another row of the account (vendor's descriptions of the parameter `filter`, REST v2).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tests.simulators.keap.account import Account
from tests.simulators.keap.filters import (
    EQUAL,
    Bounds,
    FilterError,
    FilterField,
    Test,
    instant,
    number,
    one_of,
    text,
    whole_number,
)

R = TypeVar("R")
MOST_IDS = 100


def text_or_none(get: Callable[[R], str]) -> FilterField[R]:
    """A text, equal without regard to case; `NONE` finds rows without it."""

    def compile_(sign: str, value: str, bounds: Bounds) -> Test[R]:
        if value == "NONE":
            return lambda row: not get(row)
        return text(get).compile(sign, value, bounds)

    return FilterField(EQUAL, compile_)


def id_or(word: str, get: Callable[[R], int]) -> FilterField[R]:
    """An id, or a word that finds rows without one."""

    def compile_(sign: str, value: str, bounds: Bounds) -> Test[R]:
        return number(get).compile(sign, "0" if value == word else value, bounds)

    return FilterField(EQUAL, compile_)


def positive_id(get: Callable[[R], int], operators: tuple[str, ...]) -> FilterField[R]:
    """An id that is refused when it is zero."""

    def compile_(sign: str, value: str, bounds: Bounds) -> Test[R]:
        if whole_number(value) == 0:
            raise FilterError(f"{value!r} is not a positive integer")
        return number(get, operators).compile(sign, value, bounds)

    return FilterField(operators, compile_)


def few_of(get: Callable[[R], int], *, index: str = "") -> FilterField[R]:
    """A list of at most 100 ids; `index` names the indexed attribute that `get` gives."""
    ids = one_of(get, index=index)

    def compile_(sign: str, value: str, bounds: Bounds) -> Test[R]:
        if value.count(",") >= MOST_IDS:
            raise FilterError(f"at most {MOST_IDS} ids")
        return ids.compile(sign, value, bounds)

    return FilterField(EQUAL, compile_, ids.lookup)


def within(get: Callable[[R], str]) -> FilterField[R]:
    """A text found anywhere, or with a trailing `*` at the beginning; a leading `*` is refused."""

    def compile_(_sign: str, value: str, _: Bounds) -> Test[R]:
        wanted = value.casefold()
        if wanted.startswith("*"):
            raise FilterError("a wildcard is allowed at the end of the value only")
        if wanted.endswith("*"):
            return lambda row: get(row).casefold().startswith(wanted[:-1])
        return lambda row: wanted in get(row).casefold()

    return FilterField(EQUAL, compile_)


def at(get: Callable[[R], datetime | None]) -> FilterField[R]:
    """Exactly at a time."""

    def compile_(_sign: str, value: str, _: Bounds) -> Test[R]:
        wanted = instant(value)
        return lambda row: get(row) == wanted

    return FilterField(EQUAL, compile_)


def joined(get: Callable[[Account, R], str], *, wildcard: bool = False) -> FilterField[R]:
    """A text of another row that a row names; `NONE` finds rows without it where there is no wildcard."""

    def compile_(sign: str, value: str, bounds: Bounds) -> Test[R]:
        def here(row: R) -> str:
            return get(bounds.account, row)

        field = text(here, wildcard=True) if wildcard else text_or_none(here)
        return field.compile(sign, value, bounds)

    return FilterField(EQUAL, compile_)
