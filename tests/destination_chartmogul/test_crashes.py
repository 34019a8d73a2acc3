"""Faults and crashes: run again, and ChartMogul holds the same as without them (see test_kill_points too)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul import pacing, sync
from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.pipe import Json, catalog, lines, messages_of, run_write
from tests.destination_chartmogul.stories import few


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same retries with shorter waits."""
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.01)


@pytest.fixture
def expected(small: dict[str, list[Json]], chartmogul: Any, config: Json) -> dict[str, list[str]]:
    """What an undisturbed run leaves behind."""
    assert run_write(config, messages_of(few(small))).error is None
    found = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    return found


@pytest.mark.parametrize("lane", ["bulk", "single"])
@pytest.mark.parametrize(
    "fault",
    [
        {"lose_answer": True},
        {"reset": True},
        {"truncate": True},
        {"status": 500, "body": "html"},
        {"status": 503},
    ],
)
def test_every_seventh_call_fails(
    fault: Json,
    lane: str,
    small: dict[str, list[Json]],
    chartmogul: Any,
    config: Json,
    expected: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lost answers, cut connections, half bodies and server errors are ridden out, without duplicates."""
    if lane == "single":
        monkeypatch.setattr(sync, "FEWEST_FOR_BULK", 10_000)
    chartmogul.control.faults([{"path": "/v1/", "every": 7, **fault}])
    result = run_write(config, messages_of(few(small)))
    chartmogul.control.faults([])
    assert (result.error, result.rejected, len(result.states)) == (None, 0, 6)
    assert differences(expected, held(chartmogul)) == []


def test_a_storm_of_429_is_waited_out(
    small: dict[str, list[Json]], chartmogul: Any, config: Json, expected: dict[str, list[str]]
) -> None:
    """Too many requests: the same request again after a wait."""
    chartmogul.control.faults([{"path": "/v1/", "times": 12, "status": 429, "body": {"error": "slow down"}}])
    assert run_write(config, messages_of(few(small))).error is None
    assert differences(expected, held(chartmogul)) == []


def test_when_nothing_answers_no_state_is_acknowledged(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """A run that cannot write ends with one sentence, as a transient error, and acknowledges nothing."""
    chartmogul.control.faults([{"method": "POST", "path": "/v1/data_sources", "status": 502, "body": "html"}])
    result = run_write(config, messages_of(few(small)))
    assert (result.kind, result.states) == ("transient_error", [])
    assert "did not answer" in str(result.error)


def _undisturbed(records: dict[str, list[Json]], chartmogul: Any, config: Json) -> dict[str, list[str]]:
    assert run_write(config, messages_of(records)).error is None
    return held(chartmogul)


@pytest.mark.parametrize("after_calls", [1, 4, 6, 9])
def test_sigkill_at_any_moment_is_repaired_by_the_next_run(
    after_calls: int, small: dict[str, list[Json]], chartmogul: Any, config: Json, tmp_path: Path
) -> None:
    """A process killed while it writes leaves nothing that the next run does not complete."""
    records = few(small, newest=6)
    reference = _undisturbed(records, chartmogul, config)
    chartmogul.control.reset(keep_switches=True)
    chartmogul.control.switch("json_import_seconds", 1)
    chartmogul.control.faults([{"path": "/v1/", "delay_seconds": 0.03}])
    process = start(config, tmp_path, messages_of(records))
    _kill_after(process, chartmogul, after_calls)
    chartmogul.control.faults([])
    assert run_write(config, messages_of(records)).error is None
    assert differences(reference, held(chartmogul)) == []


def start(config: Json, folder: Path, messages: list[Json]) -> subprocess.Popen[bytes]:
    """`write` as a process of its own, started as a user starts it."""
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps(catalog()))
    (folder / "input.jsonl").write_bytes(b"".join(lines(messages)))
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")}
    arguments = ["write", "--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
    code = "from destination_chartmogul.run import run; run()"
    with (folder / "input.jsonl").open("rb") as stdin:
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=kept,
        )


def _kill_after(process: subprocess.Popen[bytes], chartmogul: Any, calls: int) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        if sum(n for by in chartmogul.control.calls().values() for n in by.values()) >= calls:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.005)
    process.wait()


def test_a_replay_after_faults_writes_nothing(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """What a disturbed run wrote is complete, not nearly complete."""
    chartmogul.control.faults([{"path": "/v1/", "every": 7, "lose_answer": True}])
    run_write(config, messages_of(few(small)))
    chartmogul.control.faults([])
    before = writes(chartmogul)
    assert run_write(config, messages_of(few(small))).error is None
    assert writes(chartmogul) == before
