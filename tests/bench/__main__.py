"""`make bench`: calls of the pair against the fewest that the data allows, and time as ratios.

Every ratio is against something measured in the same run on the same machine, because seconds alone say more
about the machine than about the code. docs/benchmarks.md is written anew. BENCH_CONTACTS is the size of the
large account: 10,000 by default, 100,000 for the figures of the largest one (an hour, and 5 GB in the folder
for temporary files).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench import bare, crm, destination, idle, kills, measure, page, reconciliation, simulator, source
from tests.pair.connection import Connection
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import Server, Simulators, running

ROUNDS = 3
SHOWN: list[page.Section] = []
FEWER_LEADS = 2
SIZE = int(os.environ.get("BENCH_CONTACTS") or 10_000)


def main() -> int:
    """Print every figure of both connectors on the scenario `small`, then on a large account."""
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    options.add_argument("--contacts", type=int, default=SIZE, help="the size of the large account")
    contacts = options.parse_args().contacts
    with running(scenario="small") as servers, tempfile.TemporaryDirectory() as folder:
        set_up_chartmogul(servers)
        servers.keap.control.switch("rate_limits", "off")
        config = {**source_config(servers), "requests_per_minute": 100_000}
        connection = Connection.create(Path(folder), config, destination_config(servers))
        show("source-keap: full read", source_figures(connection, servers))
        show("destination-chartmogul: first sync", sync_figures(connection, servers))
        show("both: nothing new", sync_figures(connection, servers))
    show(f"Keap simulator: {simulator.SCENARIO}", simulator.figures())
    with tempfile.TemporaryDirectory() as folder:
        show(f"source-keap: {contacts:,} contacts", source.figures(contacts, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        show(f"destination-chartmogul: {contacts:,} contacts", destination.figures(contacts, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        show(f"both: nothing new, {contacts:,} contacts", idle.figures(contacts, Path(folder)))
    leads = max(1000, contacts // FEWER_LEADS)
    with tempfile.TemporaryDirectory() as folder:
        show(f"destination-chartmogul: {leads:,} leads with attributes", crm.figures(leads, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        show(f"reconciliation: {contacts:,} contacts", reconciliation.figures(contacts, Path(folder)))
    show("destination-chartmogul: killed at every request, and run again", kills.figures())
    page.write(SHOWN)
    print(f"written to docs/{page.PAGE.name}")
    return 0


def source_figures(connection: Connection, servers: Simulators) -> Iterable[tuple[str, str]]:
    """Calls of a full read, and its CPU time against a loop that only fetches, parses and prints."""
    before = measure.calls(servers.keap)
    read = best(lambda: measure.cpu_seconds(connection.read_command()))
    calls = (measure.calls(servers.keap) - before).total() / ROUNDS
    loop = best(
        lambda: measure.cpu_seconds(
            [sys.executable, "-m", bare.__name__, servers.keap.url, servers.keap.api_key]
        )
    )
    start = best(lambda: measure.cpu_seconds([*connection.read_command()[:1], "spec"]))
    yield "calls", f"{calls:g} (fewest possible: {bare.calls_needed(servers.keap.control.dump())})"
    yield "CPU seconds", f"{read:.2f}, of which start-up {start:.2f}"
    yield (
        "CPU against a bare loop",
        f"{read / loop:.1f} x (an account this small is nearly all start-up)",
    )


def sync_figures(connection: Connection, servers: Simulators) -> Iterable[tuple[str, str]]:
    """Calls of one sync on both sides."""
    before = measure.calls(servers.keap), measure.calls(servers.chartmogul)
    result = connection.sync()
    if not result.ok:
        raise RuntimeError(f"the sync failed: {result.traced} {result.errors}")
    for name, server, count in (
        ("Keap", servers.keap, before[0]),
        ("ChartMogul", servers.chartmogul, before[1]),
    ):
        yield f"calls to {name}", described(server, count)
    yield "seconds", f"{result.seconds:.1f}"


def described(server: Server, before: measure.Calls) -> str:
    """Reads and writes since `before`."""
    moved = measure.calls(server) - before
    reads = sum(count for call, count in moved.items() if call.startswith("GET "))
    return f"{moved.total()} ({reads} reads, {moved.total() - reads} writes)"


def best(run: Callable[[], float]) -> float:
    """The least of a few runs, since noise only ever adds."""
    return min(run() for _ in range(ROUNDS))


def show(title: str, figures: Iterable[tuple[str, str]]) -> None:
    """Print a section, and keep it for the page."""
    print(title)
    SHOWN.append((title, []))
    for name, figure in figures:
        print(f"  {name:<25} {figure}", flush=True)
        SHOWN[-1][1].append((name, figure))


if __name__ == "__main__":
    sys.exit(main())
