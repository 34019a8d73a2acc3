"""OAuth: a refresh token works once, and the one that follows it is never lost without a word."""

import json
import resource
import signal
import stat
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.config import checked
from source_keap.config_file import CONFIG_FILE
from source_keap.credentials import RotatingTokens
from source_keap.run import counted, messages, parser
from source_keap.stopping import ENDS, STORING, listen, undisturbed, wait_until_stored
from tests.simulators import Server
from tests.source_keap.executable import start
from tests.source_keap.reading import Json, Read, read

EXPIRED = {
    "fault": {
        "faultstring": "Access Token expired",
        "detail": {"errorcode": "keymanagement.service.access_token_expired"},
    }
}


@pytest.fixture
def oauth(config: Json, keap: Server) -> Json:
    """A configuration with the first refresh token of the simulated application."""
    names = ("client_id", "client_secret", "refresh_token")
    given = {name: keap.credentials[name] for name in names}
    return {**config, "credentials": {"auth_type": "oauth2.0", **given}}


def controls(printed: str) -> list[Json]:
    """The configurations of the CONTROL messages."""
    found = [json.loads(line) for line in printed.splitlines() if '"type":"CONTROL"' in line]
    return [each["control"]["connectorConfig"]["config"] for each in found]


def refreshes(keap: Server) -> dict[str, int]:
    return dict(keap.control.calls().get("POST /token", {}))


def everything(keap: Server, result: Read) -> bool:
    held = keap.control.dump()
    return all(len(result.records[name]) == len(held[name]) for name in ("contacts", "orders", "payments"))


def test_one_refresh_serves_all_streams(keap: Server, oauth: Json, capsys: Any) -> None:
    """The new tokens come at once, in a CONTROL message with the rest of the configuration."""
    result = read(oauth)
    assert result.failure is None
    assert everything(keap, result)
    assert refreshes(keap) == {"200": 1}
    (new,) = controls(capsys.readouterr().out)
    assert new["credentials"]["refresh_token"] == "simulated-refresh-token-2"
    assert {key: new[key] for key in oauth if key != "credentials"} == {
        key: oauth[key] for key in oauth if key != "credentials"
    }


def test_the_stored_configuration_works_without_another_refresh(
    keap: Server, oauth: Json, capsys: Any
) -> None:
    """The access token is used until shortly before it expires."""
    read(oauth, ["contacts"])
    (new,) = controls(capsys.readouterr().out)
    assert checked(new)
    assert read(new, ["contacts"]).failure is None
    assert refreshes(keap) == {"200": 1}


def test_a_token_is_renewed_before_it_expires(keap: Server, oauth: Json, capsys: Any) -> None:
    """A stored token with a minute to live is not used any more."""
    keap.control.switch("token_seconds", 60)
    read(oauth, ["contacts"])
    (new,) = controls(capsys.readouterr().out)
    new["credentials"]["token_expiry_date"] = "2020-01-01T00:00:00Z"
    assert read(new, ["contacts"]).failure is None
    assert refreshes(keap) == {"200": 2}


@pytest.mark.parametrize("stream", ["orders", "contacts"])
def test_a_token_that_expires_in_the_middle_of_a_read(keap: Server, oauth: Json, stream: str) -> None:
    """Keap's 401 leads to one refresh, and the page is asked for again."""
    keap.control.switch("rate_limits", "off")
    path = f"/crm/rest/v2/{stream}"
    keap.control.faults([{"path": path, "nth": 3, "times": 1, "status": 401, "body": EXPIRED}])
    result = read({**oauth, "page_size": 10}, [stream])
    assert result.failure is None
    assert len(result.ids(stream)) == len(set(result.ids(stream))) == len(keap.control.dump()[stream])
    assert refreshes(keap) == {"200": 2}


def test_a_token_that_died_between_two_syncs(keap: Server, oauth: Json, capsys: Any) -> None:
    """The clocks may disagree about when it expires: Keap's word counts."""
    read(oauth, ["contacts"])
    (new,) = controls(capsys.readouterr().out)
    keap.control.clock(advance_seconds=90_000)
    assert read(new, ["contacts"]).failure is None
    assert refreshes(keap) == {"200": 2}


def test_a_used_refresh_token_says_to_reconnect(keap: Server, oauth: Json) -> None:
    """The message says why, and that authorizing again is the way out."""
    kept = json.loads(json.dumps(oauth))
    read(oauth, ["contacts"])
    result = read(kept, ["contacts"])
    stream, kind, sentence = result.errors()[0]
    assert (stream, kind) == ("contacts", "config_error")
    assert "Reconnect: authorize the application" in sentence
    assert "works once" in sentence
    assert refreshes(keap) == {"200": 1, "400": 1}


def test_wrong_client_credentials_are_named(keap: Server, oauth: Json) -> None:
    """A wrong secret is not mistaken for a wrong refresh token, and is not quoted."""
    oauth["credentials"]["client_secret"] = "wrong-secret"
    result = read(oauth, ["contacts"])
    assert "`credentials.client_secret`" in result.errors()[0][2]
    assert result.errors()[0][1] == "config_error"
    assert "wrong-secret" not in str(result.errors())
    assert refreshes(keap) == {"401": 1}


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 200, "body": "html"}, {"reset": True}])
def test_a_token_endpoint_that_stays_broken(keap: Server, oauth: Json, fault: Json) -> None:
    """A failure that may pass, said without quoting the answer."""
    keap.control.faults([{"path": "/token", **fault}])
    result = read({**oauth, "max_retries": 0}, ["contacts"])
    assert result.errors()[0][1] == "transient_error"
    assert "token endpoint" in result.errors()[0][2]
    assert "<html>" not in str(result.errors())


def test_a_token_endpoint_that_recovers(keap: Server, oauth: Json) -> None:
    """A server error before the token was used costs a second try."""
    keap.control.faults([{"path": "/token", "times": 1, "status": 503}])
    assert read(oauth, ["contacts"]).failure is None
    assert refreshes(keap) == {"503": 1, "200": 1}


def started(arguments: list[str]) -> list[Any]:
    return list(counted(messages(parser().parse_args(arguments))))


def test_update_config_writes_the_new_tokens_back(keap: Server, oauth: Json, tmp_path: Path) -> None:
    """Without a platform the file is renewed, in one step, with its permissions; the next start works."""
    file = tmp_path / "keap.json"
    file.write_text(json.dumps(oauth))
    file.chmod(0o600)
    for _ in range(2):
        told = started(["check", "--config", str(file), "--update-config"])
        assert told[-1].connectionStatus.status.value == "SUCCEEDED"
        stored = json.loads(file.read_text())
        assert stored["credentials"]["refresh_token"] == "simulated-refresh-token-2"
    assert {key: stored[key] for key in oauth if key != "credentials"} == {
        key: oauth[key] for key in oauth if key != "credentials"
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "keap.json" in path.name] == ["keap.json"]
    assert refreshes(keap) == {"200": 1}


def test_without_it_the_file_is_left_alone(oauth: Json, tmp_path: Path, capsys: Any) -> None:
    """A platform stores the configuration; the file is then only a copy. The log says whose task it is."""
    file = tmp_path / "keap.json"
    file.write_text(json.dumps(oauth))
    started(["check", "--config", str(file)])
    assert json.loads(file.read_text()) == oauth
    printed = capsys.readouterr().out
    assert len(controls(printed)) == 1
    assert CONFIG_FILE not in printed


def test_nothing_is_asked_for_that_could_not_be_stored(keap: Server, oauth: Json, tmp_path: Path) -> None:
    """A file that is gone is noticed before the refresh token is used."""
    tokens = RotatingTokens({**oauth, CONFIG_FILE: str(tmp_path / "absent.json")})
    with pytest.raises(AirbyteTracedException, match="needs a configuration in a file"):
        tokens.get_access_token()
    assert refreshes(keap) == {}


def test_a_file_that_became_unwritable_still_leaves_the_message(
    keap: Server, oauth: Json, tmp_path: Path, capsys: Any
) -> None:
    """When storing fails after all, the tokens are in the output and the error says so."""
    file = tmp_path / "keap.json"
    file.write_text(json.dumps(oauth))
    tokens = RotatingTokens({**oauth, CONFIG_FILE: str(file)})
    keap.control.faults([{"path": "/token", "delay_seconds": 0}])
    original = tokens._make_handled_request

    def then_the_folder_is_gone() -> Any:
        answer = original()
        file.write_text("no JSON")
        return answer

    tokens._make_handled_request = then_the_folder_is_gone  # type: ignore[method-assign]
    with pytest.raises(AirbyteTracedException, match="is not JSON"):
        tokens.get_access_token()
    (new,) = controls(capsys.readouterr().out)
    assert new["credentials"]["refresh_token"] == "simulated-refresh-token-2"


def test_tokens_reach_no_log(oauth: Json, caplog: Any) -> None:
    """Neither old nor new ones."""
    caplog.set_level("DEBUG")
    read(oauth, ["contacts"])
    assert "simulated-refresh-token" not in caplog.text
    assert "simulated-client-secret" not in caplog.text


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_connector_that_is_stopped_while_keap_renews_the_token_stores_it_first(
    keap: Server, oauth: Json, tmp_path: Path, number: int, code: int
) -> None:
    """The refresh token that was sent no longer works: to end before the new one is stored would lose it."""
    file = tmp_path / "keap.json"
    file.write_text(json.dumps(oauth))
    keap.control.faults([{"path": "/token", "delay_seconds": 1.5}])
    usual = signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may have it ignored
    process = start("check", "--config", file, "--update-config")
    signal.signal(number, usual)
    deadline = time.monotonic() + 60
    while not refresh_begun(keap) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert json.loads(file.read_text())["credentials"]["refresh_token"] == "simulated-refresh-token-2"


def test_a_signal_that_is_ignored_from_the_start_stays_ignored() -> None:
    """As nohup has it, so that the program outlives its terminal."""
    before = {number: signal.getsignal(number) for number in ENDS}
    try:
        for number in ENDS:  # whatever the tests themselves were started with
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        listen()
        heard = [signal.Signals(n).name for n in ENDS if signal.getsignal(n) is not signal.SIG_IGN]
        assert heard == ["SIGINT", "SIGTERM"]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_the_end_of_the_program_waits_for_another_thread_that_stores_tokens() -> None:
    """Whatever ended it."""
    usual = {number: signal.getsignal(number) for number in ENDS}
    begun, stored = Event(), Event()

    def renew() -> None:
        with undisturbed():
            begun.set()
            time.sleep(0.3)
            stored.set()

    Thread(target=renew).start()
    begun.wait()
    try:
        wait_until_stored()
        assert stored.is_set()
    finally:
        STORING.release()
        for number, handler in usual.items():
            signal.signal(number, handler)


@pytest.mark.parametrize(("life", "earlier"), [(86_400, 300), (1000, 100)])
def test_a_token_is_renewed_a_little_before_it_expires(
    keap: Server, oauth: Json, life: int, earlier: int
) -> None:
    """Five minutes, or a tenth of its life."""
    keap.control.switch("token_seconds", life)
    RotatingTokens(oauth).get_access_token()
    expires = datetime.fromisoformat(oauth["credentials"]["token_expiry_date"])
    left = (expires - datetime.now(UTC)).total_seconds()
    assert life - earlier - 20 < left <= life - earlier


def refresh_begun(keap: Server) -> bool:
    """Whether the request for a token has arrived; it is counted only when it is answered."""
    return bool(requests.get(f"{keap.url}/_control/faults", timeout=10).json()[0]["seen"])


def test_a_full_disk_is_noticed_before_the_token_is_used(keap: Server, oauth: Json, tmp_path: Path) -> None:
    """Nothing is asked of Keap, and the error says what would help."""
    file = tmp_path / "keap.json"
    file.write_text(json.dumps(oauth))
    tokens = RotatingTokens({**oauth, CONFIG_FILE: str(file)})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(AirbyteTracedException, match="no room on the disk") as caught:
            tokens.get_access_token()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(caught.value.internal_message).startswith("disk_full")
    assert refreshes(keap) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["keap.json"]
