"""Connectors that do as they are told: small programs with the command line of the real ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30
SOURCE = """
import json, os, signal, sys, time
told = json.load(open(os.path.join(os.path.dirname(__file__), "source.json")))
if sys.argv[1] == "spec":
    print('{"type": "SPEC"}')
elif sys.argv[1] == "catalog":
    print('{"streams": []}')
else:
    open(os.path.join(os.path.dirname(__file__), "source.args"), "w").write(" ".join(sys.argv[1:]))
    for line in told["lines"]:
        print(line, flush=True)
    time.sleep(told["sleeps"])
    if told["killed"]:
        os.kill(os.getpid(), signal.SIGKILL)
    sys.exit(told["exit"])
"""
DESTINATION = """
import json, os, signal, sys, time
here = os.path.dirname(__file__)
told = json.load(open(os.path.join(here, "destination.json")))
def given(flag):
    return sys.argv[sys.argv.index(flag) + 1]
if sys.argv[1] == "spec":
    print('{"type": "SPEC"}')
elif sys.argv[1] == "plan":
    print("planned:", len(sys.stdin.read().splitlines()))
    sys.exit(told["exit"])
elif sys.argv[1] == "rejects":
    print('{"type": "RECORD", "record": {"stream": "orders", "data": {"id": "again"}}}')
else:
    received = sys.stdin.read()
    open(os.path.join(here, "received"), "a").write(received)
    if told["rejects"] is not None:
        open(given("--rejects-file") + (".part" if told["killed"] else ""), "w").write(told["rejects"])
    if told["state"] is not None:
        open(given("--state-file"), "w").write(json.dumps(told["state"]))
    for line in told["lines"]:
        print(line, flush=True)
    time.sleep(told["sleeps"])
    if told["killed"]:
        os.kill(os.getpid(), signal.SIGKILL)
    sys.exit(told["exit"])
"""


@dataclass
class Site:
    """A folder with both connectors, their configurations, and the connection's files in `sync`."""

    path: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, body in {"source-keap": SOURCE, "destination-chartmogul": DESTINATION}.items():
            self.program(name, body)
        self.source()
        self.destination()
        self.write("keap.json", {"credentials": {"personal_access_token": "KeapAK-very-secret"}})
        self.write("chartmogul.json", {"api_key": "cm-very-secret"})

    def program(self, name: str, body: str) -> None:
        """An executable; -S and -E make it start quickly."""
        (self.path / name).write_text(f"#!{sys.executable} -SE\n{body}")
        (self.path / name).chmod(0o755)

    def write(self, name: str, content: Any) -> None:
        (self.path / name).write_text(json.dumps(content))
        (self.path / name).chmod(0o600)

    def source(self, *lines: str, exit: int = 0, sleeps: float = 0, killed: bool = False) -> None:  # noqa: A002
        """What the source prints, and how it ends."""
        self.write("source.json", {"lines": lines, "exit": exit, "sleeps": sleeps, "killed": killed})

    def destination(
        self, *lines: str, exit: int = 0, sleeps: float = 0, killed: bool = False,  # noqa: A002
        state: Any = None, rejects: str | None = None,
    ) -> None:  # fmt: skip
        """What the destination prints and leaves, and how it ends."""
        told = {"exit": exit, "sleeps": sleeps, "killed": killed, "state": state, "rejects": rejects}
        self.write("destination.json", {"lines": lines, **told})

    @property
    def sync(self) -> Path:
        return self.path / "sync"

    @property
    def received(self) -> str:
        """Everything that the destination read so far."""
        return (self.path / "received").read_text()

    @property
    def state(self) -> Any:
        return json.loads((self.sync / "state.json").read_text())

    def command(self, name: str, *more: str) -> list[str]:
        files = {
            "--source-config": "keap.json",
            "--destination-config": "chartmogul.json",
            "--source": "source-keap",
            "--destination": "destination-chartmogul",
        }
        given = [text for flag, file in files.items() for text in (flag, str(self.path / file))]
        tail = given if name in ("run", "doctor", "plan") else []
        start = [sys.executable, str(ROOT / "standalone" / "main.py"), name, "--folder", str(self.sync)]
        return [*start, *tail, *more]

    def run(self, name: str, *more: str, **other: Any) -> subprocess.CompletedProcess[str]:
        """A command, until it ends."""
        return subprocess.run(
            self.command(name, *more),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            cwd=self.path,
            **other,
        )

    def start(self, name: str, *more: str) -> subprocess.Popen[str]:
        """A command, going on."""
        process = subprocess.Popen(
            self.command(name, *more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.path,
        )
        self.started.append(process)
        return process

    def stop(self) -> None:
        """End what still runs."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate()

    def last(self) -> Json:
        """The newest record."""
        record: Json = json.loads(sorted((self.sync / "runs").glob("*.json"))[-1].read_text())
        return record

    def log(self) -> str:
        """The newest log."""
        return sorted((self.sync / "runs").glob("*.log"))[-1].read_text()


def record(stream: str, **data: Any) -> str:
    return json.dumps({"type": "RECORD", "record": {"stream": stream, "data": data}})


def state(stream: str, rejected: int = 0) -> str:
    inner = {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}}}
    return json.dumps(
        {"type": "STATE", "state": inner | {"destinationStats": {"rejectedRecordCount": rejected}}}
    )


def error(kind: str, message: str, inner: str = "") -> str:
    said = {"message": message, "internal_message": inner or message, "failure_type": kind}
    return json.dumps({"type": "TRACE", "trace": {"type": "ERROR", "error": said}})


def figure(name: str, value: str) -> str:
    return json.dumps(
        {"type": "TRACE", "trace": {"type": "ANALYTICS", "analytics": {"type": name, "value": value}}}
    )


def until(happens: Callable[[], object]) -> None:
    """Wait for something; AssertionError when it does not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen")
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not waited for does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
