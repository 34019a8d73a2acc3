"""How a run can end: the exit code, and what it means to cron, systemd and whoever is on call.

The smaller the code of two problems, the more it needs a person; a run that meets both ends with that one.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Exit:
    """`code`: of the process; `name`: in records and metrics; `means` and `then`: for people."""

    code: int
    name: str
    means: str
    then: str


OK = Exit(0, "ok", "everything that Keap told is in ChartMogul or among the rejects", "nothing to do")
UNEXPECTED = Exit(
    1, "unexpected", "an error of this program or of a connector", "report it, with the run's log"
)
USAGE = Exit(2, "usage", "the command line is wrong", "see --help")
CONFIGURATION = Exit(
    10,
    "configuration",
    "a configuration, catalog or state file, a place, a key or a permission has to be changed",
    "change what the message names; runs until then end the same way",
)
DISK = Exit(11, "disk", "no room on the disk", "free space; nothing is lost")
REJECTS = Exit(
    12,
    "rejects",
    "more records were rejected than `reject_limit` allows; nothing was acknowledged",
    "look at the rejects; the next run reads the same records again",
)
KEAP = Exit(13, "keap", "Keap did not answer, or not as documented", "nothing, unless it goes on for long")
CHARTMOGUL = Exit(
    14, "chartmogul", "ChartMogul did not answer, or refused", "nothing, unless it goes on for long"
)
LOCKED = Exit(20, "locked", "another run is under way", "nothing: the next run does its work")
QUOTA = Exit(21, "quota", "Keap's calls of this day are used up", "nothing: come back after the time it says")
TIME_LIMIT = Exit(
    22, "time_limit", "stopped at --time-limit", "nothing: the next run goes on, or raise the limit"
)
INTERRUPTED = Exit(130, "interrupted", "stopped by Ctrl-C", "nothing: the next run goes on")
TERMINATED = Exit(143, "terminated", "stopped by SIGTERM", "nothing: the next run goes on")

EXITS = (
    OK, UNEXPECTED, USAGE, CONFIGURATION, DISK, REJECTS, KEAP, CHARTMOGUL, LOCKED, QUOTA, TIME_LIMIT,
    INTERRUPTED, TERMINATED,
)  # fmt: skip
BY_NAME = {each.name: each for each in EXITS}
PASSING = frozenset({LOCKED, QUOTA, TIME_LIMIT, INTERRUPTED, TERMINATED})
"""Ends that are nobody's fault: the next run goes on."""


def own_error(error: Exception) -> str:
    """The sentence for an error of this program: type and place, without values."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    return f"keap-chartmogul-sync stopped on an error of its own ({place}); please report it."


class SyncError(Exception):
    """Ends a command with one sentence for the user."""

    def __init__(self, end: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.end = end
