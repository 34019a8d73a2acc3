"""A Keap account as a file of Airbyte messages, fetched once and given to the destination often.

Run as a program: `python -m tests.bench.account_file SCENARIO FILE`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import requests

from tests.bench import bare
from tests.simulators import Server, running

EMITTED_AT = 1_780_000_000_000
STREAMS = ("account", *bare.LISTS.values())


def write(keap: Server, path: Path) -> None:
    """Every record of the account, and a state after each stream."""
    with requests.Session() as session, path.open("wb") as file:
        session.trust_env = False
        session.headers["X-Keap-API-Key"] = keap.api_key
        file.writelines(_of_stream("account", iter([_account(session, keap.url)])))
        for address, stream in bare.LISTS.items():
            file.writelines(_of_stream(stream, bare.rows(session, keap.url, address, stream)))


def _account(session: requests.Session, url: str) -> dict[str, Any]:
    profile = session.get(f"{url}/crm/rest/v2/businessProfile", timeout=60).json()
    return {"id": "account", **profile}


def _of_stream(stream: str, rows: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield message(stream, row)
    state = {"stream_descriptor": {"name": stream}, "stream_state": {"upto": "end"}}
    yield orjson.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": state}}) + b"\n"


def message(stream: str, row: Mapping[str, Any]) -> bytes:
    """A RECORD message as a line."""
    said = {"stream": stream, "data": row, "emitted_at": EMITTED_AT}
    return orjson.dumps({"type": "RECORD", "record": said}) + b"\n"


def records(path: Path, streams: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records of some streams of such a file."""
    with path.open("rb") as file:
        for line in file:
            said = orjson.loads(line).get("record")
            if said and said["stream"] in streams:
                yield said["stream"], said["data"]


def main(scenario: str, path: str) -> None:
    """Serve the scenario and write its file."""
    with running(scenario) as servers:
        servers.keap.control.switch("rate_limits", "off")
        write(servers.keap, Path(path))


if __name__ == "__main__":
    main(*sys.argv[1:])
