"""The one door to ChartMogul's API: a pooled session, paced, with time-outs and bounded retries.

Limits of https://dev.chartmogul.com/docs/rate-limits: 40 requests a second (429 above), 20 parallel
connections (503 above). Nothing upserts and there is no idempotency key, so a POST without an answer is not
repeated here: it raises `Unanswered`, and the caller looks first (`create`).
"""

from __future__ import annotations

import email.utils
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter

from destination_chartmogul.address import DEFAULT, api_root
from destination_chartmogul.errors import (
    ConfigError,
    NotAllowedError,
    Refused,
    Unanswered,
    UnreachableError,
    faults_of,
)
from destination_chartmogul.hiding import Hidden
from destination_chartmogul.pacing import Retries, TokenBucket

UNTRUSTED = "The certificate of base_url is not trusted, so nothing was sent: check base_url, and any proxy."
JSON_TEXT = "application/json"
PAGE = 200
CONNECTIONS = 16
Json = dict[str, Any]
Body = Mapping[str, Any] | bytes
"""What a request says: an object, or its JSON text."""


class Client:
    """Calls of ChartMogul's API v1. Safe to use from several threads; `now()` is the server's clock."""

    def __init__(
        self,
        api_key: str,
        base_url: str = DEFAULT,
        per_second: float = 30.0,
        retries: Retries | None = None,
        timeout: tuple[float, float] = (10.0, 90.0),
    ) -> None:
        self._root = api_root(base_url)
        self._key = Hidden.of_key(api_key)
        self._session = requests.Session()
        self._session.auth = (api_key, "")
        self._session.headers["Accept"] = "application/json"
        self._session.headers["User-Agent"] = "airbyte-destination-chartmogul"
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=CONNECTIONS, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._bucket = TokenBucket(per_second)
        self._slots = threading.BoundedSemaphore(CONNECTIONS)
        self.retries = retries or Retries()
        self._timeout = timeout
        self._clock: tuple[datetime, float] | None = None
        self.requests_sent = 0
        self.throttled = 0

    def now(self) -> datetime:
        """Server time of the last answer plus what has passed since; the machine's clock before the first."""
        if self._clock is None:
            return datetime.now(UTC)
        moment, seen = self._clock
        return moment + timedelta(seconds=time.monotonic() - seen)

    @property
    def skew(self) -> timedelta:
        """This machine's time minus ChartMogul's, to about a second; 0 before the first answer."""
        return datetime.now(UTC) - self.now()

    def get(self, path: str, **params: Any) -> Json:
        """One object or page. Raises Refused (404 and other 4xx), ConfigError, UnreachableError."""
        return self._persist("GET", path, params=params)

    def patch(self, path: str, body: Mapping[str, Any], **params: Any) -> Json:
        """Change an object; repeating it is harmless."""
        return self._persist("PATCH", path, body=body, params=params)

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        """Set a state; repeating it is harmless."""
        return self._persist("PUT", path, body=body)

    def delete(self, path: str, **params: Any) -> None:
        """Delete an object; one that is gone already is fine."""
        try:
            self._persist("DELETE", path, params=params)
        except Refused as refused:
            if refused.status != 404:
                raise

    def post_again(self, path: str, body: Mapping[str, Any]) -> Json:
        """POST what may be said twice: tags and attributes that a customer has are not added again."""
        return self._persist("POST", path, body=body)

    def delete_among(self, path: str, body: Mapping[str, Any]) -> Json:
        """Delete what the body names from a list; names that are not in it are fine."""
        return self._persist("DELETE", path, body=body)

    def upload(self, path: str, name: str, content: bytes, form: Mapping[str, str]) -> Json:
        """Send a CSV file once. Raises Unanswered when it may or may not have been taken."""
        parts = requests.Request(
            "POST", self._root, data=dict(form), files={"file": (name, content, "text/csv")}
        ).prepare()
        body = parts.body if isinstance(parts.body, bytes) else str(parts.body).encode()
        return self._until_answered("POST", path, body, kind=str(parts.headers["Content-Type"]))

    def post(self, path: str, body: Body) -> Json:
        """Send once. Raises Unanswered when it may or may not have been applied; the caller has to look."""
        return self._until_answered("POST", path, body)

    def create(self, path: str, body: Body, find: Callable[[], Json | None]) -> Json:
        """POST once; without an answer, `find` looks whether it was applied before it is sent again."""
        for attempt in range(self.retries.attempts):
            try:
                return self.post(path, body)
            except Unanswered:
                time.sleep(self.retries.wait(attempt))
                found = find()
                if found is not None:
                    return found
        raise UnreachableError(f"ChartMogul did not answer POST {path} in {self.retries.attempts} attempts.")

    def pages(self, path: str, root: str, **params: Any) -> Iterator[list[Json]]:
        """All pages of a list; `root` names the array. The end is `has_more`, never a null cursor."""
        cursor: str | None = None
        while True:
            page = self.get(path, per_page=PAGE, **params, **({"cursor": cursor} if cursor else {}))
            yield list(page.get(root) or [])
            before, cursor = cursor, page.get("cursor")
            if not page.get("has_more") or not cursor:
                return
            if cursor == before:
                raise UnreachableError(f"ChartMogul gives the same page of {path} twice; run the sync again.")

    def all(self, path: str, root: str, **params: Any) -> Iterator[Json]:
        """All objects of a list."""
        for page in self.pages(path, root, **params):
            yield from page

    def _persist(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Json:
        """Repeat a request that may be repeated until it is answered."""
        last = ""
        for attempt in range(self.retries.attempts):
            try:
                return self._until_answered(method, path, body, params)
            except Unanswered as lost:
                last = str(lost)
                time.sleep(self.retries.wait(attempt))
        raise UnreachableError(
            f"ChartMogul did not answer {method} {path} in {self.retries.attempts} attempts ({last}): check "
            "base_url and this computer's network, or run again later."
        )

    def _until_answered(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        params: Mapping[str, Any] | None = None,
        kind: str = JSON_TEXT,
    ) -> Json:
        """One request; 429 means "not applied", so it is repeated at once after a wait."""
        started, attempt = time.monotonic(), 0
        while True:
            response = self._send(method, path, body, params, kind)
            if response.status_code != 429:
                return self._judge(response, path, body if kind == JSON_TEXT else None)
            self.throttled += 1
            attempt += 1
            if attempt >= 4 * self.retries.attempts or time.monotonic() - started > self.retries.total:
                raise UnreachableError(
                    "ChartMogul keeps answering 429 (too many requests); run the sync again later."
                )
            time.sleep(self.retries.wait(min(attempt, 8), _retry_after(response)))

    def _send(
        self,
        method: str,
        path: str,
        body: Body | None,
        params: Mapping[str, Any] | None,
        kind: str = JSON_TEXT,
    ) -> requests.Response:
        self._bucket.take()
        with self._slots:
            self.requests_sent += 1
            try:
                response = self._session.request(
                    method,
                    self._root + path,
                    data=body if body is None or isinstance(body, bytes) else orjson.dumps(body),
                    headers={"Content-Type": kind} if body is not None else None,
                    params=dict(params or {}),
                    timeout=self._timeout,
                    allow_redirects=False,
                )
            except requests.exceptions.InvalidURL:
                raise ConfigError("base_url is not a usable address.") from None
            except (requests.exceptions.RequestException, OSError) as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise ConfigError(UNTRUSTED) from None
                raise Unanswered(type(error).__name__) from error
        self._note_time(response)
        return response

    def _note_time(self, response: requests.Response) -> None:
        stamp = response.headers.get("Date")
        if stamp:
            try:
                self._clock = (email.utils.parsedate_to_datetime(stamp).astimezone(UTC), time.monotonic())
            except (TypeError, ValueError):
                return

    def _judge(self, response: requests.Response, path: str, sent: Body | None) -> Json:
        """Answer → body, or the exception that its status means."""
        status, body = response.status_code, _json(response)
        if status == 304 and sent is not None:
            return {}  # PATCH with values that are there already
        if 200 <= status < 300:
            if body is None and status != 204 and response.content.strip():
                raise Unanswered(f"status {status} with an unreadable body")
            return body if isinstance(body, dict) else {}
        if status >= 500 or status in (408, 425):
            raise Unanswered(f"status {status}")
        if status in _ACCOUNT_PROBLEMS:
            kind = ConfigError if status == 401 else NotAllowedError
            raise kind(_ACCOUNT_PROBLEMS[status])
        if 300 <= status < 400 or (body is None and status in (404, 405)):
            raise ConfigError(
                f"{self._root}{path} is not ChartMogul's API (status {status}); check base_url."
            )
        told = self._key.and_people(sent).out_of(body)
        raise Refused(status, faults_of(told), told)


_ACCOUNT_PROBLEMS = {
    401: "ChartMogul does not accept the API key (401). Use a key with read and write access.",
    402: "ChartMogul answers 402, payment required: the account's plan does not allow this.",
    403: "ChartMogul answers 403: the API key may not write, or the account's trial has ended.",
}


def _json(response: requests.Response) -> Any:
    """Body as JSON; None for none, HTML or something cut off."""
    try:
        return response.json() if response.content else None
    except ValueError:
        return None


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None
