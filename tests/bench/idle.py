"""What it costs to sync every ten minutes when nothing happens: calls, and their share of the day's quota."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from tests.bench.bare import PAGE_ROWS
from tests.bench.measure import Calls, calls
from tests.pair.connection import Connection, plain_environment
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import Simulators, running

STREAMS = 6
LOOK_BACK_DAYS = 45
SYNCS_A_DAY = 144
SMALLEST_QUOTA = 30_000
Figures = Iterable[tuple[str, str]]


def figures(contacts: int, folder: Path) -> Figures:
    """An account with so many contacts, five orders and payments each."""
    with running(f"generated:{contacts}:7") as servers:
        set_up_chartmogul(servers)
        servers.keap.control.switch("rate_limits", "off")
        config = {**source_config(servers), "requests_per_minute": 100_000}
        connection = Connection.create(folder, config, destination_config(servers))
        read_everything(connection)
        connection.sync()  # makes the data source
        keap, chartmogul = idle(connection, servers)
        least = fewest(servers)
    yield "calls to Keap", f"{keap.total()} (fewest possible: {least})"
    writes = sum(count for call, count in chartmogul.items() if not call.startswith("GET "))
    yield "calls to ChartMogul", f"{chartmogul.total()} ({writes} writes)"
    share = SYNCS_A_DAY * keap.total() / SMALLEST_QUOTA
    yield (
        "of the day's quota",
        f"{share:.1%} with a sync every ten minutes and a key of {SMALLEST_QUOTA:,} a day",
    )


def read_everything(connection: Connection) -> None:
    """Leave the state that a first sync would; ChartMogul's side of it is measured elsewhere."""
    read = subprocess.run(connection.read_command(), capture_output=True, check=True, env=plain_environment())
    states = {}
    for line in read.stdout.splitlines():
        if line.startswith(b'{"type":"STATE"'):
            state = json.loads(line)["state"]
            states[state["stream"]["stream_descriptor"]["name"]] = state
    connection.state.write_text(json.dumps(list(states.values())))


def idle(connection: Connection, servers: Simulators) -> tuple[Calls, Calls]:
    """Calls of a sync in which nothing happened, to Keap and to ChartMogul; raises when it fails."""
    before = calls(servers.keap), calls(servers.chartmogul)
    result = connection.sync()
    if not result.ok:
        raise RuntimeError(f"the sync failed: {result.traced} {result.errors}")
    return calls(servers.keap) - before[0], calls(servers.chartmogul) - before[1]


def fewest(servers: Simulators) -> int:
    """A call a stream, and one for each further thousand payments of the look-back."""
    now = datetime.fromisoformat(servers.keap.control.clock()).astimezone(UTC)
    since = now - timedelta(days=LOOK_BACK_DAYS)
    paid = (row["payment_time"] for row in servers.keap.control.dump()["payments"])
    recent = sum(datetime.fromisoformat(moment) >= since for moment in paid)
    return STREAMS - 1 + max(1, ceil(recent / PAGE_ROWS))
