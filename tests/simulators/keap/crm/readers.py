"""How events give values: texts, flags, times, and the ids of rows that must be there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.contact_events import address_of
from tests.simulators.keap.events import EventError, as_int
from tests.simulators.keap.rows import Address
from tests.simulators.keap.table import Table

Reader = Callable[[Account, Any], Any]


def words(_: Account, value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise EventError(f"{value!r} is no text")
    return value


def several(_: Account, value: Any) -> tuple[str, ...]:
    """Texts."""
    if not isinstance(value, list | tuple):
        raise EventError(f"{value!r} is no list")
    return tuple(str(each) for each in value)


def flag(_: Account, value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise EventError(f"{value!r} is not true or false")
    return value


def whole(_: Account, value: Any) -> int:
    """A whole number; money in the smallest unit of the currency."""
    return as_int(value)


def when(_: Account, value: Any) -> datetime | None:
    """A time with its offset; null takes it away."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise EventError(f"{value!r} is no ISO 8601 time") from error
    if time.tzinfo is None:
        raise EventError(f"{value!r} needs an offset, such as Z")
    return time.astimezone(UTC)


def address(_: Account, value: Any) -> Address | None:
    """An address from its parts."""
    return address_of(value)


def one(*allowed: Any) -> Reader:
    """One of a few values."""

    def read(_: Account, value: Any) -> Any:
        if value not in allowed:
            raise EventError(f"{value!r} is not one of {list(allowed)}")
        return value

    return read


def row_of(table: Callable[[Account], Table[Any]], noun: str, *, none: bool = True) -> Reader:
    """The id of a row that is there; with `none`, 0 says that there is no such thing."""

    def read(account: Account, value: Any) -> int:
        row_id = as_int(value)
        if table(account).get(row_id) is None and not (none and row_id == 0):
            raise EventError(f"there is no {noun} {value}")
        return row_id

    return read


contact = row_of(lambda account: account.contacts, "contact")
user = row_of(lambda account: account.crm.users, "user")
