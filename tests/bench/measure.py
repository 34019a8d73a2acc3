"""What the benchmarks count: calls that a simulator got, and CPU time that a command took."""

from __future__ import annotations

import os
import resource
import subprocess
from collections import Counter
from pathlib import Path

from tests.pair.connection import Command, plain_environment
from tests.simulators import Server

Calls = Counter[str]


def calls(server: Server) -> Calls:
    """How often each operation was called so far."""
    return Counter({call: sum(statuses.values()) for call, statuses in server.control.calls().items()})


def peak_megabytes(command: Command) -> float:
    """The most memory that a command held at a time; raises when it fails."""
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, env=plain_environment())
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return used.ru_maxrss / 1024


def cpu_seconds(command: Command) -> float:
    """User and system time of a command whose output is thrown away; raises when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Path(os.devnull).open("w") as nowhere:
        subprocess.run(command, check=True, stdout=nowhere, env=plain_environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
