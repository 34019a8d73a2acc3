"""Answers of Keap that are not pages, each with what is done about it and what the user reads."""

from typing import Any

import pytest

from tests.simulators import Server
from tests.source_keap.reading import Json, Read, read

SECRET_NAME = "Maximiliana Musterfrau"
BODIES: list[Any] = [{"message": SECRET_NAME}, "html"]


def faulty(keap: Server, config: Json, stream: str = "contacts", **rule: Any) -> Read:
    keap.control.faults([{"method": "GET", "path": "/crm/rest/v2/", **rule}])
    return read({**config, "max_retries": rule.get("times", 0)}, [stream])


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, "system_error", "refused the request GET /crm/rest/v2/contacts"),
        (401, "config_error", "Settings, API Settings"),
        (403, "config_error", "use a Service Account Key"),
        (404, "config_error", "check `base_url`"),
        (405, "system_error", "HTTP 405"),
        (408, "transient_error", "timed out"),
        (429, "transient_error", "rate limit"),
        (500, "transient_error", "HTTP 500"),
        (501, "config_error", "check `base_url`"),
        (502, "transient_error", "HTTP 502"),
        (503, "transient_error", "HTTP 503"),
    ],
)
def test_the_table_of_statuses(keap: Server, config: Json, status: int, kind: str, words: str) -> None:
    """Each status has its kind of failure and its sentence."""
    result = faulty(keap, config, status=status, body={"message": SECRET_NAME})
    stream, failure, sentence = result.errors()[0]
    assert (stream, failure) == ("contacts", kind)
    assert words in sentence
    assert result.failure is not None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("body", BODIES)
def test_bodies_are_never_quoted(
    keap: Server, config: Json, capsys: pytest.CaptureFixture[str], caplog: Any, status: int, body: Any
) -> None:
    """What Keap says in an error may be personal; it appears in no message and no log."""
    result = faulty(keap, config, status=status, body=body)
    printed = capsys.readouterr()
    everything = f"{result.messages} {result.failure} {printed.out} {printed.err} {caplog.text}"
    assert SECRET_NAME not in everything
    assert "<html>" not in everything


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"reset": True}, {"truncate": True}, {"status": 200, "body": "html"}]
)
def test_what_passes_is_tried_again(keap: Server, config: Json, fault: Json) -> None:
    """A server error, a cut connection, half a body or a page of HTML that does not last costs a retry."""
    result = faulty(keap, config, times=1, **fault)
    assert result.failure is None
    assert len(result.records["contacts"]) == len(keap.control.dump()["contacts"])


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"truncate": True}, "transient_error"),
        ({"status": 200, "body": "html"}, "transient_error"),
        ({"status": 200, "body": {"contact": []}}, "transient_error"),
        ({"status": 200, "body": {"contacts": None, "next_page_token": "more"}}, "transient_error"),
        ({"status": 200, "body": {}}, "transient_error"),
        ({"status": 200, "body": {"contacts": ["row"]}}, "transient_error"),
        ({"reset": True}, "transient_error"),
    ],
)
def test_what_stays_fails(keap: Server, config: Json, fault: Json, kind: str) -> None:
    """A body that is no page is an error and never an empty page."""
    result = faulty(keap, config, **fault)
    assert [error[:2] for error in result.errors()] == [("contacts", kind)]
    assert result.records["contacts"] == []


def test_retry_after_is_kept(keap: Server, config: Json) -> None:
    """A 429 that says how long to wait is waited for."""
    result = faulty(keap, config, times=1, status=429, headers={"Retry-After": "1"})
    assert result.failure is None


def test_spike_arrest_is_a_rate_limit_whatever_its_status(keap: Server, config: Json) -> None:
    """The gateway's fault code decides, since older gateways send it with 500 or 503."""
    fault = {
        "fault": {"faultstring": "x", "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"}}
    }
    result = faulty(keap, config, status=500, body=fault)
    assert "rate limit" in result.errors()[0][2]


def test_a_used_up_day_ends_the_sync(keap: Server, config: Json) -> None:
    """Waiting until midnight would hold the sync for hours: it ends, and says when to go on."""
    headers = {
        "x-keap-product-quota-available": "0",
        "x-keap-product-quota-expiry-time": "1782950400000",  # 2026-07-02 00:00 UTC
    }
    result = faulty(keap, config, status=429, headers=headers)
    assert "00:00 UTC" in result.errors()[0][2]


@pytest.mark.parametrize("missing", ["missing", "missing_404"])
def test_a_list_that_the_account_lacks_is_left_empty(keap: Server, config: Json, missing: str) -> None:
    """Orders and payments are young: without them the other streams go on, and a warning says so."""
    keap.control.switch("v2_lists", missing)
    result = read(config)
    assert result.failure is None
    assert len(result.records["contacts"]) > 0
    assert [text.split(" is ")[0] for text in result.logs("WARN")] == ["Stream payments", "Stream orders"]


def test_a_list_that_was_there_before_may_not_be_missing(keap: Server, config: Json) -> None:
    """With a state, a 404 is an error: the list would otherwise end unnoticed."""
    state = read(config, ["orders"]).state
    keap.control.switch("v2_lists", "missing_404")
    result = read(config, ["orders"], state)
    assert result.errors()[0][1] == "config_error"


def test_a_wrong_address_is_not_a_missing_list(keap: Server, config: Json) -> None:
    """When nothing of the API is there, the address is wrong."""
    keap.control.faults([{"path": "/crm/rest/v2/", "status": 404, "body": "html"}])
    result = read(config, ["orders"])
    assert "base_url" in result.errors()[0][2]


def test_one_stream_fails_and_the_others_go_on(keap: Server, config: Json) -> None:
    """A key that may not read orders still reads the rest; the sync as a whole has failed."""
    keap.control.faults([{"path": "/crm/rest/v2/orders", "status": 403}])
    result = read(config)
    assert [error[0] for error in result.errors()] == ["orders"]
    assert len(result.records["contacts"]) > 0
    assert result.failure is not None


def test_a_failed_stream_keeps_the_state_it_had_reached(keap: Server, config: Json) -> None:
    """The last state of a stream that broke off covers the pages before and no more."""
    keap.control.faults([{"path": "/crm/rest/v2/orders", "nth": 4, "status": 400}])
    broken = read({**config, "page_size": 100}, ["orders"])
    assert len(broken.records["orders"]) == 300
    rest = read({**config, "page_size": 100}, ["orders"], broken.state)
    assert {*broken.ids("orders"), *rest.ids("orders")} == {
        row["id"] for row in keap.control.dump()["orders"]
    }
    assert len(rest.records["orders"]) == len(keap.control.dump()["orders"]) - 300
