"""A record of each run: when, how it ended, how much. What `status` and the metrics are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from keap_chartmogul_sync.exits import BY_NAME, OK, UNEXPECTED, Exit
from keap_chartmogul_sync.folder import Folder, write_whole

FORMAT = 1
NAME = re.compile(r"(\d{6,})-\d{8}T\d{6}Z")


@dataclass(frozen=True)
class Quota:
    """What Keap said last: calls left and allowed in this day, and when it ends (UTC)."""

    left: int
    limit: int | None
    ends: str | None


@dataclass(frozen=True)
class Record:
    """`name`: number and start; times in UTC; `records`: read, by stream; `rejected`: by `stream: rule`."""

    name: str
    started: str
    ended: str
    end: str
    sentences: tuple[str, ...] = ()
    summary: str = ""
    records: dict[str, int] = field(default_factory=dict)
    states: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    quota: Quota | None = None

    @property
    def exit(self) -> Exit:
        """How it ended."""
        return BY_NAME.get(self.end, UNEXPECTED)

    @property
    def ok(self) -> bool:
        return self.exit == OK

    @property
    def start(self) -> datetime:
        return datetime.fromisoformat(self.started)

    @property
    def finish(self) -> datetime:
        return datetime.fromisoformat(self.ended)

    def save(self, folder: Folder) -> None:
        """Raises SyncError."""
        content = {"format": FORMAT, "exit_code": self.exit.code, **asdict(self)}
        write_whole(folder.runs / f"{self.name}.json", json.dumps(content, indent=1).encode() + b"\n")


def read(path: Path) -> Record | None:
    """A record, or nothing where the file is none of this version's."""
    try:
        content = json.loads(path.read_bytes())
        quota = content.get("quota")
        given = {name: content[name] for name in Record.__dataclass_fields__ if name in content}
        record = Record(
            **given | {"sentences": tuple(content["sentences"]), "quota": Quota(**quota) if quota else None}
        )
        return (
            record
            if content["format"] == FORMAT and record.start <= datetime.max.replace(tzinfo=UTC)
            else None
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def newest_first(folder: Folder) -> Iterator[Record]:
    """The records of this folder."""
    for path in sorted(folder.runs.glob("*.json"), reverse=True):
        record = read(path)
        if record:
            yield record


def last_success(folder: Folder) -> Record | None:
    """The last run that brought everything over."""
    return next((record for record in newest_first(folder) if record.ok), None)


def next_name(folder: Folder, now: datetime) -> str:
    """Numbered, since a clock may be put back."""
    numbers = (NAME.match(path.name) for path in folder.runs.iterdir())
    number = 1 + max((int(found.group(1)) for found in numbers if found), default=0)
    return f"{number:06}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def prune(folder: Folder, keep_runs: int, keep_bytes: int) -> None:
    """Remove the oldest runs beyond the number and the size; never the newest, nor the last success."""
    success = last_success(folder)
    names = sorted({path.stem for path in folder.runs.iterdir() if NAME.match(path.name)}, reverse=True)
    size = 0
    for place, name in enumerate(names):
        files = [path for end in (".log", ".json") if (path := folder.runs / f"{name}{end}").exists()]
        size += sum(path.stat().st_size for path in files)
        if place and (place >= keep_runs or size > keep_bytes) and name != (success and success.name):
            for path in files:
                path.unlink(missing_ok=True)
