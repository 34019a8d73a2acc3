"""Bulk imports of one data source as ChartMogul carries them out: started, asked about, finished.

How long one takes is not documented. The wait before the first question follows what earlier imports took,
so that most imports cost one question.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from destination_chartmogul.client import Client
from destination_chartmogul.errors import Refused, UnreachableError

Json = dict[str, Any]
IMPORT_SECONDS = 3600.0
FIRST_SECONDS = 0.4
LONGEST_WAIT = 15.0
PENDING = ("queued", "processing", "pending", "working", "importing")


@dataclass(frozen=True)
class UnderWay:
    """An import that was started: the contacts and the number of objects in it, and what was answered."""

    name: str
    owners: tuple[str, ...]
    objects: int
    answer: Json
    since: float


class Imports:
    """`/data_sources/{ds}/json_imports`."""

    def __init__(self, client: Client, source: str) -> None:
        self._client, self._path = client, f"/data_sources/{source}/json_imports"
        self._usual = FIRST_SECONDS

    def start(self, name: str, members: bytes) -> Json:
        """Send one; `members` is the JSON text of everything but its name. Raises Refused."""
        body = b'{"external_id":"' + name.encode() + b'",' + members + b"}"
        return self._client.create(self._path, body, lambda: self.status(name))

    def status(self, name: str) -> Json | None:
        """What ChartMogul says of an import; None when it does not know it."""
        try:
            return self._client.get(f"{self._path}/{name}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def under_way(self, answer: Json, name: str, owners: tuple[str, ...], objects: int) -> UnderWay:
        """An import that was answered just now."""
        return UnderWay(str(answer.get("external_id") or name), owners, objects, answer, time.monotonic())

    def wait(self, started: UnderWay) -> Json:
        """Its last status. Raises UnreachableError after an hour."""
        current, asked, pause = started.answer, 0, self._usual / 4
        while current.get("status") in PENDING:
            waited = time.monotonic() - started.since
            if waited > IMPORT_SECONDS:
                raise UnreachableError(
                    "ChartMogul has not finished a bulk import within an hour; run the sync again later."
                )
            pause = min(max(2 * pause, FIRST_SECONDS), LONGEST_WAIT)
            time.sleep(max(self._usual - waited, 0.0) if asked == 0 else pause)
            current, asked = self._client.get(f"{self._path}/{started.name}"), asked + 1
        self._learn(time.monotonic() - started.since, asked)
        return current

    def _learn(self, seconds: float, asked: int) -> None:
        """Asked once: it may have been ready earlier. More often: wait about so long before asking."""
        if asked == 1:
            self._usual = max(FIRST_SECONDS, 0.9 * min(self._usual, seconds))
        elif asked > 1:
            self._usual = min(seconds, 60.0)
