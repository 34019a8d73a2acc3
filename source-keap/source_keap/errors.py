"""What every answer other than a page means: one table for statuses, one for failed connections.

    AirbyteTracedException
    ├── ListMissing   404 or 501: the address is wrong, or this account does not have the list
    └── BadPage       (pages.py) a 200 that is not the page asked for

Failures are raised here, and bodies are never quoted: the CDK's client would log them whole, and Keap's
bodies hold names and addresses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from airbyte_cdk.sources.streams.http.error_handlers import (
    BackoffStrategy,
    ErrorHandler,
    ErrorResolution,
    ResponseAction,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import exceptions

from source_keap.budget import wait_for_quota
from source_keap.credentials import uses_oauth
from source_keap.headers import quota_ends, retry_after, server_time, windows
from source_keap.protocol import FailureType

CONFIG, TRANSIENT, SYSTEM = FailureType.config_error, FailureType.transient_error, FailureType.system_error
LONGEST_WAIT = timedelta(minutes=10)
SUCCESS = ErrorResolution(ResponseAction.SUCCESS)

# status → (what is done, kind of failure, what the user reads); {call} is "GET /crm/rest/v2/orders"
STATUSES: Mapping[int, tuple[ResponseAction, FailureType, str]] = {
    400: (ResponseAction.FAIL, SYSTEM, "Keap refused the request {call} (HTTP 400{code})."),
    401: (
        ResponseAction.FAIL,
        CONFIG,
        "Keap refused the key (HTTP 401{code}): put a valid Personal Access Token or Service Account Key "
        "into `credentials`. Both are created in Keap under Settings, API Settings.",
    ),
    403: (
        ResponseAction.FAIL,
        CONFIG,
        "The key may not call {call} (HTTP 403{code}): a Personal Access Token has the rights of its user, "
        "so give that user access, or use a Service Account Key.",
    ),
    408: (ResponseAction.RETRY, TRANSIENT, "Keap timed out on {call} (HTTP 408)."),
    429: (ResponseAction.RATE_LIMITED, TRANSIENT, "Keap's rate limit was reached on {call} (HTTP 429)."),
}
ACCESS_REFUSED = "Keap refused the access token (HTTP 401)."
SERVER_ERROR = (ResponseAction.RETRY, TRANSIENT, "Keap failed on {call} (HTTP {status}).")
OTHER = (ResponseAction.FAIL, SYSTEM, "Keap answered {call} with HTTP {status}{code}.")
RATE_LIMIT_CODES = ("SpikeArrest", "ratelimit", "QuotaViolation")

REDIRECTED = (
    "The address answers with a redirection, which Keap's does not, and which is not followed, since the key "
    "would go along: check `base_url`, and any proxy on the way."
)

# first match wins: Timeout and SSLError are ConnectionErrors too
CONNECTION: tuple[tuple[type[Exception], ResponseAction, FailureType, str], ...] = (
    (exceptions.InvalidSchema, ResponseAction.FAIL, CONFIG, "`base_url` is not an address of an API."),
    (exceptions.MissingSchema, ResponseAction.FAIL, CONFIG, "`base_url` must begin with https://."),
    (exceptions.InvalidURL, ResponseAction.FAIL, CONFIG, "`base_url` is not an address of an API."),
    (exceptions.SSLError, ResponseAction.FAIL, CONFIG, "The certificate of `base_url` is not trusted."),
    (exceptions.TooManyRedirects, ResponseAction.FAIL, CONFIG, REDIRECTED),
    (exceptions.Timeout, ResponseAction.RETRY, TRANSIENT, "Keap did not answer in time."),
    (
        exceptions.ConnectionError,
        ResponseAction.RETRY,
        TRANSIENT,
        "Keap could not be reached: check `base_url` and this computer's network.",
    ),
    (exceptions.RequestException, ResponseAction.RETRY, TRANSIENT, "The connection to Keap broke off."),
)


class ListMissing(AirbyteTracedException):
    """404 or 501."""

    def __init__(self, call: str, status: int) -> None:
        self.call, self.status = call, status
        super().__init__(
            message=f"Keap does not know {call} (HTTP {status}): check `base_url`, and that this Keap "
            "account has that list.",
            internal_message=f"{call}: HTTP {status}",
            failure_type=CONFIG,
        )


@dataclass
class Waits(BackoffStrategy):
    """Seconds before the next try: what Keap says, else 0.5, 1.5, 3.5, ... (the CDK adds one).

    Twice as long after a 429: five tries then outlast the minute for which Keap counts calls.
    """

    config: Mapping[str, Any]

    def backoff_time(
        self,
        response_or_exception: requests.Response | requests.RequestException | None,
        attempt_count: int,
    ) -> float:
        wait = min(2.0 ** (attempt_count - 1), 60.0) - 0.5
        if isinstance(response_or_exception, requests.Response):
            limited = response_or_exception.status_code == 429
            told = told_to_wait(response_or_exception)
            wait = wait * (2 if limited else 1) if told is None else told
            if wait > LONGEST_WAIT.total_seconds():
                now = server_time(response_or_exception)
                return wait_for_quota(self.config, now + timedelta(seconds=wait), now)
        return max(wait, 0.01)


@dataclass
class KeapErrors(ErrorHandler):
    """The tables above, as the CDK's client asks for them."""

    config: Mapping[str, Any]

    @property
    def backoff_strategies(self) -> list[BackoffStrategy]:
        return [Waits(self.config)]

    @property
    def max_retries(self) -> int:
        return int(self.config.get("max_retries", 5))

    @property
    def max_time(self) -> int:
        """Seconds for all tries of one call; enough to wait for the next day where that is wanted."""
        return 1800 if self.config.get("when_quota_is_used_up", "stop") == "stop" else 200_000

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if isinstance(response, requests.Response):
            return resolution(response, oauth=uses_oauth(self.config))
        for kind, action, failure, text in CONNECTION:
            if isinstance(response, kind):
                return resolved(action, failure, text)
        return resolved(ResponseAction.FAIL, SYSTEM, f"The call failed: {type(response).__name__}.")


def resolution(response: requests.Response, *, oauth: bool = False) -> ErrorResolution:
    call, status = f"GET {urlsplit(str(response.url)).path}", response.status_code
    if response.ok:
        if response.content.rstrip().endswith(b"}"):
            return SUCCESS
        kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
        text = f"Keap answered {call} with {kind} that is not complete JSON."
        return resolved(ResponseAction.RETRY, TRANSIENT, text)
    if status in (404, 501):
        raise ListMissing(call, status)
    code = fault_code(response)
    if any(word in code for word in RATE_LIMIT_CODES):
        status = 429
    if status == 401 and oauth:
        return ErrorResolution(ResponseAction.REFRESH_TOKEN_THEN_RETRY, CONFIG, ACCESS_REFUSED)
    action, failure, text = STATUSES.get(status, SERVER_ERROR if status >= 500 else OTHER)
    return resolved(action, failure, text.format(call=call, status=status, code=f", {code}" if code else ""))


def resolved(action: ResponseAction, failure: FailureType, text: str) -> ErrorResolution:
    if action is ResponseAction.FAIL:
        raise AirbyteTracedException(message=text, internal_message=text, failure_type=failure)
    return ErrorResolution(action, failure, text)


def fault_code(response: requests.Response) -> str:
    """The gateway's dotted error code, such as oauth.v2.InvalidAccessToken; empty for other bodies."""
    try:
        code = orjson.loads(response.content)["fault"]["detail"]["errorcode"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[\w.]{1,80}", code) else ""


def told_to_wait(response: requests.Response) -> float | None:
    """Seconds: Retry-After, else until the day's quota or the minute is renewed; None if not told."""
    headers, now = response.headers, server_time(response)
    if (seconds := retry_after(headers, now)) is not None:
        return seconds
    if response.status_code != 429:
        return None
    used_up = [window for window in windows(headers) if window.available == 0]
    if any(window.seconds >= 86_400 for window in used_up):
        ends = quota_ends(headers) or now + timedelta(seconds=86_400 - now.timestamp() % 86_400)
        return max((ends - now).total_seconds(), 1.0)
    return max((window.seconds - now.timestamp() % window.seconds for window in used_up), default=None)
