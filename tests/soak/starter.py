"""Starts programs on the machine of a soak: most from a process that has imported them, some for good."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.pair.connection import EXECUTABLES, Command, plain_environment

PRELOADED = Path(__file__).with_name("preloaded.py")
LONGEST_SECONDS = 300
NUMBER_BYTES = 32


@dataclass
class Start:
    """A process that was started: its number, and the reading end of what it says."""

    pid: int
    output: int
    ends: socket.socket

    def ends_within(self, seconds: float) -> bool:
        """Whether it comes to its end by then."""
        return bool(select.select([self.ends], [], [], seconds)[0])

    def result(self) -> tuple[int, str]:
        """Its exit code (negative: a signal) and what it said; AssertionError when it does not end."""
        assert self.ends_within(LONGEST_SECONDS), f"process {self.pid} is at work still"
        with os.fdopen(self.output) as said:
            return int(self.ends.recv(NUMBER_BYTES)), said.read()


class Starter:
    """The process that has the programs in memory, for as long as the context lasts."""

    def __enter__(self) -> Starter:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command: Command = [EXECUTABLES / "python", "-P", PRELOADED]
        self._process = subprocess.Popen(
            command,
            stdin=theirs.fileno(),
            env=plain_environment(),
            start_new_session=True,  # Ctrl-C is for the soak alone
        )
        theirs.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.wait(LONGEST_SECONDS)

    def start(
        self, command: list[str], folder: Path, temporary: Path, *, clock: float | None, room: int | None
    ) -> Start:
        """A program in a folder. `clock`: seconds by which this machine's clock seems to be ahead; None:
        start it as its users do. `room`: bytes that a file may grow to.
        """
        asked = {
            "command": command,
            "clock": clock,
            "cwd": str(folder),
            "env": plain_environment() | {"TMPDIR": str(temporary)},
            "room": room,
        }
        output, theirs = os.pipe()
        socket.send_fds(self._socket, [json.dumps(asked).encode()], [theirs])
        os.close(theirs)
        return Start(int(self._socket.recv(NUMBER_BYTES)), output, self._socket)
