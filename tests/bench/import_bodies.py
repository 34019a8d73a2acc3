"""Bulk imports without the work of making them: recorded from a run, and posted by a loop that does no more.

Run as a program it is the destination, keeping the body of each import:
`python -m tests.bench.import_bodies FOLDER write --config ...`.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from destination_chartmogul.client import Body, Client
from destination_chartmogul.run import run
from tests.simulators import Server

POLL_SECONDS = 0.1
TIMEOUT_SECONDS = 120


def record(folder: Path, arguments: Sequence[str]) -> None:
    """Run the destination with `arguments`; each import's body becomes a file of `folder`."""
    numbers, send = itertools.count(1), Client._send

    def keep(
        client: Client, method: str, path: str, body: Body | None, params: Mapping[str, Any] | None, kind: str
    ) -> requests.Response:
        if isinstance(body, bytes) and path.endswith("/json_imports"):
            (folder / f"{next(numbers):05}.json").write_bytes(body)
        return send(client, method, path, body, params, kind)

    Client._send = keep  # type: ignore[method-assign,assignment]
    run(list(arguments))


def post_all(folder: Path, chartmogul: Server) -> float:
    """Post the bodies into a new data source, one after the other, and wait for each; → seconds."""
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (chartmogul.api_key, "")
        root = f"{chartmogul.url}/v1/data_sources"
        source = session.post(root, json={"name": "Keap"}, timeout=TIMEOUT_SECONDS).json()["uuid"]
        began = time.monotonic()
        for path in sorted(folder.glob("*.json")):
            _post(session, f"{root}/{source}/json_imports", path.read_bytes())
        return time.monotonic() - began


def _post(session: requests.Session, address: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = session.post(address, data=body, headers=headers, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    current = answer.json()
    while current["status"] not in ("completed", "failed"):
        time.sleep(POLL_SECONDS)
        current = session.get(f"{address}/{current['external_id']}", timeout=TIMEOUT_SECONDS).json()
    if current["status"] != "completed":
        raise RuntimeError(json.dumps(current)[:500])


if __name__ == "__main__":
    record(Path(sys.argv[1]), sys.argv[2:])
