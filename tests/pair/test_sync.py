"""A sync brings the whole account over in few calls, and a sync of nothing new writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bench.bare import calls_needed
from tests.bench.measure import Calls, calls
from tests.demo import business_month
from tests.pair.connection import Connection, SyncResult
from tests.pair.fixtures import destination_config, empty_chartmogul, source_config
from tests.simulators import Simulators
from tests.simulators.scenarios.small import CASES

STREAMS = 6
FEW_CALLS = 12
"""A bulk import, its status asked a few times, and what each sync asks once (source, plans, invalid ones)."""


def writes(moved: Calls) -> int:
    return sum(count for call, count in moved.items() if not call.startswith("GET "))


def synced(connection: Connection) -> SyncResult:
    result = connection.sync()
    assert result.ok, (result.traced, result.errors)
    return result


def test_a_first_sync_brings_every_contact_and_rejects_nothing(
    servers: Simulators, connection: Connection
) -> None:
    """Every contact becomes a customer, the one with an invalid e-mail too; no record is rejected."""
    result = synced(connection)
    held = servers.chartmogul.control.dump()
    contacts = {str(contact["id"]) for contact in servers.keap.control.dump()["contacts"]}
    assert {customer["identities"][0][1] for customer in held["customers"]} == contacts
    assert str(CASES["invalid_email"].contact_id) in contacts
    assert result.rejected == 0
    assert all(not invoice["errors"] for invoice in held["invoices"])


def test_a_first_sync_takes_the_fewest_calls(servers: Simulators, connection: Connection) -> None:
    """Keap is asked once a page, and an empty ChartMogul source is filled in bulk."""
    synced(connection)
    assert calls(servers.keap).total() == calls_needed(servers.keap.control.dump())
    assert calls(servers.chartmogul).total() <= FEW_CALLS


def test_nothing_new_writes_nothing(servers: Simulators, connection: Connection) -> None:
    """A second sync asks each stream once and leaves ChartMogul as it is."""
    synced(connection)
    held = servers.chartmogul.control.dump()
    before = calls(servers.keap), calls(servers.chartmogul)
    synced(connection)
    assert (calls(servers.keap) - before[0]).total() <= STREAMS
    assert writes(calls(servers.chartmogul) - before[1]) == 0
    assert servers.chartmogul.control.dump() == held


def test_the_same_input_again_writes_nothing(servers: Simulators, connection: Connection) -> None:
    """A full re-read of everything (the state is lost) costs reads, never a write."""
    synced(connection)
    held = servers.chartmogul.control.dump()
    connection.state.unlink()
    before = calls(servers.chartmogul)
    synced(connection)
    assert writes(calls(servers.chartmogul) - before) == 0
    assert servers.chartmogul.control.dump() == held


def test_a_month_of_changes_ends_as_if_synced_at_once(
    servers: Simulators, connection: Connection, tmp_path: Path
) -> None:
    """A first and an incremental sync leave the billing that one sync of everything would."""
    synced(connection)
    list(business_month.happen(servers))
    synced(connection)
    in_two = servers.chartmogul.control.dump()
    empty_chartmogul(servers)
    servers.set_clock(business_month.END)
    at_once = Connection.create(tmp_path / "at-once", source_config(servers), destination_config(servers))
    synced(at_once)
    assert billing(in_two) == billing(servers.chartmogul.control.dump())


def billing(dump: dict[str, Any]) -> dict[str, list[str]]:
    """What makes MRR, without the ids that only a customer merged in ChartMogul has."""
    without_customer: Callable[[dict[str, Any]], str] = lambda row: json.dumps(  # noqa: E731
        {name: value for name, value in row.items() if not name.startswith("customer")}, sort_keys=True
    )
    return {kind: sorted(map(without_customer, dump[kind])) for kind in ("invoices", "subscription_events")}


def test_state_is_acknowledged_for_each_stream(connection: Connection) -> None:
    """After a sync the state file names every stream, in the form that the source takes."""
    synced(connection)
    kept = json.loads(connection.state.read_text())
    names = {entry["stream"]["stream_descriptor"]["name"] for entry in kept}
    assert len(names) == STREAMS


@pytest.mark.parametrize("key", ["api_key", "data_source_nam"])
def test_a_broken_destination_leaves_no_state(connection: Connection, key: str) -> None:
    """With a wrong key or a misspelt field nothing is acknowledged, and one sentence says what to change."""
    path = connection.folder / "chartmogul.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: "wrong"}))
    result = connection.sync()
    assert result.destination_exit != 0
    assert result.states == []
    assert not connection.state.exists()
    assert result.traced[0]["failure_type"] == "config_error"
    assert key in result.traced[0]["message"] or "API key" in result.traced[0]["message"]
