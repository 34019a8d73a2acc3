"""One source, one destination and the files between them: what `make sync` does, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

EXECUTABLES = Path(os.environ.get("CONNECTORS_BIN") or Path(sys.executable).parent)
"""Where the connectors are installed: alone, as `make` does it, or beside the tests."""
SOURCE = EXECUTABLES / "source-keap"
DESTINATION = EXECUTABLES / "destination-chartmogul"

Command = list[str | Path]


@dataclass(frozen=True)
class SyncResult:
    """How one sync went: exit codes, what the destination printed, and how long it took."""

    source_exit: int
    destination_exit: int
    answers: tuple[dict[str, Any], ...]
    errors: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.source_exit == 0 and self.destination_exit == 0

    @property
    def states(self) -> list[dict[str, Any]]:
        """The acknowledged STATE messages, in order."""
        return [message for message in self.answers if message["type"] == "STATE"]

    @property
    def rejected(self) -> int:
        """Records that could not be written, as the states' statistics count them."""
        return int(
            sum(
                state["state"].get("destinationStats", {}).get("rejectedRecordCount", 0)
                for state in self.states
            )
        )

    @property
    def logged(self) -> list[str]:
        return [message["log"]["message"] for message in self.answers if message["type"] == "LOG"]

    @property
    def traced(self) -> list[dict[str, Any]]:
        """The TRACE errors, as `{"message", "failure_type", ...}`."""
        traces = [message["trace"] for message in self.answers if message["type"] == "TRACE"]
        return [trace["error"] for trace in traces if trace.get("error")]


@dataclass(frozen=True)
class Connection:
    """Configuration files, catalog and kept state in one folder; `sync()` may be called again and again."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, source: Mapping[str, Any], destination: Mapping[str, Any]) -> Connection:
        """Write both configurations and the catalog of the default streams."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "keap.json").write_text(json.dumps(source, indent=2))
        connection = cls(folder)
        (folder / "chartmogul.json").write_text(
            json.dumps({**destination, "rejects_path": str(connection.rejects)}, indent=2)
        )
        connection.catalog.write_bytes(default_catalog())
        return connection

    @property
    def catalog(self) -> Path:
        return self.folder / "catalog.json"

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    @property
    def rejects(self) -> Path:
        """Where the destination of this connection is told to write what it could not write."""
        return self.folder / "rejects.jsonl"

    def messages(self) -> list[Path]:
        """The messages of every sync so far, oldest first."""
        return sorted(self.folder.glob("messages-*.jsonl"))

    def read_command(self) -> Command:
        state: Command = ["--state", self.state] if self.state.exists() else []
        return [SOURCE, "read", "--config", self.folder / "keap.json", "--catalog", self.catalog, *state]

    def write_command(self) -> Command:
        files: Command = ["--config", self.folder / "chartmogul.json", "--catalog", self.catalog]
        return [DESTINATION, "write", *files, "--state-file", self.state]

    def sync(self) -> SyncResult:
        """Pipe source into destination, keeping a copy of the messages between them."""
        started = time.monotonic()
        kept = self.folder / f"messages-{len(self.messages()) + 1:03}.jsonl"
        source = start(self.read_command())
        copy = start(["tee", kept], source)
        destination = start(self.write_command(), copy, stderr=subprocess.PIPE)
        with none_left(source, copy, destination):
            output, errors = destination.communicate()
        return SyncResult(
            source_exit=finish(source, copy),
            destination_exit=destination.returncode,
            answers=tuple(parse(output)),
            errors=errors,
            seconds=time.monotonic() - started,
        )

    def write(self, messages: Path) -> SyncResult:
        """Give the destination a file of messages, without a source."""
        started = time.monotonic()
        with messages.open() as lines:
            done = subprocess.run(
                self.write_command(), stdin=lines, capture_output=True, text=True, env=plain_environment()
            )
        answers = tuple(parse(done.stdout))
        return SyncResult(0, done.returncode, answers, done.stderr, time.monotonic() - started)

    def check(self) -> dict[str, dict[str, Any]]:
        """CONNECTION_STATUS of both connectors, by connector."""
        commands: dict[str, Command] = {
            "source-keap": [SOURCE, "check", "--config", self.folder / "keap.json"],
            "destination-chartmogul": [DESTINATION, "check", "--config", self.folder / "chartmogul.json"],
        }
        return {name: connection_status(command) for name, command in commands.items()}


def start(
    command: Command, before: subprocess.Popen[str] | None = None, stderr: int | None = None
) -> subprocess.Popen[str]:
    """Start one part of the pipe, reading from the part before it."""
    process = subprocess.Popen(
        command,
        stdin=before.stdout if before else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=plain_environment(),
    )
    if before and before.stdout:
        before.stdout.close()  # so that the part before notices when this one ends
    return process


@contextmanager
def none_left(*processes: subprocess.Popen[str]) -> Iterator[None]:
    """End them all when the waiting for them is interrupted."""
    try:
        yield
    except BaseException:
        for process in processes:
            process.terminate()
        raise


def finish(source: subprocess.Popen[str], copy: subprocess.Popen[str]) -> int:
    """Wait for the first two parts of the pipe; the source's exit code."""
    copy.wait(timeout=60)
    return source.wait(timeout=60)


@cache
def default_catalog() -> bytes:
    """What `source-keap catalog` prints; it asks Keap nothing, so any configuration will do."""
    anyone = {"auth_type": "personal_access_token", "personal_access_token": "none"}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        json.dump({"credentials": anyone}, config)
        config.flush()
        command: Command = [SOURCE, "catalog", "--config", config.name]
        done = subprocess.run(command, check=True, capture_output=True, env=plain_environment())
    return done.stdout


def connection_status(command: Command) -> dict[str, Any]:
    """The `connectionStatus` that a `check` printed."""
    done = subprocess.run(command, capture_output=True, text=True, env=plain_environment())
    statuses = [m["connectionStatus"] for m in parse(done.stdout) if m["type"] == "CONNECTION_STATUS"]
    if len(statuses) != 1:
        raise RuntimeError(
            f"{command[0]} check printed {len(statuses)} statuses: {done.stdout} {done.stderr}"
        )
    status: dict[str, Any] = statuses[0]
    return status


def parse(lines: str) -> Iterator[dict[str, Any]]:
    """The Airbyte messages among a connector's output."""
    for line in lines.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def plain_environment() -> dict[str, str]:
    """The environment without the two settings that hide buffering and start-up costs from tests."""
    hidden = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in hidden}
