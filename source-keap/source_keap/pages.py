"""One page of a Keap v2 list: ask for it, parse it, refuse what is not one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import requests
from airbyte_cdk.sources.declarative.requesters.requester import Requester
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.protocol import FailureType

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
class Page:
    rows: list[Row]
    next_token: str | None
    server_time: datetime

    @property
    def last(self) -> bool:
        """Keap ends a list by leaving the token out. A short page with a token is not the end."""
        return not (self.rows and self.next_token)


@dataclass(frozen=True)
class KeapList:
    """One list of Keap's REST v2. `path` is relative to /crm/rest/v2, `rows` the key of the array."""

    requester: Requester
    stream: str
    path: str
    page_size: int
    id_filter: str = "id"
    fields: str = ""

    @property
    def rows(self) -> str:
        return self.path.rpartition("/")[2]

    def by_id(self, conditions: list[str], after_id: int) -> Iterator[Page]:
        """Pages in ascending id, each asked for by `id>N`, so that changes to the list cannot shift them."""
        while True:
            chosen = ";".join([*conditions, f"{self.id_filter}>{after_id}"])
            page = self.page({"filter": chosen, "order_by": "id asc"})
            after_id = self._last_id(page.rows, after_id)
            yield page
            if page.last:
                return

    def by_token(self, order_by: str) -> Iterator[Page]:
        """Pages by Keap's page token, for lists (or orders) that have no id to continue from."""
        token: str | None = None
        first_id = None
        while True:
            page = self.page({"order_by": order_by, **({"page_token": token} if token else {})})
            if page.rows and page.rows[0].get("id") == first_id:
                raise BadPage(self.stream, "the same page twice")
            yield page
            if page.last:
                return
            first_id, token = page.rows[0].get("id"), page.next_token

    def page(self, params: Mapping[str, str]) -> Page:
        fields = {"fields": self.fields} if self.fields else {}
        response = self._get({**params, **fields, "page_size": str(self.page_size)})
        body = parsed(self.stream, response)
        rows = body.get(self.rows)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadPage(self.stream, f"an object that has no list {self.rows!r}")
        return Page(rows, bare_token(body.get("next_page_token")), server_time(response))

    def object(self) -> Row:
        return parsed(self.stream, self._get({}))

    def _get(self, params: Mapping[str, str]) -> requests.Response:
        response = self.requester.send_request(path=self.path, request_params=params)
        if response is None:
            raise BadPage(self.stream, "no answer")
        return response

    def _last_id(self, rows: list[Row], after_id: int) -> int:
        for row in rows:
            row_id = id_of(self.stream, row)
            if row_id <= after_id:
                raise BadPage(self.stream, f"ids that do not ascend ({row_id} after {after_id})")
            after_id = row_id
        return after_id


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
    """Keap documents an opaque token; a captured answer had a whole URL with `page_token` in its place."""
    if not isinstance(token, str) or not token:
        return None
    if "://" not in token:
        return token
    return next(iter(parse_qs(urlsplit(token).query).get("page_token", [])), None)


def id_of(stream: str, row: Row) -> int:
    try:
        return int(row["id"])
    except (KeyError, TypeError, ValueError):
        raise BadPage(stream, "a row without a numeric id") from None


def server_time(response: requests.Response) -> datetime:
    """The server's clock (the Date header, in seconds); this computer's only when the header is missing."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC)


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


def keap_time(moment: datetime) -> str:
    """How Keap wants times in filters: UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
