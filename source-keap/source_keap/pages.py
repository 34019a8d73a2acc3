"""One page of a Keap v2 list: ask for it, parse it, refuse what is not one."""

import logging
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from threading import Semaphore
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import requests
from airbyte_cdk.sources.declarative.requesters.requester import Requester
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.headers import server_time
from source_keap.protocol import FailureType

LOGGER = logging.getLogger("airbyte")
Row = dict[str, Any]


class BadPage(AirbyteTracedException):
    """Keap answered 200 with something that is not the page that was asked for."""

    def __init__(self, stream: str, problem: str) -> None:
        super().__init__(
            message=f"Keap answered stream {stream} with {problem}. Nothing of that page was used; run the "
            "sync again, and report it to Keap if it stays.",
            internal_message=f"{stream}: {problem}",
            failure_type=FailureType.transient_error,
        )


@dataclass(frozen=True)
class IdRange:
    """Ids after `after`, up to and including `until` (None: to the end of the list)."""

    after: int = 0
    until: int | None = None


@dataclass(frozen=True)
class Page:
    """`ids` are those of the rows where a list is read by id, else empty."""

    rows: list[Row]
    next_token: str | None
    server_time: datetime
    ids: tuple[int, ...] = ()

    @property
    def last(self) -> bool:
        """Keap ends a list by leaving the token out. A short page with a token is not the end."""
        return not (self.rows and self.next_token)

    def up_to(self, until: int | None) -> "Page":
        """The same page, or the last one of its range when it goes beyond."""
        if until is None or not self.ids or self.ids[-1] < until:
            return self
        count = bisect_right(self.ids, until)
        return Page(self.rows[:count], None, self.server_time, self.ids[:count])


@dataclass(frozen=True)
class KeapList:
    """One list of Keap's REST v2.

    `path` is relative to /crm/rest/v2, `rows` the key of the array, `id_filter` Keap's name of the id in
    filters, `always` conditions that every call carries, `fields` columns that Keap leaves out unless asked.
    `room` bounds how many parsed pages there are at a time, where several callers wait for one reader; who
    takes a page gives its room back.
    """

    requester: Requester
    stream: str
    path: str
    page_size: int
    rows: str
    id_filter: str = "id"
    fields: str = ""
    always: tuple[str, ...] = ()
    room: Semaphore | None = None

    def by_id(self, conditions: Sequence[str], ids: IdRange) -> Iterator[Page]:
        """Pages in ascending id, each asked for by `id>N`, so that changes to the list cannot shift them.

        A range that ends before the list does is cut here: two conditions on one field are not documented.
        """
        after = ids.after
        while True:
            page = self.page(self._filtered([*conditions, f"{self.id_filter}>{after}"], "id asc"))
            held = [self._with_ids(page, after).up_to(ids.until)]
            last, after = held[0].last, max([after, *held[0].ids[-1:]])
            del page
            yield held.pop()  # a chain that waits for its turn must not keep a page in memory
            if last:
                return

    def highest_id(self, conditions: Sequence[str]) -> int:
        """One small call; 0 for an empty list."""
        page = replace(self, page_size=1).page(self._filtered(conditions, "id desc"))
        return id_of(self.stream, page.rows[0]) if page.rows else 0

    def by_token(self, order_by: str, conditions: Sequence[str] = ()) -> Iterator[Page]:
        """Pages by Keap's page token, for lists (or orders) that have no id to continue from."""
        params = self._filtered(conditions, order_by)
        seen: set[str] = set()
        rows: list[Row] | None = None
        while True:
            page = self.page(params)
            if page.next_token in seen or (page.rows and page.rows == rows):
                raise BadPage(self.stream, "the same page twice")
            yield page
            if page.last or not page.next_token:
                return
            seen.add(page.next_token)
            rows = page.rows
            params = {**params, "page_token": page.next_token}

    def page(self, params: Mapping[str, str]) -> Page:
        fields = {"fields": self.fields} if self.fields else {}
        response = self._get({**params, **fields, "page_size": str(self.page_size)})
        if self.room:
            self.room.acquire()  # a parsed page takes ten times the memory of its text
        body = parsed(self.stream, response)
        token = bare_token(body.get("next_page_token"))
        return Page(self._rows_of(body, token), token, server_time(response))

    def object(self) -> Row:
        return parsed(self.stream, self._get({}))

    def listed(self, key: str) -> list[Row]:
        """The list that stands under a key of a single object."""
        return replace(self, rows=key)._rows_of(self.object(), None)

    def _filtered(self, conditions: Sequence[str], order_by: str) -> dict[str, str]:
        chosen = ";".join([*self.always, *conditions])
        return {**({"filter": chosen} if chosen else {}), **({"order_by": order_by} if order_by else {})}

    def _rows_of(self, body: Row, token: str | None) -> list[Row]:
        rows = body.get(self.rows)
        if rows is None and self.rows in body and not token:
            return []  # an empty list that was written as null
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadPage(self.stream, f"an object that has no list {self.rows!r}")
        return rows

    def _get(self, params: Mapping[str, str]) -> requests.Response:
        response = self.requester.send_request(path=self.path, request_params=params)
        if response is None:
            raise BadPage(self.stream, "no answer")
        return response

    def _with_ids(self, page: Page, after: int) -> Page:
        """The page with its ids; rows that have none are left out, since nothing could refer to them."""
        found = [(row_id, row) for row in page.rows if (row_id := number_of(row.get("id"))) is not None]
        if page.rows and not found:
            raise BadPage(self.stream, "rows without a numeric id")
        if len(found) < len(page.rows):
            left_out = len(page.rows) - len(found)
            LOGGER.warning(f"Stream {self.stream}: {left_out} rows without a numeric id were left out.")
        ids = tuple(row_id for row_id, _ in found)
        for before, row_id in pairwise((after, *ids)):
            if row_id <= before:
                raise BadPage(self.stream, f"ids that do not ascend ({row_id} after {before})")
        return Page([row for _, row in found], page.next_token, page.server_time, ids)


def parsed(stream: str, response: requests.Response) -> Row:
    """The JSON object of a response; a body that is cut off or no object is an error, never an empty page."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
        raise BadPage(stream, f"a body of {len(response.content)} bytes that is not JSON ({kind})") from None
    if not isinstance(body, dict):
        raise BadPage(stream, "JSON that is not an object")
    return body


def bare_token(token: Any) -> str | None:
    """Keap documents an opaque token; a captured answer had a whole URL with `page_token` in its place.

    A number is the token too: to take it for none would end the list early without a word.
    """
    if type(token) is int and token:
        return str(token)
    if not isinstance(token, str) or not token:
        return None
    if "://" not in token:
        return token
    return next(iter(parse_qs(urlsplit(token).query).get("page_token", [])), None)


def number_of(value: Any) -> int | None:
    """An id as a number; Keap's v2 writes ids as strings."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def id_of(stream: str, row: Row) -> int:
    row_id = number_of(row.get("id"))
    if row_id is None:
        raise BadPage(stream, "rows without a numeric id")
    return row_id


def time_of(row: Row, field: str) -> datetime | None:
    """A row's date-time; None when Keap left it empty. Both `Z` and `+0000` occur."""
    value = row.get(field)
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def oldest(page: Page, field: str) -> datetime:
    """The earliest time of a page; the end of time for a page without any."""
    times = [moment for row in page.rows if (moment := time_of(row, field))]
    return min(times, default=datetime.max.replace(tzinfo=UTC))


def newest_first(page: Page, field: str) -> bool:
    times = [moment for row in page.rows if (moment := time_of(row, field))]
    return times == sorted(times, reverse=True)


def keap_time(moment: datetime) -> str:
    """How Keap wants times in filters: UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
