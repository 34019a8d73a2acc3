"""docs/examples/dagster as it stands: the pair as an asset on a schedule."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pair.connection import DESTINATION, SOURCE, Connection, plain_environment
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import running

DAGSTER = os.environ.get("DAGSTER_PYTHON")
ROOT = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("drive_dagster.py")

pytestmark = pytest.mark.skipif(
    DAGSTER is None, reason="DAGSTER_PYTHON names a Python with docs/examples/dagster/requirements.txt"
)


def materialise(folder: Path, command: str) -> dict[str, Any]:
    more = {"KEAP_SYNC": command, "KEAP_SYNC_FOLDER": str(folder / "sync"), "DAGSTER_HOME": ""}
    done = subprocess.run(
        [str(DAGSTER), DRIVER], cwd=folder, capture_output=True, text=True, check=False,
        env={**plain_environment(), **more, "DO_NOT_TRACK": "1"},
    )  # fmt: skip
    told = re.search(r"^TOLD (.*)$", done.stdout, re.MULTILINE)
    assert told, done.stdout + done.stderr
    return dict(json.loads(told[1]))


def test_the_asset_syncs_and_tells_what_it_did(tmp_path: Path) -> None:
    """First everything, then nothing new; a refused key is told in the connector's words, once."""
    with running("small") as servers:
        set_up_chartmogul(servers)
        pair = Connection.create(tmp_path / "pair", source_config(servers), destination_config(servers))
        runner = [sys.executable, ROOT / "standalone" / "main.py"]
        files = ["--source-config", pair.folder / "keap.json"]
        files += ["--destination-config", pair.folder / "chartmogul.json"]
        programs = ["--source", SOURCE, "--destination", DESTINATION]
        words = " ".join(shlex.quote(str(word)) for word in (*files, *programs))
        script = tmp_path / "sync.sh"
        script.write_text(f'exec {shlex.join(map(str, runner))} "$@" {words}\n')
        command = f"sh {script}"
        first, second = (materialise(tmp_path, command) for _ in range(2))
        servers.keap.control.faults([{"status": 401}])
        refused = materialise(tmp_path, command)
    assert (first["success"], first["cron"]) == (True, "*/30 * * * *")
    assert first["records"] > 1_000
    assert second["records"] < 20
    assert second["rejected"] <= first["rejected"] < 10
    assert "Keap refused the key" in refused["error"]
    assert "exit code 10" in refused["error"]
