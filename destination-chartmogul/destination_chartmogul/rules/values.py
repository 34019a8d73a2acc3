"""The values that expressions see: a record as an object with names, custom fields by label, days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from destination_chartmogul.rules.names import EMPTY, OBJECTS
from destination_chartmogul.suggestions import nearest


class RuleError(Exception):
    """An expression cannot be worked out on a record. `name`: the part of the text that may be its."""

    def __init__(self, text: str, name: str = "") -> None:
        super().__init__(text)
        self.name = name


class MissingRecordError(Exception):
    """An expression reads a record that did not come in this run; `stream` is where it would be."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.stream = stream


class Day(date):
    """A calendar day that can be compared with a text such as '2026-01-31'."""

    @classmethod
    def of(cls, value: object) -> Day:
        """From a day or its ISO text."""
        try:
            found = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError as error:
            raise RuleError("a day is written as '2026-01-31'") from error
        return cls(found.year, found.month, found.day)

    def __eq__(self, other: object) -> bool:
        if not other or not isinstance(other, (date, str)):
            return False
        return date.__eq__(self, self.of(other))

    def __hash__(self) -> int:
        return date.__hash__(self)

    def __lt__(self, other: Any) -> bool:
        return date.__lt__(self, _day(other))

    def __le__(self, other: Any) -> bool:
        return date.__le__(self, _day(other))

    def __gt__(self, other: Any) -> bool:
        return date.__gt__(self, _day(other))

    def __ge__(self, other: Any) -> bool:
        return date.__ge__(self, _day(other))


def _day(other: object) -> date:
    if not isinstance(other, (date, str)):
        raise RuleError("a day is compared with something that is no day")
    return Day.of(other)


Read = Callable[[], Any]


class View:
    """A record as an object of `names.OBJECTS`. Values are read when they are asked for.

    `reads` gives the values by name. A record that does not exist (an item's subscription, when it has none)
    is false and empty; of one that did not come in this run only what other records say of it is in `reads`,
    and `missing` names the stream of the rest.
    """

    __slots__ = ("_exists", "_missing", "_object", "_reads")

    def __init__(
        self, name: str, reads: Mapping[str, Read], *, missing: str = "", exists: bool = True
    ) -> None:
        self._object, self._reads, self._missing, self._exists = name, reads, missing, exists

    def __bool__(self) -> bool:
        return self._exists

    def get(self, name: str) -> Any:
        """A value by its name. Raises RuleError, MissingRecordError."""
        known = OBJECTS[self._object]
        if name not in known:
            raise RuleError(f"{self._object} has no {name}{nearest(name, known)}", name)
        if name in self._reads:
            value = self._reads[name]()
            return EMPTY.get(known[name].kind) if value is None else value
        if self._missing:
            raise MissingRecordError(self._missing)
        return NO_FIELDS if name == "fields" else EMPTY.get(known[name].kind)


class Fields:
    """Custom fields by label or by Keap's name, whatever the case."""

    __slots__ = ("_known", "_missing", "_values")

    def __init__(self, values: Mapping[str, Any], known: frozenset[str] | None, missing: str = "") -> None:
        self._values, self._known, self._missing = values, known, missing

    def get(self, name: str) -> Any:
        """The value; '' when it is empty. Raises RuleError for a name that no custom field has."""
        key = name.casefold()
        if key in self._values:
            value = self._values[key]
            return "" if value is None else value
        if self._missing:
            raise MissingRecordError(self._missing)
        if self._known is not None and key not in self._known:
            raise RuleError(f"no custom field is called {name!r}{nearest(key, sorted(self._known))}", name)
        return ""


NO_FIELDS = Fields({}, None)
