"""PyAirbyte moves a Keap account into ChartMogul, twice."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.pair.connection import DESTINATION, SOURCE, plain_environment
from tests.pair.fixtures import destination_config, empty_chartmogul, set_up_chartmogul, source_config
from tests.simulators import Simulators, running

CLIENT = os.environ.get("CLIENT_PYTHON")

pytestmark = pytest.mark.skipif(CLIENT is None, reason="`make test-client` gives PyAirbyte an environment")


@pytest.fixture
def pair() -> Iterator[Simulators]:
    with running(scenario="small") as servers:
        set_up_chartmogul(servers)
        yield servers


def drive(
    folder: Path, source: Mapping[str, Any], destination: Mapping[str, Any], *, through_cache: bool = False
) -> int:
    plan = folder / "plan.json"
    plan.write_text(
        json.dumps(
            {
                "source": source,
                "destination": destination,
                "source_executable": str(SOURCE),
                "destination_executable": str(DESTINATION),
                "state": str(folder / "state.duckdb"),
                "through_cache": through_cache,
            }
        )
    )
    drive_script = Path(__file__).with_name("drive.py")
    done = subprocess.run(
        [str(CLIENT), drive_script, plan], cwd=folder, capture_output=True, text=True, env=plain_environment()
    )
    moved = re.search(r"^MOVED (\d+)$", done.stdout, re.MULTILINE)
    assert moved, done.stdout + done.stderr
    return int(moved.group(1))


def test_a_first_sync_fills_chartmogul_and_a_second_writes_nothing(pair: Simulators, tmp_path: Path) -> None:
    """Under PyAirbyte a first sync writes every customer, and a second finds nothing to write."""
    configs = source_config(pair), destination_config(pair)
    assert drive(tmp_path, *configs) > 0
    filled = pair.chartmogul.control.dump()
    assert len(filled["customers"]) > 50
    before = writes(pair)
    drive(tmp_path, *configs)
    assert writes(pair) == before
    assert pair.chartmogul.control.dump() == filled


def test_its_cache_changes_nothing(pair: Simulators, tmp_path: Path) -> None:
    """Through PyAirbyte's cache, which drops time zones and re-types numbers, the state is the same."""
    configs = source_config(pair), destination_config(pair)
    drive(tmp_path, *configs)
    directly = pair.chartmogul.control.dump()
    empty_chartmogul(pair)
    (tmp_path / "cached").mkdir()
    drive(tmp_path / "cached", *configs, through_cache=True)
    assert pair.chartmogul.control.dump() == directly


def writes(pair: Simulators) -> int:
    """Calls that changed something in ChartMogul; `check` also sends one that is meant to be refused."""
    counts = pair.chartmogul.control.calls()
    return sum(
        count
        for call, by_status in counts.items()
        for status, count in by_status.items()
        if not call.startswith("GET ") and status.startswith("2")
    )
