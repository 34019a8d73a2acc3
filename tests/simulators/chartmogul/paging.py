"""Cursor paging.

Source: https://dev.chartmogul.com/docs/pagination; the recorded cursors decode to `<time>&<id>`. `per_page`
is 200 at most and by default; stop on `has_more`, the cursor may be there on the last page too.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.simulators.http import Call, Json

from . import answers
from .table import R, before, until

LARGEST_PAGE = 200


@dataclass(frozen=True)
class Page:
    """Rows of one page and what the envelope says about the rest."""

    rows: Sequence[Json]
    cursor: str | None
    has_more: bool

    def envelope(self, key: str, shapes: list[Json]) -> dict[str, Json]:
        """`{key: [...], cursor, has_more}`."""
        return {key: shapes, "cursor": self.cursor, "has_more": self.has_more}


def page_size(call: Call) -> int:
    """`per_page`, between 1 and 200."""
    given = call.query.get("per_page")
    if given is None:
        return LARGEST_PAGE
    if not (given.isascii() and given.isdigit()) or int(given) < 1:
        raise answers.grape(400, "per_page is invalid", "per_page")
    return min(int(given), LARGEST_PAGE)


def encoded(label: str, sequence: int) -> str:
    """An opaque cursor: a label in the vendor's form, and our place in the order."""
    return base64.b64encode(f"{label}&{sequence}".encode()).decode()


def place(call: Call) -> int | None:
    """The place in the order that the call's cursor stands for, or None on the first page."""
    given = call.query.get("cursor")
    if not given:
        return None
    try:
        return int(base64.b64decode(given, validate=True).decode().rpartition("&")[2])
    except (ValueError, binascii.Error) as error:
        raise answers.grape(400, "cursor is invalid", "cursor") from error


def newest_first(
    call: Call, rows: Sequence[R], label: Callable[[R], str], fits: Callable[[R], bool] | None = None
) -> Page:
    """One page of rows, the latest created first."""
    at, size = place(call), page_size(call)
    index = (len(rows) if at is None else before(rows, at)) - 1
    found: list[R] = []
    while index >= 0 and len(found) <= size:
        if fits is None or fits(rows[index]):
            found.append(rows[index])
        index -= 1
    return _page(found, size, label)


def oldest_first(
    call: Call, rows: Sequence[R], label: Callable[[R], str], fits: Callable[[R], bool] | None = None
) -> Page:
    """One page of rows, the first created first."""
    at, size = place(call), page_size(call)
    index = 0 if at is None else until(rows, at)
    found: list[R] = []
    while index < len(rows) and len(found) <= size:
        if fits is None or fits(rows[index]):
            found.append(rows[index])
        index += 1
    return _page(found, size, label)


def _page(found: Sequence[R], size: int, label: Callable[[R], str]) -> Page:
    rows, has_more = found[:size], len(found) > size
    cursor = encoded(label(rows[-1]), rows[-1].sequence) if rows else None
    return Page(rows, cursor, has_more)


def with_old_fields(call: Call, envelope: dict[str, Json]) -> dict[str, Json]:
    """First pages still carry the fields of page-number paging."""
    if call.query.get("cursor"):
        return envelope
    return {**envelope, "current_page": 1, "total_pages": 2 if envelope["has_more"] else 1}


def with_entry_fields(call: Call, envelope: dict[str, Json]) -> dict[str, Json]:
    """The same for lists under `entries`."""
    if call.query.get("cursor"):
        return envelope
    return {**envelope, "per_page": page_size(call), "page": 1, "current_page": 1, "total_pages": None}
