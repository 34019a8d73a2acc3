"""destination-chartmogul, given anything."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from destination_chartmogul.catalog import streams_of
from destination_chartmogul.client import Client
from destination_chartmogul.configuration import checked, spec
from destination_chartmogul.errors import (
    BrokenInputError,
    ConfigError,
    DestinationError,
    Refused,
    Unanswered,
    UnreachableError,
)
from destination_chartmogul.messages import BadLine, read_messages
from destination_chartmogul.policy import policy_of
from destination_chartmogul.run import run
from destination_chartmogul.states import StateFile
from tests.destination_chartmogul.pipe import Json, catalog, messages_of, run_write, state
from tests.fuzz.junk import CHANGES, JSON, OBJECTS, QUICK, SLOW, Change
from tests.fuzz.mutant import Mutant
from tests.simulators import Simulators

KEYS = tuple(spec()["connectionSpecification"]["properties"])


@QUICK
@given(st.lists(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()), max_size=8))
def test_any_line_is_a_message_a_bad_line_or_a_broken_end(lines: list[bytes]) -> None:
    """Bytes and JSON of any kind: objects pass, the rest is told without being quoted."""
    try:
        for message in read_messages(line + b"\n" for line in lines):
            assert isinstance(message, (dict, BadLine))
        list(read_messages([*(line + b"\n" for line in lines), b'{"cut']))
    except BrokenInputError as broken:
        assert "ends in the middle" in str(broken)


@QUICK
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), JSON, max_size=5))
def test_any_configuration_is_usable_or_refused(config: Json) -> None:
    """What passes the check can be used; what does not is one sentence."""
    try:
        policy_of(checked({"api_key": "x", **config}))
    except ConfigError as refused:
        assert str(refused).startswith("The configuration is not usable")


@QUICK
@given(JSON | CHANGES.map(lambda change: change.on(catalog())))
def test_any_catalog_is_usable_or_refused(given_catalog: Any) -> None:
    """The command line lets objects through alone."""
    if isinstance(given_catalog, dict):
        try:
            assert streams_of(given_catalog)
        except ConfigError as refused:
            assert str(refused)
        except AssertionError:
            assert given_catalog["streams"] == []


@QUICK
@given(content=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_state_file_is_continued_or_refused(content: bytes, tmp_path: Path) -> None:
    """A file that holds something else is not overwritten in silence."""
    path = tmp_path / "state.json"
    path.write_bytes(content)
    try:
        StateFile(path).merge(state("contacts", upto=1))
    except DestinationError as refused:
        assert str(path) in str(refused)
        assert path.read_bytes() == content
    else:
        assert orjson.loads(path.read_bytes())


@QUICK
@given(status=st.integers(200, 599), body=JSON, sent=OBJECTS)
def test_any_answer_has_a_meaning(status: int, body: Any, sent: Json) -> None:
    """Each status with each body is an object, or one of the known failures."""
    response = requests.Response()
    response.status_code, response._content = status, json.dumps(body).encode()
    try:
        assert isinstance(Client("key", "http://127.0.0.1:9")._judge(response, "/x", sent), dict)
    except (Refused, Unanswered, DestinationError) as problem:
        assert str(problem)


def configuration(url: str, simulators: Simulators, **more: Any) -> Json:
    return {"base_url": url, "api_key": simulators.chartmogul.api_key, "requests_per_second": 40, **more}


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@SLOW
@given(changes=st.lists(CHANGES, min_size=20, max_size=60), junk=st.lists(JSON, max_size=6))
def test_any_record_is_written_or_rejected(
    changes: list[Change], junk: list[Any], small_records: Any, simulators: Simulators, tmp_path: Path
) -> None:
    """Good messages with something wrong in many of them: the run succeeds, and every state comes back."""
    simulators.chartmogul.control.reset(keep_switches=True)
    good = messages_of(small_records)
    wrong = [change.on(good[number * 7 % len(good)]) for number, change in enumerate(changes)]
    raw = [json.dumps(each).encode() + b"\n" for each in [*wrong, *junk, *good]]
    config = configuration(
        simulators.chartmogul.url, simulators, rejects_path=str(tmp_path / "rejects.jsonl")
    )
    result = run_write(config, raw=raw)
    assert result.error is None
    wanted = [
        message["state"]["stream"]["stream_descriptor"]["name"] for message in good if "state" in message
    ]
    names = [each.get("stream", {}).get("stream_descriptor", {}).get("name") for each in result.states[-6:]]
    assert names == wanted


def test_a_list_that_goes_round_in_circles_ends(simulators: Simulators) -> None:
    """A page that names itself as the next one is an error, not a hang."""
    server = simulators.chartmogul
    page = {"entries": [], "has_more": True, "cursor": "again"}
    server.control.faults([{"method": "GET", "path": "/v1/customers", "status": 200, "body": page}])
    try:
        with pytest.raises(UnreachableError, match="same page"):
            list(Client(server.api_key, server.url).all("/customers", "entries"))
    finally:
        server.control.faults([])


@SLOW
@given(changes=st.dictionaries(st.integers(0, 12), CHANGES, min_size=1, max_size=3))
def test_any_answer_of_chartmogul_ends_in_a_sentence(
    changes: dict[int, Change],
    small_records: Any,
    simulators: Simulators,
    odd_chartmogul: Mutant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Some answers are out of shape: the command ends, with messages alone on standard output."""
    simulators.chartmogul.control.reset(keep_switches=True)
    odd_chartmogul.start(changes)
    files = {"config": configuration(odd_chartmogul.url, simulators), "catalog": catalog()}
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    given_messages = "".join(json.dumps(message) + "\n" for message in messages_of(small_records))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given_messages.encode())))
    arguments = ["write", "--config", str(tmp_path / "config"), "--catalog", str(tmp_path / "catalog")]
    code = 0
    try:
        run(arguments)
    except SystemExit as ended:
        code = int(str(ended.code))
    told = capfd.readouterr()
    messages = [json.loads(line) for line in told.out.split("\n") if line]
    assert code in (0, 1)
    assert (code == 1) == any("error" in m.get("trace", {}) for m in messages)
    assert "Traceback" not in told.err + told.out
    assert not odd_chartmogul.in_circles
