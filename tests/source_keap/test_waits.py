"""How long a refused call waits, from what Keap's headers say."""

import pytest
import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.errors import Waits, fault_code, told_to_wait

NOON = "Wed, 01 Jul 2026 12:00:40 GMT"
MIDNIGHT = "1782950400000"  # 2026-07-02 00:00 UTC in milliseconds


def answer(status: int, **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(
        {"Date": NOON, **{name.replace("_", "-"): text for name, text in headers.items()}}
    )
    return response


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (answer(429, Retry_After="7"), 7),
        (answer(503, Retry_After="7"), 7),
        (answer(429, Retry_After="Wed, 01 Jul 2026 12:01:00 GMT"), 20),
        (answer(429, Retry_After="Wed, 01 Jul 2026 11:00:00 GMT"), 0),
        (answer(429, x_keap_product_throttle_available="0"), 20),
        (
            answer(
                429, x_keap_tenant_throttle_available="0|9", x_keap_tenant_throttle_time_unit="minute|day"
            ),
            20,
        ),
        (
            answer(
                429, x_keap_tenant_throttle_available="9|0", x_keap_tenant_throttle_time_unit="minute|day"
            ),
            43_160,
        ),
        (answer(429, x_keap_product_quota_available="0", x_keap_product_quota_expiry_time=MIDNIGHT), 43_160),
    ],
)
def test_keap_says_how_long(response: requests.Response, seconds: int) -> None:
    """Retry-After in seconds or as a date, else the end of the minute or day that is used up."""
    assert told_to_wait(response) == seconds


@pytest.mark.parametrize(
    "response",
    [
        answer(429),
        answer(429, Retry_After=""),
        answer(429, Retry_After="soon"),
        answer(429, x_keap_product_throttle_available=""),
        answer(429, x_keap_product_throttle_available="0|5"),
        answer(429, x_keap_product_quota_available="5", x_keap_product_throttle_available="3"),
        answer(503, x_keap_product_throttle_available="0"),
    ],
)
def test_keap_says_nothing(response: requests.Response) -> None:
    """Blank values and values of two windows mean nothing; then waits double, and outlast a minute on 429."""
    assert told_to_wait(response) is None
    waits = [Waits({}).backoff_time(response, attempt) for attempt in range(1, 6)]
    times = 2 if response.status_code == 429 else 1
    assert waits == [times * seconds for seconds in (0.5, 1.5, 3.5, 7.5, 15.5)]
    assert Waits({}).backoff_time(response, 20) == 59.5 * times


def test_a_long_wait_is_refused() -> None:
    """More than ten minutes end the sync."""
    with pytest.raises(AirbyteTracedException, match="2026-07-01 12:10 UTC"):
        Waits({}).backoff_time(answer(429, Retry_After="601"), 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"fault":{"detail":{"errorcode":"oauth.v2.InvalidAccessToken"}}}', "oauth.v2.InvalidAccessToken"),
        (b'{"fault":{"detail":{"errorcode":"Jane Doe <jane@example.com>"}}}', ""),
        (b'{"code":"429","message":"Quota Exceeded","status":"Request Throttled","details":null}', ""),
        (b'{"message":"Unable to find this Contact"}', ""),
        (b"<html></html>", ""),
        (b"[]", ""),
    ],
)
def test_only_codes_of_the_gateway_are_quoted(body: bytes, code: str) -> None:
    """Of the four shapes of errors, the fault has a code that is safe to show."""
    response = answer(401)
    response._content = body
    assert fault_code(response) == code
