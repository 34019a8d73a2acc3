"""A process that was forked is like one that was executed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pair.connection import DESTINATION, EXECUTABLES, SOURCE
from tests.soak.site import RUNNER
from tests.soak.starter import Starter

COMMANDS = {
    "help": [RUNNER, "--help"],
    "usage": [RUNNER, "nothing"],
    "configuration": [SOURCE, "read", "--config", "none.json", "--catalog", "none.json"],
    "specification": [SOURCE, "spec"],
    "other": [DESTINATION, "check", "--config", "none.json"],
    "unknown": [EXECUTABLES / "python", "-c", "print('executed')"],
}


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    with Starter() as ready:
        yield ready


@pytest.mark.parametrize("name", COMMANDS)
def test_output_and_exit_code_are_those_of_the_program(starter: Starter, name: str, tmp_path: Path) -> None:
    """What a user would see is what a soak sees."""
    command = [str(word) for word in COMMANDS[name]]
    forked, executed = (
        starter.start(command, tmp_path, tmp_path, clock=clock, room=None).result() for clock in (0.0, None)
    )
    assert forked[0] == executed[0]
    assert [without_time(line) for line in forked[1].splitlines()] == [
        without_time(line) for line in executed[1].splitlines()
    ]


def without_time(line: str) -> object:
    """A message without when it was said."""
    if not line.startswith("{"):
        return line
    message = json.loads(line)
    message.get("trace", {}).pop("emitted_at", None)
    return message


def test_it_is_a_process_that_can_be_killed_and_holds_no_file_of_another(
    starter: Starter, tmp_path: Path
) -> None:
    """Its descriptors are those of its start; -9 ends it there and then."""
    os.mkfifo(tmp_path / "keap.json")
    command = [str(SOURCE), "check", "--config", "keap.json"]
    start = starter.start(command, tmp_path, tmp_path, clock=0.0, room=None)
    assert not start.ends_within(0.5)
    files = sorted(int(path.name) for path in Path(f"/proc/{start.pid}/fd").iterdir())
    assert files == [0, 1, 2]
    os.kill(start.pid, signal.SIGKILL)
    assert start.result() == (-signal.SIGKILL, "")


def test_the_clock_of_the_machine_can_be_put(starter: Starter, tmp_path: Path) -> None:
    """What the run dates is dated by that clock, and by the true one when it is executed."""
    ten_years = 10 * 365.25 * 86_400
    for clock in (ten_years, None):
        assert (
            starter.start([str(RUNNER), "run"], tmp_path, tmp_path, clock=clock, room=None).result()[0] == 10
        )
    years = [int(path.name[7:11]) for path in sorted((tmp_path / "build" / "sync" / "runs").glob("*.log"))]
    assert years[0] - years[1] in (9, 10)


def test_the_disk_can_be_full(starter: Starter, tmp_path: Path) -> None:
    """No file grows beyond what there is room for."""
    start = starter.start([str(RUNNER), "run"], tmp_path, tmp_path, clock=0.0, room=0)
    code, said = start.result()
    assert (code, "File too large" in said) == (11, True)
