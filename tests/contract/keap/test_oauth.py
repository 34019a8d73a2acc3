"""OAuth on the Keap simulator: a code for the yes of a user, exchanged once; limits of credentials."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.contract.keap.contract import TIMEOUT_SECONDS, Keap
from tests.simulators.keap.limits import KEY_LIMITS, OAUTH_LIMITS, TENANT_LIMITS, Limits, Meter

BACK = "https://example.com/callback?from=keap"


def authorize(keap: Keap, **changes: str) -> requests.Response:
    """Ask for the user's yes."""
    params = {
        "client_id": keap.server.credentials["client_id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "full",
        **changes,
    }
    url = f"{keap.server.url}/app/oauth/authorize"
    return keap.session.get(url, params=params, allow_redirects=False, timeout=TIMEOUT_SECONDS)


def exchange(keap: Keap, given: str, **changes: str) -> requests.Response:
    """Exchange a code for tokens, with the client's credentials in the body."""
    known = keap.server.credentials
    form = {
        "grant_type": "authorization_code",
        "code": given,
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
        "redirect_uri": BACK,
        **changes,
    }
    return keap.session.post(f"{keap.server.url}/token", data=form, timeout=TIMEOUT_SECONDS)


def given_code(keap: Keap) -> str:
    """The code in the address that the user is sent back to."""
    back = urlsplit(authorize(keap, state="xyz").headers["Location"])
    answer = parse_qs(back.query)
    assert (back.netloc, answer["from"], answer["state"]) == ("example.com", ["keap"], ["xyz"])
    assert answer["scope"] == ["full|sim101.infusionsoft.com"]
    return answer["code"][0]


def test_a_code_gives_tokens_once(keap: Keap) -> None:
    """The code opens the account, and is worth nothing the second time."""
    code = given_code(keap)
    tokens = exchange(keap, code).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert keap.get("/v2/contacts", bearer, page_size=1).status_code == 200
    again = exchange(keap, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_the_tokens_of_a_code_can_be_refreshed(keap: Keap) -> None:
    """The refresh token that comes with the first access token works, and replaces the one before."""
    known = keap.server.credentials
    tokens = exchange(keap, given_code(keap)).json()
    client = (known["client_id"], known["client_secret"])
    for token, status in ((known["refresh_token"], 400), (tokens["refresh_token"], 200)):
        form = {"grant_type": "refresh_token", "refresh_token": token}
        url = f"{keap.server.url}/token"
        assert keap.session.post(url, data=form, auth=client, timeout=TIMEOUT_SECONDS).status_code == status


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"redirect_uri": "https://elsewhere.example.com"}, 400, "invalid_grant"),
        ({"code": "made-up"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_exchange_is_refused(keap: Keap, changes: dict[str, str], status: int, error: str) -> None:
    """Another client, address, code or grant gets an error, and the code is still good."""
    code = given_code(keap)
    refused = exchange(keap, code, **changes)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert exchange(keap, code).status_code == 200


@pytest.mark.parametrize(
    "changes", [{"client_id": "somebody"}, {"response_type": "token"}, {"redirect_uri": ""}]
)
def test_a_wrong_question_for_a_code_is_refused(keap: Keap, changes: dict[str, str]) -> None:
    """Nobody is sent anywhere for an unknown client, another response type, or without an address."""
    answer = authorize(keap, **changes)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_oauth_calls_and_key_calls_add_up_for_the_tenant(keap: Keap) -> None:
    """The tenant's throttle counts the calls of every credential; the spike limit is the credential's own."""
    tokens = exchange(keap, given_code(keap)).json()
    by_key = keap.get("/v2/contacts", page_size=1).headers
    by_oauth = keap.get(
        "/v2/contacts", {"Authorization": f"Bearer {tokens['access_token']}"}, page_size=1
    ).headers
    used = [each["x-keap-tenant-throttle-used"] for each in (by_key, by_oauth)]
    assert used == ["1", "2"]
    assert [each["x-keap-product-throttle-used"] for each in (by_key, by_oauth)] == ["1", "1"]
    spikes = [each["x-keap-product-spike-limit"] for each in (by_key, by_oauth)]
    assert spikes == ["10ps", "25ps"]


@pytest.mark.parametrize(
    ("limits", "kind", "calls"),
    [
        (KEY_LIMITS, "spike", 10),
        (OAUTH_LIMITS, "spike", 25),
        (TENANT_LIMITS, "minute", 10_000),
    ],
)
def test_the_call_over_a_limit_is_refused_by_that_limit(limits: Limits, kind: str, calls: int) -> None:
    """Calls at one moment are let through up to the limit that comes first, and the next one is refused."""
    meter, now = Meter(limits), datetime(2026, 7, 1, tzinfo=UTC)
    for _ in range(calls):
        assert meter.exceeded(now) == ""
        meter.count(now)
    assert meter.exceeded(now) == kind


@pytest.mark.parametrize(("limits", "minutes"), [(OAUTH_LIMITS, 100), (TENANT_LIMITS, 25)])
def test_a_day_at_full_speed_ends_at_its_quota(limits: Limits, minutes: int) -> None:
    """At the most calls a minute, the quota of the day lasts so many minutes, and comes back at 00:00 UTC."""
    meter, now = Meter(Limits(0, limits.minute, limits.day)), datetime(2026, 7, 1, tzinfo=UTC)
    for _ in range(minutes):
        meter.turn(now)
        meter.minute_used = limits.minute
        meter.day_used += limits.minute
        now += timedelta(minutes=1)
    assert meter.exceeded(now) == "day"
    assert meter.exceeded(datetime(2026, 7, 2, tzinfo=UTC)) == ""
