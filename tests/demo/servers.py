"""The simulators as a process of their own, stopped whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.simulators import ControlClient, Server, Simulators

STOP_SECONDS = 10


@contextmanager
def simulators(scenario: str) -> Iterator[Simulators]:
    """Both servers on free ports; raises RuntimeError when they do not come up."""
    ports = {"KEAP_PORT": "0", "CHARTMOGUL_PORT": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulators", "--scenario", scenario],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ports},
        start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the servers itself
    )
    try:
        yield connect(first_line(process))
    finally:
        stop(process)


def first_line(process: subprocess.Popen[str]) -> str:
    """The line that says where the servers listen."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"the simulators ended with {process.wait()} before they were ready")
    return line


def connect(line: str) -> Simulators:
    """Clients for what the line names."""
    return Simulators(
        {
            name: Server(values["url"], values["api_key"], ControlClient(values["url"]), values)
            for name, values in json.loads(line).items()
        }
    )


def stop(process: subprocess.Popen[str]) -> None:
    """End the servers, by force when they do not listen."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
