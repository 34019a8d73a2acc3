"""The front of the Keap simulator: credentials, rate limits, headers, the token endpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.contract.keap.contract import TIMEOUT_SECONDS, Keap
from tests.simulators.keap.limits import KEY_LIMITS, Meter

NO_TOKEN = "oauth.v2.InvalidAccessToken"
BAD_TOKEN = "keymanagement.service.invalid_access_token"
EXPIRED = "keymanagement.service.access_token_expired"


def fault(answer: requests.Response) -> str:
    """The error code of a gateway fault."""
    code: str = answer.json()["fault"]["detail"]["errorcode"]
    return code


def refresh(keap: Keap, token: str, client: tuple[str, str] | None = None) -> requests.Response:
    """Ask for new tokens, with the client's own credentials unless others are given."""
    known = keap.server.credentials
    return keap.session.post(
        f"{keap.server.url}/token",
        data={"grant_type": "refresh_token", "refresh_token": token},
        auth=client or (known["client_id"], known["client_secret"]),
        timeout=TIMEOUT_SECONDS,
    )


@pytest.mark.parametrize("path", ["/v2/contacts", "/v2/there-is-no-such-path"])
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, NO_TOKEN),
        ({"Authorization": "Basic eDp5"}, NO_TOKEN),
        ({"Authorization": "Bearer garbage"}, BAD_TOKEN),
        ({"X-Keap-API-Key": "garbage"}, BAD_TOKEN),
    ],
)
def test_the_credential_is_checked_before_the_address(
    keap: Keap, path: str, headers: dict[str, str], code: str
) -> None:
    """Without a valid credential every address answers 401 with a gateway fault and blank rate numbers."""
    answer = keap.get(path, headers)
    assert (answer.status_code, fault(answer)) == (401, code)
    assert answer.headers["x-keap-product-quota-available"] == ""
    assert answer.headers["x-keap-tenant-throttle-limit"] == ""


@pytest.mark.parametrize("header", ["X-Keap-API-Key", "Authorization"])
def test_the_key_opens_the_account_in_either_header(keap: Keap, header: str) -> None:
    """A Personal Access Token or Service Account Key works in Keap's own header and as a bearer token."""
    key = keap.server.api_key
    answer = keap.get("/v2/businessProfile", {header: f"Bearer {key}" if header == "Authorization" else key})
    assert (answer.status_code, answer.json()["time_zone"]) == (200, "America/Denver")


def test_an_unknown_address_is_an_html_page(keap: Keap) -> None:
    """With a credential, an unknown address is 404 as HTML, a wrong method 405 and a GET with a body 400."""
    answer = keap.get("/v2/there-is-no-such-path")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    url, headers = f"{keap.server.url}/crm/rest/v2/orders", {"X-Keap-API-Key": keap.server.api_key}
    wrong = keap.session.delete(url, headers=headers, timeout=TIMEOUT_SECONDS)
    assert (wrong.status_code, wrong.json()["code"]) == (405, 405)
    with_body = keap.session.get(url, headers=headers, data="{}", timeout=TIMEOUT_SECONDS)
    assert (with_body.status_code, with_body.headers["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_headers_count_the_calls(keap: Keap) -> None:
    """Each answer tells how much of the day and of the minute is used, and when the day ends in UTC."""
    keap.server.control.clock(now="2026-07-02T10:00:01Z")
    keap.get("/v2/contacts")
    headers = keap.get("/v2/there-is-no-such-path").headers
    assert headers["x-keap-product-quota-used"] == headers["x-keap-product-throttle-used"] == "2"
    assert (headers["x-keap-product-quota-available"], headers["x-keap-product-quota-limit"]) == (
        "29998",
        "30000",
    )
    assert headers["x-keap-product-quota-expiry-time"] == "1783036800000"  # 2026-07-03T00:00:00Z
    assert headers["x-keap-tenant-throttle-limit"] == "10000"


def ask_until_refused(keap: Keap, most: int, seconds: float) -> tuple[int, requests.Response]:
    """Ask with `seconds` of virtual time in between; gives how many calls were answered, and the refusal."""
    for number in range(most):
        answer = keap.get("/v2/oauth/connect/userinfo")
        if answer.status_code != 200:
            return number, answer
        keap.server.control.clock(advance_seconds=seconds)
    raise AssertionError(f"{most} calls and none refused")


def test_more_than_ten_calls_a_second_are_a_spike(keap: Keap) -> None:
    """The eleventh call within a second gets the spike arrest fault, and the next second is free again."""
    keap.server.control.switch("rate_limits", "on")
    keap.server.control.clock(now="2026-07-02T10:00:00Z")
    count, refused = ask_until_refused(keap, 30, 0)
    assert (count, refused.status_code) == (10, 429)
    assert fault(refused) == "policies.ratelimit.SpikeArrestViolation"
    keap.server.control.clock(advance_seconds=1)
    assert keap.get("/v2/oauth/connect/userinfo").status_code == 200


def test_more_than_240_calls_a_minute_are_throttled(keap: Keap) -> None:
    """Call 241 of a minute gets the quota body with its code as a string; the next minute is free again."""
    keap.start(rate_limits="on", retry_after="present")
    keap.server.control.clock(now="2026-07-02T10:00:00Z")
    count, refused = ask_until_refused(keap, 300, 0.11)
    assert (count, refused.status_code) == (240, 429)
    assert refused.json() == QUOTA_BODY
    assert refused.headers["x-keap-product-throttle-available"] == "0"
    keap.server.control.clock(advance_seconds=int(refused.headers["Retry-After"]))
    assert keap.get("/v2/oauth/connect/userinfo").status_code == 200


QUOTA_BODY = {"code": "429", "message": "Quota Exceeded", "status": "Request Throttled", "details": None}


def test_a_refresh_token_works_once(keap: Keap) -> None:
    """A refresh gives a new pair of tokens; the used refresh token is invalid at once, the new one works."""
    first = keap.server.credentials["refresh_token"]
    given = refresh(keap, first).json()
    assert (given["token_type"], given["expires_in"]) == ("bearer", 86400)
    assert keap.get("/v2/contacts", bearer(given)).status_code == 200
    again = refresh(keap, first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert refresh(keap, given["refresh_token"]).status_code == 200


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def test_a_refresh_needs_the_client(keap: Keap) -> None:
    """Wrong client credentials are refused and leave the refresh token as it was."""
    token = keap.server.credentials["refresh_token"]
    assert refresh(keap, token, ("somebody", "else")).status_code == 401
    assert refresh(keap, token).status_code == 200


def test_an_access_token_expires(keap: Keap) -> None:
    """After its life an access token gets the fault of an expired one."""
    keap.server.control.switch("token_seconds", 3600)
    tokens = refresh(keap, keap.server.credentials["refresh_token"]).json()
    keap.server.control.clock(advance_seconds=3601)
    answer = keap.get("/v2/contacts", bearer(tokens))
    assert (answer.status_code, fault(answer)) == (401, EXPIRED)


def test_oauth_has_limits_of_its_own(keap: Keap) -> None:
    """OAuth calls are counted apart from those of the key, against the limits of an application."""
    tokens = refresh(keap, keap.server.credentials["refresh_token"]).json()
    keap.get("/v2/contacts")
    headers = keap.get("/v2/contacts", bearer(tokens)).headers
    assert headers["x-keap-product-quota-limit"] == "150000"
    assert headers["x-keap-product-quota-used"] == "1"


def test_the_daily_quota_begins_anew_at_midnight_utc(keap: Keap) -> None:
    """What was used belongs to the UTC day, whatever the account's own time zone says."""
    keap.server.control.clock(now="2026-07-02T23:59:58Z")
    assert keap.get("/v2/contacts").headers["x-keap-product-quota-used"] == "1"
    keap.server.control.clock(now="2026-07-03T00:00:01Z")
    assert keap.get("/v2/contacts").headers["x-keap-product-quota-used"] == "1"


def test_calls_are_counted_by_path_template(keap: Keap) -> None:
    """Each call to the API is counted once under its template, with the status it got."""
    keap.get("/v2/contacts/1001")
    keap.get("/v2/contacts/1")
    keap.get("/v2/contacts", {})
    assert keap.server.control.calls() == {
        "GET /crm/rest/v2/contacts": {"401": 1},
        "GET /crm/rest/v2/contacts/{contact_id}": {"200": 1, "404": 1},
    }


def test_the_day_of_a_key_ends_after_30000_calls() -> None:
    """Call 30,001 of a UTC day is over the quota, however slowly the calls came; midnight UTC opens it."""
    meter, now = Meter(KEY_LIMITS), datetime(2026, 7, 1, tzinfo=UTC)
    for _ in range(30_000):
        assert meter.exceeded(now) == ""
        meter.count(now)
        now += timedelta(seconds=2)
    assert (meter.exceeded(now), meter.seconds_to_wait("day", now)) == ("day", 26_400)
    assert meter.exceeded(now + timedelta(seconds=26_400)) == ""
