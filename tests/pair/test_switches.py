"""Each fact about an API that nobody could confirm is a switch, and none of them changes the result."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo import business_month
from tests.pair.conftest import fresh
from tests.pair.connection import Connection
from tests.pair.fixtures import destination_config, source_config
from tests.simulators import Server, Simulators, running

NOT_THE_SAME = {
    ("keap", "v2_lists", "missing_404"): "there is nothing to read then",
    ("chartmogul", "invoice_handling", "partially_paid"): "changes the metrics, not what is sent",
    ("chartmogul", "invoice_handling", "paid"): "changes the metrics, not what is sent",
}


def other_values(server: Server) -> Iterator[tuple[str, Any]]:
    """Every value of every switch that is not its default."""
    for name, switch in server.control.switches().items():
        for value in switch["values"]:
            if value != switch["default"]:
                yield name, value


def cases() -> list[tuple[str, str, Any]]:
    """(server, switch, value), read from the servers themselves, so that a new switch is tested at once."""
    with running(scenario="small") as servers:
        found = [("keap", *pair) for pair in other_values(servers.keap)]
        found += [("chartmogul", *pair) for pair in other_values(servers.chartmogul)]
    return [case for case in found if case not in NOT_THE_SAME]


@pytest.fixture(scope="module")
def right_state(shared_servers: Simulators, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What ChartMogul holds after a first sync, a month of business, and a second sync."""
    return two_syncs(fresh(shared_servers), tmp_path_factory.mktemp("right"))


def two_syncs(servers: Simulators, folder: Path) -> Any:
    connection = Connection.create(folder / "c", source_config(servers), destination_config(servers))
    for happen in (None, business_month.happen):
        if happen:
            list(happen(servers))
        result = connection.sync()
        assert result.ok, (result.traced, result.errors)
        assert result.rejected == 0
    return servers.chartmogul.control.dump()


@pytest.mark.parametrize(("server", "switch", "value"), cases())
def test_no_switch_changes_the_end_state(
    right_state: Any, servers: Simulators, tmp_path: Path, server: str, switch: str, value: Any
) -> None:
    """Two syncs with a month of business between them end in the same state under each value."""
    servers.by_name[server].control.switch(switch, value)
    assert two_syncs(servers, tmp_path) == right_state
