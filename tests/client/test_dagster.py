"""docs/examples/dagster as it stands: the pair as an asset on a schedule."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.pair.connection import Connection, plain_environment
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import running

DAGSTER = os.environ.get("DAGSTER_PYTHON")
DRIVER = Path(__file__).with_name("drive_dagster.py")

pytestmark = pytest.mark.skipif(
    DAGSTER is None, reason="DAGSTER_PYTHON names a Python with docs/examples/dagster/requirements.txt"
)


def materialise(folder: Path, command: str) -> dict[str, Any]:
    lock = folder / "lock"
    more = {"KEAP_SYNC": command, "KEAP_SYNC_LOCK": str(lock), "DAGSTER_HOME": ""}
    done = subprocess.run(
        [str(DAGSTER), DRIVER], cwd=folder, capture_output=True, text=True, check=False,
        env={**plain_environment(), **more, "DO_NOT_TRACK": "1"},
    )  # fmt: skip
    told = re.search(r"^TOLD (.*)$", done.stdout, re.MULTILINE)
    assert told, done.stdout + done.stderr
    return dict(json.loads(told[1]))


def test_the_asset_syncs_and_tells_what_it_did(tmp_path: Path) -> None:
    """Everything, then nothing new; failures are told in the connector's words; two never run at once."""
    with running("small") as servers:
        set_up_chartmogul(servers)
        pair = Connection.create(tmp_path / "pair", source_config(servers), destination_config(servers))
        state = f"$([ -e {pair.state} ] && echo --state {pair.state})"
        read = shlex.join(map(str, pair.read_command()))
        command = shlex.join(["sh", "-c", f"{read} {state} | {shlex.join(map(str, pair.write_command()))}"])
        first, second = (materialise(tmp_path, command) for _ in range(2))
        servers.keap.control.faults([{"status": 401}])
        assert "Keap refused the key" in materialise(tmp_path, read)["error"]
    assert (first["success"], first["cron"]) == (True, "*/30 * * * *")
    assert first["records"] > 1_000
    assert second["records"] < 20
    assert first["rejected"] == second["rejected"] == 0
    assert "records read" in second["summary"]
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "still running" in materialise(tmp_path, "true")["error"]
