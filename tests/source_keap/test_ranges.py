"""Long lists, read in several ranges at once: the same rows, few more calls, states that cover what came."""

import gc
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from source_keap import ranges
from source_keap.pages import Page
from source_keap.ranges import PAGES_IN_A_RANGE, PAGES_IN_MEMORY
from tests.source_keap.fakes.keap_list import FakeKeap
from tests.source_keap.walking import Syncs

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
LONG = 20_000
FIELDS = {
    "orders": "modification_time",
    "payments": "payment_time",
    "subscriptions": "modification_time",
}


def long_list(stream: str, count: int = LONG, step: int = 1, **config: Any) -> Syncs:
    """Rows a minute apart, the last one now; ids `step` apart."""
    keap = FakeKeap(now=NOW)
    for number in range(1, count + 1):
        moment = NOW - timedelta(minutes=count - number, days=1)
        keap.put(number * step, **{FIELDS[stream]: moment.strftime("%Y-%m-%dT%H:%M:%SZ")})
    return Syncs(keap, stream, {"page_size": 200, **config})


@pytest.mark.parametrize("stream", FIELDS)
def test_a_long_list_is_read_in_ranges(stream: str) -> None:
    """Every row once, and at most a call for each range and one for the highest id more than pages."""
    syncs = long_list(stream)
    assert Counter(syncs.sync()) == Counter(str(number) for number in range(1, LONG + 1))
    starts = [int(each["filter"].rpartition(">")[2]) for each in syncs.keap.asked if "filter" in each]
    assert starts != sorted(starts)
    assert LONG / 200 < syncs.calls <= LONG / 200 + 1 + 12


def rows_covered(state: dict[str, Any]) -> int:
    return sum(count for _, count, *_ in state.get("stripes", []))


@pytest.mark.parametrize("stream", FIELDS)
def test_afterwards_nothing_is_new(stream: str) -> None:
    """What is remembered after a read in ranges is what a read in one go remembers."""
    syncs, alone = long_list(stream), long_list(stream, parallel_calls=1)
    syncs.sync(), alone.sync()
    assert syncs.sync() == []
    assert rows_covered(syncs.state) == rows_covered(alone.state)
    assert syncs.state | {"stripes": []} == alone.state | {"stripes": []}


@pytest.mark.parametrize("stream", FIELDS)
@pytest.mark.parametrize("killed_after", [5_000, 10_101, 19_999])
def test_a_killed_read_in_ranges_goes_on_in_them(stream: str, killed_after: int) -> None:
    """Nothing is lost, little comes twice, and no call begins anew at the start."""
    syncs = long_list(stream)
    first = syncs.sync(only_records=killed_after)
    rest = syncs.sync()
    assert set(first) | set(rest) == {str(number) for number in range(1, LONG + 1)}
    assert len(first) + len(rest) - LONG <= 12 * 400
    assert syncs.sync() == []


@pytest.mark.parametrize("stream", FIELDS)
def test_a_state_covers_only_what_came(stream: str) -> None:
    """Whatever the order in which ranges answer, rows outside the ranges left were all given out."""
    syncs = long_list(stream)
    given: set[int] = set()
    checked = 0
    for state in syncs.states_with_rows(given):
        left = state.get("unfinished", {}).get("ranges")
        if left:
            bounds = [(int(after), int(until or LONG)) for after, until in left]
            assert all(after < until for after, until in bounds)
            missing = set(range(1, LONG + 1)) - given
            assert all(any(after < row_id <= until for after, until in bounds) for row_id in missing)
            checked += 1
    assert checked > 30


def test_a_short_list_is_not_split() -> None:
    """Five thousand rows are read one page after another, and nobody asks for the highest id."""
    syncs = long_list("orders", count=ranges.ROWS_BEFORE_SPLIT - 1)
    syncs.sync()
    assert syncs.calls == 25
    assert all("filter" in each for each in syncs.keap.asked)


def test_a_list_that_is_nearly_read_is_not_split() -> None:
    """What is left must be worth the calls that ranges cost."""
    syncs = long_list("orders", count=ranges.ROWS_BEFORE_SPLIT + 200 * PAGES_IN_A_RANGE)
    syncs.sync()
    assert syncs.calls == 30 + 1


def test_ids_with_gaps_are_split_all_the_same() -> None:
    """The number of rows behind a page is estimated from the ids in it."""
    syncs = long_list("orders", step=1000)
    assert len(syncs.sync()) == LONG
    assert syncs.calls <= LONG / 200 + 1 + 12


def test_the_second_comparison_splits_between_stripes() -> None:
    """The daily read of all subscriptions gives out changed stripes only, though it is split."""
    syncs = long_list("subscriptions")
    syncs.sync()
    syncs.keap.advance(days=1)
    syncs.keap.put(15_000, contact_id="moved")
    syncs.keap.put(19_000, contact_id="moved")
    news = syncs.sync()
    assert {"15000", "19000"} <= set(news)
    assert len(news) <= 200


def test_an_order_that_is_ignored_means_no_split() -> None:
    """When the highest id cannot be learnt the list is read in one go."""
    syncs = long_list("orders")
    syncs.keap.order_is_ignored = True
    assert len(syncs.sync()) == LONG
    assert syncs.calls == LONG / 200 + 1


def test_an_error_in_one_range_ends_the_read() -> None:
    """The other ranges do not go on behind its back, nor wait for ever for a reader."""
    syncs = long_list("orders")
    syncs.keap.broken_from = 17_000
    with pytest.raises(ValueError, match="broken"):
        syncs.sync()
    assert syncs.calls < LONG / 200
    for call in [each for each in threading.enumerate() if each.name.startswith("pages")]:
        call.join(timeout=10)
        assert not call.is_alive()


def test_few_pages_are_in_memory_at_a_time() -> None:
    """However many calls are made at a time: one page that is passed on, and one that is ready."""
    syncs = long_list("orders")
    syncs.keap.key = "orders"
    read = syncs.walk().read_records({})
    for rows in read:
        if syncs.calls > LONG / 200 / 2 and isinstance(rows, list):
            break
    time.sleep(0.2)  # all calls that may be made meanwhile are made
    assert 0 < sum(isinstance(each, Page) for each in gc.get_objects()) <= PAGES_IN_MEMORY
    del read  # which ends the calls


def test_one_call_at_a_time_reads_in_order() -> None:
    """There is nothing to gain from ranges then."""
    ids = long_list("orders", parallel_calls=1).sync()
    assert ids == [str(number) for number in range(1, LONG + 1)]


def test_a_recent_row_among_old_ones_does_not_hold_rows_in_memory() -> None:
    """Payments: one re-dated old row starts the comparison early. All rows come; then those once more that
    other ranges had passed on before; then nothing but changes.
    """
    syncs = long_list("payments", payments_lookback_days=2)
    syncs.keap.put(12_000, payment_time=NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert len(syncs.sync()) == LONG
    assert all(int(row_id) >= 12_000 for row_id in syncs.sync())
    assert syncs.sync() == []
    syncs.keap.put(12_000, status="REFUNDED")
    assert "12000" in syncs.sync()
