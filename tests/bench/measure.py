"""What the benchmarks count: calls that a simulator got, and CPU time that a command took."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from typing import IO

from tests.bench import weigh
from tests.pair.connection import Command, plain_environment
from tests.simulators import Server

Calls = Counter[str]


def calls(server: Server) -> Calls:
    """How often each operation was called so far."""
    return Counter({call: sum(statuses.values()) for call, statuses in server.control.calls().items()})


@dataclass(frozen=True)
class Used:
    """What a command used: user and system time, and the most memory that it held at a time."""

    cpu_seconds: float
    megabytes: float


def used(command: Command, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None) -> Used:
    """Run a command, its output thrown away unless said otherwise; raises when it fails."""
    with tempfile.NamedTemporaryFile() as report:
        weighed = [sys.executable, "-S", weigh.__file__, report.name, *command]
        subprocess.run(
            weighed, check=True, stdin=stdin, stdout=stdout or subprocess.DEVNULL, env=plain_environment()
        )
        return Used(**json.load(report))


def peak_megabytes(command: Command) -> float:
    """The most memory that a command held at a time; raises when it fails."""
    return used(command).megabytes


def cpu_seconds(command: Command) -> float:
    """User and system time of a command whose output is thrown away; raises when it fails."""
    return used(command).cpu_seconds
