"""What an operator, and a monitoring system, is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keap_chartmogul_sync import metrics
from keap_chartmogul_sync.exits import SyncError
from keap_chartmogul_sync.folder import Folder
from keap_chartmogul_sync.lock import held
from keap_chartmogul_sync.record import Quota, Record
from keap_chartmogul_sync.status import Status, no_place, status

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
NOBODY = 65_534
HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path / "sync")
    made.make()
    yield made
    made.path.chmod(0o700)


@contextmanager
def nobody() -> Iterator[None]:
    """As a user whom permissions hold for, which they do not for root."""
    me = os.getuid()
    if me:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def ran(folder: Folder, end: str, minutes_ago: float, **more: object) -> Record:
    """A run that took two minutes and ended so long ago."""
    ended = NOW - timedelta(minutes=minutes_ago)
    number = len(list(folder.runs.glob("*.json"))) + 1
    times = {"started": (ended - timedelta(minutes=2)).isoformat(), "ended": ended.isoformat()}
    record = Record(name=f"{number:06}-20260701T000000Z", end=end, **times, **more)  # type: ignore[arg-type]
    record.save(folder)
    return record


def seen(folder: Folder) -> Status:
    return status(folder, NOW, HOUR)


def rejected(folder: Folder, *keys: str, field: str = "", file: str = "000001") -> int:
    rows = [json.dumps({"stream": "orders", "key": key, "rule": "r", "field": field}) for key in keys]
    return (folder.rejects / f"{file}.jsonl").write_text("".join(f"{row}\n" for row in rows))


@pytest.mark.parametrize(
    ("happened", "level", "says"),
    [
        (lambda _: None, 3, "make sync"),
        (lambda f: ran(f, "ok", 5), 0, "Nothing to do"),
        (lambda f: ran(f, "ok", 90), 2, "Nothing has run for too long"),
        (lambda f: (ran(f, "ok", 15), ran(f, "keap", 5)), 1, "unless it goes on"),
        (lambda f: (ran(f, "ok", 15), ran(f, "quota", 5)), 1, "come back"),
        (lambda f: (ran(f, "ok", 90), ran(f, "quota", 5)), 2, "calls are used up"),
        (lambda f: (ran(f, "ok", 90), ran(f, "chartmogul", 5)), 2, "failed for too long"),
        (lambda f: (ran(f, "ok", 15), ran(f, "configuration", 5)), 2, "Change what the message names"),
        (lambda f: (ran(f, "ok", 15), ran(f, "disk", 5)), 2, "Free space"),
        (lambda f: ran(f, "keap", 5), 2, "failed for too long"),
        (lambda f: (ran(f, "ok", 5), rejected(f, "1", "2", "1")), 1, "2 rejected records wait"),
        (lambda f: (ran(f, "ok", 5), rejected(f, "1", field="country")), 0, "Nothing to do"),
        (lambda f: (ran(f, "ok", 5), f.running.write_text("{}")), 1, "was killed"),
        (lambda f: f.running.write_text("{}"), 1, "first run was killed"),
        (lambda f: ran(f, "an end of a later version", 5), 2, "Report it"),
    ],
)  # fmt: skip
def test_what_operators_see(
    folder: Folder, happened: Callable[[Folder], object], level: int, says: str
) -> None:
    """Level for the monitoring, and a sentence that says what to do."""
    happened(folder)
    found = seen(folder)
    assert (found.level, says in found.next_step) == (level, True), found.next_step
    assert json.loads(found.as_json())["next_step"] == found.next_step
    assert found.next_step in found.as_text()


def test_the_lag_counts_from_the_start(folder: Folder) -> None:
    """What changed in Keap while the last success ran may have been missed by it."""
    ran(folder, "ok", 10)
    assert seen(folder).lag_seconds == 12 * 60
    assert "behind          12 min" in seen(folder).as_text()


def test_a_clock_that_was_put_back(folder: Folder) -> None:
    """A success in the future is no success to rely on."""
    ran(folder, "ok", -600)
    found = seen(folder)
    assert (found.level, "clock was put back" in found.next_step) == (1, True)


def test_what_keap_has_left_comes_from_the_last_run_that_knew(folder: Folder) -> None:
    """A run that never reached Keap says nothing of it."""
    told = ran(folder, "ok", 15, quota=Quota(29_994, 30_000, None))
    ran(folder, "keap", 5)
    found = seen(folder)
    assert (found.calls_left, found.calls_a_day, found.calls_as_of) == (29_994, 30_000, told.ended)
    assert "29,994 of 30,000" in found.as_text()


def test_records_that_cannot_be_read_are_passed_over(folder: Folder) -> None:
    """Of a later version, cut off, or no record at all."""
    ran(folder, "ok", 5)
    (folder.runs / "000007-20260701T000000Z.json").write_text('{"format": 99}')
    (folder.runs / "000008-20260701T000000Z.json").write_text("[")
    (folder.runs / "000009-20260701T000000Z.json").write_text("[]")
    assert seen(folder).level == 0


@pytest.mark.parametrize(
    ("minutes_ago", "level", "says"),
    [(None, 1, "first run is under way"), (5, 0, "Nothing to do"), (90, 2, "takes long")],
)
def test_while_a_run_is_under_way(folder: Folder, minutes_ago: float | None, level: int, says: str) -> None:
    """A first sync of hours is no reason to run it, nor to look for the timer."""
    if minutes_ago:
        ran(folder, "ok", minutes_ago)
    with held(folder, NOW):
        found = seen(folder)
    assert (found.level, says in found.next_step) == (level, True), found.next_step


def test_a_disk_that_cannot_be_written_to_is_seen_at_once(folder: Folder) -> None:
    """No run can leave a record that says so."""
    assert no_place(folder) == ""
    assert "is full: free space" in no_place(folder, least=2**62)
    with nobody():
        assert "cannot be written to" in no_place(Folder(Path("/usr")))


def test_a_connection_that_never_worked_alarms_too(folder: Folder, tmp_path: Path) -> None:
    """A metric that is absent meets no condition of an alert."""
    metrics.write(tmp_path / "sync.prom", folder, ran(folder, "keap", 5))
    assert f"{metrics.PREFIX}last_success_timestamp_seconds 0.0" in (tmp_path / "sync.prom").read_text()


def test_a_folder_of_somebody_else_is_not_taken_for_an_empty_one(folder: Folder) -> None:
    """Its owner has to ask."""
    folder.path.chmod(0)
    me = os.geteuid()
    try:
        os.seteuid(me or NOBODY)  # root may read everything
        with pytest.raises(SyncError, match="as the user who owns it"):
            seen(folder)
    finally:
        os.seteuid(me)
        folder.path.chmod(0o700)


def test_metrics_for_prometheus(folder: Folder, tmp_path: Path) -> None:
    """The text file has what alerts need, with streams and rules as labels, and nothing personal."""
    ran(folder, "ok", 15)
    rejected(folder, "1")
    rejected(folder, "1", "2", field="country", file="000002")
    last = ran(
        folder, "keap", 5, records={"orders": 3}, rejected={"orders: bad_time": 1}, quota=Quota(7, None, None)
    )
    metrics.write(tmp_path / "sync.prom", folder, last)
    lines = [line for line in (tmp_path / "sync.prom").read_text().splitlines() if not line.startswith("#")]
    figures = {
        name.removeprefix(metrics.PREFIX): float(value)
        for name, _, value in (x.rpartition(" ") for x in lines)
    }
    assert figures == {
        "last_run_timestamp_seconds": (NOW - timedelta(minutes=5)).timestamp(),
        "last_run_duration_seconds": 120,
        "last_run_exit_code": 13,
        "last_success_timestamp_seconds": (NOW - timedelta(minutes=17)).timestamp(),
        "rejects_waiting": 1,
        "fields_left_out": 2,
        "keap_calls_left": 7,
        'records_read{stream="orders"}': 3,
        'rejected{rule="bad_time",stream="orders"}': 1,
    }
