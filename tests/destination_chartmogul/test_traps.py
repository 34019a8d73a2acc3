"""What platforms and clients send that has broken other destinations."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.keap import contact, order
from tests.destination_chartmogul.pipe import Json, catalog, lines, messages_of, record, run_write, state
from tests.pair.connection import plain_environment

ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})


def odd(**more: Any) -> Json:
    """A contact's record with something odd about its envelope."""
    return {"type": "RECORD", "record": {"stream": "contacts", "data": contact(), **more}}


@pytest.mark.parametrize(
    "message",
    [
        odd(),
        odd(emitted_at=1.5e12),
        odd(emitted_at="2026-06-01T00:00:00Z"),
        odd(emitted_at=1, meta={"changes": [{"field": "x", "change": "NULLED", "reason": "NEVER_HEARD_OF"}]}),
        odd(emitted_at=1, namespace="keap", unheard_of=True),
    ],
)
def test_an_odd_envelope_does_not_stop_the_sync(message: Json, chartmogul: Any, config: Json) -> None:
    """The record is written all the same."""
    result = run_write(config, [ACCOUNT, message, state("contacts", cursor="a")])
    assert (result.error, result.rejected, len(result.states)) == (None, 0, 1)
    assert len(chartmogul.control.dump()["customers"]) == 1


@pytest.mark.parametrize("kind", ["CONTROL", "LOG", "TRACE", "CATALOG", "UNHEARD_OF"])
def test_other_messages_are_passed_over(kind: str, config: Json) -> None:
    """Whatever a caller forwards."""
    result = run_write(config, [ACCOUNT, {"type": kind}, state("account", cursor="a")])
    assert (result.error, result.rejected, len(result.states)) == (None, 0, 1)


def test_a_line_that_is_no_message_is_never_repeated(config: Json, capfd: Any) -> None:
    """It may hold personal data."""
    result = run_write(config, raw=[b"Ada Low <ada@example.com>\n", *lines([ACCOUNT])])
    said = " ".join(result.logs) + "".join(capfd.readouterr())
    assert "malformed_line" in said
    assert "ada@" not in said


@pytest.mark.parametrize("generation", [(0, 0), (1, 1), (7, 7), (2, 0), (None, None)])
def test_generations_never_delete(
    generation: tuple[int | None, int | None],
    small: dict[str, list[Json]],
    chartmogul: Any,
    config: Json,
    tmp_path: Path,
) -> None:
    """PyAirbyte asks in every run to drop what is older; a refresh of one customer keeps the rest."""
    assert run_write(config, messages_of(small)).error is None
    before, quiet = held(chartmogul), writes(chartmogul)
    numbers = {"generation_id": generation[0], "minimum_generation_id": generation[1], "sync_id": 9}
    streams = [{**entry, **numbers, "sync_mode": "full_refresh"} for entry in catalog()["streams"]]
    part = [record("account", small["account"][0]), record("contacts", small["contacts"][0])]
    done = as_process(config, {"streams": streams}, lines(part), tmp_path)
    assert done.returncode == 0
    assert writes(chartmogul) == quiet
    assert differences(before, held(chartmogul)) == []


@pytest.mark.parametrize("mode", ["append", "append_dedup"])
def test_append_and_dedup_leave_the_same(mode: str, chartmogul: Any, config: Json, tmp_path: Path) -> None:
    """ChartMogul has one object for each id, however the catalog asks for it."""
    given = lines([ACCOUNT, record("orders", order()), record("orders", order()), state("orders", c=1)])
    for _ in range(2):
        assert as_process(config, catalog(mode=mode), given, tmp_path).returncode == 0
    assert [i["external_id"] for i in chartmogul.control.dump()["invoices"]] == ["20001"]


def test_overwrite_is_refused_before_anything_is_written(
    chartmogul: Any, config: Json, tmp_path: Path
) -> None:
    """With a sentence that says what to choose instead."""
    done = as_process(config, catalog(mode="overwrite"), lines([ACCOUNT]), tmp_path)
    error = json.loads(done.stdout.splitlines()[-1])["trace"]["error"]
    assert (done.returncode, error["failure_type"]) == (1, "config_error")
    assert "Use append_dedup" in error["message"]
    assert chartmogul.control.calls() == {}


def test_a_state_of_the_old_kind_comes_back(config: Json) -> None:
    """LEGACY states have neither stream nor type in some sources."""
    old = [{"type": "STATE", "state": {"data": {"cursor": "a"}}}]
    old += [{"type": "STATE", "state": {"type": "LEGACY", "data": {"cursor": "b"}}}]
    result = run_write(config, [ACCOUNT, record("contacts", contact()), *old])
    assert [s["data"]["cursor"] for s in result.states] == ["a", "b"]
    assert [s["destinationStats"]["recordCount"] for s in result.states] == [2.0, 0.0]


def test_each_acknowledgement_leaves_the_process_at_once() -> None:
    """A killed process has printed every state that it acknowledged: a pipe must not hold lines back."""
    code = (
        "import os, sys; from destination_chartmogul.messages import Printer;"
        "Printer(sys.stdout).emit({'type': 'STATE', 'state': {}}); os._exit(9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=plain_environment(), check=False
    )
    assert (done.returncode, json.loads(done.stdout)["type"]) == (9, "STATE")


def command_of(config: Json, configured: Json, folder: Path) -> list[str]:
    """`write` as a user starts it."""
    (folder / "c.json").write_text(json.dumps(config))
    (folder / "k.json").write_text(json.dumps(configured))
    files = ["--config", str(folder / "c.json"), "--catalog", str(folder / "k.json")]
    return [sys.executable, "-c", "from destination_chartmogul.run import run; run()", "write", *files]


def as_process(
    config: Json, configured: Json, given: list[bytes], folder: Path
) -> subprocess.CompletedProcess[bytes]:
    """A whole run as a process of its own."""
    command = command_of(config, configured, folder)
    return subprocess.run(
        command, input=b"".join(given), capture_output=True, env=plain_environment(), check=False
    )
