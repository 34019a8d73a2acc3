"""A list of Keap's REST v2 in memory, behind the requester's one method, with ways to misbehave."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import requests

Row = dict[str, Any]


@dataclass
class FakeKeap:
    """Rows by id. `now` is the server's clock; `asked` are the parameters of each call."""

    rows: dict[int, Row] = field(default_factory=dict)
    now: datetime = datetime(2026, 7, 1, 12, tzinfo=UTC)
    asked: list[dict[str, str]] = field(default_factory=list)
    key: str = "payments"
    order_is_ignored: bool = False
    filter_is_ignored: bool = False
    filter_is_inclusive: bool = False
    token_at_the_end: bool = False
    rows_a_page_at_most: int = 1000
    broken_from: int | None = None

    _ids: list[int] = field(default_factory=list, init=False)

    def put(self, row_id: int, **values: Any) -> None:
        self.rows[row_id] = {**self.rows.get(row_id, {}), "id": str(row_id), **values}

    def advance(self, **units: float) -> None:
        self.now += timedelta(**units)

    def send_request(self, *, path: str, request_params: Mapping[str, str]) -> requests.Response:
        assert path.endswith(self.key)
        self.asked.append(dict(request_params))
        size = min(int(request_params["page_size"]), self.rows_a_page_at_most)
        start = int(request_params.get("page_token", 0))
        chosen = self._ordered(self._chosen(request_params), request_params.get("order_by", ""))
        page, more = chosen[start : start + size], len(chosen) > start + size
        token = str(start + size) if more or self.token_at_the_end else ""
        return self._response({self.key: page, "next_page_token": token})

    @property
    def _sorted(self) -> list[int]:
        """The ids in order; sorted anew only when rows were added or taken away."""
        if len(self._ids) != len(self.rows):
            self._ids = sorted(self.rows)
        return self._ids

    def _chosen(self, params: Mapping[str, str]) -> list[Row]:
        after = re.search(r"(?:^|;)id>(\d+)", params.get("filter", ""))
        floor = int(after[1]) if after and not self.filter_is_ignored else 0
        if self.broken_from is not None and floor >= self.broken_from:
            raise ValueError("broken")
        since = re.search(r"since_time==([^;]+)", params.get("filter", ""))
        start = (bisect_left if self.filter_is_inclusive else bisect_right)(self._sorted, floor)
        ids = self._sorted[start:]
        if since is None:
            ids = ids if params.get("order_by") != "id asc" else ids[: int(params["page_size"]) + 1]
            return [self.rows[row_id] for row_id in ids]
        return [self.rows[each] for each in ids if self.rows[each]["modification_time"] >= since[1]]

    def _ordered(self, rows: list[Row], order_by: str) -> list[Row]:
        name, _, direction = order_by.partition(" ")
        if self.order_is_ignored or name in ("", "id"):
            return rows[::-1] if direction == "desc" and not self.order_is_ignored else rows
        return sorted(rows, key=lambda row: row.get(name) or "", reverse=direction == "desc")

    def _response(self, body: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response._content = orjson.dumps(body)
        response.headers["Date"] = format_datetime(self.now, usegmt=True)
        response.headers["Content-Type"] = "application/json"
        return response
