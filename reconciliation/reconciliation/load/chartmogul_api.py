"""Read-only access to ChartMogul through the destination's client: paced, time-outs, bounded retries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from destination_chartmogul.client import Client
from destination_chartmogul.errors import DestinationError, Refused
from destination_chartmogul.pacing import Retries
from reconciliation.errors import ReconciliationError


class ChartMogulReader(Protocol):
    """What the audit needs of a ChartMogul client."""

    def get(self, path: str, query: Mapping[str, str], /) -> Mapping[str, Any]:
        """The JSON object at `path` below `/v1`. Raises ReconciliationError when there is none."""

    def now(self) -> datetime:
        """ChartMogul's own clock."""


class ApiReader:
    """ChartMogulReader over HTTP. Raises ReconciliationError for a base URL that is none."""

    def __init__(self, base_url: str, api_key: str, retries: Retries | None = None) -> None:
        try:
            self._client = Client(api_key, base_url, retries=retries)
        except DestinationError as error:
            raise ReconciliationError(str(error)) from error

    def get(self, path: str, query: Mapping[str, str], /) -> Mapping[str, Any]:
        """See ChartMogulReader."""
        try:
            body = self._client.get(path, **query)
        except (DestinationError, Refused) as error:
            raise ReconciliationError(f"ChartMogul cannot be read at {path}: {error}") from error
        if not body:
            raise ReconciliationError(f"ChartMogul answered GET {path} with nothing that is a JSON object.")
        return body

    def now(self) -> datetime:
        """See ChartMogulReader."""
        return self._client.now()
