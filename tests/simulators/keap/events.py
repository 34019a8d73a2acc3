"""Business events: everything that can happen in the account, by type, with the fields each takes.

The stories of a scenario and `POST /_control/events` use the same table, so history and what a test or the
demo lets happen later are made by the same code. A field marked `?` may be left out; subscription and order
default to the newest of the contact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.simulators.http import Switches
from tests.simulators.keap.engine import BillingEngine
from tests.simulators.keap.switches import new_switches

Fields = dict[str, Any]
Touched = dict[str, list[int]]
UNDOUBTED = new_switches()


class EventError(ValueError):
    """An event that cannot happen; the message says why."""


@dataclass(frozen=True, slots=True)
class World:
    """What an event works on: the engine, through it the account, and the doubtful facts."""

    engine: BillingEngine
    switches: Switches = UNDOUBTED

    def doubt(self, name: str) -> str:
        """The position of a switch."""
        return self.switches.text(name)


Handler = Callable[[World, Fields], Touched]


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: its handler, its fields (`name` or `name?`), and a sentence."""

    handler: Handler
    fields: tuple[str, ...]
    says: str

    def check(self, kind: str, given: Fields) -> None:
        """Refuse missing and unknown fields with an EventError."""
        known = {name.rstrip("?") for name in self.fields}
        unknown = sorted(set(given) - known)
        missing = sorted(name for name in self.fields if not name.endswith("?") and name not in given)
        if unknown or missing:
            raise EventError(f"{kind}: unknown {unknown}, missing {missing}; fields are {list(self.fields)}")


def as_date(value: Any) -> date:
    """A date from `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise EventError(f"{value!r} is no date of the form YYYY-MM-DD") from error


def as_int(value: Any) -> int:
    """An integer, also from the digits of a string id."""
    try:
        return int(str(value))
    except ValueError as error:
        raise EventError(f"{value!r} is no whole number") from error


def as_percent(value: Any) -> Decimal:
    """A percentage, given as a string or an integer so that it stays exact."""
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise EventError(f"{value!r} is no percentage") from error
