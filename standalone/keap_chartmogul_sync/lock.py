"""One run at a time, since Keap's refresh token works once and the state file has one writer.

The lock is the system's (flock) on an open file: it ends with the processes that have it open, so a lock
cannot be left behind by a crash. The connectors inherit the file, so that the lock outlives a killed run for
as long as one of its connectors still works.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from errno import EACCES, EAGAIN
from pathlib import Path

from keap_chartmogul_sync.exits import CONFIGURATION, LOCKED, SyncError
from keap_chartmogul_sync.folder import Folder, write_whole, writing


@dataclass(frozen=True)
class Holder:
    """Who runs, since when (UTC), and the connectors that it started."""

    pid: int
    since: str
    connectors: tuple[int, ...] = ()

    def says(self) -> str:
        """One sentence."""
        if is_alive(self.pid):
            return f"A sync of this folder runs already: process {self.pid}, since {self.since}."
        left = ", ".join(str(pid) for pid in self.connectors if is_alive(pid))
        return (
            f"The run of process {self.pid}, since {self.since}, was killed, but connectors that it started "
            f"still work (process {left or 'unknown'}); they end by themselves, or end them."
        )


@dataclass
class Lock:
    """The lock while it is held: the file that connectors inherit, and whether the run before was killed."""

    folder: Folder
    handle: int
    after_a_kill: bool
    holder: Holder

    def started(self, connectors: Iterable[int]) -> None:
        """Note the connectors, for those who find the lock taken."""
        self.holder = replace(self.holder, connectors=tuple(connectors))
        write_holder(self.folder, self.holder)

    def done(self) -> None:
        """Everything that has to outlast the run is kept; the next one has nothing to make up for."""
        self.folder.running.unlink(missing_ok=True)


@contextmanager
def held(folder: Folder, now: datetime) -> Iterator[Lock]:
    """The lock. Raises SyncError when another run has it."""
    from filelock import lock_descriptor  # here, since `doctor` has to run where nothing is installed

    with writing(folder.lock):
        handle = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locks(lock_descriptor, handle, folder.lock):
            raise SyncError(LOCKED, _who(folder))
        after_a_kill = folder.running.exists()
        holder = Holder(os.getpid(), f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
        write_holder(folder, holder)
        yield Lock(folder, handle, after_a_kill, holder)
    finally:
        os.close(handle)


def _locks(lock_descriptor: Callable[..., bool], handle: int, path: Path) -> bool:
    try:
        return lock_descriptor(handle, blocking=False)
    except OSError as error:
        raise SyncError(
            CONFIGURATION,
            f"{path} cannot be locked ({error.strerror}): choose a --folder on a local disk.",
        ) from error


def _who(folder: Folder) -> str:
    holder = running(folder)
    return holder.says() if holder else "A sync of this folder has just begun in another process."


def is_locked(folder: Folder) -> bool:
    """Whether a run is under way; leaves everything as it is."""
    import fcntl

    try:
        with folder.lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (EAGAIN, EACCES) and folder.lock.exists()
    return False


def running(folder: Folder) -> Holder | None:
    """Who holds the lock, as far as it is written."""
    try:
        content = json.loads(folder.running.read_bytes())
        return Holder(int(content["pid"]), str(content["since"]), tuple(map(int, content["connectors"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_holder(folder: Folder, holder: Holder) -> None:
    """For the message of those who find the lock taken."""
    write_whole(folder.running, json.dumps(asdict(holder)).encode())


def is_alive(pid: int) -> bool:
    """Whether a process with this number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
