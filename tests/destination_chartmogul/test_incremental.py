"""Incremental syncs reach the state of a full one, however the changes were cut."""

from __future__ import annotations

from typing import Any

import pytest

from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.business import Business, Changes
from tests.destination_chartmogul.pipe import Json, Result, messages_of, run_whole, run_write


def done(result: Result) -> bool:
    """Everything was written."""
    return (result.error, result.rejected) == (None, 0)


@pytest.mark.parametrize("seed", range(2))
def test_increments_reach_the_state_of_a_full_sync(
    seed: int, keap: Any, chartmogul: Any, config: Json
) -> None:
    """After each increment a full refresh takes away deleted orders at most, and repetitions write nothing;
    at the end a fresh account is equal.
    """
    config |= {"deleted_orders": "delete"}
    changes, business = Changes(keap), Business(keap, seed)
    assert done(run_write(config, messages_of(changes.take())))
    for _ in range(3):
        business.go_on(changes.all)
        chartmogul.control.clock(now=keap.control.clock())
        increment = changes.take()
        assert done(run_write(config, messages_of(increment)))
        before = writes(chartmogul)
        assert done(run_whole(config, changes.all))
        assert business.orders_deleted or writes(chartmogul) == before
        before = writes(chartmogul)
        assert run_write(config, messages_of(increment)).error is None
        assert run_whole(config, changes.all).error is None
        assert writes(chartmogul) == before
    one_by_one, now = held(chartmogul, business.merged_away), chartmogul.control.clock()
    chartmogul.control.reset(keep_switches=True)
    chartmogul.control.clock(now=now)
    assert done(run_whole(config, changes.all))
    assert differences(one_by_one, held(chartmogul, business.merged_away)) == []


def test_each_stream_in_a_run_of_its_own(small: dict[str, list[Json]], chartmogul: Any, config: Json) -> None:
    """Contacts, then orders without their payments, then payments: the last run completes the picture."""
    run_write(config, messages_of(small))
    whole = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    base = {name: small[name] for name in ("account", "products", "subscriptions")}
    for streams in (
        {**base, "contacts": small["contacts"]},
        {**base, "orders": small["orders"]},
        {"payments": small["payments"]},
    ):
        assert run_write(config, messages_of({"account": small["account"], **streams})).error is None
    assert differences(whole, held(chartmogul)) == []
