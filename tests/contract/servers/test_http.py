"""The scaffolding that both simulators stand on, seen through the ChartMogul one."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.simulators import Server, Simulators, running

ROOT = Path(__file__).parents[3]
TIMEOUT_SECONDS = 30


@pytest.fixture(scope="module")
def simulators() -> Iterator[Simulators]:
    """Both servers, for the whole module."""
    with running() as both:
        yield both


@pytest.fixture
def server(simulators: Simulators) -> Server:
    """The ChartMogul simulator as it starts, without the rate limit."""
    simulators.chartmogul.control.reset()
    simulators.chartmogul.control.switch("rate_limit", "off")
    return simulators.chartmogul


def _get(server: Server, path: str, **kwargs: object) -> requests.Response:
    return requests.request(
        "GET", f"{server.url}{path}", auth=(server.api_key, ""), timeout=TIMEOUT_SECONDS, **kwargs  # type: ignore[arg-type]
    )  # fmt: skip


def _make_source(server: Server, name: str) -> requests.Response:
    return requests.post(
        f"{server.url}/v1/data_sources",
        json={"name": name}, auth=(server.api_key, ""), timeout=TIMEOUT_SECONDS,
    )  # fmt: skip


def test_both_servers_start_at_the_scenarios_now(simulators: Simulators) -> None:
    """Both clocks begin where the scenario says, and the Date header shows them."""
    for one in (simulators.keap, simulators.chartmogul):
        one.control.reset()
        assert one.control.clock().startswith("2026-07-01T12:")
    assert "01 Jul 2026" in _get(simulators.chartmogul, "/v1/ping").headers["Date"]


def test_the_clock_is_set_and_advanced(server: Server) -> None:
    """The clock jumps where it is told, and reset puts it back."""
    assert server.control.clock(now="2025-01-31T00:00:00Z").startswith("2025-01-31T00:00:00")
    assert server.control.clock(advance_seconds=86400).startswith("2025-02-01T00:00:0")
    server.control.reset()
    assert server.control.clock().startswith("2026-07-01T12:")


def test_a_frozen_clock_stands_still(server: Server) -> None:
    """It shows one moment however long one waits, goes on from there when told, and runs again when set."""
    control, moment = server.control, "2026-01-01T00:00:00Z"
    assert [control.clock(now=moment, frozen=True), control.clock()] == [moment, moment]
    assert [control.clock(advance_seconds=60), control.clock()] == ["2026-01-01T00:01:00Z"] * 2
    assert control.clock(now=moment) < control.clock()


def test_calls_are_counted_by_template_and_status(server: Server) -> None:
    """Each call counts once under its path template; control routes do not count."""
    _get(server, "/v1/ping")
    _get(server, "/v1/customers/cus_nobody")
    server.control.switches()
    assert server.control.calls() == {"GET /v1/customers/{cus}": {"404": 1}, "GET /v1/ping": {"200": 1}}


@pytest.mark.parametrize(
    ("name", "value"), [("no_such_switch", "on"), ("rate_limit", "maybe"), ("analytics_delay_seconds", -1)]
)
def test_a_wrong_switch_is_refused(server: Server, name: str, value: str | int) -> None:
    """An unknown switch or value is refused and moves nothing."""
    before = server.control.switches()
    with pytest.raises(requests.HTTPError):
        server.control.switch(name, value)
    assert server.control.switches() == before


@pytest.mark.parametrize(
    "sent", [b"{", b"\xff", b'{"name": NaN}', b'{"name": 1e400}', b'{"name": "\\ud83d"}', b"[" * 100_000]
)
def test_a_body_that_is_no_json_is_refused(server: Server, sent: bytes) -> None:
    """Broken text, numbers without end, half characters and endless nesting are a bad request."""
    answer = requests.post(
        f"{server.url}/v1/data_sources", data=sent, auth=(server.api_key, ""), timeout=TIMEOUT_SECONDS
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize("name", ["keap", "chartmogul"])
def test_a_method_that_an_address_does_not_have_is_405(simulators: Simulators, name: str) -> None:
    """On each address of each server, with ids or without."""
    server = simulators.by_name[name]
    server.control.reset()
    server.control.switch("rate_limits" if name == "keap" else "rate_limit", "off")
    known = {tuple(each.split(" ", 1)) for each in server.control.routes()["api"]}
    missing = [
        (method, path)
        for path in sorted({path for _, path in known})
        for method in ("OPTIONS", "TRACE")
        if (method, path) not in known
    ]
    with requests.Session() as session:
        session.headers["X-Keap-API-Key"] = server.api_key
        session.auth = (server.api_key, "") if name == "chartmogul" else None
        answers = {each: _asked(session, server, *each).status_code for each in missing}
    assert len(answers) > 100
    assert {each: status for each, status in answers.items() if status != 405} == {}


def _asked(session: requests.Session, server: Server, method: str, path: str) -> requests.Response:
    address = server.url + re.sub(r"\{\w+\}", "1", path)
    return session.request(method, address, timeout=TIMEOUT_SECONDS)


def test_the_rate_limit_follows_the_virtual_clock(server: Server) -> None:
    """The 41st request of a second gets 429 without Retry-After; a second later it goes on."""
    server.control.switch("rate_limit", "on")
    with requests.Session() as session:
        session.auth = (server.api_key, "")
        answers = [session.get(f"{server.url}/v1/ping", timeout=TIMEOUT_SECONDS) for _ in range(41)]
        limited = [each for each in answers if each.status_code == 429]
        assert limited[0].json() == {
            "code": 429, "message": "Your request rate has exceeded our rate limit.", "param": None,
        }  # fmt: skip
        assert "Retry-After" not in limited[0].headers
        server.control.clock(advance_seconds=1)
        assert session.get(f"{server.url}/v1/ping", timeout=TIMEOUT_SECONDS).status_code == 200


def test_more_than_twenty_connections_get_503(server: Server) -> None:
    """Of thirty connections in use at once some are refused; of twenty none is."""
    for count, expected in ((20, {200}), (30, {200, 503})):
        server.control.clock(advance_seconds=1)
        sessions = [requests.Session() for _ in range(count)]
        with ThreadPoolExecutor(count) as pool:
            statuses = set(pool.map(lambda session: _ping(server, session), sessions))
        for session in sessions:
            session.close()
        assert statuses == expected


def _ping(server: Server, session: requests.Session) -> int:
    return session.get(
        f"{server.url}/v1/ping", auth=(server.api_key, ""), timeout=TIMEOUT_SECONDS
    ).status_code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_one_line_and_stops_cleanly(number: signal.Signals) -> None:
    """`python -m tests.simulators` says where it listens, serves, and exits with 0 when interrupted."""
    environment = {**os.environ, "KEAP_PORT": "0", "CHARTMOGUL_PORT": "0"}
    environment.pop("PYTHONUNBUFFERED", None)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.simulators", "--scenario", "small"],
        stdout=subprocess.PIPE, cwd=ROOT, env=environment, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert set(said["keap"]) == {"url", "api_key", "client_id", "client_secret", "refresh_token"}
        ping = requests.get(
            f"{said['chartmogul']['url']}/v1/ping",
            auth=(said["chartmogul"]["api_key"], ""), timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        assert ping.json() == {"data": "pong!"}
        process.send_signal(number)
        assert process.wait(TIMEOUT_SECONDS) == 0


def test_the_command_names_the_scenarios_when_asked_for_another() -> None:
    """An unknown scenario ends in one sentence with those that there are, not in a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulators", "--scenario", "smal"],
        capture_output=True, cwd=ROOT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "invalid choice: 'smal'" in done.stderr
    assert "Traceback" not in done.stderr
