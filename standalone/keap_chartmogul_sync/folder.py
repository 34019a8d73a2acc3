"""Where a connection keeps its files. One folder, one connection.

catalog.json      which streams are read; made at the first run, never replaced
state.json        what ChartMogul has acknowledged; the next run reads from there
states/           earlier states, for `restore`
runs/             a log and a record of each run
rejects.jsonl     what the last run could not write
rejects/          what earlier runs could not write, until it comes again, is sent again or is removed
lock, running.json    held while a run is under way, and who holds it
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

from keap_chartmogul_sync.exits import CONFIGURATION, DISK, SyncError

PRIVATE = 0o700
LEFT_OVER = r"[a-z0-9_]{8}"
"""What the standard library's temporary names end in."""
ANY_HALF = re.compile(rf"\..+\.{LEFT_OVER}")


@dataclass(frozen=True)
class Folder:
    """The names; nothing is made before it is needed."""

    path: Path
    other_state: Path | None = None

    @property
    def catalog(self) -> Path:
        return self.path / "catalog.json"

    @property
    def state(self) -> Path:
        return self.other_state or self.path / "state.json"

    @property
    def states(self) -> Path:
        return self.path / "states"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def last_rejects(self) -> Path:
        return self.path / "rejects.jsonl"

    @property
    def rejects(self) -> Path:
        return self.path / "rejects"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def running(self) -> Path:
        return self.path / "running.json"

    def make(self) -> None:
        """The folder and those in it, for their owner alone. Raises SyncError."""
        with writing(self.path):
            for each in (self.path, self.states, self.runs, self.rejects):
                each.mkdir(mode=PRIVATE, parents=True, exist_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the system says against writing a file, as a SyncError."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> SyncError:
    """For want of room, or because it is a wrong place."""
    is_full = error.errno in (ENOSPC, EDQUOT, EFBIG)
    advice = "free space on that disk." if is_full else "name another place, or change its permissions."
    text = f"{path} cannot be written ({error.strerror}): {advice}"
    return SyncError(DISK if is_full else CONFIGURATION, text)


def write_whole(path: Path, content: bytes) -> None:
    """All of it or nothing, also when the power fails. Raises SyncError."""
    with writing(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(handle)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        flush(path.parent)


def flush(folder: Path) -> None:
    """A file's new name is on the disk only once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clear_left_over(*files: Path, folders: Iterable[Path]) -> list[Path]:
    """Remove the halves of these files that a killed process left beside them, and those of any file in these
    folders, which are ours alone; those that were there.

    Only while the lock is held: nobody else writes them then.
    """
    found = [half for file in files for half in halves(file)]
    found += [half for folder in folders for half in folder.glob(".*") if ANY_HALF.fullmatch(half.name)]
    for half in found:
        half.unlink(missing_ok=True)
    return found


def halves(file: Path) -> list[Path]:
    """`.state.json.x8d_k2q1`, `state.jsonx8d_k2q1` and `rejects.jsonl.part`, where a process was killed."""
    names = re.compile(rf"\.?{re.escape(file.name)}(\.?{LEFT_OVER}|\.part)")
    try:
        return [each for each in file.parent.iterdir() if names.fullmatch(each.name)]
    except OSError:
        return []  # the folder is not there or not ours: nothing of ours is in it
