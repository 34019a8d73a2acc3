"""source-keap on a large generated account: calls, CPU time a row, memory, and time under Keap's limits.

CPU time is without the start of the program, which `spec` measures, and is compared with what other programs
need in the same run.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from tests.bench import bare, measure
from tests.pair.connection import EXECUTABLES, SOURCE, Command
from tests.simulators import Server, running

ROUNDS = 3
PAGE_SECONDS = 0.2
SPIKE_PER_SECOND = 10  # the tightest of the limits: 600 a minute
Figures = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Account:
    """A simulated account and the folder in which its configurations and catalogs stand."""

    keap: Server
    folder: Path

    def config(self, name: str, **other: Any) -> Path:
        """A configuration with a key, without limits of its own."""
        key = {"auth_type": "personal_access_token", "personal_access_token": self.keap.api_key}
        given = {"base_url": self.keap.url, "credentials": key, "requests_per_minute": 100_000, **other}
        return self.written(f"{name}.json", given)

    def written(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(content))
        return path

    def catalog(self, *streams: str) -> Path:
        entries = [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
                "sync_mode": "full_refresh",
                "destination_sync_mode": "append",
            }
            for name in streams
        ]
        return self.written("catalog.json", {"streams": entries})

    def read(self, config: Path, *streams: str) -> Command:
        return [SOURCE, "read", "--config", config, "--catalog", self.catalog(*streams)]


def figures(contacts: int, folder: Path) -> Figures:
    """All figures for an account with so many contacts, five orders each."""
    with running(f"generated:{contacts}:7") as servers:
        account = Account(servers.keap, folder)
        servers.keap.control.switch("rate_limits", "off")
        yield from calls_of_a_full_read(account, contacts)
        yield from cpu_of_orders(account, contacts * 5)
        servers.keap.control.switch("rate_limits", "on")
        yield from time_under_limits(account, contacts)


def pages_of(contacts: int) -> int:
    """The account, and a page for each started thousand of products, subscriptions, payments, and so on."""
    rows = [1, contacts * 30 // 100, contacts * 5, contacts, contacts * 5]
    return 1 + sum(ceil(count / bare.PAGE_ROWS) for count in rows)


def calls_of_a_full_read(account: Account, contacts: int) -> Figures:
    """Calls for all streams, against one for each started page."""
    before = measure.calls(account.keap)
    streams = ["account", *bare.LISTS.values()]
    peak = measure.peak_megabytes(account.read(account.config("all"), *streams))
    made = (measure.calls(account.keap) - before).total()
    yield "calls of a full read", f"{made} ({pages_of(contacts)} pages)"
    yield "memory at its peak", f"{peak:.0f} MB"


def cpu_of_orders(account: Account, rows: int) -> Figures:
    """CPU time to read and print orders, against other ways to do it; each without its own start."""
    keap, config = account.keap, account.config("orders")
    ours = account.read(config, "orders")
    start = least([SOURCE, "spec"])
    used = least(ours) - start
    yield "orders for a CPU second", f"{rows / used:,.0f}, start-up ({start:.1f} s) left out"
    loop: Command = [sys.executable, "-m", bare.__name__, keap.url, keap.api_key]
    whole = least([*loop, "orders"]) - least([*loop, "products"])
    yield "a bare loop needs", f"{whole / used:.2f} of that CPU time"
    plain: Command = [EXECUTABLES / "source-declarative-manifest", "read", *map(str, ours[2:])]
    manifest = Path(__file__).with_name("plain_manifest.yaml")
    whole = least([*plain, "--manifest-path", manifest]) - least([plain[0], "spec"])
    yield "a declarative manifest", f"{whole / used:.2f}"
    if python := os.environ.get("DLT_PYTHON"):
        loop = [python, "-m", "tests.bench.dlt_orders", keap.url, keap.api_key]
        whole = least(loop) - least([python, "-c", "import dlt.sources.rest_api"])
        yield "dlt's REST source", f"{whole / used:.2f}"


def least(command: Command) -> float:
    """CPU seconds, the least of a few runs, since noise only ever adds."""
    return min(measure.cpu_seconds(command) for _ in range(ROUNDS))


def time_under_limits(account: Account, contacts: int) -> Figures:
    """Seconds of a full read with OAuth and slow pages, against what the spike arrest and the chain allow."""
    account.keap.control.faults([{"path": "/crm/rest/v2/", "delay_seconds": PAGE_SECONDS}])
    names = ("client_id", "client_secret", "refresh_token")
    oauth = {"auth_type": "oauth2.0"} | {name: account.keap.credentials[name] for name in names}
    config = account.config("oauth", credentials=oauth, requests_per_minute=1500)
    start = seconds([SOURCE, "spec"])
    before = measure.calls(account.keap)
    taken = seconds(account.read(config, "account", *bare.LISTS.values())) - start
    made = (measure.calls(account.keap) - before).total() - 1
    allowed = pages_of(contacts) / SPIKE_PER_SECOND
    yield "time under OAuth's limits", f"{taken:.1f} s, {taken / allowed:.2f} of the fewest ({made} calls)"


def seconds(command: Command) -> float:
    begun = time.monotonic()
    measure.cpu_seconds(command)
    return time.monotonic() - begun
