"""Killed, cut off, or with nobody listening: nothing is lost and nothing hangs."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from source_keap.protocol import Type
from source_keap.source import names
from tests.simulators import Server
from tests.source_keap.executable import SCRIPT, run, start, states_of
from tests.source_keap.reading import read

Json = dict[str, Any]


@pytest.fixture
def files(config: Json, keap: Server, tmp_path: Path, catalog_file: Path) -> list[str]:
    """Arguments for a read in pages of 50 rows."""
    keap.control.switch("rate_limits", "off")
    config_file = tmp_path / "small_pages.json"
    config_file.write_text(json.dumps({**config, "page_size": 50}))
    return ["--config", str(config_file), "--catalog", str(catalog_file)]


def ids(lines: list[str]) -> set[tuple[str, str]]:
    records = [message["record"] for message in map(json.loads, lines) if message["type"] == "RECORD"]
    return {(record["stream"], record["data"]["id"]) for record in records}


def everything(keap: Server) -> set[tuple[str, str]]:
    held = keap.control.dump()
    lists = [name for name in names(optional=False) if name != "account"]
    return {("account", "account"), *((name, row["id"]) for name in lists for row in held[name])}


@pytest.mark.timeout(120)
def test_a_killed_read_resumes(keap: Server, files: list[str], tmp_path: Path) -> None:
    """A state is out while the next page is awaited; from it the next read gives the rest, little twice."""
    keap.control.faults([{"path": "/crm/rest/v2/orders", "nth": 9, "delay_seconds": 30}])
    process = start("read", *files)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if '"name":"orders"' in line and '"after_id":"20400"' in line:
            break
    assert keap.control.calls()["GET /crm/rest/v2/orders"] == {"200": 8}
    process.kill()
    process.communicate()
    keap.control.faults([])
    state_file = tmp_path / "state.json"
    state_file.write_text(json.dumps(states_of(lines)))
    rest = run("read", *files, "--state", state_file).output.splitlines()
    assert ids(lines) | ids(rest) == everything(keap)
    twice = {stream for stream, _ in ids(lines) & ids(rest)}
    assert twice <= {"account", "products", "orders"}
    assert len([each for each in ids(lines) & ids(rest) if each[0] == "orders"]) <= 1


def test_states_never_overtake_records(keap: Server, config: Json) -> None:
    """When a state says that an id is done, the records up to it came before."""
    keap.control.switch("rate_limits", "off")
    seen: dict[str, int] = {}
    states = 0
    for message in read({**config, "page_size": 7}).messages:
        if message.type == Type.RECORD and message.record.data["id"].isdecimal():
            seen[message.record.stream] = int(message.record.data["id"])
        if message.type == Type.STATE:
            state = vars(message.state.stream.stream_state)
            done = int(state.get("unfinished", {}).get("after_id", 0))
            assert done <= seen.get(message.state.stream.stream_descriptor.name, 0)
            states += done > 0
    assert states > 200


@pytest.mark.parametrize("fails", [False, True], ids=["while it reads", "while it tries again"])
def test_a_reader_that_goes_away_does_not_leave_it_hanging(
    keap: Server, config: Json, files: list[str], fails: bool
) -> None:
    """With the pipe closed after the first line the process ends by itself, with an error and no traceback,
    whether its next line is a record or the word that a call is tried again.
    """
    Path(files[1]).write_text(json.dumps({**config, "max_retries": 5}))
    if fails:
        keap.control.faults([{"path": "/crm/rest/v2", "status": 503}])
    process = start("read", *files)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 1
    assert process.stderr.read() == ""
    process.stderr.close()


def test_a_cut_read_says_so(keap: Server, files: list[str]) -> None:
    """A page that stays cut off ends its stream as INCOMPLETE, with exit code 1; the others complete. What
    Keap has left of the day is told all the same.
    """
    keap.control.faults([{"path": "/crm/rest/v2/orders", "truncate": True}])
    ran = run("read", *files)
    assert ran.code == 1
    assert ran.error["failure_type"] == "transient_error"
    assert "keap-calls-left-today" in {
        each["trace"].get("analytics", {}).get("type") for each in ran.of("TRACE")
    }
    statuses = [each["trace"].get("stream_status") for each in ran.of("TRACE")]
    last = {each["stream_descriptor"]["name"]: each["status"] for each in statuses if each}
    assert last.pop("orders") == "INCOMPLETE"
    assert set(last.values()) == {"COMPLETE"}


def test_a_pipe_as_configuration(config_file: Path) -> None:
    """`--config <(...)` can be read only once, and is."""
    command = f"{SCRIPT[0]} check --config <(cat {config_file})"
    done = subprocess.run(
        ["/bin/bash", "-c", command], capture_output=True, text=True, timeout=60, check=True
    )
    assert '"status":"SUCCEEDED"' in done.stdout
