"""What the ChartMogul simulator promises of plan groups and of what hangs on customers."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.test_chartmogul_api import Client
from tests.simulators import Server, running

Json = Any


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One simulator for the module."""
    with running() as simulators:
        yield simulators.chartmogul


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """An empty account without rate limit."""
    server.control.reset()
    server.control.switch("rate_limit", "off")
    one = Client(server)
    with one.session:
        yield one


def _plan(client: Client, source: str, name: str) -> str:
    body = {"data_source_uuid": source, "name": name, "interval_count": 1, "interval_unit": "month"}
    return str(client.made("/plans", body)["uuid"])


def _without_id(row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "uuid"}


def test_a_group_counts_the_plans_that_still_exist(client: Client) -> None:
    """A plan that is deleted leaves its groups, and a group that is deleted leaves its plans."""
    source = client.source()
    plans = [_plan(client, source, name) for name in ("Gold", "Silver")]
    group = client.made("/plan_groups", {"name": "Metals", "plans": [*plans, plans[0]]})
    assert _without_id(group) == {"name": "Metals", "plans_count": 2}
    assert client.call("DELETE", f"/plans/{plans[0]}").status_code == 204
    path = f"/plan_groups/{group['uuid']}"
    assert client.call("GET", path).json()["plans_count"] == 1
    assert [each["name"] for each in client.call("GET", f"{path}/plans").json()["plans"]] == ["Silver"]
    assert client.call("DELETE", path).status_code == 204
    assert (client.call("GET", path).status_code, client.call("GET", f"/plans/{plans[1]}").ok) == (404, True)


def test_a_changed_group_has_the_plans_that_were_sent_last(client: Client) -> None:
    """The list of plans is replaced, what was not sent stays, and an empty list is refused."""
    source = client.source()
    plans = [_plan(client, source, name) for name in ("Gold", "Silver")]
    path = f"/plan_groups/{client.made('/plan_groups', {'name': 'Metals', 'plans': plans})['uuid']}"
    changed = client.call("PATCH", path, {"plans": plans[1:]}).json()
    assert _without_id(changed) == {"name": "Metals", "plans_count": 1}
    assert client.call("PATCH", path, {"plans": []}).json()["plan_ids"] == ["Plan ids can't be blank"]
