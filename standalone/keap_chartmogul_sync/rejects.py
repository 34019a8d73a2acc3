"""Rejects outlive the run that met them: each run replaces its file, so that file is kept here first."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keap_chartmogul_sync.exits import CONFIGURATION, SyncError
from keap_chartmogul_sync.folder import Folder, write_whole, writing


def waiting(folder: Folder) -> list[Path]:
    """Files of rejects that nobody has sent again yet, oldest first."""
    return sorted(folder.rejects.glob("*.jsonl"))


def count(files: list[Path]) -> int:
    """Records in files of rejects, each once, however often it was rejected."""
    return len({(row["stream"], row["key"]) for path in files for row in rows(path)})


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rejects of a file; a line that somebody spoilt by hand is passed over."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and {"stream", "key", "rule"} <= row.keys():
            yield row


def keep(folder: Folder, last: Path, run: str, *, complete: bool) -> Path | None:
    """Copy what a run could not write, for as long as nobody has dealt with it. Raises SyncError.

    `complete`: the file at `last` is of this run. A destination that was killed left what it had rejected
    beside the file: complete lines are kept. Those that no acknowledged state covers come again, and count
    once.
    """
    part = Path(f"{last}.part")
    with writing(folder.rejects):
        found = part if part.exists() else last
        content = found.read_bytes() if found.exists() and (complete or found == part) else b""
        whole = content[: content.rfind(b"\n") + 1]
        place = folder.rejects / f"{run}.jsonl"
        if whole:
            write_whole(place, whole)
        part.unlink(missing_ok=True)
    return place if whole else None


def again(destination: Path, files: list[Path]) -> Iterator[bytes]:
    """The rejected records as messages. Raises SyncError."""
    for path in files:
        done = subprocess.run([str(destination), "rejects", str(path)], capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise SyncError(CONFIGURATION, f"{path} cannot be sent again: {done.stderr.decode().strip()}")
        yield done.stdout


def dealt_with(files: list[Path]) -> None:
    """These were sent again; what was still rejected is in the newest file."""
    for path in files:
        path.unlink(missing_ok=True)


def by_rule(path: Path) -> dict[str, int]:
    """Rejects of a file by `stream: rule`."""
    return dict(Counter(f"{row['stream'] or 'input'}: {row['rule']}" for row in rows(path)))
