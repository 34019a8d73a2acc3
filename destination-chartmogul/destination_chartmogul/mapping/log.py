"""What is said while one contact is mapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from destination_chartmogul.mapping.outcome import Notice, Reject, UnwritableError

T = TypeVar("T")
ODD_FORM = "a field has a form that Keap does not document"


@dataclass
class MappingLog:
    """Rejects and notices; `waiting` are keys of payments whose order nobody has seen yet."""

    rejects: list[Reject] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def reject(self, stream: str, key: str, rule: str, message: str, field: str = "") -> None:
        """A record cannot be written, or a field of it."""
        self.rejects.append(Reject(stream, key, rule, message, field))

    def notice(self, stream: str, key: str, rule: str) -> None:
        """A documented rule was applied."""
        self.notices.append(Notice(rule, stream, key))

    def attempt(self, stream: str, key: str, step: Callable[[], T]) -> T | None:
        """The step's result, or None and a reject of the record."""
        try:
            return step()
        except UnwritableError as error:
            self.reject(stream, key, error.rule, error.message)
        except (TypeError, ValueError, AttributeError, KeyError, OverflowError):
            self.reject(stream, key, "malformed_record", ODD_FORM)
        return None
