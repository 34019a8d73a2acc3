"""Drives the destination as a caller does: Airbyte messages in, messages out."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from destination_chartmogul.errors import DestinationError
from destination_chartmogul.messages import Printer
from destination_chartmogul.write import write

Json = dict[str, Any]
STREAMS = ("account", "products", "subscriptions", "payments", "contacts", "orders")
EMITTED_AT = 1_780_000_000_000
_PATHS = {"payments": "sales/payments", "transactions": "sales/transactions"}


def catalog(
    streams: Sequence[str] = STREAMS, mode: str = "append_dedup", sync_mode: str = "incremental"
) -> Json:
    """A configured catalog."""
    return {
        "streams": [
            {
                "stream": {
                    "name": name,
                    "json_schema": {},
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": sync_mode,
                "destination_sync_mode": mode,
                "primary_key": [["id"]],
            }
            for name in streams
        ]
    }


def record(stream: str, data: Mapping[str, Any]) -> Json:
    """A RECORD message."""
    return {"type": "RECORD", "record": {"stream": stream, "data": data, "emitted_at": EMITTED_AT}}


def state(stream: str, **cursor: Any) -> Json:
    """A STATE message of one stream, with a field that only platforms know."""
    descriptor = {"name": stream}
    inner = {"type": "STREAM", "stream": {"stream_descriptor": descriptor, "stream_state": cursor}, "id": 7}
    return {"type": "STATE", "state": inner}


def lines(messages: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """Messages as lines of standard input."""
    return [json.dumps(message).encode() + b"\n" for message in messages]


def keap_records(keap: Any) -> dict[str, list[Json]]:
    """All records of a simulated Keap account, by stream, as the source emits them."""
    found: dict[str, list[Json]] = {"account": [{"id": "account", **_get(keap, "businessProfile")}]}
    for stream in STREAMS[1:]:
        found[stream] = keap_rows(keap, stream)
    return found


def keap_rows(keap: Any, stream: str) -> list[Json]:
    """The records of one list."""
    return _all(keap, _PATHS.get(stream, stream), stream)


def _all(keap: Any, path: str, root: str) -> list[Json]:
    rows: list[Json] = []
    params: Json = {"page_size": 1000}
    while True:
        page = _get(keap, path, params)
        rows += page.get(root) or []
        if not page.get("next_page_token"):
            return rows
        params["page_token"] = page["next_page_token"]


def _get(keap: Any, path: str, params: Mapping[str, Any] | None = None) -> Json:
    answer = requests.get(
        f"{keap.url}/crm/rest/v2/{path}",
        params=params,
        headers={"X-Keap-API-Key": keap.api_key},
        timeout=10,
    )
    answer.raise_for_status()
    body: Json = answer.json()
    return body


def messages_of(records: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Json]:
    """Records of all streams with a state after each stream."""
    out: list[Json] = []
    for stream, rows in records.items():
        out += [record(stream, row) for row in rows]
        out.append(state(stream, upto=stream))
    return out


def completed(stream: str) -> Json:
    """A stream ends well."""
    said = {"stream_descriptor": {"name": stream}, "status": "COMPLETE"}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": said}}


@dataclass(frozen=True)
class Result:
    """What came out of a run; `error` is the sentence of a run that failed."""

    messages: list[Json]
    error: str | None = None
    kind: str | None = None

    @property
    def states(self) -> list[Json]:
        """Acknowledged STATE messages."""
        return [m["state"] for m in self.messages if m["type"] == "STATE"]

    @property
    def logs(self) -> list[str]:
        """Log texts."""
        return [m["log"]["message"] for m in self.messages if m["type"] == "LOG"]

    @property
    def rejected(self) -> int:
        """What the run's summary says; states, where there are any, add up to no more. ValueError without
        summary: a run that failed says nothing about rejects.
        """
        (said,) = re.findall(r"objects sent, (\d+) rejected", "\n".join(self.logs))
        assert sum(s["destinationStats"]["rejectedRecordCount"] for s in self.states) <= int(said)
        return int(said)


def config_for(chartmogul: Any, **more: Any) -> Json:
    """A configuration for a simulated ChartMogul account."""
    return {"base_url": chartmogul.url, "api_key": chartmogul.api_key, "requests_per_second": 38, **more}


def run_write(
    config: Mapping[str, Any],
    messages: Iterable[Mapping[str, Any]] | None = None,
    raw: Iterable[bytes] | None = None,
    state_file: Path | None = None,
    streams: Sequence[str] = STREAMS,
    mode: str = "incremental",
) -> Result:
    """`write` in this process."""
    out = io.StringIO()
    given = list(raw) if raw is not None else lines(messages or ())
    error: DestinationError | None = None
    try:
        write(
            config,
            catalog(streams, sync_mode=mode),
            given,
            Printer(out),
            str(state_file) if state_file else None,
        )
    except DestinationError as caught:
        error = caught
    printed = [json.loads(line) for line in out.getvalue().split("\n") if line]
    return Result(printed, str(error) if error else None, error.kind if error else None)


def run_whole(config: Mapping[str, Any], records: Mapping[str, Iterable[Mapping[str, Any]]]) -> Result:
    """A full refresh of every stream, which comes to its end."""
    ends = [completed(stream) for stream in records]
    return run_write(config, [*messages_of(records), *ends], mode="full_refresh")
