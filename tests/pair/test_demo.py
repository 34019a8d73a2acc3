"""`make demo` proves that MRR agrees, fails when it does not, and leaves nothing running."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from destination_chartmogul.client import Client
from reconciliation.run import main as reconcile
from tests.demo import stages
from tests.demo.__main__ import show
from tests.pair.connection import Connection, plain_environment
from tests.simulators import Simulators
from tests.simulators.scenarios.small import CASES

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120


def start_demo(folder: Path) -> subprocess.Popen[str]:
    environment = {**plain_environment(), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.demo"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def members(session: int) -> set[int]:
    """Processes that belong to a session and have not ended, their children in sessions of their own too."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,sid=,stat="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    alive = {int(pid): (int(parent), int(sid)) for pid, parent, sid, state in rows if state[0] != "Z"}
    found = {pid for pid, (_, sid) in alive.items() if sid == session}
    while more := {pid for pid, (parent, _) in alive.items() if parent in found} - found:
        found |= more
    return found


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_demo_agrees_and_leaves_a_report(tmp_path: Path) -> None:
    """It prints the table, says that MRR agrees, writes the report, and exits with 0."""
    demo = start_demo(tmp_path)
    output, _ = demo.communicate(timeout=PATIENCE_SECONDS)
    assert demo.returncode == 0, output
    assert "Keap and ChartMogul agree to the cent." in output
    assert (tmp_path / "build" / "demo" / "report.html").stat().st_size > 10_000
    assert reconcile([str(tmp_path / "build" / "demo" / "reconcile.json")]) == 0


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    """Interrupted in the middle, it ends with 130 and nothing that it started is left."""
    demo = start_demo(tmp_path)
    assert demo.stdout
    for line in demo.stdout:
        if line.startswith("first sync"):
            break
    time.sleep(1)
    started = members(demo.pid)
    os.kill(demo.pid, signal.SIGINT)
    deadline = time.monotonic() + 10
    while any(map(runs, started)) and time.monotonic() < deadline:
        demo.poll()
        time.sleep(0.1)
    assert not any(map(runs, started))
    output, _ = demo.communicate()
    assert (demo.returncode, len(started) > 2) == (130, True), output


def test_a_difference_that_is_not_explained_fails_the_demo(
    servers: Simulators, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payer whose invoices someone deleted in ChartMogul is found, and the exit code says so."""
    monkeypatch.chdir(tmp_path)
    stage = stages.run("first sync", connection, servers, tmp_path)
    assert show([stage]) == 0
    delete_invoices(servers, str(CASES["monthly"].contact_id))
    servers.chartmogul.control.clock(advance_seconds=stages.ANALYTICS_SECONDS)
    differs = dataclasses.replace(stage, reconciliation=stages.audit(connection, servers, tmp_path))
    assert differs.reconciliation.last.difference == -4900
    assert show([differs]) == 1


def delete_invoices(servers: Simulators, contact: str) -> None:
    """What a person can do in ChartMogul: take away everything that a customer was billed."""
    client = Client(servers.chartmogul.api_key, servers.chartmogul.url)
    source = client.get("/data_sources")["data_sources"][0]["uuid"]
    customer = client.get("/customers", data_source_uuid=source, external_id=contact)["entries"][0]["uuid"]
    client.delete(f"/data_sources/{source}/customers/{customer}/invoices")
