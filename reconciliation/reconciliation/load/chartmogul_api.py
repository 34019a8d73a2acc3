"""Read-only access to ChartMogul: basic authentication, time-outs, bounded retries."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol, Self

import requests

from reconciliation.errors import ReconciliationError

TRIES = 6
TIMEOUT_SECONDS = (10, 60)
WAIT_AND_RETRY = frozenset({429, 500, 502, 503, 504})


class ChartMogulReader(Protocol):
    """What the audit needs of a ChartMogul client."""

    def get(self, path: str, query: Mapping[str, str], /) -> Mapping[str, Any]:
        """The JSON object at `path` (with `/v1`). Raises ReconciliationError when there is none."""


class ApiReader:
    """ChartMogulReader over HTTP. The API key is the user name, with an empty password.

    The wait before the second try is `first_wait_seconds`; it doubles with each further try.
    """

    def __init__(self, base_url: str, api_key: str, first_wait_seconds: float = 0.5) -> None:
        self._first_wait = first_wait_seconds
        self._base = base_url.rstrip("/").removesuffix("/v1")
        self._session = requests.Session()
        self._session.auth = (api_key, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, path: str, query: Mapping[str, str], /) -> Mapping[str, Any]:
        """See ChartMogulReader."""
        for attempt in range(TRIES):
            time.sleep(self._first_wait * 2 ** (attempt - 1) if attempt else 0)
            answer = self._try(path, query, last=attempt == TRIES - 1)
            if answer is not None and answer.status_code not in WAIT_AND_RETRY:
                return self._read(path, answer)
        raise ReconciliationError(
            f"ChartMogul did not answer GET {path} after {TRIES} tries; try again later."
        )

    def _try(self, path: str, query: Mapping[str, str], last: bool) -> requests.Response | None:
        try:
            return self._session.get(self._base + path, params=dict(query), timeout=TIMEOUT_SECONDS)
        except (requests.ConnectionError, requests.Timeout) as error:
            if last:
                raise ReconciliationError(
                    f"ChartMogul cannot be reached at {self._base}; check base_url and the network."
                ) from error
            return None

    def _read(self, path: str, answer: requests.Response) -> Mapping[str, Any]:
        if answer.status_code in (401, 403):
            raise ReconciliationError("ChartMogul refused the API key; create one under Profile, API keys.")
        if answer.status_code != 200:
            raise ReconciliationError(f"ChartMogul answered GET {path} with status {answer.status_code}.")
        try:
            body = answer.json()
        except ValueError as error:
            raise ReconciliationError(f"ChartMogul answered GET {path} with no JSON.") from error
        if not isinstance(body, dict):
            raise ReconciliationError(f"ChartMogul answered GET {path} with an unexpected JSON value.")
        return body
