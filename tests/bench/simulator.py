"""`python -m tests.bench.simulator [SCENARIO]`: does the Keap simulator ever limit what is measured with it?

Start-up is compared with that of the smallest account, serving with a bare loop that fetches, parses and
prints the same rows: when the loop takes longer than the server, so does everything that does more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import requests

from tests.bench import bare

SCENARIO = "generated:100000"
ROWS = 100_000
TICKS = os.sysconf("SC_CLK_TCK")
FIELD_USER, FIELD_SYSTEM = 13, 14
TIMEOUT_SECONDS = 60


@contextmanager
def served(scenario: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The simulators as a process of their own, with what they printed when they were ready."""
    command = [sys.executable, "-m", "tests.simulators", "--scenario", scenario]
    ports = {"KEAP_PORT": "0", "CHARTMOGUL_PORT": "0"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **ports})
    try:
        if process.stdout is None:
            raise RuntimeError("the simulators have no output")
        yield process, json.loads(process.stdout.readline())["keap"]
    finally:
        process.terminate()
        process.wait()


def cpu_seconds(process: int) -> float:
    """User and system time of a running process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[FIELD_USER - 2]) + int(fields[FIELD_SYSTEM - 2])) / TICKS


def start_seconds(scenario: str) -> float:
    """From the command to the line that says ready."""
    began = time.perf_counter()
    with served(scenario):
        return time.perf_counter() - began


def read_orders(keap: dict[str, Any]) -> int:
    """Fetch, parse and print the first orders; gives how many."""
    count = 0
    with requests.Session() as session, Path(os.devnull).open("wb") as nowhere:
        session.trust_env = False
        session.headers["X-Keap-API-Key"] = keap["api_key"]
        for row in islice(bare.rows(session, keap["url"], "orders", "orders"), ROWS):
            nowhere.write(orjson.dumps(row))
            count += 1
    return count


def switch_off_limits(keap: dict[str, Any]) -> None:
    """Let calls come as quickly as they can."""
    url = f"{keap['url']}/_control/switches"
    requests.post(url, json={"rate_limits": "off"}, timeout=TIMEOUT_SECONDS).raise_for_status()


def serving(scenario: str) -> Iterator[tuple[str, str]]:
    """The second read of the orders: rows a second, and CPU time of both sides."""
    with served(scenario) as (process, keap):
        switch_off_limits(keap)
        read_orders(keap)
        server, client, began = cpu_seconds(process.pid), time.process_time(), time.perf_counter()
        rows = read_orders(keap)
        seconds = time.perf_counter() - began
        server, client = cpu_seconds(process.pid) - server, time.process_time() - client
    yield "orders", f"{rows:,}, {rows / seconds:,.0f} a second by a bare loop"
    yield "CPU of server : bare loop", f"{server / client:.2f} : 1"


def figures(scenario: str = SCENARIO) -> Iterator[tuple[str, str]]:
    """How it starts, and how it serves."""
    small, large = start_seconds("small"), start_seconds(scenario)
    yield "start", f"{large:.1f} seconds, {large / small:.1f} x that of small"
    yield from serving(scenario)


def main(scenario: str) -> None:
    """Print every figure."""
    print(f"Keap simulator: {scenario}")
    for name, figure in figures(scenario):
        print(f"  {name:<26}{figure}", flush=True)


if __name__ == "__main__":
    main(*(sys.argv[1:] or [SCENARIO]))
