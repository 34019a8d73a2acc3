"""The history of states."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keap_chartmogul_sync import states
from keap_chartmogul_sync.exits import SyncError
from keap_chartmogul_sync.folder import Folder

START = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "sync")
    made.make()
    return made


def put(folder: Folder, number: int, now: datetime) -> None:
    folder.state.write_text(json.dumps([{"number": number}]))
    states.keep(folder, now)


def kept(folder: Folder) -> list[int]:
    return [json.loads(path.read_text())[0]["number"] for path in states.history(folder)]


def test_weeks_of_syncs_keep_the_newest_and_one_a_day(folder: Folder) -> None:
    """The last twelve, and the last of each of fourteen days."""
    for number in range(20 * 4):
        put(folder, number, START + timedelta(hours=6 * number))
    last = 20 * 4 - 1
    newest = list(range(last - states.NEWEST + 1, last + 1))
    days = [4 * day + 3 for day in range(20 - states.DAYS, 20)]
    assert kept(folder) == sorted({*newest, *days})


def test_the_same_state_is_kept_once(folder: Folder) -> None:
    """Runs in which nothing happened add nothing."""
    for _ in range(3):
        put(folder, 1, START)
    assert kept(folder) == [1]


def test_numbers_go_on_when_the_clock_is_put_back(folder: Folder) -> None:
    """The newest is the one that was kept last."""
    put(folder, 1, START)
    put(folder, 2, START - timedelta(days=400))
    assert kept(folder) == [1, 2]
    states.restore(folder, None, START)
    assert json.loads(folder.state.read_text()) == [{"number": 2}]


def test_restoring_keeps_what_it_replaces(folder: Folder) -> None:
    """One can go back, and forth again."""
    put(folder, 1, START)
    put(folder, 2, START)
    folder.state.write_text('[{"number": 3}]')
    states.restore(folder, states.history(folder)[0].name, START)
    assert json.loads(folder.state.read_text()) == [{"number": 1}]
    assert kept(folder) == [1, 2, 3]


@pytest.mark.parametrize("name", [None, "000009-20260701T000000Z.json", "../../state.json"])
def test_there_is_nothing_to_restore(folder: Folder, name: str | None) -> None:
    """A sentence, and the present state stays."""
    if name:
        put(folder, 1, START)
    with pytest.raises(SyncError, match=r"No state has been kept|has no"):
        states.restore(folder, name, START)
