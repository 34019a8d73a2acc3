"""Changes that show late, or while a read is under way or broken off, are not lost."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.source_keap.fakes.keap_list import FakeKeap
from tests.source_keap.walking import Syncs

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
STREAMS = ("orders", "subscriptions", "tags")


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(stream: str) -> Syncs:
    """A hundred rows of last week on pages of ten."""
    keap = FakeKeap(now=NOW)
    for row_id in range(1, 101):
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


@pytest.mark.parametrize("stream", ["orders", "subscriptions"])
def test_a_read_that_goes_on_brings_what_changed_meanwhile(stream: str) -> None:
    """Rows before the place where it broke off are not left to the sync after."""
    syncs = listed(stream)
    first = syncs.sync(only_records=50)
    syncs.keap.advance(hours=1)
    syncs.keap.put(7, modification_time=stamp(syncs.keap.now))
    rest = syncs.sync()
    assert {*first, *rest} == {str(number) for number in range(1, 101)}
    assert "7" in rest
