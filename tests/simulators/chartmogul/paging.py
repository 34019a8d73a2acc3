"""Cursor paging.

Source: https://dev.chartmogul.com/docs/pagination; the recorded cursors decode to `<time>&<id>`. `per_page`
is 200 at most and by default; stop on `has_more`, the cursor may be there on the last page too.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.simulators.chartmogul import answers
from tests.simulators.chartmogul.ids import sequence_of
from tests.simulators.chartmogul.table import R, before, until
from tests.simulators.http import Call, Json, Refusal

LARGEST_PAGE = 200
BY_UUID = ("inv_", "sub_", "con_", "note_")


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


def encoded(label: str, place: int | str, sign: str = "&") -> str:
    """An opaque cursor in the vendor's form: a time, and the number or uuid of the last row."""
    return base64.b64encode(f"{label}{sign}{place}".encode()).decode()


def place(call: Call) -> int | None:
    """The place in the order that the call's cursor stands for, or None on the first page."""
    given = _decoded(call)
    if not given:
        return None
    last = given.rpartition("&")[2]
    prefix = last.rpartition("_")[0]
    return sequence_of(prefix, last) if prefix else _number(last)


def page_number(call: Call, label: str) -> int:
    """The page that a cursor `<label>=<number>` stands for; 1 without one."""
    given = _decoded(call)
    return max(_number(given.removeprefix(f"{label}=")), 1) if given else 1


def _decoded(call: Call) -> str:
    try:
        return base64.b64decode(call.query.get("cursor") or "", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise _invalid_cursor() from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _invalid_cursor()
    return int(text)


def _invalid_cursor() -> Refusal:
    return answers.grape(400, "cursor is invalid", "cursor")


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
    cursor = encoded(label(rows[-1]), _tail(rows[-1])) if rows else None
    return Page(rows, cursor, has_more)


def _tail(row: R) -> int | str:
    """Invoices, subscriptions, contacts and notes go by uuid in cursors, the others by number."""
    return row.uuid if row.uuid.startswith(BY_UUID) else row.sequence


def with_old_fields(call: Call, envelope: dict[str, Json]) -> dict[str, Json]:
    """First pages still carry the fields of page-number paging, between the rows and the cursor."""
    if call.query.get("cursor"):
        return envelope
    rows = _without(envelope, "cursor", "has_more")
    pages = 2 if envelope["has_more"] else int(any(rows.values()))
    return {**rows, "current_page": 1, "total_pages": pages, **_only(envelope, "cursor", "has_more")}


def with_entry_fields(call: Call, envelope: dict[str, Json]) -> dict[str, Json]:
    """The same for lists under `entries`."""
    if call.query.get("cursor"):
        return envelope
    return {
        "entries": envelope["entries"],
        "current_page": 1,
        "total_pages": None,
        "has_more": envelope["has_more"],
        "per_page": page_size(call),
        "page": 1,
        "cursor": envelope["cursor"],
    }


def _only(envelope: dict[str, Json], *names: str) -> dict[str, Json]:
    return {name: envelope[name] for name in names}


def _without(envelope: dict[str, Json], *names: str) -> dict[str, Json]:
    return {name: value for name, value in envelope.items() if name not in names}
