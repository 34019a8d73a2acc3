"""Each fact about an API that nobody could confirm is a switch, and none of them changes the result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.demo import business_month
from tests.pair.conftest import fresh
from tests.pair.connection import Connection, SyncResult
from tests.pair.fixtures import destination_config, source_config
from tests.simulators import Server, Simulators, running
from tests.simulators.scenarios.small import CASES

NOT_THE_SAME = {
    ("keap", "v2_lists", "missing"): "there is nothing to read then",
    ("keap", "v2_lists", "missing_404"): "there is nothing to read then",
    ("chartmogul", "invoice_handling", "partially_paid"): "changes the metrics, not what is sent",
    ("chartmogul", "invoice_handling", "paid"): "changes the metrics, not what is sent",
    ("chartmogul", "api_key_access", "read_only"): "nothing can be written then",
    ("chartmogul", "automatic_merge", "domain"): "ChartMogul itself merges all of one domain then",
    ("chartmogul", "automatic_merge", "external_id_or_domain"): "the same",
}
NUMBERS = {
    "default_page_size": 7,
    "invoices_per_call": 1,
    "merge_seconds": 2,
    "pending_lag_seconds": 1,
}
"""Switches that take any whole number: one that the pair could stumble over."""
AT_A_TIME = 9
"""How many doubts are turned at once: each alone would take the tests a quarter of an hour."""


def other_values(server: Server) -> Iterator[tuple[str, Any]]:
    """Every value of every switch that is not its default."""
    for name, switch in server.control.switches().items():
        for value in switch["values"] or [NUMBERS.get(name, switch["default"])]:
            if value != switch["default"]:
                yield name, value


@cache
def switches() -> dict[str, list[tuple[str, Any]]]:
    """(switch, value) by server, read from the servers themselves, so that a new switch is tested at once."""
    with running(scenario="small") as servers:
        return {name: list(other_values(server)) for name, server in servers.by_name.items()}


def cases(server: str) -> list[dict[str, Any]]:
    """Values that can be turned together, no switch twice; every value stands in one of them."""
    groups: list[dict[str, Any]] = []
    for name, value in switches()[server]:
        if (server, name, value) in NOT_THE_SAME:
            continue
        room = (group for group in groups if name not in group and len(group) < AT_A_TIME)
        group = next(room, None)
        if group is None:
            groups.append(group := {})
        group[name] = value
    return groups


def turn(server: Server, turned: dict[str, Any]) -> None:
    for name, value in turned.items():
        server.control.switch(name, value)


@pytest.fixture(scope="module")
def right(shared_servers: Simulators, tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """A connection that has synced, seen a month of business, and synced again."""
    servers = fresh(shared_servers)
    folder = tmp_path_factory.mktemp("right") / "connection"
    connection = Connection.create(folder, source_config(servers), destination_config(servers))
    two_syncs(connection, servers)
    (folder / "right.json").write_text(json.dumps(servers.chartmogul.control.dump()))
    return connection


def two_syncs(connection: Connection, servers: Simulators) -> None:
    right_sync(connection.sync())
    list(business_month.happen(servers))
    right_sync(connection.sync())


def right_sync(result: SyncResult) -> None:
    assert result.ok, (result.traced, result.errors)
    assert result.rejected == 0


def right_state(right: Connection) -> Any:
    return json.loads((right.folder / "right.json").read_text())


def without(identity: str, held: Any) -> Any:
    """The same, wherever a customer is named by a list of ids, without one of them."""
    if isinstance(held, dict):
        return {name: without(identity, value) for name, value in held.items()}
    if isinstance(held, list):
        return [without(identity, value) for value in held if value not in (identity, ["Keap", identity])]
    return held


@pytest.mark.parametrize("turned", cases("keap"), ids=",".join)
def test_no_doubt_about_keap_changes_the_end_state(
    right: Connection, servers: Simulators, connection: Connection, turned: dict[str, Any]
) -> None:
    """Two syncs with a month of business between them end in the same state under these values."""
    turn(servers.keap, turned)
    two_syncs(connection, servers)
    assert servers.chartmogul.control.dump() == right_state(right)


@pytest.mark.parametrize("turned", cases("chartmogul"), ids=",".join)
def test_no_doubt_about_chartmogul_changes_the_end_state(
    right: Connection, servers: Simulators, connection: Connection, turned: dict[str, Any]
) -> None:
    """The same messages, written in two syncs, end in the same state under these values."""
    turn(servers.chartmogul, turned)
    first, second = right.messages()
    right_sync(connection.write(first))
    servers.chartmogul.control.clock(now=business_month.END)
    right_sync(connection.write(second))
    held, wanted = servers.chartmogul.control.dump(), right_state(right)
    if "merged_identities" in turned:
        merged_away = str(CASES["company_only"].contact_id)
        held, wanted = without(merged_away, held), without(merged_away, wanted)
    if "customer_email_contact" in turned:  # ChartMogul then adds contacts of its own
        held, wanted = held | {"contacts": []}, wanted | {"contacts": []}
    assert held == wanted
