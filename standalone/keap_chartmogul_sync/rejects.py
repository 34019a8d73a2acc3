"""Rejects outlive the run that met them: each run replaces its file, so that file is kept here first.

A row that names a `field` is of a record that was written but for that field: it waits for nobody.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from keap_chartmogul_sync.exits import CONFIGURATION, SyncError
from keap_chartmogul_sync.folder import Folder, write_whole, writing

Row = dict[str, Any]


def waiting(folder: Folder) -> list[Path]:
    """Files of rejects that nobody has sent again yet, oldest first."""
    return sorted(path for path in folder.rejects.glob("*.jsonl") if path.is_file())


def count(files: list[Path]) -> tuple[int, int]:
    """(records, fields of records that were written) in files of rejects, each once."""
    found = [row for path in files for _, row in rows(path) if row]
    records = {(row["stream"], row["key"]) for row in found if not row.get("field")}
    return len(records), len({(row["stream"], row["key"], row["field"]) for row in found if row.get("field")})


def keys(files: list[Path]) -> dict[str, set[str]]:
    """The keys of rejected records by stream."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in files:
        for _, row in rows(path):
            if row:
                found[str(row["stream"])].add(str(row["key"]))
    return dict(found)


def rows(path: Path) -> Iterator[tuple[bytes, Row]]:
    """Lines of a file of rejects, each with what it says: nothing where somebody spoilt it by hand."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            row = {}
        is_one = isinstance(row, dict) and {"stream", "key", "rule"} <= row.keys()
        yield line, row if is_one else {}


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


def forget(folder: Folder, newest: Path | None, came: Container[tuple[str, str]]) -> None:
    """Leave out what waits no more: records that `came` again from Keap in a run that brought everything
    over, and what that run rejected again, which is in its own file, `newest`. Raises SyncError.
    """
    again = {_identity(row) for _, row in rows(newest) if row} if newest else set()

    def waits(row: Row) -> bool:
        is_known = bool(row and row["key"])
        return not (is_known and ((row["stream"], row["key"]) in came or _identity(row) in again))

    for path in waiting(folder):
        if path == newest:
            continue
        lines = list(rows(path))
        stay = [line for line, row in lines if waits(row)]
        if lines and not stay:
            path.unlink(missing_ok=True)
        elif len(stay) < len(lines):
            write_whole(path, b"\n".join(stay) + b"\n")


def _identity(row: Row) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in ("stream", "key", "rule", "field"))


def again(destination: Path, files: list[Path]) -> Iterator[bytes]:
    """The rejected records as messages. Raises SyncError."""
    for path in files:
        done = subprocess.run([str(destination), "rejects", str(path)], capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            text = f"{path} cannot be sent again: correct or remove it. {done.stderr.decode().strip()}"
            raise SyncError(CONFIGURATION, text)
        yield done.stdout


def dealt_with(files: list[Path]) -> None:
    """These were sent again; what was still rejected is in the newest file."""
    for path in files:
        path.unlink(missing_ok=True)


def by_rule(path: Path) -> dict[str, int]:
    """Rejected records of a file by `stream: rule`."""
    found = [row for _, row in rows(path) if row and not row.get("field")]
    return dict(Counter(f"{row['stream'] or 'input'}: {row['rule']}" for row in found))
