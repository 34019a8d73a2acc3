"""docs/examples/pyairbyte/sync.py as it stands, with OAuth, run after run."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.client.test_pyairbyte import CLIENT
from tests.pair.connection import SOURCE, plain_environment
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import Simulators, running

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "pyairbyte" / "sync.py"

pytestmark = pytest.mark.skipif(CLIENT is None, reason="`make test-client` gives PyAirbyte an environment")


def sync(folder: Path) -> int:
    done = subprocess.run(
        [str(CLIENT), EXAMPLE, "keap.json", "chartmogul.json", "state.duckdb", SOURCE.parent],
        cwd=folder, capture_output=True, text=True, env=plain_environment(), check=False,
    )  # fmt: skip
    moved = re.search(r"^(\d+) records moved$", done.stdout, re.MULTILINE)
    assert moved, done.stdout + done.stderr
    return int(moved[1])


def oauth(servers: Simulators) -> dict[str, object]:
    keap = servers.keap.credentials
    names = ("client_id", "client_secret", "refresh_token")
    return {"auth_type": "oauth2.0", **{name: keap[name] for name in names}}


def test_each_run_brings_what_changed_and_keeps_the_new_token(tmp_path: Path) -> None:
    """All records, then hardly any; a token that expires between runs is renewed, and the file has it."""
    with running("small") as servers:
        set_up_chartmogul(servers)
        keap = tmp_path / "keap.json"
        keap.write_text(json.dumps(source_config(servers) | {"credentials": oauth(servers)}))
        (tmp_path / "chartmogul.json").write_text(json.dumps(destination_config(servers)))
        first = sync(tmp_path)
        tokens = [json.loads(keap.read_text())["credentials"]["refresh_token"]]
        servers.keap.control.clock(advance_seconds=2 * 86_400)
        second = sync(tmp_path)
        tokens.append(json.loads(keap.read_text())["credentials"]["refresh_token"])
        third = sync(tmp_path)
    assert first > 1_000
    assert third <= second < 200
    assert len({*tokens, oauth(servers)["refresh_token"]}) == 3
    assert keap.stat().st_mode & 0o077 == 0
