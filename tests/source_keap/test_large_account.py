"""An account with lists long enough to be split: calls, states and records as on a small one."""

from collections import Counter
from collections.abc import Iterator
from math import ceil

import pytest

from source_keap.protocol import SyncMode
from tests.simulators import Server, running
from tests.source_keap.reading import Json, read

CONTACTS = 2_000
ROWS = {
    "subscriptions": CONTACTS * 30 // 100,
    "payments": CONTACTS * 5,
    "contacts": CONTACTS,
    "orders": CONTACTS * 5,
}
PATHS = {"payments": "sales/payments"}
USED_UP = {"x-keap-product-quota-available": "0", "x-keap-product-quota-expiry-time": "4102444800000"}


@pytest.fixture(scope="module")
def _generated() -> Iterator[Server]:
    with running(f"generated:{CONTACTS}:3") as simulators:
        yield simulators.keap


@pytest.fixture
def large(_generated: Server) -> Server:
    _generated.control.reset()
    _generated.control.faults([])
    _generated.control.switch("rate_limits", "off")
    return _generated


@pytest.fixture
def config(large: Server) -> Json:
    key = {"auth_type": "personal_access_token", "personal_access_token": large.api_key}
    return {"base_url": large.url, "credentials": key, "requests_per_minute": 100_000, "max_retries": 0}


def calls(keap: Server, stream: str) -> int:
    counts = keap.control.calls().get(f"GET /crm/rest/v2/{PATHS.get(stream, stream)}", {})
    return sum(counts.values())


def test_calls_of_a_full_and_of_an_idle_sync(large: Server, config: Json) -> None:
    """A call a page and few more for a list that is split, each row once; then one call a stream."""
    first = read(config, ROWS)
    assert {name: len(set(first.ids(name))) for name in ROWS} == ROWS
    assert {name: len(first.ids(name)) for name in ROWS} == ROWS
    made = {name: calls(large, name) for name in ROWS}
    more = {name: made[name] - ceil(ROWS[name] / 1000) for name in ROWS}
    assert more == {"subscriptions": 0, "payments": 1, "contacts": 1, "orders": 2}, "highest ids alone"
    idle = read(config, ROWS, first.state)
    assert idle.records == {}
    assert {name: calls(large, name) - made[name] for name in ("subscriptions", "contacts", "orders")} == {
        "subscriptions": 1,
        "contacts": 1,
        "orders": 1,
    }


def test_small_pages_split_into_many_ranges(large: Server, config: Json) -> None:
    """Two thousand pages' worth of ranges at once give each row once."""
    found = read({**config, "page_size": 50}, ["orders"]).ids("orders")
    assert max(Counter(found).values()) == 1
    assert len(found) == ROWS["orders"]
    assert ROWS["orders"] / 50 < calls(large, "orders") <= ROWS["orders"] / 50 + 13


@pytest.mark.parametrize("mode", [SyncMode.incremental, SyncMode.full_refresh])
def test_a_quota_that_runs_out_in_the_middle(large: Server, config: Json, mode: SyncMode) -> None:
    """The sync stops and says from when on to go on; then it goes on where it stopped, in its ranges."""
    small = {**config, "page_size": 50}
    large.control.faults(
        [{"path": "/crm/rest/v2/orders", "nth": 150, "status": 429, "body": {}, "headers": USED_UP}]
    )
    stopped = read(small, ["orders"], mode=mode)
    assert "run the sync again from 2100-01-01 00:00 UTC on" in stopped.errors()[0][2]
    assert len(stopped.errors()) == 1
    assert 5_000 < len(stopped.ids("orders")) < ROWS["orders"]
    large.control.faults([])
    before = calls(large, "orders")
    rest = read(small, ["orders"], stopped.state, mode)
    assert len({*stopped.ids("orders"), *rest.ids("orders")}) == ROWS["orders"]
    assert len(rest.ids("orders")) <= ROWS["orders"] - len(stopped.ids("orders")) + 12 * 50
    assert calls(large, "orders") - before < ROWS["orders"] / 50 - 80
