"""source-keap, given anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st

from source_keap.config import checked, specification
from source_keap.errors import resolution
from source_keap.inputs import InputProblem, read_catalog, read_state
from source_keap.run import lines, parser
from source_keap.source import names
from tests.destination_chartmogul.pipe import catalog
from tests.fuzz.junk import CHANGES, JSON, QUICK, SLOW, Change
from tests.fuzz.mutant import Mutant
from tests.simulators import Simulators
from tests.source_keap.fakes.responses import answer

Json = dict[str, Any]
KEYS = tuple(specification()["connectionSpecification"]["properties"])
GOOD: Json = {"credentials": {"auth_type": "personal_access_token", "personal_access_token": "KeapPAT-1"}}
BYTES = st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode())


@QUICK
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), JSON, max_size=5))
def test_any_configuration_is_usable_or_refused(config: Json) -> None:
    """The first problem as one sentence."""
    try:
        assert checked({**GOOD, **config})
    except InputProblem as refused:
        assert str(refused)


@QUICK
@given(content=BYTES | CHANGES.map(lambda change: json.dumps(change.on(catalog())).encode()))
def test_any_catalog_is_usable_or_refused(content: bytes, tmp_path: Path) -> None:
    """Any bytes, any JSON, a good catalog with something wrong."""
    path = tmp_path / "catalog.json"
    path.write_bytes(content)
    try:
        read_catalog(str(path), names())
    except InputProblem as refused:
        assert str(refused)


@QUICK
@given(content=BYTES)
def test_any_state_file_is_usable_or_refused(content: bytes, tmp_path: Path) -> None:
    """Any bytes, any JSON."""
    path = tmp_path / "state.json"
    path.write_bytes(content)
    try:
        assert isinstance(read_state(str(path)), list)
    except InputProblem as refused:
        assert str(refused)


@QUICK
@given(
    st.integers(100, 599),
    JSON,
    st.dictionaries(st.sampled_from(["Retry_After", "Date"]), st.text(max_size=9)),
)
def test_any_answer_has_a_meaning(status: int, body: Any, headers: dict[str, str]) -> None:
    """Each status with each body has a row in the table of errors."""
    response = answer(
        status, {k: v.encode("latin-1", "ignore").decode("latin-1") for k, v in headers.items()}
    )
    response._content, response.url = json.dumps(body).encode(), "http://127.0.0.1:9/crm/rest/v2/orders"
    try:
        assert resolution(response)
    except AirbyteTracedException as failure:
        assert str(failure)


def read(
    odd_keap: Mutant, simulators: Simulators, folder: Path, states: Any, capfd: pytest.CaptureFixture[str]
) -> tuple[list[Json], str]:
    """The messages of a read of the default streams, and how it ended."""
    key = {"auth_type": "personal_access_token", "personal_access_token": simulators.keap.api_key}
    limits = {"requests_per_minute": 100_000, "max_retries": 0, "page_size": 200}
    for name, content in {
        "config": {"base_url": odd_keap.url, "credentials": key, **limits},
        "catalog": catalog(),
        "state": states,
    }.items():
        (folder / name).write_text(json.dumps(content))
    files = [word for name in ("config", "catalog", "state") for word in (f"--{name}", str(folder / name))]
    printed, ended = b"", ""
    try:
        for line in lines(parser().parse_args(["read", *files]), []):
            printed += line
    except AirbyteTracedException as failure:
        ended = str(failure) or "?"
    told = capfd.readouterr()
    assert "Traceback" not in told.err
    return [json.loads(line) for line in printed.splitlines()], ended


def unforeseen(messages: list[Json]) -> list[str]:
    """Errors of our own, which a broken answer should not cause."""
    errors = [m["trace"]["error"] for m in messages if m.get("trace", {}).get("error")]
    return [each["internal_message"] for each in errors if "error of its own" in each["message"]]


@SLOW
@given(changes=st.dictionaries(st.integers(0, 8), CHANGES, min_size=1, max_size=3))
def test_any_answer_of_keap_is_records_or_a_sentence(
    changes: dict[int, Change],
    odd_keap: Mutant,
    simulators: Simulators,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Some pages are out of shape: each stream ends, complete or with its failure."""
    odd_keap.start(changes)
    messages, _ = read(odd_keap, simulators, tmp_path, [], capfd)
    ends = [
        m["trace"]["stream_status"]["status"] for m in messages if m.get("trace", {}).get("stream_status")
    ]
    assert sum(end in ("COMPLETE", "INCOMPLETE") for end in ends) == 6
    assert unforeseen(messages) == []
    assert not odd_keap.in_circles


@SLOW
@given(change=CHANGES, second=CHANGES)
def test_any_state_is_continued_or_refused(
    change: Change,
    second: Change,
    good_states: list[Json],
    odd_keap: Mutant,
    simulators: Simulators,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A state with something wrong in it is read on from, or refused in a sentence."""
    odd_keap.start({})
    messages, ended = read(odd_keap, simulators, tmp_path, second.on(change.on(good_states)), capfd)
    assert ended or messages
    assert "error of its own" not in ended
    assert unforeseen(messages) == []
    assert not odd_keap.in_circles


@pytest.fixture
def good_states(
    odd_keap: Mutant, simulators: Simulators, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> list[Json]:
    """The states of a first sync."""
    odd_keap.start({})
    messages, _ = read(odd_keap, simulators, tmp_path, [], capfd)
    last = {m["state"]["stream"]["stream_descriptor"]["name"]: m["state"] for m in messages if "state" in m}
    return list(last.values())
