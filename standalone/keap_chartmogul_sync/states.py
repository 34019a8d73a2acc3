"""The history of the state file: what to go back to when a state is lost or was a mistake.

A state is kept when it differs from the newest one kept. The newest ones stay, and of each day before them
the last.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from keap_chartmogul_sync.exits import CONFIGURATION, SyncError
from keap_chartmogul_sync.folder import Folder, write_whole

NEWEST, DAYS = 12, 14
FORM = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"\d{6,}-\d{8}T\d{6}Z\.json")


def check_state(folder: Folder) -> None:
    """Raises SyncError unless the state file is absent, empty or a list of states."""
    if found := trouble(folder):
        raise SyncError(CONFIGURATION, " ".join(found))


def trouble(folder: Folder) -> tuple[str, str] | None:
    """(what is wrong with the state file, how to go on); None when nothing is."""
    state = folder.state
    try:
        problem = fault(state.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        if state.parent == folder.path or state.parent.is_dir():
            return None
        return f"The folder of the state file {state} does not exist.", "Make it, or name another --state."
    except OSError as error:
        text = f"The state file {state} cannot be read ({error.strerror})."
        return text, "Change its permissions, or name another --state."
    return (f"The state file {state} {problem}.", advice(folder)) if problem else None


def fault(content: bytes) -> str:
    """What is wrong with the content of a state file; empty when nothing is."""
    if not content.strip():
        return ""
    try:
        states = json.loads(content)
    except ValueError:
        return "is not JSON"
    if not isinstance(states, list) or not all(isinstance(state, dict) for state in states):
        return "is not a list of Airbyte states"
    return ""


def advice(folder: Folder) -> str:
    """How to go on without the state that there is."""
    kept = history(folder)
    if not kept:
        return "Remove it to read everything again: that costs reads, and writes nothing twice."
    return (
        f"`keap-chartmogul-sync restore --folder {folder.path}` puts the newest kept state in its place "
        f"({kept[-1].name}), or remove it to read everything again; neither writes anything twice."
    )


def history(folder: Folder) -> list[Path]:
    """States that were kept, oldest first; what somebody else put there is left alone."""
    return sorted(path for path in folder.states.glob("*.json") if NAME.fullmatch(path.name))


def keep(folder: Folder, now: datetime) -> Path | None:
    """Put the present state into the history, if it is new there. Raises SyncError."""
    if trouble(folder) or not folder.state.exists():
        return None  # check_state says so
    content, kept = folder.state.read_bytes(), history(folder)
    if not content.strip() or (kept and kept[-1].read_bytes() == content):
        return None
    place = folder.states / f"{_next(kept):06}-{now.astimezone(UTC):{FORM}}.json"
    write_whole(place, content)
    prune(folder)
    return place


def _next(kept: list[Path]) -> int:
    """Numbers, since a clock may be put back."""
    return 1 + max((int(path.name.split("-")[0]) for path in kept), default=0)


def prune(folder: Folder) -> None:
    """Leave the newest states, and the last one of each of the days before."""
    kept = history(folder)
    days = {path.name.split("-")[1][:8]: path for path in kept}
    stay = set(kept[-NEWEST:]) | set(list(days.values())[-DAYS:])
    for path in kept:
        if path not in stay:
            path.unlink(missing_ok=True)


def restore(folder: Folder, name: str | None, now: datetime) -> Path:
    """Put a kept state, the newest unless named, in place of the present one. Raises SyncError."""
    kept = {path.name: path for path in history(folder)}
    if not kept:
        raise SyncError(CONFIGURATION, f"No state has been kept in {folder.states} yet.")
    chosen = kept.get(name) if name else list(kept.values())[-1]
    if chosen is None:
        raise SyncError(CONFIGURATION, f"{folder.states} has no {name}; it has {', '.join(kept)}.")
    content = chosen.read_bytes()
    if fault(content):
        raise SyncError(CONFIGURATION, f"{chosen} {fault(content)}: choose another.")
    keep(folder, now)
    write_whole(folder.state, content)
    return chosen
