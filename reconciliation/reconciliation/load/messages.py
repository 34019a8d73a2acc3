"""Airbyte message files: one JSON message a line, later records of one key replace earlier ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from reconciliation.errors import ReconciliationError
from reconciliation.progress import Progress, silent

Records = dict[str, dict[str, Mapping[str, Any]]]

COMPLETE = "COMPLETE"


def files_of(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """The message files in reading order; a folder stands for its *.jsonl files by name."""
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    files = [file for path in map(Path, given) for file in _expanded(path)]
    missing = [file for file in files if not file.is_file()]
    if missing or not files:
        raise ReconciliationError(f"There is no Keap message file at {missing[0] if missing else given}.")
    return files


def _expanded(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl")) if path.is_dir() else [path]


@dataclass(frozen=True)
class Read:
    """The last record of each stream and id, and the streams whose last read did not come to its end."""

    records: Records
    unfinished: tuple[str, ...]


def latest_records(files: Iterable[Path], progress: Progress = silent) -> Read:
    """The last RECORD of each stream and id, over all files in order."""
    records: Records = {}
    status: dict[str, str] = {}
    for file in files:
        for number, message in progress(_messages(file), f"Keap: {file.name}", 0):
            if message.get("type") == "RECORD":
                _keep(records, message, f"{file}:{number}")
            elif message.get("type") == "TRACE":
                status.update(_status(message))
    return Read(records, tuple(sorted(name for name, last in status.items() if last != COMPLETE)))


def _status(message: Mapping[str, Any]) -> dict[str, str]:
    """The stream's status, when the message is one (Airbyte protocol: STARTED, RUNNING, COMPLETE...)."""
    told = message.get("trace", {}).get("stream_status")
    if not told:
        return {}
    return {str(told["stream_descriptor"]["name"]): str(told["status"])}


def _messages(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, _parsed(line, f"{file}:{number}")


def _parsed(line: str, place: str) -> Mapping[str, Any]:
    try:
        message = json.loads(line, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise ReconciliationError(f"{place} is not a JSON message; the file may be cut off.") from error
    if not isinstance(message, dict):
        raise ReconciliationError(f"{place} is not an Airbyte message.")
    return message


def _keep(records: Records, message: Mapping[str, Any], place: str) -> None:
    record = message.get("record", {})
    stream, data = record.get("stream"), record.get("data")
    if not stream or not isinstance(data, dict) or data.get("id") is None:
        raise ReconciliationError(f"{place} is a RECORD without a stream name or without an id.")
    records.setdefault(stream, {})[str(data["id"])] = data
