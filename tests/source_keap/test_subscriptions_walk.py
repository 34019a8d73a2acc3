"""Subscriptions: newest change first, and all rows now and then."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.source_keap.fakes.keap_list import FakeKeap
from tests.source_keap.walking import Syncs

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def syncs() -> Syncs:
    """250 subscriptions, one changed each hour; pages of 40 rows."""
    keap = FakeKeap(now=NOW)
    for row_id in range(1, 251):
        changed = NOW - timedelta(hours=1 + row_id * 7 % 250)
        keap.put(row_id, modification_time=stamp(changed), contact_id="1")
    return Syncs(keap, "subscriptions", {"page_size": 40})


def change(syncs: Syncs, row_id: int) -> None:
    syncs.keap.put(row_id, modification_time=stamp(syncs.keap.now), active=False)


def test_first_sync_reads_by_id(syncs: Syncs) -> None:
    """All rows once, ⌈250/40⌉ calls."""
    assert syncs.sync() == [str(row_id) for row_id in range(1, 251)]
    assert syncs.calls == 7


def test_idle_sync_is_one_call(syncs: Syncs) -> None:
    """The first page of the newest changes suffices."""
    syncs.sync()
    syncs.keap.advance(hours=1)
    assert syncs.sync() == []
    assert syncs.calls == 1
    assert syncs.keap.asked[0]["order_by"] == "modification_time desc"


def test_changes_come_once(syncs: Syncs) -> None:
    """A changed row comes in the next sync and not again, also not within the minutes read twice."""
    syncs.sync()
    syncs.keap.advance(hours=1)
    change(syncs, 77)
    assert syncs.sync() == ["77"]
    assert syncs.sync() == []
    syncs.keap.advance(minutes=3)
    assert syncs.sync() == []
    syncs.keap.advance(minutes=30)
    assert syncs.sync() == []


def test_two_changes_in_one_second_are_not_mixed_up(syncs: Syncs) -> None:
    """A second change that carries the same time as the first is given out too."""
    syncs.sync()
    syncs.keap.advance(hours=1)
    change(syncs, 77)
    syncs.sync()
    syncs.keap.put(77, reason_stopped="later in the same second")
    change(syncs, 78)
    assert sorted(syncs.sync()) == ["77", "78"]


def test_many_changes_take_as_many_pages_as_needed(syncs: Syncs) -> None:
    """100 changes on pages of 40 are three calls."""
    syncs.sync()
    syncs.keap.advance(hours=1)
    for row_id in range(1, 101):
        change(syncs, row_id)
    assert sorted(map(int, syncs.sync())) == list(range(1, 101))
    assert syncs.calls == 3


def test_a_day_later_all_are_compared(syncs: Syncs) -> None:
    """A change that Keap did not date (a merge) is found by the daily full read, be it a minute early."""
    syncs.sync()
    syncs.keap.put(10, contact_id="2")
    syncs.keap.advance(hours=20)
    assert syncs.sync() == []
    syncs.keap.advance(hours=3, minutes=59)
    assert "10" in syncs.sync()
    assert syncs.calls == 1 + 7
    syncs.keap.advance(hours=1)
    assert syncs.sync() == []
    assert syncs.calls == 1


def test_rows_without_a_time_come_when_new(syncs: Syncs) -> None:
    """A subscription that Keap never dated comes if the last full read cannot know it."""
    syncs.sync()
    syncs.keap.advance(hours=1)
    syncs.keap.put(251)
    syncs.keap.put(9, modification_time=None)
    syncs.keap.rows[251]["modification_time"] = None
    syncs.config["page_size"] = 1000
    assert syncs.sync() == ["251"]


def test_an_ignored_order_is_noticed(syncs: Syncs) -> None:
    """When the server does not sort as asked, all rows are read instead of missing changes."""
    syncs.sync()
    syncs.keap.order_is_ignored = True
    syncs.keap.advance(hours=1)
    change(syncs, 249)
    assert "249" in syncs.sync()


@pytest.mark.parametrize("killed_after", [0, 1, 40, 99, 100, 101, 205, 249])
def test_a_killed_full_read_loses_nothing(syncs: Syncs, killed_after: int) -> None:
    """What was not saved comes in the next sync, together with what changed meanwhile."""
    saved = set(syncs.sync(only_records=killed_after))
    syncs.keap.advance(hours=2)
    change(syncs, 1)
    expected = {str(row_id) for row_id in range(1, 251)} - saved | {"1"}
    assert expected <= set(syncs.sync())
    assert syncs.sync() == []


def test_a_killed_walk_loses_nothing(syncs: Syncs) -> None:
    """Newest first cannot stop half-way: the next sync walks again from the start."""
    syncs.sync()
    syncs.keap.advance(hours=1)
    for row_id in range(1, 101):
        change(syncs, row_id)
    syncs.sync(only_records=60)
    assert sorted(map(int, syncs.sync())) == list(range(1, 101))
