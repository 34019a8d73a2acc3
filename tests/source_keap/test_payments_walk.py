"""Payments: new rows by id, and the look-back compared with what it was."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.source_keap.fakes.keap_list import FakeKeap
from tests.source_keap.walking import Syncs

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def paid(keap: FakeKeap, row_id: int, moment: datetime) -> None:
    keap.put(row_id, payment_time=moment.isoformat(), amount=10.0)


@pytest.fixture
def syncs() -> Syncs:
    """A payment a day for 200 days, ids 1 to 200; pages of 30 rows."""
    keap = FakeKeap(now=NOW)
    for row_id in range(1, 201):
        paid(keap, row_id, NOW - timedelta(days=200 - row_id))
    return Syncs(keap, "payments", {"page_size": 30})


def test_first_sync_reads_each_row_once(syncs: Syncs) -> None:
    """All rows in ascending id, ⌈200/30⌉ calls."""
    assert syncs.sync() == [str(row_id) for row_id in range(1, 201)]
    assert syncs.calls == 7


def test_idle_sync_gives_nothing(syncs: Syncs) -> None:
    """The look-back (46 rows, two pages of 30) is compared, and nothing passed on."""
    syncs.sync()
    assert syncs.sync() == []
    assert syncs.keap.asked[0]["filter"] == "id>154"
    assert syncs.calls == 2


def test_new_rows_come_alone(syncs: Syncs) -> None:
    """A new payment does not bring the look-back with it, whatever date the user gave it."""
    syncs.sync()
    paid(syncs.keap, 201, NOW - timedelta(days=900))
    assert syncs.sync() == ["201"]
    assert syncs.sync() == []


def test_a_refund_within_the_lookback_is_noticed(syncs: Syncs) -> None:
    """An old row that got a refund id is given out again, though no time of its own changed."""
    syncs.sync()
    syncs.keap.put(180, refund_payment_id="205")
    assert "180" in syncs.sync()
    assert syncs.sync() == []


def test_a_change_before_the_lookback_is_not(syncs: Syncs) -> None:
    """Payments older than the look-back are not read again."""
    syncs.sync()
    syncs.keap.put(100, refund_payment_id="205")
    assert syncs.sync() == []


def test_the_lookback_moves_on(syncs: Syncs) -> None:
    """After months of syncs the look-back begins 45 days ago, give or take a stripe, in a small state."""
    syncs.sync()
    for day in range(1, 121):
        syncs.keap.advance(days=1)
        paid(syncs.keap, 200 + day, syncs.keap.now)
        assert syncs.sync() == [str(200 + day)]
    assert 320 - 45 - 6 - 100 <= int(syncs.state["recheck_after"]) <= 320 - 45
    assert len(syncs.state["marks"]) <= 10
    assert len(syncs.state["stripes"]) <= 3


def test_a_payment_dated_in_the_future_does_not_stretch_the_lookback() -> None:
    """A date mistyped as 2062 on an old row is not taken for a recent payment."""
    keap = FakeKeap(now=NOW)
    paid(keap, 1, NOW + timedelta(days=13_000))
    paid(keap, 2, NOW - timedelta(days=100))
    paid(keap, 3, NOW)
    syncs = Syncs(keap, "payments")
    syncs.sync()
    assert syncs.state["recheck_after"] == "2"


def test_lookback_can_be_switched_off(syncs: Syncs) -> None:
    """With 0 days only new rows are read."""
    syncs.config["payments_lookback_days"] = 0
    syncs.sync()
    assert syncs.sync() == []
    assert syncs.keap.asked[0]["filter"] == "id>200"


def test_an_account_without_payments_starts_at_the_first() -> None:
    """The first payment ever comes in the sync after it was made."""
    syncs = Syncs(FakeKeap(now=NOW), "payments")
    assert syncs.sync() == []
    paid(syncs.keap, 7, NOW)
    assert syncs.sync() == ["7"]


@pytest.mark.parametrize("killed_after", [0, 1, 29, 30, 31, 95, 154, 160, 199])
def test_a_killed_sync_loses_nothing(syncs: Syncs, killed_after: int) -> None:
    """Whatever a killed sync had not saved comes in the next, and then the account is quiet."""
    saved = set(syncs.sync(only_records=killed_after))
    missing = {str(row_id) for row_id in range(1, 201)} - saved
    assert missing <= set(syncs.sync())
    assert syncs.sync() == []


def test_a_resumed_sync_does_not_start_over(syncs: Syncs) -> None:
    """It continues after the last saved page."""
    syncs.sync(only_records=100)
    syncs.sync()
    assert syncs.keap.asked[0]["filter"] == "id>90"
