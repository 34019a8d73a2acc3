"""How a connection is: the last sync, how far behind ChartMogul is, rejects, calls left, what to do next.

Exit codes are those of monitoring plugins: 0 all well, 1 look at it, 2 broken, 3 not known (never run).
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from keap_chartmogul_sync import lock, record, rejects
from keap_chartmogul_sync.exits import CHARTMOGUL, CONFIGURATION, KEAP, PASSING, QUOTA, SyncError
from keap_chartmogul_sync.folder import Folder

WELL, LOOK, BROKEN, UNKNOWN = 0, 1, 2, 3
WORDS = {WELL: "well", LOOK: "look at it", BROKEN: "broken", UNKNOWN: "unknown"}
LEAST_ROOM = 200_000
"""Bytes: state, catalog, log and record of a run."""
SELF_MENDING = PASSING | {KEAP, CHARTMOGUL}


@dataclass(frozen=True)
class Status:
    """Times in UTC, ISO 8601; `lag_seconds`: since the start of the last run that brought everything."""

    level: int
    word: str
    running: str | None
    last_run: str | None
    last_end: str | None
    last_says: tuple[str, ...]
    last_success: str | None
    lag_seconds: int | None
    records_read: int
    rejected: dict[str, int]
    rejects_waiting: int
    fields_left_out: int
    calls_left: int | None
    calls_a_day: int | None
    calls_as_of: str | None
    next_step: str

    def as_json(self) -> str:
        """One object."""
        return json.dumps(asdict(self), indent=1)

    def as_text(self) -> str:
        """A line a figure."""
        return "\n".join(f"{label:<16}{text}" for label, text in self._lines())

    def _lines(self) -> list[tuple[str, str]]:
        left = "not known" if self.calls_left is None else f"{self.calls_left:,}"
        allowed = f" of {self.calls_a_day:,}" if self.calls_a_day else ""
        as_of = f" (as of {self.calls_as_of})" if self.calls_as_of else ""
        lines = [
            ("state", self.word),
            ("now", self.running or "no run is under way"),
            ("last run", f"{self.last_run or 'never'}: {self.last_end or 'nothing has run yet'}"),
            *(("", sentence) for sentence in self.last_says),
            ("last success", self.last_success or "never"),
            ("behind", lag_in_words(self.lag_seconds)),
            ("records read", f"{self.records_read:,}"),
            ("rejected", ", ".join(f"{count} {name}" for name, count in self.rejected.items()) or "none"),
            ("rejects waiting", f"{self.rejects_waiting:,}"),
            ("fields left out", f"{self.fields_left_out:,}, of records that were written"),
            ("Keap calls left", f"{left}{allowed}{as_of}"),
            ("next step", self.next_step),
        ]
        return [(label, text) for label, text in lines if text]


def status(folder: Folder, now: datetime, most_lag: timedelta) -> Status:
    """Look at the folder; nothing is changed, and neither service is asked. Raises SyncError."""
    require_ours(folder)
    records = record.newest_first(folder)
    last, success = next(records, None), record.last_success(folder)
    waiting, fields = rejects.count(rejects.waiting(folder))
    is_running = lock.is_locked(folder)
    holder = lock.running(folder) if is_running else None
    lag = now - success.start if success else None
    late, killed = lag is None or lag > most_lag, not is_running and folder.running.exists()
    level, step = judged(Seen(folder, last, lag, late, waiting, is_running, killed))
    told = next((each for each in [last, *records] if each and each.quota), None)
    quota = told.quota if told else None
    return Status(
        level=level,
        word=WORDS[level],
        running=holder.says() if holder else None,
        last_run=last.ended if last else None,
        last_end=last.end if last else None,
        last_says=last.sentences or ((last.summary,) if last.summary else ()) if last else (),
        last_success=success.started if success else None,
        lag_seconds=None if lag is None else round(lag.total_seconds()),
        records_read=sum(last.records.values()) if last else 0,
        rejected=last.rejected if last else {},
        rejects_waiting=waiting,
        fields_left_out=fields,
        calls_left=quota.left if quota else None,
        calls_a_day=quota.limit if quota else None,
        calls_as_of=told.ended if told else None,
        next_step=step,
    )


def require_ours(folder: Folder) -> None:
    """Raises SyncError for a folder that only somebody else may read, which else looks empty."""
    with suppress(FileNotFoundError, NotADirectoryError):
        try:
            next(folder.path.iterdir(), None)
        except PermissionError:
            text = f"{folder.path} cannot be read: ask as the user who owns it."
            raise SyncError(CONFIGURATION, text) from None


@dataclass(frozen=True)
class Seen:
    """What there is to judge by. `lag` is None as long as no run brought everything."""

    folder: Folder
    last: record.Record | None
    lag: timedelta | None
    is_late: bool
    waiting: int
    is_running: bool
    was_killed: bool


def judged(seen: Seen) -> tuple[int, str]:
    """How grave it is, and what is to be done; the gravest thing first."""
    if full := no_place(seen.folder):
        return BROKEN, full
    if seen.last is None:
        return never_ended(seen)
    if seen.lag is not None and seen.lag < timedelta(minutes=-1):
        return LOOK, "The last success lies in the future: this machine's clock was put back; set it."
    end = seen.last.exit
    if end not in SELF_MENDING and not seen.last.ok:
        return BROKEN, f"{end.then[0].upper()}{end.then[1:]}."
    if seen.is_late:
        return BROKEN, late_says(seen, seen.last)
    if seen.waiting:
        return LOOK, rejects_say(seen.folder, seen.waiting)
    if seen.was_killed:
        return LOOK, "The last run was killed; the next one goes on."
    if not seen.last.ok:
        return LOOK, f"{end.then[0].upper()}{end.then[1:]}."
    return WELL, "Nothing to do."


def no_place(folder: Folder, least: int = LEAST_ROOM) -> str:
    """Why no run can keep anything here, as none could say so itself; empty where it can."""
    if not os.path.isdir(folder.path):
        return ""
    if not os.access(folder.path, os.W_OK):
        return f"{folder.path} cannot be written to: change its permissions, or how its disk is mounted."
    is_full = shutil.disk_usage(folder.path).free < least
    return f"The disk of {folder.path} is full: free space. Nothing is lost." if is_full else ""


def never_ended(seen: Seen) -> tuple[int, str]:
    """No run has left a record yet."""
    if seen.is_running:
        return LOOK, "The first run is under way: wait until it is over."
    if seen.was_killed:
        return LOOK, "The first run was killed: run again."
    return (
        UNKNOWN,
        f"Nothing has run in {seen.folder.path} yet: run it (`keap-chartmogul-sync run`, or `make sync`).",
    )


def late_says(seen: Seen, last: record.Record) -> str:
    """Why ChartMogul is so far behind, as far as it can be told from here."""
    if seen.is_running:
        return f"The run that is under way takes long: see the newest log in {seen.folder.runs}."
    if last.exit == QUOTA:
        return "Keap's calls are used up: wait until the time above, or sync less often."
    if last.ok:
        return "Nothing has run for too long: see whether the timer or cron job is on."
    return f"It has failed for too long: see the log {seen.folder.runs / last.name}.log."


def rejects_say(folder: Folder, waiting: int) -> str:
    """What to do about rejects."""
    return (
        f"{waiting} rejected records wait in {folder.rejects}: mend their cause, then send them again with "
        "`run --with-rejects`, or remove their file."
    )


def lag_in_words(seconds: int | None) -> str:
    """1 d 2 h 3 min."""
    if seconds is None:
        return "not known"
    if seconds < 0:
        return f"{-seconds} s ahead of this machine's clock"
    days, rest = divmod(seconds, 86_400)
    parts = ((days, "d"), (rest // 3600, "h"), (rest % 3600 // 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "less than a minute"
