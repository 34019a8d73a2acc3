"""deploy/airbyte/connect.py, through Airbyte's own Python client, against a stand-in for Airbyte's API."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.client.fake_airbyte import CLIENT_ID, CLIENT_SECRET, FakeAirbyte, fake_airbyte
from tests.client.test_pyairbyte import CLIENT
from tests.pair.connection import DESTINATION, SOURCE, default_catalog, plain_environment

FOLDER = Path(__file__).parents[2] / "deploy" / "airbyte"
SECRETS = {"KEAP_TOKEN": "KeapPAT-planted", "CHARTMOGUL_API_KEY": "cm-planted"}

pytestmark = pytest.mark.skipif(CLIENT is None, reason="`make test-client` gives PyAirbyte an environment")


@cache
def specs() -> dict[str, Any]:
    """By docker repository."""
    said = {
        executable.name: subprocess.run(
            [executable, "spec"], capture_output=True, env=plain_environment(), check=True
        ).stdout
        for executable in (SOURCE, DESTINATION)
    }
    return {f"airbyte/{name}": json.loads(printed)["spec"] for name, printed in said.items()}


@pytest.fixture
def airbyte() -> Iterator[FakeAirbyte]:
    able = {
        each["stream"]["name"]: each["stream"]["supported_sync_modes"]
        for each in json.loads(default_catalog())["streams"]
    }
    with fake_airbyte(specs(), able) as one:
        yield one


def connect(
    airbyte: FakeAirbyte, *more: str | Path, file: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    given = {
        "AIRBYTE_URL": airbyte.url,
        "AIRBYTE_CLIENT_ID": CLIENT_ID,
        "AIRBYTE_CLIENT_SECRET": CLIENT_SECRET,
    }
    done = subprocess.run(
        [str(CLIENT), FOLDER / "connect.py", file or FOLDER / "connection.toml", *more],
        capture_output=True, text=True, check=False,
        env={**plain_environment(), **given, **SECRETS, **environment},
    )  # fmt: skip
    assert "planted" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def edited(tmp_path: Path, before: str, after: str) -> Path:
    text = (FOLDER / "connection.toml").read_text()
    assert before in text
    path = tmp_path / "connection.toml"
    path.write_text(text.replace(before, after))
    return path


def test_one_command_sets_everything_up_and_a_second_changes_nothing(airbyte: FakeAirbyte) -> None:
    """Definitions, source, destination, connection with modes and schedule; then five times `keep`."""
    planned = connect(airbyte, "--plan")
    assert (planned.returncode, airbyte.writes) == (0, [])
    assert planned.stdout.endswith("5 to change\n")
    assert connect(airbyte).stdout.endswith("5 changed\n")
    (source,) = airbyte.of("sources").values()
    assert source["configuration"]["credentials"]["personal_access_token"] == SECRETS["KEAP_TOKEN"]
    (connection,) = airbyte.of("connections").values()
    modes = {s["name"]: s["syncMode"] for s in connection["configurations"]["streams"]}
    assert modes["orders"] == "incremental_deduped_history"
    assert connection["schedule"] == {"scheduleType": "cron", "cronExpression": "0 */30 * * * ? UTC"}
    before = list(airbyte.writes)
    again = connect(airbyte)
    assert [line.split()[0] for line in again.stdout.splitlines()] == ["keep"] * 5 + ["0"]
    assert airbyte.writes == before


def test_what_differs_is_changed_and_nothing_else(airbyte: FakeAirbyte, tmp_path: Path) -> None:
    """A new image tag, another option, another schedule: each is one change, and nothing else is sent."""
    connect(airbyte)
    count = len(airbyte.writes)
    text = (FOLDER / "connection.toml").read_text()
    text = text.replace("source-keap:0.1.0", "source-keap:0.2.0").replace(
        "*/30 * * * ? UTC", "*/10 * * * ? UTC"
    )
    path = tmp_path / "changed.toml"
    path.write_text(text.replace('data_source_name = "Keap"', 'data_source_name = "Keap"\npause_days = 20'))
    assert connect(airbyte, file=path).stdout.endswith("3 changed\n")
    assert airbyte.writes[count:] == ["PUT definitions", "PATCH actors", "PATCH connections"]
    assert connect(airbyte, file=path).stdout.endswith("0 changed\n")


def test_secrets_are_sent_again_when_asked(airbyte: FakeAirbyte) -> None:
    """A key that was renewed goes in with --update-secrets; without it the platform's stays."""
    connect(airbyte)
    connect(airbyte, KEAP_TOKEN="KeapPAT-planted-2")
    (source,) = airbyte.of("sources").values()
    assert source["configuration"]["credentials"]["personal_access_token"] == SECRETS["KEAP_TOKEN"]
    connect(airbyte, "--update-secrets", KEAP_TOKEN="KeapPAT-planted-2")
    assert source["configuration"]["credentials"]["personal_access_token"] == "KeapPAT-planted-2"


def test_a_second_account_is_a_second_connection(airbyte: FakeAirbyte, tmp_path: Path) -> None:
    """Other names, the same definitions."""
    connect(airbyte)
    text = (FOLDER / "connection.toml").read_text()
    second = text.replace('name = "Keap"\n', 'name = "Keap EU"\n').replace('"ChartMogul"', '"ChartMogul EU"')
    path = tmp_path / "eu.toml"
    path.write_text(second.replace('"Keap → ChartMogul"', '"Keap EU → ChartMogul"'))
    assert connect(airbyte, file=path).stdout.endswith("3 changed\n")
    assert len(airbyte.of("connections")) == 2
    assert len(airbyte.of("sources definitions")) == 1


@pytest.mark.parametrize(
    ("before", "after", "environment", "says"),
    [
        ("", "", {"KEAP_TOKEN": ""}, "KEAP_TOKEN is not set"),
        ("", "", {"AIRBYTE_CLIENT_ID": ""}, "AIRBYTE_CLIENT_ID must be set"),
        ("", "", {"AIRBYTE_URL": "http://127.0.0.1:9"}, "does not answer"),
        ("", "", {"AIRBYTE_WORKSPACE_ID": "nowhere"}, "answers 403"),
        ("", "", {"AIRBYTE_CLIENT_SECRET": "wrong"}, "gives no token"),
        ("", "", {"AIRBYTE_URL": "localhost:8000"}, "write it as http://localhost:8000"),
        ("airbyte/source-keap:0.1.0", "airbyte/source-keap", {}, "has no tag"),
        ('"airbyte/source-keap:0.1.0"', "7", {}, "source.image is missing, or no text"),
        ('"0 */30 * * * ? UTC"', "10", {}, "schedule is missing, or no text"),
        ('"0 */30 * * * ? UTC"', '"*/10 * * * *"', {}, "seconds first"),
        ("airbyte/source-keap:0.1.0", "airbyte/nothing:1", {}, "answers 422"),
        ('orders = "incremental_deduped_history"', 'orders = "full_refresh_overwrite"', {}, "must be one of"),
        ("orders =", "ordrs =", {}, "answers 400"),
        ("[streams]", "[other]", {}, "streams is missing"),
        ("[source]", "[source", {}, "is not TOML"),
        ('auth_type = "personal_access_token"', 'auth_type = "service_account_key"', {}, "answers 422"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    before: str, after: str, environment: dict[str, str], says: str, airbyte: FakeAirbyte, tmp_path: Path
) -> None:
    """Without a traceback, and without a secret, although Airbyte repeats what it was sent."""
    done = connect(airbyte, file=edited(tmp_path, before, after), **environment)
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_its_client_is_the_one_that_was_tried() -> None:
    """The lock beside connect.py has the version of the environment in which these tests run."""
    versions = {
        name: [line for line in Path(name).read_text().splitlines() if line.startswith("airbyte-api==")]
        for name in (str(FOLDER / "requirements.txt"), str(FOLDER.parents[1] / "requirements" / "client.txt"))
    }
    assert len({tuple(found) for found in versions.values()}) == 1
