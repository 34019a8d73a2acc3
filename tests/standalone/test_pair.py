"""The real connectors, run unattended against the simulators."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bench.measure import calls
from tests.pair.connection import DESTINATION, SOURCE, plain_environment
from tests.pair.fixtures import destination_config, set_up_chartmogul
from tests.simulators import Simulators, running
from tests.standalone.fakes import ROOT, until

STREAMS = 6
READS_OF_CHARTMOGUL = 3


@dataclass(frozen=True)
class Pair:
    """A connection by OAuth, whose refresh token works once."""

    folder: Path
    servers: Simulators

    def command(self, *more: str) -> list[str]:
        files = [
            "--source-config",
            "keap.json",
            "--destination-config",
            "chartmogul.json",
            "--folder",
            "sync",
        ]
        programs = ["--source", str(SOURCE), "--destination", str(DESTINATION)]
        return [sys.executable, str(ROOT / "standalone" / "main.py"), "run", *files, *programs, *more]

    def start(self) -> subprocess.Popen[str]:
        environment = plain_environment()
        return subprocess.Popen(
            self.command(), cwd=self.folder, text=True, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self) -> int:
        process = self.start()
        process.communicate(timeout=120)
        return process.returncode

    def config(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "keap.json").read_text())
        return content

    def held(self) -> Any:
        return self.servers.chartmogul.control.dump()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with running("small") as servers:
        set_up_chartmogul(servers)
        secrets = ("client_id", "client_secret", "refresh_token")
        oauth = {name: servers.keap.credentials[name] for name in secrets} | {"auth_type": "oauth2.0"}
        config = {"base_url": servers.keap.url, "credentials": oauth, "max_retries": 0}
        (tmp_path / "keap.json").write_text(json.dumps(config))
        (tmp_path / "chartmogul.json").write_text(json.dumps(destination_config(servers)))
        yield Pair(tmp_path, servers)


def test_a_run_stopped_in_the_middle_is_gone_on_with(pair: Pair) -> None:
    """Stopped while ChartMogul is written to; the next run ends as if nothing had been, token included.

    And a run in which nothing happened costs a call a stream, three reads, and no write.
    """
    chartmogul = pair.servers.chartmogul
    chartmogul.control.faults([{"path": "/v1", "every": 1, "delay_seconds": 0.2}])
    process = pair.start()
    until(lambda: any(call.startswith("POST") for call in calls(chartmogul)))
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert pair.config()["credentials"]["refresh_token"] != pair.servers.keap.credentials["refresh_token"]
    chartmogul.control.faults([])
    assert pair.run() == 0
    held = pair.held()
    assert len(held["invoices"]) == 725
    before = calls(pair.servers.keap), calls(chartmogul)
    assert pair.run() == 0
    read = calls(chartmogul) - before[1]
    assert (calls(pair.servers.keap) - before[0]).total() <= STREAMS
    assert read.total() <= READS_OF_CHARTMOGUL
    assert all(call.startswith("GET ") for call in read)
    assert pair.held() == held


def test_half_a_sync_is_kept(pair: Pair) -> None:
    """Keap fails for orders: contacts are written, and what is settled is acknowledged."""
    pair.servers.keap.control.faults([{"path": "/crm/rest/v2/orders", "status": 500}])
    assert pair.run() == 13
    states = json.loads((pair.folder / "sync" / "state.json").read_text())
    names = {state["stream"]["stream_descriptor"]["name"] for state in states}
    assert {"products", "contacts"} <= names
    assert "subscriptions" not in names  # a bill is nothing without its subscription
    assert pair.held()["customers"]
    pair.servers.keap.control.faults([])
    assert pair.run() == 0
    assert len(pair.held()["invoices"]) == 725
