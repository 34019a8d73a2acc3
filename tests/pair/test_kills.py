"""A sync that is killed at any moment is mended by the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Any

import pytest

from tests.bench.measure import calls
from tests.demo import business_month
from tests.pair.conftest import fresh
from tests.pair.connection import Connection, finish, start
from tests.pair.fixtures import destination_config, source_config
from tests.simulators import Simulators

SLOW_CALL_SECONDS = 0.05
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Undisturbed:
    """What ChartMogul holds after a first sync and after one a month later, when nothing is killed."""

    first: Any
    later: Any


@pytest.fixture(scope="module")
def undisturbed(shared_servers: Simulators, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    servers = fresh(shared_servers)
    folder = tmp_path_factory.mktemp("undisturbed")
    connection = Connection.create(folder, source_config(servers), destination_config(servers))
    first = end_state(connection, servers)
    list(business_month.happen(servers))
    return Undisturbed(first, end_state(connection, servers))


def kill_after(connection: Connection, servers: Simulators, wanted: int) -> bool:
    """Kill both ends of a sync when ChartMogul has answered `wanted` calls; False when it ended before."""
    slow = {"method": "*", "path": "/v1", "every": 1, "delay_seconds": SLOW_CALL_SECONDS}
    servers.chartmogul.control.faults([slow])
    before = calls(servers.chartmogul).total()
    source = start(connection.read_command())
    destination = start(connection.write_command(), source, stderr=subprocess.DEVNULL)
    killed = False
    deadline = time.monotonic() + PATIENCE_SECONDS
    while destination.poll() is None and time.monotonic() < deadline:
        if calls(servers.chartmogul).total() - before >= wanted:
            killed = True
            break
        time.sleep(0.01)
    for process in (destination, source):
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
    destination.communicate()
    finish(source, destination)
    time.sleep(2 * SLOW_CALL_SECONDS)  # what was in flight is still applied, as on a real server
    servers.chartmogul.control.faults([])
    return killed


def end_state(connection: Connection, servers: Simulators) -> Any:
    result = connection.sync()
    assert result.ok, (result.traced, result.errors)
    return servers.chartmogul.control.dump()


@pytest.mark.parametrize("wanted", [0, 1, 2, 3, 4, 5, 6, 8])
def test_a_first_sync_that_was_killed_is_mended(
    undisturbed: Undisturbed, servers: Simulators, connection: Connection, wanted: int
) -> None:
    """Killed after any number of calls and started again, a first sync ends as if undisturbed."""
    assert kill_after(connection, servers, wanted)
    assert end_state(connection, servers) == undisturbed.first


@pytest.mark.parametrize("wanted", [3, 9, 16, 24, 33])
def test_an_incremental_sync_that_was_killed_is_mended(
    undisturbed: Undisturbed, servers: Simulators, connection: Connection, wanted: int
) -> None:
    """Killed among its single changes and started again, an incremental sync ends as if undisturbed."""
    end_state(connection, servers)
    list(business_month.happen(servers))
    assert kill_after(connection, servers, wanted)
    assert end_state(connection, servers) == undisturbed.later
    held = calls(servers.chartmogul)
    assert end_state(connection, servers) == undisturbed.later
    moved = calls(servers.chartmogul) - held
    assert all(call.startswith("GET ") for call in moved)
