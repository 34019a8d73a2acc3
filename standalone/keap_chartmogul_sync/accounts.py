"""Trying the connectors: whether they start, and what `check` says of the accounts."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keap_chartmogul_sync import lock
from keap_chartmogul_sync.hearing import parsed
from keap_chartmogul_sync.options import DESTINATION, SOURCE, Options

SECONDS = 180


def starts(command: Path) -> str:
    """What is wrong with an executable; empty when it prints its specification."""
    try:
        done = subprocess.run(  # noqa: S603 - a connector, named by the user
            [str(command), "spec"], capture_output=True, timeout=SECONDS, check=False
        )
    except FileNotFoundError:
        return "not there"
    except OSError as error:
        return str(error.strerror)
    except subprocess.TimeoutExpired:
        return f"does not start within {SECONDS} seconds"
    spoke = any(parsed(line).get("type") == "SPEC" for line in done.stdout.splitlines())
    return "" if spoke else f"does not start (exit code {done.returncode})"


@dataclass(frozen=True)
class Checked:
    """What `check` said: `objection` is empty when it succeeded; `notes` and `warnings` are sentences."""

    objection: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check_both(options: Options) -> dict[str, Checked]:
    """By connector. Raises SyncError while a sync runs.

    Under the lock: to check an OAuth connection is to renew its token, which works once.
    """
    options.folder.make()
    with lock.held(options.folder, datetime.now(UTC)) as mine:
        try:
            return {SOURCE: check_source(options), DESTINATION: check_destination(options)}
        finally:
            if not mine.after_a_kill:
                mine.done()


def check_source(options: Options) -> Checked:
    """Keap's side; a renewed token is stored."""
    return checked([options.source, "check", "--update-config", "--config", options.source_config])


def check_destination(options: Options) -> Checked:
    """ChartMogul's side."""
    return checked([options.destination, "check", "--config", options.destination_config])


def checked(command: list[str | Path]) -> Checked:
    """The outcome of a `check`."""
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return Checked(f"{command[0]} check did not end ({type(error).__name__})")
    messages = [parsed(line) for line in done.stdout.splitlines()]
    statuses = [m["connectionStatus"] for m in messages if m.get("type") == "CONNECTION_STATUS"]
    if not statuses:
        return Checked(next(traced(messages), f"check ended with {done.returncode}"))
    if statuses[0].get("status") != "SUCCEEDED":
        return Checked(str(statuses[0].get("message")))
    return Checked("", logged(messages, "INFO"), logged(messages, "WARN"))


def logged(messages: list[dict[str, Any]], level: str) -> tuple[str, ...]:
    """The log's sentences of a level."""
    logs = [message["log"] for message in messages if message.get("type") == "LOG"]
    return tuple(str(log.get("message")) for log in logs if log.get("level") == level)


def traced(messages: list[dict[str, Any]]) -> Iterator[str]:
    """The sentences of TRACE ERRORs."""
    for message in messages:
        error = (message.get("trace") or {}).get("error")
        if error:
            yield str(error.get("message"))
