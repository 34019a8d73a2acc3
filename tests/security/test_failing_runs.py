"""Runs that fail, in many ways: no secret and no person is in anything that they print or write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul import pacing
from tests.destination_chartmogul.pipe import catalog, lines, record, run_write, state
from tests.security.planted import (
    CHARTMOGUL_KEY,
    CONTACT,
    KEAP_KEY,
    OAUTH_ACCESS,
    PEOPLE,
    PERSONAL_ACCESS,
    PROXY_PASSWORD,
    Json,
    Ran,
    destination,
    source,
)
from tests.security.stranger import self_signed, stranger

JSON, HTML = False, True
ANSWERS = [
    *((200, JSON), (200, HTML), (204, JSON), (301, JSON), (400, JSON), (401, HTML), (403, JSON)),
    *((404, HTML), (422, JSON), (429, JSON), (500, HTML), (503, JSON)),
]


def keap(url: str, credentials: Json = PERSONAL_ACCESS, **more: Any) -> Json:
    return {"base_url": url, "credentials": credentials, "max_retries": 0, **more}


def chartmogul(url: str, **more: Any) -> Json:
    return {"base_url": url, "api_key": CHARTMOGUL_KEY, **more}


def one_contact() -> list[Json]:
    account = {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"}
    return [record("account", account), record("contacts", CONTACT), state("contacts", upto=1)]


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    """A catalog of contacts for the source."""
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(catalog(["contacts"])))
    return path


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.001)


def said_in_process(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> Ran:
    """The source in this process, since its start is what takes a second; everything that it says."""
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException

    from source_keap.run import lines as output_of
    from source_keap.run import parser
    from source_keap.unexpected import traced

    said: list[str] = []
    printed = b""
    try:
        for line in output_of(parser().parse_args(arguments), said):
            printed += line
    except AirbyteTracedException as problem:
        traced(problem).emit_message()
    caught = capfd.readouterr()
    return Ran(0, printed.decode(), caught.out + caught.err + "\n".join(said), "")


@pytest.mark.parametrize(("status", "html"), ANSWERS)
def test_keap_answers_with_all_that_it_was_told(
    status: int, html: bool, contacts: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: Any
) -> None:
    """Any status with the whole request in the body: `check`, and `read` with --debug, repeat none of it."""
    config = tmp_path / "config.json"
    with stranger(status, html=html) as one:
        config.write_text(json.dumps(keap(one.url)))
        check = said_in_process(["check", "--config", str(config)], capfd)
        files = ["--config", str(config), "--catalog", str(contacts)]
        read = said_in_process(["read", "--debug", *files], capfd)
    assert any(KEAP_KEY in heard for heard in one.heard)
    for ran in (check, read):
        assert ran.leaked() == []
        assert KEAP_KEY not in caplog.text


@pytest.mark.parametrize("status", [200, 302, 307, 400, 401, 500])
def test_the_token_endpoint_answers_with_all_that_it_was_told(
    status: int, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: Any
) -> None:
    """Client secret and refresh token are in its answer, and in nothing that is printed."""
    config = tmp_path / "config.json"
    with stranger(status) as one:
        config.write_text(json.dumps(keap(one.url, OAUTH_ACCESS)))
        ran = said_in_process(["check", "--config", str(config)], capfd)
    assert any("refresh-83Planted" in heard for heard in one.heard)
    assert ran.leaked() == []
    assert "Planted" not in caplog.text


@pytest.mark.parametrize(("status", "html"), ANSWERS)
def test_chartmogul_answers_with_all_that_it_was_told(
    status: int, html: bool, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Any status with the whole request in the body: a run says what is wrong in words of its own."""
    with stranger(status, html=html) as one:
        result = run_write(chartmogul(one.url, spool_directory=str(tmp_path)), one_contact())
    caught = capfd.readouterr()
    told = Ran(1, f"{result.messages}{result.error}", caught.out + caught.err, "")
    assert result.error
    assert result.states == []
    assert told.leaked(*PEOPLE) == []


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize("path", ["/v1/customers", "/v1/data_sources/[^/]+/json_imports"])
def test_a_refusal_that_quotes_the_customer(
    status: int, path: str, chartmogul_account: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """ChartMogul repeats name, company, address and key: the reject keeps its reason without them."""
    quoted = f"The customer {CONTACT['given_name']} {CONTACT['family_name']} <{PEOPLE[2]}> of {PEOPLE[3]}"
    body = {"message": f"{quoted} is not wanted by {CHARTMOGUL_KEY}.", "param": "name"}
    rules = [{"method": "POST", "path": path, "status": status, "body": body}]
    if path == "/v1/customers":  # what cannot go in bulk goes singly
        rules.append({"method": "POST", "path": "/v1/data_sources/[^/]+/json_imports", "status": 413})
    chartmogul_account.control.faults(rules)
    config = {"base_url": chartmogul_account.url, "api_key": chartmogul_account.api_key}
    result = run_write(config, one_contact())
    caught = capfd.readouterr()
    everything = f"{result.messages}{result.error}{caught.out}{caught.err}"
    assert [text for text in PEOPLE if text in everything] == []
    if path == "/v1/customers":
        assert any("is not wanted by" in text for text in result.logs)


def test_a_contact_that_no_mapping_can_read(
    chartmogul_account: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """Names in the wrong places: rejects and notices name the record's id and no value."""
    odd = [
        {**CONTACT, "create_time": PEOPLE[0]},
        {**CONTACT, "id": PEOPLE[0], "email_addresses": PEOPLE[2]},
        {**CONTACT, "company": PEOPLE[3], "addresses": [PEOPLE[4]], "update_time": PEOPLE[1]},
    ]
    config = {"base_url": chartmogul_account.url, "api_key": chartmogul_account.api_key}
    raw = [*lines(record("contacts", each) for each in odd), f"{PEOPLE[0]} {KEAP_KEY}\n".encode()]
    result = run_write(config, raw=raw)
    caught = capfd.readouterr()
    told = "".join(result.logs) + str(result.error) + caught.out + caught.err
    assert [text for text in PEOPLE[1:] if text in told] == []
    assert KEAP_KEY not in told


MALFORMED = [
    '{"credentials": {"auth_type": "personal_access_token", "personal_access_token": "%s"',
    '{"credentials": "%s"}',
    '{"credentials": ["%s"], "api_key": ["%s"]}',
    '{"credentials": {"auth_type": "%s", "personal_access_token": "%s"}, "api_key": {"x": "%s"}}',
    '{"credentials": {"auth_type": "personal_access_token", "personal_access_token": ["%s"]}, "api_key": 5}',
    '{"credentials": {"auth_type": "personal_access_token", "personal_access_token": "%s\\n"}}',
    '["%s"]',
    '"%s"',
]
GOOD = {"credentials": PERSONAL_ACCESS}
MISPLACED: list[Json] = [
    {**GOOD, "page_size": KEAP_KEY},
    {**GOOD, "start_date": KEAP_KEY},
    {**GOOD, "when_quota_is_used_up": KEAP_KEY},
    {**GOOD, "base_url": KEAP_KEY},
    {**GOOD, "base_url": f"https://user:{PROXY_PASSWORD}@api.keap.com"},
    {**GOOD, "base_url": f"https://api.keap.com/{KEAP_KEY}"},
    {**GOOD, "base_url": f"https://api.keap.com:{KEAP_KEY}"},
    {**GOOD, "base_url": f"https://[{KEAP_KEY}"},
]


@pytest.mark.parametrize("content", [*(text.replace("%s", KEAP_KEY) for text in MALFORMED), *MISPLACED])
def test_a_malformed_configuration_of_the_source(
    content: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Cut off, of the wrong type, in the wrong place: the sentence names the key, never its value."""
    config = tmp_path / "config.json"
    config.write_text(content if isinstance(content, str) else json.dumps(content))
    ran = said_in_process(["check", "--config", str(config)], capfd)
    assert '"FAILED"' in ran.output
    assert ran.leaked() == []


@pytest.mark.parametrize(
    "content",
    [
        *(text.replace("%s", CHARTMOGUL_KEY) for text in MALFORMED[:4]),
        {"api_key": "x", "customers": CHARTMOGUL_KEY},
        {"api_key": "x", "time_zone": CHARTMOGUL_KEY},
        {"api_key": "x", "churn_date": {"evidence": [CHARTMOGUL_KEY], "time_of_day": CHARTMOGUL_KEY}},
        {"api_key": "x", "base_url": CHARTMOGUL_KEY},
        {"api_key": "x", "base_url": f"https://user:{PROXY_PASSWORD}@api.chartmogul.com"},
        {"api_key": f"{CHARTMOGUL_KEY}é\n"},
    ],
)
def test_a_malformed_configuration_of_the_destination(content: Any, tmp_path: Path) -> None:
    """As for the source."""
    ran = destination(tmp_path, "check", content)
    assert ran.leaked() == []
    assert "Traceback" not in ran.everything
    assert "unexpected" not in ran.everything


def test_processes_that_fail(contacts: Path, tmp_path: Path) -> None:
    """The same for whole processes, and what they leave: a bad key, a bad certificate."""
    pem = self_signed(tmp_path)
    files: list[str | Path] = ["--catalog", contacts]
    given = b"".join(lines(one_contact()))
    with stranger(401) as bad_key, stranger(certificate=pem) as impostor:
        ran = [
            source(tmp_path, "read", keap(bad_key.url), *files, "--debug"),
            source(tmp_path, "read", keap(impostor.url), *files),
            destination(tmp_path, "write", chartmogul(bad_key.url), *files, given=given),
            destination(tmp_path, "check", chartmogul(impostor.url)),
        ]
    assert [each.leaked(*PEOPLE) for each in ran] == [[]] * len(ran)
    assert ["Traceback (most" in each.complaint for each in ran] == [False] * len(ran)
    assert impostor.heard == []
    assert "certificate" in ran[1].complaint
    assert "certificate" in ran[3].output


def test_a_proxy_that_refuses(contacts: Path, tmp_path: Path) -> None:
    """A proxy of the environment, with a password: nothing is quoted when it lets nobody through."""
    with stranger(407) as proxy:
        address = proxy.url.replace("http://", f"http://user:{PROXY_PASSWORD}@")
        environment = {"HTTPS_PROXY": address, "https_proxy": address, "NO_PROXY": "", "no_proxy": ""}
        asked = keap("https://api.keap.com")
        ran = [
            source(tmp_path, "read", asked, "--catalog", contacts, environment=environment),
            destination(tmp_path, "check", chartmogul("https://api.chartmogul.com"), environment=environment),
        ]
        heard = "".join(proxy.heard)
    assert [each.leaked() for each in ran] == [[], []]
    assert "CONNECT" in heard
    assert KEAP_KEY not in heard
    assert CHARTMOGUL_KEY not in heard
