"""What no message may repeat: the API key, and what was just sent about a person.

ChartMogul quotes values in some of its error messages, and a proxy may quote the whole request. Ids, amounts
and dates stay, since a message is of no use without them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

PERSONAL = frozenset(
    (
        *("name", "first_name", "last_name", "email", "company", "city", "zip", "address_zip", "state"),
        *("phone", "title", "linked_in", "linkedin", "twitter", "notes", "text", "description", "details"),
        "task_details",
        "value",
    )
)
"""Keys of ChartMogul's objects whose values may tell of a person."""
SHORTEST = 3  # shorter texts occur in any sentence


@dataclass(frozen=True)
class Hidden:
    """Texts that are replaced by `<hidden>` wherever they stand as words of their own."""

    texts: frozenset[str]

    @classmethod
    def of_key(cls, api_key: str) -> Hidden:
        """The key, as it is and as HTTP's basic authentication carries it."""
        return cls(frozenset((api_key, base64.b64encode(f"{api_key}:".encode()).decode())))

    def and_people(self, sent: Mapping[str, Any] | bytes | None) -> Hidden:
        """With the personal values of a request's body."""
        body = orjson.loads(sent) if isinstance(sent, bytes) else sent
        return Hidden(self.texts | frozenset(_personal(body)))

    def out_of(self, value: Any) -> Any:
        """The same JSON value without these texts."""
        texts = sorted((text for text in self.texts if text.strip()), key=len, reverse=True)
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in texts), re.IGNORECASE)
        return _replaced(value, pattern) if texts else value


def _personal(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        by_name = key == "custom" and "key" not in value  # {attribute: value}
        for name, inner in value.items():
            yield from _personal(inner, "value" if by_name else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _personal(inner, key)
    elif isinstance(value, str) and key in PERSONAL and _tells(value):
        yield value


def _tells(value: str) -> bool:
    """Numbers may be ids; a company may be called like a field that a message names."""
    return len(value) >= SHORTEST and not value.isdigit() and value.lower() not in PERSONAL


def _replaced(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub("<hidden>", value)
    if isinstance(value, Mapping):
        return {key: _replaced(inner, pattern) for key, inner in value.items()}
    return [_replaced(v, pattern) for v in value] if isinstance(value, list) else value
