"""Whatever is sent to the control routes is done or refused with a sentence; the simulators never fail."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import requests

from tests.contract.servers import mutations
from tests.simulators import Server, Simulators, running
from tests.simulators.keap.happenings import EVENTS

SEED = 20260701
TIMEOUT_SECONDS = 30
REQUESTS = 60
BODIES: dict[str, tuple[Any, ...]] = {
    "clock": ({"now": "2026-07-02T00:00:00Z", "frozen": True}, {"advance_seconds": 60}),
    "faults": ([{"method": "GET", "path": "/v1/ping", "nth": 2, "status": 502, "headers": {"A": "b"}}],),
    "reset": ({"keep_switches": True},),
    "settings": ({"account_currency": "EUR", "time_zone": "Europe/Berlin", "auto_churn_days": 30},),
    "switches": ({"name": "rate_limit", "value": "off"}, {"rate_limits": "off", "token_seconds": 60}),
}
PLAUSIBLE: tuple[Any, ...] = (
    1, 11, 101, 1001, 1002, 5001, 20001, "1", "YEAR", "MONTH", "2026-08-01", "2026-07-01T12:00:00Z", True,
    "10", "Ada", "ada@example.com", [], {}, [1001], [{"product_id": 16}], None,
    [{"item_type": "DISCOUNT_ORDER_TOTAL"}],
)  # fmt: skip


@pytest.fixture(scope="module")
def simulators() -> Iterator[Simulators]:
    with running() as both:
        yield both


def refusal_or_deed(server: Server, route: str, body: Any) -> str:
    """What is wrong with the answer to a control body: nothing, if it was done, or refused in words."""
    answer = requests.post(f"{server.url}/_control/{route}", json=body, timeout=TIMEOUT_SECONDS)
    if answer.status_code == 200 or (answer.status_code == 422 and answer.json()["error"]):
        return ""
    return f"{answer.status_code} {answer.text[:200]}"


@pytest.mark.parametrize("route", BODIES)
@pytest.mark.parametrize("name", ["keap", "chartmogul"])
def test_a_hostile_body_is_done_or_refused(simulators: Simulators, name: str, route: str) -> None:
    """Spoiled bodies of every control route that changes something."""
    server, rng = simulators.by_name[name], Random(f"{SEED} {route}")
    server.control.reset()
    if f"POST /_control/{route}" not in server.control.routes()["control"]:
        pytest.skip("the other server has it")
    bodies = [mutations.spoiled(rng.choice(BODIES[route]), rng) for _ in range(REQUESTS)]
    found = {str(body): refusal_or_deed(server, route, body) for body in bodies}
    assert {body: wrong for body, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("kind", EVENTS)
def test_a_hostile_event_happens_or_is_refused(simulators: Simulators, kind: str) -> None:
    """Each type of event with random values in its fields; the account can be read after it."""
    server, rng = simulators.keap, Random(f"{SEED} {kind}")
    server.control.reset()
    names = [name.rstrip("?") for name in EVENTS[kind].fields]
    found = {}
    for _ in range(REQUESTS // 4):
        chosen = {name: rng.choice(PLAUSIBLE) for name in names if rng.random() < 0.6}
        body = {"type": kind, **chosen}
        if rng.random() < 0.3:
            body = mutations.spoiled(body, rng)
        found[str(body)] = refusal_or_deed(server, "events", body)
    assert {body: wrong for body, wrong in found.items() if wrong} == {}
    assert server.control.dump()["contacts"]
