"""A source that fails for some streams: what came is written, and what belongs together comes again."""

from __future__ import annotations

import errno
import json
import resource
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul.errors import DiskFullError, unwritable
from destination_chartmogul.states import StateFile
from tests.destination_chartmogul.accounts import differences, held
from tests.destination_chartmogul.pipe import Json, Result, catalog, lines, messages_of, run_write, state
from tests.pair.connection import DESTINATION, Command

ORDER_OF_STREAMS = ("account", "products", "subscriptions", "payments", "contacts", "orders")


def status(stream: str, said: str) -> Json:
    """A STREAM_STATUS, as every source of the CDK sends it."""
    inner = {"stream_descriptor": {"name": stream}, "status": said}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": inner}}


def told(records: dict[str, list[Json]], fails: Iterable[str] = (), cut: int | None = None) -> list[Json]:
    """Everything, but of the streams that fail only the first `cut` records; the states of the others."""
    out: list[Json] = []
    for stream in ORDER_OF_STREAMS:
        rows, broken = records.get(stream, []), stream in fails
        given = messages_of({stream: rows[: cut or 0] if broken else rows})
        out += [status(stream, "STARTED"), *(given[:-1] if broken and not cut else given)]
        out.append(status(stream, "INCOMPLETE" if broken else "COMPLETE"))
    return out


def acknowledged(result: Result) -> set[str]:
    return {state["stream"]["stream_descriptor"]["name"] for state in result.states}


def later(records: dict[str, list[Json]], known: set[str], cut: int | None) -> dict[str, list[Json]]:
    """What a source gives next that goes on from the acknowledged states."""
    every_time = {"account", "products"}
    rest = {stream: rows for stream, rows in records.items() if stream not in known - every_time}
    return rest | ({"orders": records["orders"][cut:]} if cut else {})


BILLING = ("subscriptions", "payments", "contacts", "orders")


@pytest.mark.parametrize(
    ("fails", "cut", "held_back"),
    [
        (["orders"], None, {"subscriptions", "payments", "orders"}),
        (["orders"], 300, {"subscriptions", "payments"}),
        (["subscriptions"], None, {"subscriptions", "orders"}),
        (["contacts"], None, {"contacts"}),
        (BILLING, None, set(BILLING)),
    ],
)
def test_a_sync_in_which_streams_failed_ends_as_an_undisturbed_one(
    fails: list[str],
    cut: int | None,
    held_back: set[str],
    small: dict[str, list[Json]],
    chartmogul: Any,
    config: Json,
) -> None:
    """Orders without their subscriptions would be billed by another interval, and subscriptions that were
    acknowledged do not come again. (A plan that was only needed meanwhile stays.)
    """
    run_write(config, messages_of(small))
    wanted = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    first = run_write(config, told(small, fails, cut))
    assert acknowledged(first) == set(ORDER_OF_STREAMS) - held_back
    second = run_write(config, told(later(small, acknowledged(first), cut)))
    assert (second.error, second.rejected) == (None, 0)
    assert acknowledged(second) == set(ORDER_OF_STREAMS)
    found = differences(wanted, held(chartmogul))
    assert [
        line for line in found if "plans" not in line.split(" ", 2)[:2] and not line.startswith("plans:")
    ] == []


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [(errno.ENOSPC, "system_error", "disk_full"), (errno.EACCES, "config_error", "configuration")],
)
def test_a_full_disk_is_told_apart_from_a_wrong_place(number: int, kind: str, code: str) -> None:
    """One passes when there is room again, the other does not."""
    error = unwritable("The state file", OSError(number, "no"))
    assert (error.kind, error.code) == (kind, code)


def test_rejects_go_where_the_command_line_says(config: Json, tmp_path: Path) -> None:
    """Though the configuration names another place; an error begins with its cause."""
    (tmp_path / "config.json").write_text(json.dumps(config | {"rejects_path": str(tmp_path / "own.jsonl")}))
    (tmp_path / "catalog.json").write_text(json.dumps(catalog()))
    flags: Command = ["--config", tmp_path / "config.json", "--catalog", tmp_path / "catalog.json"]
    flags += ["--rejects-file", tmp_path / "said.jsonl", "--state-file", tmp_path / "nowhere" / "state.json"]
    given = b"no message\n" + lines([state("contacts", upto=1)])[0]
    done = subprocess.run([DESTINATION, "write", *flags], input=given, capture_output=True, check=False)
    assert len((tmp_path / "said.jsonl").read_text().splitlines()) == 1
    assert not (tmp_path / "own.jsonl").exists()
    trace = json.loads(done.stdout.splitlines()[-1])["trace"]["error"]
    assert (done.returncode, trace["internal_message"].split(":")[0]) == (1, "configuration")


def test_a_state_that_finds_no_room_leaves_the_old_one_and_no_half(tmp_path: Path) -> None:
    """The file is replaced or it stays; nothing else is left beside it."""
    path = tmp_path / "state.json"
    StateFile(path).merge(state("contacts", upto=1))
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(DiskFullError, match="state file"):
            StateFile(path).merge(state("contacts", upto=2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])
