"""destination-chartmogul on a large generated account: calls, memory, and time as ratios.

The wall time of a first sync is compared with a loop that posts the same imports ready-made, which is the
least that any program needs, and with ChartMogul's official client writing object by object.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from destination_chartmogul.bulk import MOST_CUSTOMERS
from tests.bench import account_file, import_bodies, measure, one_by_one
from tests.pair.connection import DESTINATION, Command, plain_environment
from tests.simulators import ControlClient, Server

MEGABYTES_A_REQUEST = 5_000_000
CONSTANT = 6  # finding and making the data source, plans, two readings of what is pending, what is invalid
CHANGED = 100
SMALLER = 5
SWITCHES = {"analytics_delay_seconds": 0, "json_import_seconds": 0}
SETTINGS = {"account_currency": "USD", "time_zone": "America/Denver"}
Figures = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Run:
    """One run of the destination as a process: calls by kind, seconds, and its most memory."""

    reads: int
    writes: int
    seconds: float
    cpu: float
    megabytes: float


@dataclass(frozen=True)
class Bench:
    """ChartMogul's simulator, and a folder with the configuration and catalog."""

    chartmogul: Server
    folder: Path

    def command(self, *arguments: str | Path) -> Command:
        given = {"base_url": self.chartmogul.url, "api_key": self.chartmogul.api_key}
        (self.folder / "config.json").write_text(json.dumps({**given, "requests_per_second": 38}))
        (self.folder / "catalog.json").write_text(json.dumps(catalog()))
        files: Command = [
            "--config",
            self.folder / "config.json",
            "--catalog",
            self.folder / "catalog.json",
        ]
        return [*arguments, "write", *files]

    def empty(self) -> None:
        """An account without anything in it."""
        self.chartmogul.control.reset()
        self.chartmogul.control.settings(SETTINGS)
        for name, value in SWITCHES.items():
            self.chartmogul.control.switch(name, value)

    def sync(self, given: Path) -> Run:
        """Write a file of messages; raises when that fails."""
        before, began = measure.calls(self.chartmogul), time.monotonic()
        with given.open("rb") as lines, (self.folder / "out.jsonl").open("wb") as out:
            used = measure.used(self.command(DESTINATION), lines, out)
        moved = measure.calls(self.chartmogul) - before
        reads = sum(count for call, count in moved.items() if call.startswith("GET "))
        seconds = time.monotonic() - began
        return Run(reads, moved.total() - reads, seconds, used.cpu_seconds, used.megabytes)

    def bodies(self, given: Path) -> Path:
        """The imports of a first sync, each a file of the folder that is given back."""
        folder = self.folder / "bodies"
        folder.mkdir()
        with given.open("rb") as lines, Path(os.devnull).open("wb") as nowhere:
            command = self.command(sys.executable, "-m", import_bodies.__name__, folder)
            subprocess.run(command, stdin=lines, stdout=nowhere, env=plain_environment(), check=True)
        return folder


def catalog() -> dict[str, object]:
    """All streams of the file."""
    return {
        "streams": [
            {
                "stream": {
                    "name": name,
                    "json_schema": {},
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": "incremental",
                "destination_sync_mode": "append_dedup",
                "primary_key": [["id"]],
            }
            for name in account_file.STREAMS
        ]
    }


@contextmanager
def simulated() -> Iterator[Server]:
    """ChartMogul's simulator as a process of its own, so that its work is not the destination's."""
    command = [sys.executable, "-m", "tests.simulators", "--scenario", "small"]
    ports = {"KEAP_PORT": "0", "CHARTMOGUL_PORT": "0"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **ports}) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the simulators have no output")
            said = json.loads(process.stdout.readline())["chartmogul"]
            yield Server(said["url"], said["api_key"], ControlClient(said["url"]))
        finally:
            process.terminate()


def made(contacts: int, folder: Path) -> Path:
    """The file of messages of an account with so many contacts."""
    path = folder / f"account-{contacts}.jsonl"
    command = [sys.executable, "-m", account_file.__name__, f"generated:{contacts}:7", str(path)]
    subprocess.run(command, check=True)
    return path


def figures(contacts: int, folder: Path) -> Figures:
    """All figures for an account with so many contacts, five orders each."""
    with simulated() as chartmogul:
        bench = Bench(chartmogul, folder)
        small = made(contacts // SMALLER, folder)
        bench.empty()
        less = bench.sync(small)
        whole = made(contacts, folder)
        bench.empty()
        first = bench.sync(whole)
        yield "messages", f"{whole.stat().st_size / 1e6:,.0f} MB"
        yield from later_syncs(bench, whole)
        bench.empty()
        bodies = bench.bodies(whole)
        yield from of_first_sync(first, less, contacts, bodies)
        bench.empty()
        bare_seconds = import_bodies.post_all(bodies, chartmogul)
        ratio = f"the sync takes {first.seconds / bare_seconds:.2f} times that"
        yield "a loop that only posts", f"{bare_seconds:.1f} s with the imports ready-made; {ratio}"
        bench.empty()
        yield from against_single_calls(one_by_one.write(whole, chartmogul), first, contacts)


def of_first_sync(first: Run, less: Run, contacts: int, bodies: Path) -> Figures:
    """Calls against twice the fewest imports, memory, and time."""
    size = sum(path.stat().st_size for path in bodies.iterdir())
    fewest = 2 * max(ceil(size / MEGABYTES_A_REQUEST), ceil(contacts / MOST_CUSTOMERS))
    calls = first.reads + first.writes
    yield "imports", f"{len(list(bodies.iterdir()))} of {size / 1e6:,.0f} MB in all"
    share = calls / (fewest + CONSTANT)
    yield (
        "calls of a first sync",
        f"{calls} ({share:.2f} of twice the fewest imports and {CONSTANT}, {fewest})",
    )
    yield (
        "memory at its peak",
        f"{first.megabytes:.0f} MB; {less.megabytes:.0f} MB with a fifth of the records",
    )
    yield "time of a first sync", f"{first.seconds:.1f} s, {first.cpu:.1f} s of CPU"


def later_syncs(bench: Bench, whole: Path) -> Figures:
    """An idle run, and one that brings a few changed orders."""
    idle = bench.sync(write_file(bench.folder / "idle.jsonl", whole, 0))
    yield "nothing new", f"{idle.reads} reads, {idle.writes} writes, {idle.seconds:.1f} s"
    some = bench.sync(write_file(bench.folder / "some.jsonl", whole, CHANGED))
    yield (
        f"{CHANGED} changed orders",
        f"{some.reads} reads, {some.writes} writes, {some.seconds:.1f} s ({some.megabytes:.0f} MB)",
    )


def write_file(path: Path, whole: Path, changed: int) -> Path:
    """Messages of an incremental read: the streams without cursor, and orders whose price was mended."""
    with path.open("wb") as file:
        for stream, row in account_file.records(whole, ("account", "products")):
            file.write(account_file.message(stream, row))
        seen: set[str] = set()
        for stream, row in account_file.records(whole, ("orders",)) if changed else ():
            if row["contact"]["id"] not in seen and row["total"]["amount"] == _price(row):
                seen.add(row["contact"]["id"])
                row["order_items"][0]["price_per_unit"]["amount"] += 100
                row["total"]["amount"] += 100
                file.write(account_file.message(stream, row))
            if len(seen) == changed:
                break
    return path


def _price(order: dict[str, object]) -> int:
    """What an order of one plain item costs; -1 for any other."""
    items = order["order_items"]
    if not isinstance(items, list) or len(items) != 1 or items[0]["quantity"] != 1:
        return -1
    return int(items[0]["price_per_unit"]["amount"])


def against_single_calls(part: one_by_one.Part, first: Run, contacts: int) -> Figures:
    """ChartMogul's own client on a part of the customers, scaled to all."""
    calls, seconds = part.calls * contacts / part.customers, part.seconds * contacts / part.customers
    yield (
        "the official client",
        f"{calls:,.0f} calls, {seconds:,.0f} s, {seconds / first.seconds:.0f} times as long "
        f"(scaled from {part.customers} customers)",
    )
