"""Fixtures of the pair's tests: both simulators with the scenario `small`, and a connection between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pair.connection import Connection
from tests.pair.fixtures import destination_config, empty_chartmogul, source_config
from tests.simulators import Simulators, running


@pytest.fixture(scope="module")
def shared_servers() -> Iterator[Simulators]:
    """One pair of servers for a file; tests take `servers`, which puts them back to the start."""
    with running(scenario="small") as simulators:
        yield simulators


@pytest.fixture
def servers(shared_servers: Simulators) -> Simulators:
    """Both servers at the scenario's start, ChartMogul empty and in the account's zone."""
    return fresh(shared_servers)


@pytest.fixture
def connection(servers: Simulators, tmp_path: Path) -> Connection:
    """A connection that has never synced."""
    return Connection.create(tmp_path / "connection", source_config(servers), destination_config(servers))


def fresh(servers: Simulators) -> Simulators:
    """Put both servers back to the start."""
    servers.keap.control.reset()
    empty_chartmogul(servers)
    return servers
