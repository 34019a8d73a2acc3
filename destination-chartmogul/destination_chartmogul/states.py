"""STATE messages: kept as they came, acknowledged once, in order; optionally merged into a file for the
next run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from destination_chartmogul.errors import ConfigError, unwritable
from destination_chartmogul.messages import Message, fields, without_nulls

GLOBAL = ""


def state_of(message: Message) -> dict[str, Any]:
    """The `state` object. PyAirbyte spells `global` as `global_`; both are accepted."""
    state = message.get("state")
    return state if isinstance(state, dict) else {}


def stream_of(state: Mapping[str, Any]) -> str:
    """Stream that a state belongs to; GLOBAL for a state of all streams."""
    descriptor = fields(fields(state.get("stream")).get("stream_descriptor"))
    return str(descriptor.get("name") or GLOBAL)


def acknowledged(message: Message, records: int, rejected: int) -> Message:
    """The message to echo: what came in, with our counts since the previous state of the stream."""
    state = {key: value for key, value in state_of(message).items() if key != "global_"}
    if state_of(message).get("global_") is not None and state.get("global") is None:
        state["global"] = state_of(message)["global_"]
    state["destinationStats"] = {"recordCount": float(records), "rejectedRecordCount": float(rejected)}
    return {**message, "state": state}


class StateFile:
    """The latest acknowledged state of each stream, in the form that a source takes with `--state`.

    The file is a JSON list of STATE objects and is replaced atomically.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._states: dict[str, dict[str, Any]] = {}
        for state in self._read():
            self._states[stream_of(state)] = state

    def _read(self) -> list[dict[str, Any]]:
        if not self._path.exists() or not self._path.read_bytes().strip():
            return []
        try:
            content = orjson.loads(self._path.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise ConfigError(f"The state file {self._path} cannot be read: {error}.") from error
        states = content if isinstance(content, list) else [content]
        if not all(isinstance(state, dict) for state in states):
            raise ConfigError(f"The state file {self._path} holds something else than states; move it away.")
        return states

    def merge(self, message: Message) -> None:
        """Put an acknowledged state into the file; a global state replaces all others."""
        state = {k: v for k, v in state_of(message).items() if k not in ("destinationStats", "sourceStats")}
        kept = without_nulls({k: v for k, v in state.items() if k not in ("stream", "global", "data")})
        kept |= {k: v for k, v in state.items() if k in ("stream", "global", "data") and v is not None}
        name = stream_of(kept)
        if name == GLOBAL:
            self._states.clear()
        self._states[name] = kept
        self._replace()

    def _replace(self) -> None:
        content = orjson.dumps(list(self._states.values()), option=orjson.OPT_INDENT_2) + b"\n"
        half: Path | None = None
        try:
            handle, name = tempfile.mkstemp(prefix=self._path.name, dir=self._path.parent)
            half = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            half.replace(self._path)
        except OSError as error:
            if half:
                half.unlink(missing_ok=True)
            raise unwritable(f"The state file {self._path}", error) from error
