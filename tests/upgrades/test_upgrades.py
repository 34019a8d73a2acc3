"""States, configurations, catalogs and rejects of earlier versions, as files, with today's connectors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.destination_chartmogul.pipe import keap_rows
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import Simulators, running
from tests.source_keap.executable import BIN, Ran, run

HERE = Path(__file__).parent
VERSIONS = sorted(path.name for path in HERE.iterdir() if path.name[0].isdigit())
CATALOG = HERE / "0.1.0" / "catalog.json"
DESTINATION = [str(BIN / "destination-chartmogul")]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def servers() -> Iterator[Simulators]:
    with running("small") as simulators:
        set_up_chartmogul(simulators)
        simulators.keap.control.switch("rate_limits", "off")
        yield simulators


@pytest.fixture(scope="module")
def configs(servers: Simulators, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the configurations of 0.1.0, every key of them, for the simulators."""
    folder = tmp_path_factory.mktemp("configs")
    here = {"keap.json": source_config(servers), "chartmogul.json": destination_config(servers)}
    for name, own in here.items():
        config = json.loads((HERE / "0.1.0" / name).read_text()) | own
        if name == "chartmogul.json":
            config |= {"rejects_path": str(folder / "rejects.jsonl"), "spool_directory": str(folder)}
        (folder / name).write_text(json.dumps(config))
    return folder


def read(configs: Path, state: Path) -> Ran:
    done = run("read", "--config", configs / "keap.json", "--catalog", CATALOG, "--state", state)
    assert done.code == 0, done.complaint
    return done


def ids(messages: list[Json], stream: str) -> set[str]:
    return {str(m["record"]["data"]["id"]) for m in messages if m["record"]["stream"] == stream}


def position(state: list[Json], stream: str) -> Json:
    """The state of one stream."""
    (found,) = (s["stream"] for s in state if s["stream"]["stream_descriptor"]["name"] == stream)
    return dict(found["stream_state"])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_state_of_an_earlier_version_is_read_on_from(version: str, configs: Path) -> None:
    """Nothing that was read before comes again, but for what has no state, and a state follows."""
    done = read(configs, HERE / version / "state.json")
    found = done.of("RECORD")
    assert {stream: ids(found, stream) for stream in ("orders", "contacts", "payments", "subscriptions")} == {
        "orders": set(), "contacts": set(), "payments": set(), "subscriptions": set(),
    }  # fmt: skip
    assert {m["state"]["stream"]["stream_descriptor"]["name"] for m in done.of("STATE")} >= {
        "orders",
        "payments",
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_read_that_broke_off_is_gone_on_with(version: str, configs: Path, servers: Simulators) -> None:
    """Everything behind the place where it stopped comes, and nothing before it."""
    state = HERE / version / "unfinished.json"
    found = read(configs, state).of("RECORD")
    for stream in ("orders", "payments", "subscriptions"):
        after = int(position(json.loads(state.read_text()), stream)["unfinished"]["after_id"])
        everything = {row["id"] for row in keap_rows(servers.keap, stream)}
        assert ids(found, stream) == {row_id for row_id in everything if int(row_id) > after}, stream


@pytest.mark.parametrize("version", VERSIONS)
def test_rejects_of_an_earlier_version_are_written_now(
    version: str, configs: Path, servers: Simulators
) -> None:
    """Their cause (here a wrong total) is mended, and the file is sent again, with the catalog of 0.1.0."""
    rows = [json.loads(line) for line in (HERE / version / "rejects.jsonl").read_text().splitlines()]
    orders = [row for row in rows if row["stream"] == "orders"]
    for row in orders:
        row["record"]["total"] = row["record"]["total_due"]
    mended = configs / "mended.jsonl"
    mended.write_text("".join(json.dumps(row) + "\n" for row in rows))
    messages = run("rejects", mended, command=DESTINATION)
    assert messages.code == 0, messages.complaint
    state = configs / "state.json"
    state.write_bytes((HERE / version / "state.json").read_bytes())
    told = configs / "chartmogul.json"
    done = run(
        "write", "--config", told, "--catalog", CATALOG, "--state-file", state,
        command=DESTINATION, given=messages.output,
    )  # fmt: skip
    assert done.code == 0, done.complaint
    left = [json.loads(line) for line in (configs / "rejects.jsonl").read_text().splitlines()]
    assert [row["key"] for row in left if row["stream"] == "orders"] == []
    held = {invoice["external_id"] for invoice in servers.chartmogul.control.dump()["invoices"]}
    assert {row["key"] for row in orders} <= held
    assert json.loads(state.read_text()) == json.loads((HERE / version / "state.json").read_text())


def test_a_state_of_a_newer_version_is_refused_with_a_sentence(configs: Path) -> None:
    """It is neither misread nor taken for none; the sentence says what to do."""
    inner = {"stream_descriptor": {"name": "orders"}, "stream_state": {"format": 2}}
    state = configs / "newer.json"
    state.write_text(json.dumps([{"type": "STREAM", "stream": inner}]))
    done = run("read", "--config", configs / "keap.json", "--catalog", CATALOG, "--state", state)
    assert (done.code, done.of("RECORD")) == (1, [])
    assert done.error["failure_type"] == "config_error"
    for words in ("stream orders says more", "newer version wrote it", "Install that version again"):
        assert words in done.error["message"]
