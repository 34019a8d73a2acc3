"""What a full read will take, said beforehand."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from source_keap.budget import Budget
from source_keap.forecast import Forecast, said
from source_keap.source import SourceKeap
from tests.simulators import Server
from tests.source_keap.fakes.keap_list import FakeKeap
from tests.source_keap.fakes.responses import answer
from tests.source_keap.reading import Json
from tests.source_keap.walking import Syncs

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def budget(left: int | None = None) -> Budget:
    result = Budget({})
    quota = {"x_keap_product_quota_available": str(left), "x_keap_product_quota_limit": "30000"}
    result.update_from_response(None, answer(headers=quota if left is not None else {}))
    return result


@pytest.mark.parametrize(
    ("calls", "left", "words"),
    [
        (1130, None, "at most 1,130 calls (orders 1,130): about 10 min at 120 calls a minute."),
        (1130, 29_000, "Keap allows this key 29,000 more calls today, which is enough."),
        (50_000, 10_000, "Keap allows this key 10,000 more calls today, so it takes 3 days."),
    ],
)
def test_calls_minutes_and_quota(calls: int, left: int | None, words: str) -> None:
    """The sentence compares what is needed with what is left."""
    assert words in said({"orders": calls}, budget(left))


def test_check_says_what_a_full_read_takes(keap: Server, config: Json, caplog: Any) -> None:
    """From the highest ids, with the one call for each stream that it makes anyway."""
    caplog.set_level("INFO")
    SourceKeap(config=config).check(logging.getLogger("airbyte"), config)
    (sentence,) = [text for text in caplog.messages if text.startswith("A first full read needs at most")]
    assert "more calls today, which is enough" in sentence
    assert all(f"{name} " in sentence for name in ("subscriptions", "payments", "contacts", "orders"))
    assert sum(sum(counts.values()) for counts in keap.control.calls().values()) == 6


def long_orders() -> Syncs:
    syncs = Syncs(FakeKeap(now=NOW), "orders", {"page_size": 200})
    for row_id in range(1, 12_001):
        syncs.keap.put(row_id, modification_time=(NOW - timedelta(days=2)).isoformat())
    return syncs


def test_a_long_read_says_it_once(caplog: Any) -> None:
    """When a list turns out to be long, before most of its pages are read."""
    caplog.set_level("INFO")
    syncs = long_orders()
    syncs.forecast = Forecast(budget(29_000))
    syncs.sync()
    (sentence,) = [text for text in caplog.messages if "full read needs" in text]
    assert sentence.startswith("This full read needs at most 35 calls (orders 35)")


def test_two_long_lists_are_foretold_together(caplog: Any) -> None:
    """At the first of them, and not again."""
    caplog.set_level("INFO")
    forecast = Forecast(budget(29_000))
    syncs = long_orders()
    syncs.keap.key = "orders"
    one, other = (replace(syncs.walk().keap, stream=name) for name in ("contacts", "orders"))
    forecast.lists = {"contacts": one, "orders": other}
    forecast.large(one, 12_000, 200, 5_000)
    forecast.large(other, 12_000, 200, 5_000)
    (sentence,) = [text for text in caplog.messages if "full read needs" in text]
    assert sentence.startswith("This full read needs at most 95 calls (contacts 35, orders 60)")


def test_a_later_sync_says_nothing(caplog: Any) -> None:
    """Only full reads are foretold."""
    syncs = long_orders()
    syncs.sync()
    syncs.forecast = Forecast(budget(29_000))
    caplog.set_level("INFO")
    for row_id in range(1, 12_001):
        syncs.keap.put(row_id, modification_time=NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))
    syncs.sync()
    assert not [text for text in caplog.messages if "needs" in text]
