"""Several bulk imports under way at once."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from destination_chartmogul import bulk, registry
from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.pipe import Json, messages_of, run_write

IMPORTS = "/v1/data_sources/{ds}/json_imports"


@pytest.fixture
def six_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small requests, so that a small account takes a dozen of them."""
    monkeypatch.setattr(bulk, "MOST_CUSTOMERS", 6)


@pytest.mark.usefixtures("six_a_request")
def test_most_imports_are_asked_about_once(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """When imports take a while, their number of status calls stays near their own number."""
    chartmogul.control.switch("json_import_seconds", 1)
    assert run_write(config, messages_of(small)).error is None
    calls = chartmogul.control.calls()
    sent = writes(chartmogul)[f"POST {IMPORTS}"]
    asked = sum(n for key, by in calls.items() if key.startswith(f"GET {IMPORTS}") for n in by.values())
    assert sent >= 10
    assert asked <= 1.5 * sent


@pytest.mark.usefixtures("six_a_request")
def test_an_import_refused_beside_others_is_sent_again_alone(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """How many imports may be under way is not documented; one too many ends in the same state."""
    assert run_write(config, messages_of(small)).error is None
    expected = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    body = {"code": 422, "message": "another import is being processed", "param": None}
    chartmogul.control.faults([{"method": "POST", "path": IMPORTS, "nth": 4, "status": 422, "body": body}])
    result = run_write(config, messages_of(small))
    assert (result.error, result.rejected) == (None, 0)
    assert differences(expected, held(chartmogul)) == []
    assert "POST /v1/import/customers/{cus}/invoices" not in writes(chartmogul)


@pytest.mark.parametrize(("between", "finished"), [(1.4, True), (0.0, False)])
def test_processing_that_begins_late_is_waited_for(
    between: float,
    finished: bool,
    small: dict[str, list[Json]],
    chartmogul: Any,
    config: Json,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing pending right after an import says nothing; twice, with time between, it does."""
    monkeypatch.setattr(registry, "BETWEEN_READINGS", between)
    chartmogul.control.switch("pending_lag_seconds", 1)
    chartmogul.control.switch("analytics_delay_seconds", 3)
    assert run_write(config, messages_of(small)).error is None
    assert (pending_now(chartmogul) == 0) is finished


def pending_now(chartmogul: Any) -> int:
    """What the source still has to process, once its processing has begun."""
    time.sleep(1.1)
    address, key = f"{chartmogul.url}/v1/data_sources", (chartmogul.api_key, "")
    answer = requests.get(address, params={"with_processing_status": "true"}, auth=key, timeout=10).json()
    return int(answer["data_sources"][0]["processing_status"]["pending"])
