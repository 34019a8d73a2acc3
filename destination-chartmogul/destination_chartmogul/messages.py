"""Airbyte messages as lines of JSON: reading them leniently, printing them whole.

Protocol: https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol. STATE is kept as the
mapping that came in, so that fields unknown to us come back out.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import IO, Any

import orjson

from destination_chartmogul.errors import BrokenInputError

Message = dict[str, Any]


class BadLine:
    """A line that is no message; `reason` says why without quoting it (it may hold personal data)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def read_messages(lines: Iterable[bytes]) -> Iterator[Message | BadLine]:
    """Lines → messages. Raises BrokenInputError for a last line that is cut off."""
    for line in lines:
        if not line.strip():
            continue
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:
            if not line.endswith(b"\n"):
                raise BrokenInputError(
                    "The input ends in the middle of a message: the source was stopped. What came before is "
                    "written; run the sync again."
                ) from None
            yield BadLine("a line is not JSON")
            continue
        yield message if isinstance(message, dict) else BadLine("a line is not a message")


def fields(value: Any) -> Mapping[str, Any]:
    """A part of a message that should be an object; empty when it is anything else."""
    return value if isinstance(value, Mapping) else {}


def without_nulls(value: Any) -> Any:
    """Drop nulls that a client's serialiser added to a protocol message (never used on states or records)."""
    if isinstance(value, Mapping):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return value


class Printer:
    """Writes messages to standard output, one line each, at once; safe to use from several threads.

    With `people`, to whom `plan` speaks, that is sentences on standard error. They have been told of an error
    already.
    """

    def __init__(self, out: IO[str] | None = None, *, people: bool = False) -> None:
        self._out = out or (sys.stderr if people else sys.stdout)
        self._people = people
        self._lock = threading.Lock()

    def emit(self, message: Mapping[str, Any]) -> None:
        """Print one message."""
        self._line(orjson.dumps(message).decode())

    def _line(self, line: str) -> None:
        with self._lock:
            self._out.write(line + "\n")
            self._out.flush()

    def log(self, level: str, text: str) -> None:
        """LOG message; level as the protocol spells it (INFO, WARN, ERROR)."""
        if self._people:
            self._line(text if level == "INFO" else f"{level}: {text}")
        else:
            self.emit({"type": "LOG", "log": {"level": level, "message": text}})

    def trace_error(self, kind: str, text: str, internal: str | None = None) -> None:
        """TRACE ERROR: `kind` is config_error, transient_error or system_error."""
        if self._people:
            return
        error = {"message": text, "internal_message": internal or text, "failure_type": kind}
        self.emit(
            {"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": time.time() * 1000, "error": error}}
        )


class SourceVoice:
    """Shows on standard error what the source says through the pipe, and notes whether it ended well."""

    def __init__(self, err: IO[str] | None = None) -> None:
        self._err = err or sys.stderr
        self._open: set[str] = set()
        self.completed: set[str] = set()
        self.failed = False

    @property
    def ended_well(self) -> bool:
        """No error was traced and no stream that started is without its end."""
        return not self.failed and not self._open

    def missing(self, streams: Collection[str]) -> frozenset[str]:
        """Those of the streams that did not come whole; none where the source tells of no stream's end."""
        if not self.completed and not self._open:
            return frozenset()
        return frozenset(streams) - self.completed

    def hear(self, message: Message) -> None:
        """LOG and TRACE messages; others are ignored."""
        if message.get("type") == "LOG":
            log = fields(message.get("log"))
            if log.get("level") in ("WARN", "ERROR", "FATAL"):
                self._say(str(log.get("level")), str(log.get("message")))
        elif message.get("type") == "TRACE":
            self._trace(fields(message.get("trace")))

    def _trace(self, trace: Mapping[str, Any]) -> None:
        if trace.get("type") == "ERROR":
            self.failed = True
            self._say("ERROR", str(fields(trace.get("error")).get("message")))
        elif trace.get("type") == "STREAM_STATUS":
            status = fields(trace.get("stream_status"))
            name = str(fields(status.get("stream_descriptor")).get("name"))
            if status.get("status") == "COMPLETE":
                self._open.discard(name)
                self.completed.add(name)
            else:
                self._open.add(name)

    def _say(self, level: str, text: str) -> None:
        print(f"source {level}: {text}", file=self._err, flush=True)
