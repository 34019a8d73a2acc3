"""What the caller hands in: each problem is one sentence that says what to change."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap import inputs
from source_keap.config import checked
from source_keap.inputs import InputProblem
from source_keap.source import names
from source_keap.states import ChangesState, PaymentsState, SubscriptionsState, TransactionsState, read_state
from tests.source_keap.reading import Json, read

CREDENTIALS = {"auth_type": "personal_access_token", "personal_access_token": "KeapPAT-1"}
GOOD: Json = {"credentials": CREDENTIALS}


def test_a_minimal_configuration_is_enough() -> None:
    """Only the credentials have no default."""
    assert checked(GOOD) == GOOD


def test_keys_of_platforms_are_let_through() -> None:
    """Platforms add keys of their own that begin with an underscore."""
    assert checked({**GOOD, "_page_limit": 5})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"requests_per_minut": 5}, "did you mean 'requests_per_minute'?"),
        ({"Credentials": {}}, "did you mean 'credentials'?"),
        ({"api_key": "x"}, "known are credentials, start_date"),
        ({"credentials": None}, "has no `credentials`"),
        ({"credentials": "KeapPAT-1"}, "has no `credentials`"),
        ({"credentials": {}}, "`credentials.auth_type` must be one of personal_access_token"),
        ({"credentials": {"auth_type": "oauth"}}, "must be one of"),
        ({"credentials": {"auth_type": "service_account_key"}}, "put the Service Account Key there"),
        ({"credentials": {**CREDENTIALS, "auth_type": "service_account_key"}}, "put the Service Account Key"),
        (
            {"credentials": {**CREDENTIALS, "personal_access_token": ""}},
            "put the Personal Access Token there",
        ),
        ({"credentials": {**CREDENTIALS, "personal_access_token": 5}}, "put the Personal Access Token there"),
        ({"credentials": {**CREDENTIALS, "personal_access_token": "a b\n"}}, "copy it again"),
        ({"credentials": {**CREDENTIALS, "token": "x"}}, "`credentials` has the key 'token'"),
        ({"start_date": "2024-01-01"}, "such as 2024-01-01T00:00:00Z"),
        ({"start_date": 2024}, "such as 2024-01-01T00:00:00Z"),
        ({"start_date": "2024-13-01T00:00:00Z"}, "such as 2024-01-01T00:00:00Z"),
        ({"requests_per_minute": 0}, "`requests_per_minute` in the configuration is wrong"),
        ({"requests_per_minute": "120"}, "is not of type 'integer'"),
        ({"requests_per_minute": True}, "`requests_per_minute` in the configuration is wrong"),
        ({"page_size": 1001}, "greater than the maximum of 1000"),
        ({"payments_lookback_days": -1}, "less than the minimum of 0"),
        ({"payments_lookback_days": 10**9}, "greater than the maximum of 36500"),
        ({"base_url": "api.infusionsoft.com"}, "write it as https://api.infusionsoft.com"),
        ({"base_url": "ftp://api.infusionsoft.com"}, "write it as https://"),
        ({"base_url": "http://api.infusionsoft.com"}, "would send the key in clear"),
        ({"base_url": "https://api.infusionsoft.com/crm/rest/v2"}, "the connector adds /crm/rest/v2"),
        ({"base_url": 5}, "`base_url` in the configuration is wrong"),
    ],
)
def test_a_wrong_configuration_is_refused_in_words(change: Json, words: str) -> None:
    """The sentence names the key and what it should be."""
    with pytest.raises(InputProblem) as refused:
        checked({**GOOD, **change})
    assert words in str(refused.value)
    assert "KeapPAT-1" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8701", "http://localhost:8701/", "https://api.keap.com"]
)
def test_good_addresses(address: str) -> None:
    """https anywhere, http on this computer, with or without a slash at the end."""
    assert checked({**GOOD, "base_url": address})


def written(tmp_path: Path, content: Any) -> str:
    path = tmp_path / "given.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The sentence names the file and the option."""
    with pytest.raises(
        InputProblem, match=r"absent\.json cannot be read \(No such file or directory\): correct --config"
    ):
        inputs.read_config(str(tmp_path / "absent.json"))
    with pytest.raises(InputProblem, match="Is a directory"):
        inputs.read_state(str(tmp_path))


def test_broken_json_is_located(tmp_path: Path) -> None:
    """The sentence gives line and column."""
    with pytest.raises(InputProblem, match="is not JSON"):
        inputs.read_config(written(tmp_path, '{"credentials": '))


def test_a_configuration_is_an_object(tmp_path: Path) -> None:
    """A list is refused."""
    with pytest.raises(InputProblem, match="must hold a JSON object"):
        inputs.read_config(written(tmp_path, []))


def test_an_unknown_stream_is_refused(tmp_path: Path) -> None:
    """The nearest stream is suggested."""
    stream = {"name": "order", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    entry = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    with pytest.raises(InputProblem, match="'order', which does not exist: did you mean 'orders'"):
        inputs.read_catalog(written(tmp_path, {"streams": [entry]}), names())


@pytest.mark.parametrize("content", [{}, [], {"streams": [{"name": "orders"}]}, {"type": "CATALOG"}, "5"])
def test_what_is_no_catalog_is_refused(tmp_path: Path, content: Any) -> None:
    """The sentence says how to make one."""
    with pytest.raises(InputProblem, match="source-keap catalog --config"):
        inputs.read_catalog(written(tmp_path, content), names())


@pytest.mark.parametrize("content", ["", "[]", "{}", "\n"])
def test_an_empty_state_is_no_state(tmp_path: Path, content: str) -> None:
    """Callers keep an empty file before the first sync."""
    assert inputs.read_state(written(tmp_path, content)) == []
    assert inputs.read_state(None) == []


def state_of(stream: str, content: Json) -> Json:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": content}}


def test_states_come_bare_or_as_messages(tmp_path: Path) -> None:
    """A saved STATE line is as good as the state in it."""
    bare = state_of("orders", {"modification_time": "2026-07-01T11:55:05.000Z"})
    for content in ([bare], [{"type": "STATE", "state": bare}]):
        (state,) = inputs.read_state(written(tmp_path, content))
        assert state.stream is not None
        assert state.stream.stream_descriptor.name == "orders"


@pytest.mark.parametrize(
    "content", ["5", '{"orders": {}}', '["x"]', '[{"type": "STREAM"}]', '[{"type": "NEW"}]']
)
def test_what_is_no_state_is_refused(tmp_path: Path, content: str) -> None:
    """The sentence says what to hand in."""
    with pytest.raises(InputProblem, match="hand in what the last sync gave out"):
        inputs.read_state(written(tmp_path, content))


@pytest.mark.parametrize(
    ("stream", "content"),
    [
        ("orders", {"modification_time": "yesterday"}),
        ("orders", {"modification_time": 5}),
        ("orders", {"recent": ["1"]}),
        ("contacts", {"unfinished": {"started": "2026-07-01T11:55:05Z"}}),
        ("payments", {"id": "many"}),
        ("payments", {"stripes": [["1", 2]]}),
        ("subscriptions", {"swept": "never"}),
    ],
)
def test_a_state_of_another_kind_is_refused(config: Json, tmp_path: Path, stream: str, content: Json) -> None:
    """It is neither ignored (a full read nobody asked for) nor a crash."""
    state = inputs.read_state(written(tmp_path, [state_of(stream, content)]))
    result = read(config, [stream], state)
    assert result.failure is not None
    assert f"The state of stream {stream} is not one that source-keap writes" in str(result.failure)
    assert result.failure.failure_type.value == "config_error"


def test_what_the_cdk_adds_to_a_state_is_passed_over() -> None:
    """It is of no newer version."""
    given = {"update_time": "2026-07-01T00:00:00Z", "__ab_full_refresh_sync_complete": True}
    assert ChangesState.from_json(given, "update_time").since is not None


@pytest.mark.parametrize(
    "parse",
    [
        lambda: ChangesState.from_json({"update_time": "2026-07-01T00:00:00Z", "shards": 4}, "update_time"),
        lambda: SubscriptionsState.from_json({"swept": "2026-07-01T00:00:00Z", "shards": 4}, "update_time"),
        lambda: PaymentsState.from_json({"id": "7", "shards": 4}),
        lambda: TransactionsState.from_json({"settled": "7", "shards": 4}, "transaction_time"),
    ],
)
def test_a_state_of_a_newer_version_is_refused(parse: Callable[[], object]) -> None:
    """One field more than this version knows is enough; the sentence says what to do."""
    with pytest.raises(AirbyteTracedException, match=r"\(shards\): a newer version wrote it. Install that"):
        read_state("a_stream", parse)
