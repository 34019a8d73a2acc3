"""Subscriptions that Keap no longer has come as records that a destination can act on."""

from datetime import UTC, datetime, timedelta

import pytest

from source_keap.deletions import deletion
from source_keap.fingerprints import packed, unpacked
from tests.source_keap.fakes.keap_list import FakeKeap
from tests.source_keap.walking import Json, Syncs

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
OLD = (NOW - timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def syncs() -> Syncs:
    """250 subscriptions that were read once, a day ago; pages of 40 rows."""
    keap = FakeKeap(now=NOW)
    for row_id in range(1, 251):
        keap.put(row_id, modification_time=OLD)
    syncs = Syncs(keap, "subscriptions", {"page_size": 40})
    syncs.sync()
    keap.advance(days=1)
    return syncs


def deleted(syncs: Syncs) -> dict[str, str]:
    """When each subscription was deleted, by what the last sync gave out."""
    return {
        row["id"]: row["_ab_cdc_deleted_at"]
        for row in syncs.rows
        if row.get("_ab_cdc_deleted_at") is not None
    }


def test_a_deleted_subscription_comes_once(syncs: Syncs) -> None:
    """With the next full comparison, by its id, with the time when it was noticed."""
    del syncs.keap.rows[77], syncs.keap.rows[250]
    syncs.sync()
    assert deleted(syncs) == {"77": "2026-07-02T12:00:00Z", "250": "2026-07-02T12:00:00Z"}
    syncs.keap.advance(days=1)
    assert syncs.sync() == []


def test_the_record_wins_over_the_row_that_it_deletes() -> None:
    """Destinations keep the record with the highest cursor, so it has one."""
    record = deletion(77, "modification_time", NOW)
    assert record == {
        "id": "77",
        "modification_time": "2026-07-01T12:00:00Z",
        "_ab_cdc_deleted_at": "2026-07-01T12:00:00Z",
    }


def test_many_deletions_at_once_are_doubted(syncs: Syncs) -> None:
    """A key that lost a right sees less; only what is still missing a day later counts as deleted."""
    hidden = {row_id: syncs.keap.rows.pop(row_id) for row_id in range(1, 101)}
    syncs.sync()
    assert deleted(syncs) == {}
    syncs.keap.rows.update({row_id: hidden[row_id] for row_id in range(1, 91)})
    syncs.keap.advance(days=1)
    syncs.sync()
    assert set(deleted(syncs)) == {str(row_id) for row_id in range(91, 101)}
    syncs.keap.advance(days=1)
    syncs.sync()
    assert deleted(syncs) == {}


def test_a_tenth_is_believed_at_once(syncs: Syncs) -> None:
    """Also when that is more than ten."""
    for row_id in range(1, 26):
        del syncs.keap.rows[row_id]
    syncs.sync()
    assert len(deleted(syncs)) == 25


@pytest.mark.parametrize("killed_after", [0, 1, 60, 150, 200])
def test_a_killed_comparison_forgets_no_deletion(syncs: Syncs, killed_after: int) -> None:
    """What is missed before the kill is told by the sync that finishes the comparison."""
    for row_id in (3, 77, 150, 249):
        del syncs.keap.rows[row_id]
    syncs.sync(only_records=killed_after)
    told = deleted(syncs)
    syncs.sync()
    assert set(told | deleted(syncs)) == {"3", "77", "150", "249"}


def test_states_of_versions_without_ids_are_taken(syncs: Syncs) -> None:
    """The first comparison after the update cannot name what is gone, the next one can."""
    syncs.state["stripes"] = [stripe[:3] for stripe in syncs.state["stripes"]]
    del syncs.keap.rows[77]
    syncs.sync()
    assert deleted(syncs) == {}
    del syncs.keap.rows[78]
    syncs.keap.advance(days=1)
    syncs.sync()
    assert set(deleted(syncs)) == {"78"}


def test_the_unfinished_read_of_an_older_version_goes_on(syncs: Syncs) -> None:
    """`after_id` is where it went on then, and still does."""
    known = [stripe[:3] for stripe in syncs.state["stripes"] if int(stripe[0]) <= 200]
    old: Json = {"stripes": known, "unfinished": {"started": "2026-07-02T12:00:00.000Z", "after_id": "200"}}
    fresh = Syncs(syncs.keap, "subscriptions", syncs.config, old)
    assert fresh.sync() == [str(row_id) for row_id in range(201, 251)]


@pytest.mark.parametrize("ids", [(), (7,), (7, 8, 9, 12, 1000), tuple(range(5, 105))])
def test_ids_are_packed_small(ids: tuple[int, ...]) -> None:
    """A state holds a character for most ids."""
    assert unpacked(packed(ids)) == ids
    assert len(packed(ids)) <= 8 + 3 * len(ids)
