"""Page size, order and the opaque page token of REST v2 lists.

A token carries the place where the next page begins and belongs to one query; it is signed, so that an
altered one is refused. By id the place is the last id read; in another order it is a number of rows, so rows
that change meanwhile shift the pages, as with any offset.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Collection
from typing import Any

LARGEST_PAGE = 1000
SIGNATURE = 6
SECRET = b"page tokens of the simulator"


class PagingError(ValueError):
    """A page_size, order_by or page_token that the API refuses."""


def page_size(given: str | None, default: int, allowed: tuple[int, int] = (0, LARGEST_PAGE)) -> int:
    """The number of rows asked for, within what the list allows; 0 means the default."""
    smallest, largest = allowed
    if given is None:
        return min(default, largest)
    if not given.isdecimal() or not smallest <= int(given) <= largest:
        raise PagingError(f"page_size must be between {smallest} and {largest}")
    return int(given) or default


def order_by(given: str | None, allowed: Collection[str]) -> tuple[str, bool]:
    """The order field and whether it descends; `field asc` or `field desc`."""
    if given is None:
        return "", False
    name, _, direction = given.partition(" ")
    if name not in allowed or direction not in ("asc", "desc"):
        raise PagingError(f"order_by is one of {', '.join(sorted(allowed))}, then asc or desc")
    return name, direction == "desc"


def token(query_key: tuple[Any, ...], position: int) -> str:
    """The token of the page that starts at a position."""
    payload = json.dumps([position, digest(query_key)], separators=(",", ":")).encode()
    return encoded(payload)


def position(given: str, query_key: tuple[Any, ...]) -> int:
    """Where the page of a token starts; PagingError when it was altered or belongs to another query."""
    try:
        raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except (binascii.Error, ValueError) as error:
        raise PagingError("page_token is not valid") from error
    payload = raw[SIGNATURE:]
    if encoded(payload) != given:
        raise PagingError("page_token is not valid")
    start, belongs_to = json.loads(payload)
    if belongs_to != digest(query_key):
        raise PagingError("page_token belongs to another query")
    return int(start)


def encoded(payload: bytes) -> str:
    """A signed payload as text that fits into a query."""
    signature = hmac.new(SECRET, payload, hashlib.sha256).digest()[:SIGNATURE]
    return base64.urlsafe_b64encode(signature + payload).decode().rstrip("=")


def digest(query_key: tuple[Any, ...]) -> str:
    return hashlib.sha256(repr(query_key).encode()).hexdigest()[:12]
