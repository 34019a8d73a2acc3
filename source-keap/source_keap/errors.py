"""What every answer other than a page means: one table for statuses, one for failed connections.

    AirbyteTracedException
    ├── ListMissing   404 or 501: the address is wrong, or this account does not have the list
    └── BadPage       (pages.py) a 200 that is not the page asked for

Failures are raised here, and bodies are never quoted: the CDK's client would log them whole, and Keap's
bodies hold names and addresses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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

from source_keap.pages import server_time
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
SERVER_ERROR = (ResponseAction.RETRY, TRANSIENT, "Keap failed on {call} (HTTP {status}).")
OTHER = (ResponseAction.FAIL, SYSTEM, "Keap answered {call} with HTTP {status}{code}.")
RATE_LIMIT_CODES = ("SpikeArrest", "ratelimit", "QuotaViolation")

# first match wins: Timeout and SSLError are ConnectionErrors too
CONNECTION: tuple[tuple[type[Exception], ResponseAction, FailureType, str], ...] = (
    (exceptions.InvalidSchema, ResponseAction.FAIL, CONFIG, "`base_url` is not an address of an API."),
    (exceptions.MissingSchema, ResponseAction.FAIL, CONFIG, "`base_url` must begin with https://."),
    (exceptions.InvalidURL, ResponseAction.FAIL, CONFIG, "`base_url` is not an address of an API."),
    (exceptions.SSLError, ResponseAction.FAIL, CONFIG, "The certificate of `base_url` is not trusted."),
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
        self.status = status
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

    def backoff_time(
        self,
        response_or_exception: requests.Response | requests.RequestException | None,
        attempt_count: int,
    ) -> float:
        wait = timedelta(seconds=min(2.0 ** (attempt_count - 1), 60.0) - 0.5)
        if isinstance(response_or_exception, requests.Response):
            limited = response_or_exception.status_code == 429
            wait = told_to_wait(response_or_exception) or wait * (2 if limited else 1)
        if wait > LONGEST_WAIT:
            raise AirbyteTracedException(
                message=f"Keap asks to wait {wait} before the next call, most likely because the day's quota "
                "of calls is used up (it is renewed at 00:00 UTC): run the sync again then; it continues "
                "where it stopped.",
                internal_message=f"wait of {wait}",
                failure_type=TRANSIENT,
            )
        return max(wait.total_seconds(), 0.01)


@dataclass
class KeapErrors(ErrorHandler):
    """The tables above, as the CDK's client asks for them."""

    config: Mapping[str, Any]
    backoff_strategies: list[BackoffStrategy] = field(default_factory=lambda: [Waits()])

    @property
    def max_retries(self) -> int:
        return int(self.config.get("max_retries", 5))

    @property
    def max_time(self) -> int:
        """Seconds for all tries of one call."""
        return 1800

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if isinstance(response, requests.Response):
            return resolution(response)
        for kind, action, failure, text in CONNECTION:
            if isinstance(response, kind):
                return resolved(action, failure, text)
        return resolved(ResponseAction.FAIL, SYSTEM, f"The call failed: {type(response).__name__}.")


def resolution(response: requests.Response) -> ErrorResolution:
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


def told_to_wait(response: requests.Response) -> timedelta | None:
    """Retry-After, else until the day's quota or the minute's throttle is renewed; None if not told.

    Header numbers can be blank or hold two windows divided by a pipe; such values say nothing.
    """
    headers, now = response.headers, server_time(response)
    if (seconds := number(headers.get("Retry-After"))) is not None:
        return timedelta(seconds=seconds)
    if response.status_code != 429:
        return None
    expiry = number(headers.get("x-keap-product-quota-expiry-time"))
    if number(headers.get("x-keap-product-quota-available")) == 0 and expiry is not None:
        return max(datetime.fromtimestamp(expiry / 1000, UTC) - now, timedelta(seconds=1))
    if number(headers.get("x-keap-product-throttle-available")) == 0:
        return timedelta(seconds=60 - now.second)
    return None


def number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None
