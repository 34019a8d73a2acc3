"""Airbyte's own source for ChartMogul reads what our destination has written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.test_pyairbyte import CLIENT
from tests.pair.connection import Connection, parse, plain_environment
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import Simulators, running

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
REAL = "https://api.chartmogul.com"

pytestmark = pytest.mark.skipif(CLIENT is None, reason="part of `make test-client`")


@pytest.fixture(scope="module")
def servers() -> Iterator[Simulators]:
    with running("small") as both:
        set_up_chartmogul(both)
        yield both


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The published manifest, out of its package."""
    folder = tmp_path_factory.mktemp("stock")
    locked: list[str | Path] = ["--no-deps", "--require-hashes", "-r", ROOT / "requirements" / "stock.txt"]
    subprocess.run([BIN / "uv", "pip", "install", "--quiet", "--target", folder, *locked], check=True)
    return (folder / "source_chartmogul" / "manifest.yaml").read_text()


class StockSource:
    """The manifest as a source, run by airbyte-cdk, with the simulator's address instead of the real one."""

    def __init__(self, folder: Path, manifest: str, servers: Simulators) -> None:
        assert manifest.count(REAL) == 1
        self._manifest, self._config = folder / "manifest.yaml", folder / "config.json"
        self._catalog = folder / "catalog.json"
        self._manifest.write_text(manifest.replace(REAL, servers.chartmogul.url))
        config = {"api_key": servers.chartmogul.api_key, "start_date": "2024-01-01T00:00:00Z"}
        self._config.write_text(json.dumps(config))

    def run(self, command: str, *more: str | Path) -> list[dict[str, Any]]:
        """The messages of one command."""
        files = ["--config", self._config, "--manifest-path", self._manifest, *more]
        done = subprocess.run(
            [BIN / "source-declarative-manifest", command, *files],
            capture_output=True, text=True, env=plain_environment(),
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return list(parse(done.stdout))

    def read(self) -> dict[str, list[dict[str, Any]]]:
        """The records of every stream."""
        (found,) = (each["catalog"] for each in self.run("discover") if each["type"] == "CATALOG")
        whole = {"sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
        streams = [{"stream": each, **whole} for each in found["streams"]]
        self._catalog.write_text(json.dumps({"streams": streams}))
        records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in self.run("read", "--catalog", self._catalog):
            if message["type"] == "RECORD":
                records[message["record"]["stream"]].append(message["record"]["data"])
        return records


def test_it_reads_what_was_written(servers: Simulators, manifest: str, tmp_path: Path) -> None:
    """Its check succeeds, and its customers, activities and counts are those that ChartMogul holds."""
    ours = Connection.create(tmp_path / "ours", source_config(servers), destination_config(servers))
    assert ours.sync().ok
    servers.chartmogul.control.clock(advance_seconds=60)
    stock = StockSource(tmp_path, manifest, servers)
    statuses = [
        each["connectionStatus"]["status"] for each in stock.run("check") if "connectionStatus" in each
    ]
    assert statuses == ["SUCCEEDED"]
    records = stock.read()
    held = servers.chartmogul.control.dump()
    assert len(records["customers"]) == len(held["customers"]) > 50
    active = [row for row in records["customers"] if row["status"] == "Active"]
    assert records["customer_daily_count"][-1]["customers"] == len(active)
    mrr = sum(row["mrr"] for row in records["customers"])
    assert sum(row["activity-mrr-movement"] for row in records["activities"]) == mrr > 0
