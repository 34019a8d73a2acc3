"""Changes that show late, or while a read is under way or broken off, are not lost."""

from datetime import UTC, datetime, timedelta

import pytest

from source_keap.recent import MOST_RECENT_ROWS, OVERLAP
from tests.source_keap.fakes.keap_list import FakeKeap
from tests.source_keap.walking import Syncs

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ROWS = 300
STREAMS = ("orders", "subscriptions", "tags")


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(stream: str) -> Syncs:
    """ROWS rows of last week on pages of ten."""
    keap = FakeKeap(now=NOW)
    for row_id in range(1, ROWS + 1):
        keap.put(row_id, modification_time=stamp(NOW - timedelta(days=7)))
    return Syncs(keap, stream, {"page_size": 10})


@pytest.mark.parametrize("stream", STREAMS)
def test_a_change_that_shows_after_its_time_comes_once(stream: str) -> None:
    """Minutes that the last read had passed already are looked at again."""
    syncs = listed(stream)
    syncs.sync()
    syncs.keap.advance(seconds=30)
    syncs.keap.put(77, modification_time=stamp(NOW - timedelta(minutes=4)))
    assert syncs.sync() == ["77"]
    assert syncs.sync() == []


@pytest.mark.parametrize("stream", ["subscriptions", "tags"])
def test_a_change_of_yesterday_by_its_own_clock_comes_once(stream: str) -> None:
    """Times may have an offset, so that their text is of another day."""
    syncs = listed(stream)
    syncs.sync()
    syncs.keap.advance(hours=-5)
    syncs.keap.put(77, modification_time="2026-06-30T23:58:00-07:00")
    syncs.state["modification_time"] = stamp(NOW - timedelta(hours=6))
    assert syncs.sync() == ["77"]
    assert syncs.sync() == []


def test_the_state_remembers_a_thousand_rows_at_most() -> None:
    """More changes within minutes are simply read twice."""
    syncs = listed("orders")
    for row_id in range(1, 1101):
        syncs.keap.put(row_id, modification_time=stamp(NOW))
    syncs.sync()
    assert len(syncs.state["recent"]) == MOST_RECENT_ROWS
    assert len(syncs.sync()) == 100


@pytest.mark.parametrize("stream", STREAMS)
def test_changes_of_one_second_come_from_all_their_pages(stream: str) -> None:
    """Also of the very second with which the minutes begin that are looked at again."""
    syncs = listed(stream)
    syncs.sync()
    for row_id in range(1, 26):
        syncs.keap.put(row_id, modification_time=stamp(NOW - OVERLAP))
    assert len(syncs.sync()) == 25


@pytest.mark.parametrize("stream", STREAMS)
def test_a_list_that_is_not_sorted_is_looked_through(stream: str) -> None:
    """The change is on the last page."""
    syncs = listed(stream)
    syncs.keap.order_is_ignored = True
    for row_id in range(1, ROWS + 1):
        syncs.keap.put(row_id, modification_time=stamp(NOW - timedelta(hours=ROWS - row_id + 1)))
    syncs.sync()
    syncs.keap.advance(hours=1)
    syncs.keap.put(ROWS, modification_time=stamp(syncs.keap.now))
    assert str(ROWS) in syncs.sync()


@pytest.mark.parametrize("stream", STREAMS)
def test_a_clock_that_goes_back_takes_nothing_back(stream: str) -> None:
    """The state stays where it was."""
    syncs = listed(stream)
    syncs.sync()
    before = syncs.state["modification_time"]
    syncs.keap.advance(hours=-1)
    assert syncs.sync() == []
    assert syncs.state["modification_time"] == before


def test_a_row_that_keap_does_not_date_comes_each_time() -> None:
    """Nothing tells whether it changed."""
    syncs = listed("tags")
    syncs.sync()
    syncs.keap.rows = {5: {"id": "5"}}
    assert (syncs.sync(), syncs.sync()) == (["5"], ["5"])


@pytest.mark.parametrize("stream", ["orders", "subscriptions"])
def test_a_read_that_goes_on_brings_what_changed_meanwhile(stream: str) -> None:
    """Rows before the place where it broke off are not left to the sync after."""
    syncs = listed(stream)
    first = syncs.sync(only_records=250)
    syncs.keap.advance(hours=1)
    syncs.keap.put(7, modification_time=stamp(syncs.keap.now))
    rest = syncs.sync()
    assert {*first, *rest} == {str(number) for number in range(1, ROWS + 1)}
    assert "7" in rest


def test_transactions_of_one_second_are_not_cut() -> None:
    """A read that broke off among them goes on with that second, from its beginning."""
    syncs = listed("transactions")
    for row_id in range(1, ROWS + 1):
        syncs.keap.put(row_id, modification_time=stamp(NOW - timedelta(days=100)))
    first = syncs.sync(only_records=155)
    rest = syncs.sync()
    assert {*first, *rest} == {str(number) for number in range(1, ROWS + 1)}
