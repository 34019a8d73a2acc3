"""What the two connectors say while they work: counted and sorted, for the log and for the verdict."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from keap_chartmogul_sync.exits import (
    CHARTMOGUL,
    CONFIGURATION,
    DISK,
    KEAP,
    QUOTA,
    REJECTS,
    UNEXPECTED,
    Exit,
)
from keap_chartmogul_sync.logs import RunLog
from keap_chartmogul_sync.options import DESTINATION, SOURCE

RECORD = re.compile(rb'\{"type": ?"RECORD", ?"record": ?\{"stream": ?"(\w+)"')
HEAD = 200
PASSED_ON = frozenset({"RECORD", "STATE", "TRACE"})
"""To the destination. It needs no logs, and CONTROL messages hold tokens in clear."""
HIDDEN = frozenset({"DEBUG", "TRACE"})
CODES = {
    "quota used up until": QUOTA,
    "reject_limit": REJECTS,
    "disk_full": DISK,
    "broken_input": UNEXPECTED,
    "unexpected": UNEXPECTED,
}
"""How `internal_message` begins, where the failure's type does not say enough."""
TYPES: dict[str, dict[str, Exit]] = {
    SOURCE: {"config_error": CONFIGURATION, "transient_error": KEAP, "system_error": KEAP},
    DESTINATION: {"config_error": CONFIGURATION, "transient_error": CHARTMOGUL, "system_error": CHARTMOGUL},
}


@dataclass(frozen=True)
class Problem:
    """A TRACE ERROR: which connector, how the run ends, the sentence for the user."""

    connector: str
    end: Exit
    sentence: str


@dataclass
class Hearing:
    """Fed by the threads that read the connectors' output."""

    log: RunLog
    records: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    figures: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    summary: str = ""
    rejected: int = 0
    waited: dict[str, set[str]] = field(default_factory=dict)
    """Keys of records that earlier runs rejected, by stream, and below those of them that came again."""
    came: set[tuple[str, str]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def source(self, line: bytes) -> bool:
        """A line of the source; whether it is passed on."""
        found = RECORD.match(line[:HEAD])
        if found:
            stream = found.group(1).decode()
            self.records[stream] += 1
            if stream in self.waited:
                self.came_again(stream, parsed(line))
            return True
        message = parsed(line)
        kind = message.get("type")
        if kind == "CONTROL":
            self.control(message)
        elif message:
            self.said(SOURCE, message)
        else:
            self.log.line(SOURCE, "INFO", line.decode(errors="replace"))
        return kind in PASSED_ON or not message

    def came_again(self, stream: str, message: dict[str, Any]) -> None:
        """Note a record that an earlier run rejected."""
        key = str(((message.get("record") or {}).get("data") or {}).get("id"))
        if key in self.waited[stream]:
            self.came.add((stream, key))

    def destination(self, line: bytes) -> None:
        """A line of the destination."""
        message = parsed(line)
        if message.get("type") == "STATE":
            self.acknowledged(message.get("state") or {})
        elif message:
            self.said(DESTINATION, message)
        else:
            self.log.line(DESTINATION, "INFO", line.decode(errors="replace"))

    def control(self, message: dict[str, Any]) -> None:
        """New tokens: the mask learns them, the source has stored them."""
        config = ((message.get("control") or {}).get("connectorConfig") or {}).get("config")
        if isinstance(config, dict):
            self.log.mask.add(config)

    def acknowledged(self, state: dict[str, Any]) -> None:
        """A state that ChartMogul's side stands for."""
        name = ((state.get("stream") or {}).get("stream_descriptor") or {}).get("name") or "all"
        rejected = (state.get("destinationStats") or {}).get("rejectedRecordCount") or 0
        with self.lock:
            self.states[str(name)] += 1
            self.rejected += int(rejected)

    def said(self, connector: str, message: dict[str, Any]) -> None:
        """LOG and TRACE messages."""
        if message.get("type") == "LOG":
            log = message.get("log") or {}
            level, text = str(log.get("level")), str(log.get("message"))
            if level not in HIDDEN:
                self.log.line(connector, level, without_traceback(text))
            if connector == DESTINATION and level == "INFO":
                self.summary = self.log.mask(text)
        elif message.get("type") == "TRACE":
            self.traced(connector, message.get("trace") or {})

    def traced(self, connector: str, trace: dict[str, Any]) -> None:
        """Errors, stream statuses, figures."""
        if trace.get("type") == "ERROR":
            self.failed(connector, trace.get("error") or {})
        elif trace.get("type") == "STREAM_STATUS":
            status = trace.get("stream_status") or {}
            name = (status.get("stream_descriptor") or {}).get("name")
            self.log.line(connector, "INFO", f"stream {name}: {status.get('status')}")
        elif trace.get("type") == "ANALYTICS":
            said = trace.get("analytics") or {}
            self.figures[str(said.get("type"))] = str(said.get("value"))

    def failed(self, connector: str, error: dict[str, Any]) -> None:
        """One problem."""
        sentence, inner = str(error.get("message")), str(error.get("internal_message"))
        kind = TYPES[connector].get(str(error.get("failure_type")), UNEXPECTED)
        end = next((end for start, end in CODES.items() if inner.startswith(start)), kind)
        self.log.line(connector, "ERROR", sentence)
        with self.lock:
            self.problems.append(Problem(connector, end, self.log.mask(sentence)))


def without_traceback(text: str) -> str:
    """What failed and why, in place of all the calls between."""
    lines = text.splitlines()
    if "Traceback (most recent call last):" not in text or len(lines) < 3:
        return text
    return f"{lines[0]}: {lines[-1]}"


def parsed(line: bytes) -> dict[str, Any]:
    """A message, or nothing."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
