"""The real executable: commands, pipes, exit codes. A start takes seconds, so each test tries much."""

import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.run import messages, parser
from source_keap.source import names
from tests.simulators import Server
from tests.source_keap.executable import MAIN, run, states_of

Json = dict[str, Any]


@pytest.fixture
def wrong_config(config: Json, tmp_path: Path) -> Path:
    path = tmp_path / "wrong.json"
    credentials = {"auth_type": "personal_access_token", "personal_access_token": "KeapPAT-wrong"}
    path.write_text(json.dumps({**config, "credentials": credentials}))
    return path


def test_spec_needs_nothing(tmp_path: Path) -> None:
    """`spec` is one message, also in a directory that has a manifest.yaml of its own."""
    (tmp_path / "manifest.yaml").write_text("not: ours")
    ran = run("spec", cwd=tmp_path)
    assert ran.code == 0
    spec = ran.of("SPEC")[0]["spec"]["connectionSpecification"]
    assert spec["required"] == ["credentials"]


def test_main_py_checks_each_stream(keap: Server, config_file: Path) -> None:
    """`python main.py check`, as images call it: one call a stream."""
    ran = run("check", "--config", config_file, command=MAIN)
    assert (ran.code, ran.status) == (0, {"status": "SUCCEEDED"})
    assert len(keap.control.calls()) == 6


def test_an_address_where_nobody_listens(config_file: Path, catalog_file: Path, tmp_path: Path) -> None:
    """The same plain sentence in the check, in the TRACE and on standard error, without a preamble."""
    nowhere = {**json.loads(config_file.read_text()), "base_url": "http://127.0.0.1:9", "max_retries": 0}
    (tmp_path / "nowhere.json").write_text(json.dumps(nowhere))
    sentence = "Keap could not be reached: check `base_url` and this computer's network."
    assert run("check", "--config", tmp_path / "nowhere.json").status["message"] == sentence
    ran = run("read", "--config", tmp_path / "nowhere.json", "--catalog", catalog_file)
    assert (ran.code, ran.error["message"]) == (1, sentence)
    assert ran.complaint.strip() == f"source-keap: {sentence}"


def test_check_says_that_the_key_is_wrong(wrong_config: Path) -> None:
    """A refused key is a failed check, not a crash, and the key is not repeated."""
    ran = run("check", "--config", wrong_config)
    assert (ran.code, ran.status["status"]) == (0, "FAILED")
    assert "Settings, API Settings" in ran.status["message"]
    assert "KeapPAT-wrong" not in ran.output + ran.complaint


NOBODY = {
    "credentials": {"auth_type": "service_account_key", "service_account_key": "x"},
    "base_url": "http://127.0.0.1:9",
    "max_retries": 0,
}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"credential": {}}', "did you mean 'credentials'?"),
        ("{", "is not JSON"),
        (None, "cannot be read"),
        (json.dumps(NOBODY), "check `base_url`"),
    ],
)
def test_check_says_what_is_wrong_with_the_configuration(
    tmp_path: Path, content: str | None, words: str
) -> None:
    """Misspelt, broken, not there, and an address where nobody answers: a failed check, no crash."""
    path = tmp_path / "given.json"
    if content is not None:
        path.write_text(content)
    told: list[Any] = list(messages(parser().parse_args(["check", "--config", str(path)])))
    status = told[-1].connectionStatus
    assert status.status.value == "FAILED"
    assert words in status.message


def test_discover_lists_the_streams(config_file: Path) -> None:
    """Keys, cursors and sync modes are declared."""
    told: list[Any] = list(messages(parser().parse_args(["discover", "--config", str(config_file)])))
    streams = {each.name: each for each in told[-1].catalog.streams}
    assert list(streams) == names()
    defaults = ["account", "products", "subscriptions", "payments", "contacts", "orders"]
    assert [streams[name].source_defined_primary_key for name in defaults] == [[["id"]]] * 6
    assert streams["discounts"].source_defined_primary_key == [["discount_list"], ["id"]]
    incremental = {name for name in defaults if len(streams[name].supported_sync_modes) == 2}
    assert incremental == {"subscriptions", "payments", "contacts", "orders"}
    assert streams["orders"].default_cursor_field == ["modification_time"]


def test_the_life_of_a_sync_under_cron(keap: Server, config_file: Path, tmp_path: Path) -> None:
    """`catalog`, `read`, and `read` again with the states: only what changed comes."""
    catalog_file, state_file = tmp_path / "catalog.json", tmp_path / "state.json"
    catalog_file.write_text(run("catalog", "--config", config_file, "--streams", "orders,contacts").output)
    first = run("read", "--config", config_file, "--catalog", catalog_file)
    assert first.code == 0
    state_file.write_text(json.dumps(states_of(first.output.splitlines())))
    keap.control.event("edit_contact", contact_id="1001", family_name="Rivera")
    second = run("read", "--config", config_file, "--catalog", catalog_file, "--state", state_file)
    changed = [each["record"] for each in second.of("RECORD")]
    assert [(each["stream"], each["data"]["family_name"]) for each in changed] == [("contacts", "Rivera")]


def test_catalog_of_streams_that_are_read_in_full(config_file: Path) -> None:
    """`--full-refresh` adds streams to the default ones, or to those of `--streams`, and reads them whole."""
    given = json.loads(run("catalog", "--config", config_file, "--full-refresh", "tags,orders").output)
    modes = {each["stream"]["name"]: each["sync_mode"] for each in given["streams"]}
    assert set(modes) == {*names(optional=False), "tags"}
    assert {name for name, mode in modes.items() if mode == "full_refresh"} >= {"tags", "orders"}
    assert modes["contacts"] == "incremental"
    options = ("--streams", "contacts", "--full-refresh", "tag")
    refused = run("catalog", "--config", config_file, *options)
    assert refused.complaint.startswith("source-keap: --full-refresh names 'tag', which does not exist")


def test_catalog_refuses_an_unknown_stream(config_file: Path) -> None:
    """One sentence on standard error, a TRACE on standard output, exit code 1."""
    refused = run("catalog", "--config", config_file, "--streams", "order")
    assert (refused.code, refused.error["failure_type"]) == (1, "config_error")
    assert refused.complaint == (
        "source-keap: --streams names 'order', which does not exist: did you mean 'orders'?\n"
    )


def test_read_with_a_wrong_key(wrong_config: Path, catalog_file: Path) -> None:
    """A TRACE ERROR of the right kind, a sentence for people on standard error, exit code 1."""
    ran = run("read", "--config", wrong_config, "--catalog", catalog_file)
    assert (ran.code, ran.error["failure_type"]) == (1, "config_error")
    assert "Settings, API Settings" in ran.error["message"]
    assert ran.complaint.strip() == f"source-keap: {ran.error['message']}"
    assert "Settings, API Settings" in ran.complaint
    assert "KeapPAT-wrong" not in ran.output + ran.complaint


@pytest.mark.parametrize(
    ("flag", "content", "words"),
    [
        ("--config", "{}", "has no `credentials`"),
        ("--catalog", '{"streams": {}}', "is not a configured catalog"),
        ("--state", "[5]", "is not a list of Airbyte states"),
    ],
)
def test_read_with_a_wrong_file(
    config_file: Path, catalog_file: Path, tmp_path: Path, flag: str, content: str, words: str
) -> None:
    """Nothing is read; the one error says which file and what to change."""
    wrong = tmp_path / "wrong_input.json"
    wrong.write_text(content)
    files = {"--config": config_file, "--catalog": catalog_file, flag: wrong}
    arguments = ["read", *(str(part) for pair in files.items() for part in pair)]
    with pytest.raises(AirbyteTracedException, match=words) as refused:
        list(messages(parser().parse_args(arguments)))
    assert refused.value.failure_type.value == "config_error"


def test_bodies_stay_out_of_every_log(keap: Server, config_file: Path, catalog_file: Path) -> None:
    """Names in Keap's answers reach neither errors nor logs, with --debug neither."""
    person = {"message": "Maximiliana Musterfrau"}
    keap.control.faults([{"path": "/crm/rest/v2/orders", "status": 400, "body": person}])
    ran = run("read", "--config", config_file, "--catalog", catalog_file, "--debug")
    assert ran.code == 1
    assert "Maximiliana" not in ran.output + ran.complaint
    assert "HTTP 400" in ran.complaint
    logged = [line for line in ran.output.splitlines() if '"type":"RECORD"' not in line]
    assert not [line for line in logged if "ava.stone@example.com" in line]
    assert [line for line in logged if "Making outbound API request" in line] == []


@pytest.mark.parametrize("arguments", [[], ["reed"], ["read"], ["check", "--conf"], ["spec", "x"]])
def test_a_wrong_command_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Usage on standard error, exit code 2."""
    with pytest.raises(SystemExit) as refused:
        parser().parse_args(arguments)
    assert refused.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "usage: source-keap" in printed.err


def test_a_read_tells_what_keap_has_left(config_file: Path, catalog_file: Path) -> None:
    """Calls left and allowed in this day, and when it ends, after everything else."""
    ran = run("read", "--config", config_file, "--catalog", catalog_file)
    said = [trace["trace"]["analytics"] for trace in ran.of("TRACE") if trace["trace"]["type"] == "ANALYTICS"]
    figures = {each["type"]: each["value"] for each in said}
    assert 0 < int(figures["keap-calls-left-today"]) < int(figures["keap-calls-a-day"])
    assert figures["keap-day-ends"].endswith("T00:00:00+00:00")
