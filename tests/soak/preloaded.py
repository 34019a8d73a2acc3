"""Starts the pair's programs without their imports, which are nine tenths of a sync that has nothing to do.

Run by the Python that the connectors are installed for. It loads the three programs once; each start is then
a fork: a process of its own with its own number, arguments, environment, files, signals and exit code, which
can be killed at any moment. What such a program starts by `subprocess` is forked as well. What happens while
modules are imported is not seen, so a soak starts some of its syncs as their users do.

Its standard input is a socket. A message is `{"command", "clock", "cwd", "env", "room"}` with the descriptor
that takes the output; the answers are the process's number and, when it ended, its exit code (negative: the
signal that ended it). `clock` is by how many seconds the machine's clock seems to be ahead; null: no fork.
"""

from __future__ import annotations

import atexit
import datetime
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

NAMES = ("keap-chartmogul-sync", "source-keap", "destination-chartmogul")
LARGEST = 1 << 16
Program = Callable[[], object]
Json = dict[str, Any]
Executed = subprocess.Popen
DateTime = datetime.datetime


def main() -> None:
    """Until the other end is closed."""
    programs = loaded()
    with socket.socket(fileno=os.dup(0)) as ours, suppress(ConnectionError):
        while True:
            message, descriptors, _, _ = socket.recv_fds(ours, LARGEST, 1)
            if not message:
                return
            process = started(json.loads(message), descriptors[0], programs)
            os.close(descriptors[0])
            ours.send(str(process.pid).encode())
            ours.send(str(process.wait()).encode())


def loaded() -> dict[str, Program]:
    """The console scripts, by name, with every module of theirs in memory."""
    found = {each.name: each for each in entry_points(group="console_scripts") if each.name in NAMES}
    for name in {each.module.split(".")[0] for each in found.values()}:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    return {name: each.load() for name, each in found.items()}


def started(asked: Json, output: int, programs: dict[str, Program]) -> subprocess.Popen[bytes]:
    """The process that a message asks for."""
    start = Executed if asked["clock"] is None else forking(programs)
    return start(
        asked["command"], cwd=asked["cwd"], env=asked["env"], stdin=subprocess.DEVNULL, stdout=output,
        stderr=subprocess.STDOUT, preexec_fn=partial(prepare, asked, programs),
    )  # fmt: skip


def prepare(asked: Json, programs: dict[str, Program]) -> None:
    """In the new process: a full disk, the machine's clock, and how it starts others."""
    if asked["room"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["room"], asked["room"]))
    if asked["clock"] is not None:
        put_clock(asked["clock"])
        subprocess.Popen = forking(programs)  # type: ignore[misc, assignment]


def put_clock(ahead: float) -> None:
    """From now on this process reads another time of day; durations stay as they are."""

    class AnyDateTime(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, DateTime)

    class Ahead(DateTime, metaclass=AnyDateTime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> DateTime:  # type: ignore[override]
            return DateTime.fromtimestamp(seconds(), tz)

    machine = time.time

    def seconds() -> float:
        return machine() + ahead

    time.time = seconds
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is DateTime and module is not sys.modules[__name__]:
                setattr(module, name, Ahead)


def forking(programs: dict[str, Program]) -> type[subprocess.Popen[bytes]]:
    """`subprocess.Popen` that forks where it would execute one of the programs."""

    class Forked(Executed):  # type: ignore[type-arg]
        """The child never comes to its `exec`: it becomes the program just before."""

        def __init__(self, command: Any, **options: Any) -> None:
            if program := programs.get(Path(command[0]).name):
                options["preexec_fn"] = partial(become, program, command, options.copy())
            super().__init__(command, **options)

    return Forked


def become(program: Program, command: list[str], options: Json) -> None:
    """In the child: what `exec` and the interpreter's start would do; the program; the interpreter's end."""
    code = 1
    try:
        if options.get("preexec_fn"):
            options["preexec_fn"]()
        as_after_exec(command, options)
        code = ended(program)
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120  # as of an interpreter that cannot write its last words
    finally:
        os._exit(code)


def as_after_exec(command: list[str], options: Json) -> None:
    """No descriptor but those passed, no handler of a signal, the environment and arguments given."""
    first = 3
    for kept in (*sorted(options.get("pass_fds", ())), os.sysconf("SC_OPEN_MAX")):
        os.closerange(first, kept)
        first = kept + 1
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    if options.get("env") is not None:
        os.environ.clear()
        os.environ.update(options["env"])
    tempfile.tempdir = None
    sys.argv = [str(word) for word in command]


def ended(program: Program) -> int:
    """The exit code of the program, as the interpreter finds it."""
    try:
        program()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
