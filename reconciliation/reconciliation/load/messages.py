"""Airbyte message files: one JSON message a line, later records of one key replace earlier ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from reconciliation.errors import ReconciliationError
from reconciliation.progress import Progress, silent

Records = dict[str, dict[str, Mapping[str, Any]]]

STARTED, COMPLETE = "STARTED", "COMPLETE"
CURSOR = "modification_time"
MAKE_MRR = ("orders", "subscriptions")


def files_of(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """The message files in reading order; a folder stands for its *.jsonl files by name."""
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    files = [file for path in map(Path, given) for file in _expanded(path)]
    missing = [file for file in files if not file.is_file()]
    if missing or not files:
        sought = ", ".join(map(str, missing[:1] or given))
        raise ReconciliationError(f"There is no Keap message file at {sought}.")
    return files


def _expanded(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl")) if path.is_dir() else [path]


KEYS = {"applied_tags": ("contact_id", "tag_id"), "custom_fields": ("record_kind", "id")}
"""Streams whose records are not known by their `id` alone."""


@dataclass(frozen=True)
class Read:
    """The last record of each stream and id, the streams whose last read did not come to its end, by stream
    the ids that a later read of the whole stream did not bring again, and up to when the streams that make
    MRR were read, by Keap's clock.
    """

    records: Records
    unfinished: tuple[str, ...]
    gone: Mapping[str, frozenset[str]]
    until: datetime | None


@dataclass
class _Stream:
    """How the reading of one stream goes: its last status, what came since it was started, and the time in
    its state: up to then the source has read all changes.
    """

    status: str = COMPLETE
    until: str = ""
    came: set[str] | None = None
    gone: set[str] = field(default_factory=set)

    def start(self) -> None:
        self.came = set()

    def take(self, key: str) -> None:
        self.gone.discard(key)
        if self.came is not None:
            self.came.add(key)

    def end(self, held: Iterable[str]) -> None:
        """What a read of the whole stream did not bring is gone."""
        if self.came:
            self.gone |= set(held) - self.came


def latest_records(files: Iterable[Path], progress: Progress = silent, whole: Collection[str] = ()) -> Read:
    """The last RECORD of each stream and id, over all files in order; `whole` names the streams that are read
    from their beginning in each run.
    """
    records: Records = {}
    streams: dict[str, _Stream] = {}
    for file in files:
        for number, message in progress(_messages(file), f"Keap: {file.name}", 0):
            kind = message.get("type")
            if kind == "RECORD":
                stream, key = _keep(records, message, file, number)
                streams.setdefault(stream, _Stream()).take(key)
            elif kind == "TRACE":
                _hear(message, streams, records, whole)
            elif kind == "STATE":
                _note(message, streams)
    for name, each in streams.items():
        if each.status == COMPLETE and name in whole:
            each.end(records.get(name, {}))
    unfinished = tuple(sorted(name for name, each in streams.items() if each.status != COMPLETE))
    gone = {name: frozenset(each.gone) for name, each in streams.items()}
    return Read(records, unfinished, gone, _until(streams))


def _note(message: Mapping[str, Any], streams: dict[str, _Stream]) -> None:
    """The cursor of a stream that the source reads by the time of change."""
    told = message.get("state", {}).get("stream") or {}
    name = told.get("stream_descriptor", {}).get("name")
    if name:
        until = (told.get("stream_state") or {}).get(CURSOR)
        streams.setdefault(str(name), _Stream()).until = str(until or "")


def _until(streams: Mapping[str, _Stream]) -> datetime | None:
    """Of the stream that was read longest ago; None where one has no such cursor."""
    times = [streams.get(name, _Stream()).until for name in MAKE_MRR]
    return min(map(datetime.fromisoformat, times)) if all(times) else None


def _hear(
    message: Mapping[str, Any], streams: dict[str, _Stream], records: Records, whole: Collection[str]
) -> None:
    """A stream's status (Airbyte protocol: STARTED, RUNNING, COMPLETE...)."""
    told = message.get("trace", {}).get("stream_status")
    if not told:
        return
    name, status = str(told["stream_descriptor"]["name"]), str(told["status"])
    stream = streams.setdefault(name, _Stream())
    if status == STARTED:
        if stream.status == COMPLETE and name in whole:
            stream.end(records.get(name, {}))
        stream.start()
    stream.status = status


def _messages(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, _parsed(line, file, number)


def _parsed(line: bytes, file: Path, number: int) -> Mapping[str, Any]:
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ReconciliationError(
            f"{file}:{number} is not a JSON message; the file may be cut off."
        ) from error
    if not isinstance(message, dict):
        raise ReconciliationError(f"{file}:{number} is not an Airbyte message.")
    return message


def _keep(records: Records, message: Mapping[str, Any], file: Path, number: int) -> tuple[str, str]:
    """Takes the record in; gives its stream and id."""
    record = message.get("record", {})
    stream, data = record.get("stream"), record.get("data")
    parts = [data.get(name) for name in KEYS.get(stream, ("id",))] if isinstance(data, dict) else [None]
    if not stream or None in parts:
        raise ReconciliationError(f"{file}:{number} is a RECORD without a stream name or without an id.")
    key = ":".join(map(str, parts))
    records.setdefault(stream, {})[key] = data
    return str(stream), key
