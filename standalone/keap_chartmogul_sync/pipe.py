"""Both connectors at work: `source-keap read | destination-chartmogul write`, with this process between them.

It passes lines on, listens, and stops both when it is told to. It holds no line back and keeps none.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

from keap_chartmogul_sync.exits import INTERRUPTED, TERMINATED, TIME_LIMIT, Exit, SyncError
from keap_chartmogul_sync.hearing import Hearing
from keap_chartmogul_sync.options import DESTINATION, SOURCE, starting

Command = Sequence[str]
POLL_SECONDS = 0.05
GRACE_SECONDS = 75
"""After SIGTERM: longer than the source takes to store a token that it has just asked Keap for."""
PRIVATE = 0o077
"""What the connectors write (state, rejects) is for its owner alone."""
REPEATED = b"source "
"""How the destination repeats, on standard error, what the source said."""
SIGNALS = {signal.SIGTERM: TERMINATED, signal.SIGINT: INTERRUPTED, signal.SIGHUP: TERMINATED}


@dataclass
class Stop:
    """Whether, and why, the run is to end early."""

    why: Exit | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """A signal handler."""
        del frame
        self.why = self.why or SIGNALS[signal.Signals(number)]


@contextmanager
def listening() -> Iterator[Stop]:
    """Signals that end a run set a flag; what happens then is decided in one place."""
    stop = Stop()
    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Pipe:
    """Two processes and the threads that listen to them. Exit codes once `wait` is over."""

    hearing: Hearing
    lock: int
    first: Iterable[bytes] = ()
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, source: Command, destination: Command) -> None:
        """Start both; each in a group of its own, so that Ctrl-C reaches this process alone.

        Raises SyncError.
        """
        progress = None if sys.stderr.isatty() else subprocess.PIPE
        try:
            with starting(DESTINATION, destination[0]):
                self.processes[DESTINATION] = self._process(destination, subprocess.PIPE, progress)
            with starting(SOURCE, source[0]):
                self.processes[SOURCE] = self._process(source, subprocess.DEVNULL, subprocess.PIPE)
        except SyncError:
            self.end()
            raise
        self._thread(self._pass_on)
        self._thread(self._hear_destination)
        for name, process in self.processes.items():
            if process.stderr:
                self._thread(self._hear_errors, name, process.stderr)

    def _process(self, command: Command, stdin: int, stderr: int | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - the two connectors, named by the user
            list(command),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            pass_fds=(self.lock,),
            umask=PRIVATE,
            process_group=0,
        )

    def _thread(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self.threads.append(thread)
        thread.start()

    def wait(self, stop: Stop, seconds: float | None) -> None:
        """Until both are done, or `stop` says to end, or the time is over."""
        deadline = time.monotonic() + seconds if seconds else None
        while any(process.poll() is None for process in self.processes.values()):
            if deadline and time.monotonic() > deadline:
                stop.why = stop.why or TIME_LIMIT
            if stop.why:
                self.end()
                break
            time.sleep(POLL_SECONDS)
        for thread in self.threads:
            thread.join()

    def end(self) -> None:
        """Ask both to end, then make them."""
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0.1))
            process.kill()
            process.wait()

    @property
    def exit_codes(self) -> dict[str, int]:
        """By connector; negative: the number of the signal that ended it."""
        return {name: process.wait() for name, process in self.processes.items()}

    def _pass_on(self) -> None:
        source, sink = self.processes[SOURCE].stdout, self.processes[DESTINATION].stdin
        if source is None or sink is None:
            raise RuntimeError("the connectors were started without pipes")
        try:
            for line in self.first:
                sink.write(line)
            self._lines(source, sink)
            sink.close()
        except (BrokenPipeError, ValueError):  # the destination has ended; its own words say why
            with suppress(OSError):
                sink.close()
        finally:
            source.close()  # and so the source ends too

    def _lines(self, source: IO[bytes], sink: IO[bytes]) -> None:
        for line in source:
            if self.hearing.source(line):
                sink.write(line)
                if not line.startswith(b'{"type":"RECORD"'):
                    sink.flush()

    def _hear_destination(self) -> None:
        output = self.processes[DESTINATION].stdout
        for line in output or ():
            self.hearing.destination(line)

    def _hear_errors(self, name: str, errors: IO[bytes]) -> None:
        for line in errors:
            if not line.startswith(REPEATED):
                self.hearing.log.line(name, "STDERR", line.decode(errors="replace"))
