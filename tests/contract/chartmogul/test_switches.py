"""Each doubt about ChartMogul is a switch, and each switch changes what a client sees."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.chartmogul import (
    account_probes,
    billing_probes,
    import_probes,
    lead_probes,
    people_probes,
)
from tests.contract.chartmogul.scene import Scene
from tests.simulators import Server
from tests.simulators.chartmogul.limits import Limits
from tests.simulators.chartmogul.switches import SWITCHES
from tests.simulators.http import Call, Clock, Switches

Json = Any
# Switches that one call cannot show, and where they are tested instead.
ELSEWHERE = {
    "rate_limit": "test_simulator_http.py: the 41st request of a second",
    "parallel_limit": "test_simulator_http.py: thirty connections",
    "unavailable_body": "below",
    "read_only_status": "below",
}
PROBES = (
    account_probes.PROBES
    | billing_probes.PROBES
    | import_probes.PROBES
    | lead_probes.PROBES
    | people_probes.PROBES
)
CASES = [(name, value) for name, (_, expected) in PROBES.items() for value in expected]


def test_every_switch_is_probed() -> None:
    """No switch without a probe, and each probe tries each value that the switch may take."""
    assert {each.name for each in SWITCHES} == PROBES.keys() | ELSEWHERE.keys()
    for each in SWITCHES:
        if each.values and each.name in PROBES:
            assert set(PROBES[each.name][1]) == set(each.values), each.name
        assert each.default in (each.values or (each.default,)), each.name


@pytest.mark.parametrize(("name", "value"), CASES, ids=[f"{name}={value}" for name, value in CASES])
def test_a_switch_changes_what_is_seen(scene: Scene, name: str, value: Json) -> None:
    """The probe sees what the table says for the value."""
    probe, expected = PROBES[name]
    scene.start()
    scene.server.control.switch(name, value)
    assert probe(scene) == expected[value]


def test_a_switch_tells_what_it_is_for(server: Server) -> None:
    """The control route gives sentence, values, default and section of each."""
    for name, each in server.control.switches().items():
        assert each["says"].endswith("."), name
        assert each["section"], name


@pytest.mark.parametrize(("status", "value"), [(401, 401), (403, 403)])
def test_a_read_only_key(scene: Scene, status: int, value: int) -> None:
    """It reads, and a write gets the status of the switch in dialect A."""
    scene.start().server.control.switch("api_key_access", "read_only")
    scene.server.control.switch("read_only_status", value)
    assert scene.call("GET", "/customers").status_code == 200
    answer = scene.call("DELETE", f"/customers/{scene.ids['cus']}")
    assert (answer.status_code, sorted(answer.json())) == (status, ["code", "message", "param"])


def test_the_budget_comes_back_after_a_minute(scene: Scene) -> None:
    """What was spent more than a minute ago counts no more; the message is not the rate limit's."""
    scene.start().server.control.switch("compute_budget_ms", 50)
    assert scene.call("GET", "/ping").status_code == 200
    assert scene.call("GET", "/ping").json()["message"] == "Too many requests"
    scene.server.control.clock(advance_seconds=61)
    assert scene.call("GET", "/ping").status_code == 200


def test_a_second_later_requests_are_free_again(scene: Scene) -> None:
    """By the clock of the server."""
    scene.start().server.control.switch("rate_limit", "on")
    while scene.call("GET", "/ping").status_code == 200:
        pass
    time.sleep(1.1)
    assert scene.call("GET", "/ping").status_code == 200


class Held:
    """A connection that stays open."""

    def is_closing(self) -> bool:
        """Never."""
        return False


@pytest.mark.parametrize(("form", "start"), [("json", {"code": 503}), ("html", "<html>")])
def test_one_connection_too_many(form: str, start: Json) -> None:
    """The twenty-first connection in use gets 503, as JSON or as a page."""
    switches = Switches(SWITCHES)
    switches.turn("unavailable_body", form)
    limits = Limits(Clock(datetime(2026, 7, 1, tzinfo=UTC)), switches)
    answers = [limits.check(Call("GET", "/v1/ping", connection=Held())) for _ in range(21)]
    assert answers[:20] == [None] * 20
    assert answers[20] is not None
    assert answers[20].status == 503
    body = answers[20].body
    assert body.startswith(start) if isinstance(start, str) else body.items() >= start.items()
