"""Every kind of fault, on both servers, as a client sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.simulators import Server, Simulators, running

TIMEOUT_SECONDS = 30
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
Rule = dict[str, Any]


@dataclass(frozen=True)
class Client:
    """One server, the list that the faults hit, and how its pages are asked for."""

    server: Server
    session: requests.Session
    path: str
    rows: str
    size: str
    cursor: str
    next_cursor: str

    def get(self, path: str = "", **query: Any) -> requests.Response:
        """The list, or another address."""
        return self.session.get(
            f"{self.server.url}{path or self.path}", params=query, timeout=TIMEOUT_SECONDS
        )

    def fault(self, **rule: Any) -> None:
        """Put one rule in force, for the list unless it says otherwise."""
        self.server.control.faults([{"path": self.path, **rule}])

    def statuses(self, count: int) -> list[int]:
        """So many calls of the list."""
        return [self.get().status_code for _ in range(count)]

    def two_pages(self) -> list[str]:
        """The ids on the first two pages of two rows."""
        first = self.get("", **{self.size: 2}).json()
        second = self.get("", **{self.size: 2, self.cursor: first[self.next_cursor]}).json()
        return [str(row["id"]) for page in (first, second) for row in page[self.rows]]


@pytest.fixture(scope="module")
def simulators() -> Iterator[Simulators]:
    with running() as both:
        yield both


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as one:
        one.trust_env = False
        yield one


@pytest.fixture
def keap(simulators: Simulators, session: requests.Session) -> Client:
    """Keap's contacts, without rate limits."""
    server = simulators.keap
    server.control.reset()
    server.control.switch("rate_limits", "off")
    session.headers["X-Keap-API-Key"] = server.api_key
    path = "/crm/rest/v2/contacts"
    return Client(server, session, path, "contacts", "page_size", "page_token", "next_page_token")


@pytest.fixture
def chartmogul(simulators: Simulators, session: requests.Session) -> Client:
    """ChartMogul's customers, five of them, without rate limit."""
    server = simulators.chartmogul
    server.control.reset()
    server.control.switch("rate_limit", "off")
    session.auth = (server.api_key, "")
    client = Client(server, session, "/v1/customers", "entries", "per_page", "cursor", "cursor")
    source = made(client, "/v1/data_sources", {"name": "Keap"}).json()["uuid"]
    for number in range(5):
        made(client, client.path, {"data_source_uuid": source, "external_id": f"c{number}"})
    return client


def made(client: Client, path: str, body: Any) -> requests.Response:
    """The answer to a write."""
    return client.session.post(f"{client.server.url}{path}", json=body, timeout=TIMEOUT_SECONDS)


def in_force(client: Client) -> list[Rule]:
    """The rules in force, and how many calls each has matched."""
    rules: list[Rule] = requests.get(f"{client.server.url}/_control/faults", timeout=TIMEOUT_SECONDS).json()
    return rules


@pytest.fixture(params=["keap", "chartmogul"])
def client(request: pytest.FixtureRequest) -> Client:
    """Each server in turn."""
    one: Client = request.getfixturevalue(request.param)
    return one


@pytest.mark.parametrize(
    ("when", "hit"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"nth": 2}, [2]),
        ({"every": 2}, [2, 4, 6]),
        ({"times": 2}, [1, 2]),
        ({"method": "GET", "times": 1}, [1]),
        ({"method": "*", "times": 1}, [1]),
        ({"method": "POST"}, []),
    ],
)
def test_a_rule_hits_the_calls_that_it_names(client: Client, when: Rule, hit: list[int]) -> None:
    """By number, and by method; the other calls go through."""
    client.fault(status=503, **when)
    assert [number for number, status in enumerate(client.statuses(6), 1) if status == 503] == hit


def test_a_rule_names_calls_by_address(client: Client) -> None:
    """By template, by the beginning of the path, and by an expression for all of it."""
    template = client.path + ("/{contact_id}" if "contacts" in client.path else "/{cus}")
    below = f"{client.path}/1001"
    for path, expected in (
        (template, (False, True)),
        (client.path, (True, True)),
        (".*/1001", (False, True)),
    ):
        client.fault(path=path, status=418)
        assert (client.get().status_code == 418, client.get(below).status_code == 418) == expected


def test_the_first_rule_that_hits_decides(client: Client) -> None:
    """Every rule counts its matches, one of them answers, and the table tells how often each has matched."""
    rules = [{"path": client.path, "nth": 2, "status": 500}, {"path": client.path, "status": 503}]
    client.server.control.faults(rules)
    assert client.statuses(3) == [503, 500, 503]
    assert [rule["seen"] for rule in in_force(client)] == [3, 3]
    client.server.control.faults([])
    assert client.statuses(1) == [200]


def test_status_body_and_headers_answer_instead(client: Client) -> None:
    """JSON as it was given, with the headers; and an HTML page as a proxy sends it."""
    client.fault(nth=1, status=429, body={"error": "slow down"}, headers={"Retry-After": "3"})
    answer = client.get()
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (
        429,
        {"error": "slow down"},
        "3",
    )
    client.fault(nth=1, status=502, body="html")
    answer = client.get()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<html>")


def test_an_answer_is_delayed(client: Client) -> None:
    """One call takes the time of the rule, the next does not."""
    client.fault(nth=1, delay_seconds=0.5)
    started = time.monotonic()
    assert client.statuses(1) == [200]
    waited = time.monotonic() - started
    assert client.statuses(1) == [200]
    assert waited >= 0.5 > time.monotonic() - started - waited


def test_a_delayed_call_does_not_outlive_a_reset(client: Client) -> None:
    """It is cut off, and neither carried out nor counted in the account that the reset made."""
    client.fault(path="/", times=1, delay_seconds=0.6)
    with ThreadPoolExecutor() as pool:
        late = pool.submit(made, client, "/v1/data_sources", {"name": "Other"})
        while not in_force(client)[0]["seen"]:
            time.sleep(0.01)
        client.server.control.reset()
        untouched = client.server.control.dump()
        assert isinstance(late.exception(), requests.ConnectionError)
    assert client.server.control.calls() == {}
    assert client.server.control.dump() == untouched


@pytest.mark.parametrize("form", ["reset", "truncate", "lose_answer"])
def test_a_connection_breaks(client: Client, form: str) -> None:
    """No answer that could be read; then the API answers again, and status 0 counts what had no answer."""
    client.fault(nth=1, **{form: True})
    with pytest.raises(BROKEN):
        client.get()
    assert client.statuses(1) == [200]
    counted = client.server.control.calls()[f"GET {client.path}"]
    assert counted == ({"200": 2} if form == "truncate" else {"0": 1, "200": 1})


@pytest.mark.parametrize(
    ("rule", "applied"),
    [
        ({"reset": True}, False),
        ({"status": 502}, False),
        ({"lose_answer": True}, True),
        ({"status": 502, "applied": True}, True),
    ],
)
def test_a_write_was_carried_out_or_not(chartmogul: Client, rule: Rule, applied: bool) -> None:
    """The second try tells: what the first one made is there already, or not."""
    chartmogul.fault(path="/v1/data_sources", times=1, **rule)
    try:
        assert made(chartmogul, "/v1/data_sources", {"name": "Other"}).status_code == 502
    except BROKEN:
        assert "status" not in rule
    again = made(chartmogul, "/v1/data_sources", {"name": "Other"})
    assert again.status_code == (422 if applied else 201)


def refreshed(keap: Client, refresh_token: str) -> requests.Response:
    """The answer to a refresh of the OAuth tokens."""
    known = keap.server.credentials
    return requests.post(
        f"{keap.server.url}/token",
        data={"grant_type": "refresh_token", "refresh_token": refresh_token},
        auth=(known["client_id"], known["client_secret"]),
        timeout=TIMEOUT_SECONDS,
    )


def test_a_refresh_whose_answer_is_lost_costs_the_token(keap: Client) -> None:
    """The tokens were rotated, nobody has the new ones, and the old refresh token is dead."""
    keap.fault(path="/token", times=1, lose_answer=True)
    with pytest.raises(BROKEN):
        refreshed(keap, keap.server.credentials["refresh_token"])
    again = refreshed(keap, keap.server.credentials["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_token_expires_in_the_middle_of_a_walk(keap: Client) -> None:
    """The first page is served, the second is refused until the token is refreshed."""
    tokens = refreshed(keap, keap.server.credentials["refresh_token"]).json()
    del keap.session.headers["X-Keap-API-Key"]
    keap.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    first = keap.get(page_size=2).json()
    keap.server.control.clock(advance_seconds=tokens["expires_in"])
    refused = keap.get(page_size=2, page_token=first["next_page_token"])
    assert refused.status_code == 401
    assert refused.json()["fault"]["detail"]["errorcode"] == "keymanagement.service.access_token_expired"
    fresh = refreshed(keap, tokens["refresh_token"]).json()["access_token"]
    keap.session.headers["Authorization"] = f"Bearer {fresh}"
    assert keap.get(page_size=2, page_token=first["next_page_token"]).status_code == 200


@pytest.mark.parametrize(
    ("rule", "places"),
    [
        ({}, [0, 1, 2, 3]),
        ({"duplicate_page": True}, [0, 1, 0, 1]),
        ({"drift": "repeat"}, [0, 1, 1, 2, 3]),
        ({"drift": "skip"}, [0, 1, 3]),
    ],
)
def test_pages_do_not_fit_together(client: Client, rule: Rule, places: list[int]) -> None:
    """The second page repeats the first, or rows have moved between the two."""
    whole = [str(row["id"]) for row in client.get("", **{client.size: 4}).json()[client.rows]]
    client.server.control.faults([{"method": "GET", "path": client.path, "nth": 2, **rule}])
    assert client.two_pages() == [whole[place] for place in places]


@pytest.mark.parametrize(
    "rule",
    [
        "no object",
        {"colour": "red"},
        {"drift": "sideways"},
        {"every": 0},
        {"headers": {"Retry-After": 3}},
        {"nth": [1]},
        {"path": "("},
        {"reset": "yes"},
        {"seen": 3},
        {"status": 99},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(client: Client, rule: Any) -> None:
    """It is not taken, and the rules in force stay."""
    client.fault(status=503)
    with pytest.raises(requests.HTTPError):
        client.server.control.faults([rule])
    assert client.statuses(1) == [503]


def test_control_routes_know_no_faults(client: Client) -> None:
    """A rule for everything leaves the way to clear it."""
    client.fault(path="/", reset=True)
    client.server.control.faults([])
    assert client.statuses(1) == [200]
