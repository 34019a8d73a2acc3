"""Who calls: a key in a header, or OAuth with a refresh token that works once.

Each refresh makes Keap issue a new refresh token and kill the old one at once
(https://developer.infusionsoft.com/getting-started-oauth-keys). The new one is therefore written into the
configuration file (`--update-config`) and given out as a CONTROL message before anything else is done.
"""

import base64
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
from airbyte_cdk.config_observation import emit_configuration_as_airbyte_control_message
from airbyte_cdk.sources.declarative.auth.declarative_authenticator import DeclarativeAuthenticator
from airbyte_cdk.sources.streams.http.requests_native_auth import SingleUseRefreshTokenOauth2Authenticator
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import exceptions

from source_keap.config_file import CONFIG_FILE, ConfigFile
from source_keap.protocol import FailureType
from source_keap.stopping import undisturbed

LOGGER = logging.getLogger("airbyte")
OAUTH = "oauth2.0"
CONFIG, TRANSIENT = FailureType.config_error, FailureType.transient_error
EARLIER = 300  # an access token is renewed so many seconds before it expires, or a tenth of its life
TIMEOUT = (10, 60)

INVALID_GRANT = (
    "Keap refused the refresh token (invalid_grant): it was used before, revoked, or not used for 45 days. A "
    "refresh token works once, so another sync may share this connection, or the new token of an earlier run "
    "was not stored. Reconnect: authorize the application in Keap again and put the new refresh_token into "
    "`credentials`."
)
INVALID_CLIENT = (
    "Keap refused `credentials.client_id` and `credentials.client_secret` (HTTP {status}): copy them from "
    "the application's page at developer.infusionsoft.com again. The refresh token was not used."
)
NOT_JSON = "Keap's token endpoint answered with something that is no token (HTTP {status})."
UNREACHABLE = "Keap's token endpoint did not answer: check `base_url` and this computer's network."
REDIRECTED = (
    "The address of Keap's token endpoint answers with a redirection, which is not followed: check "
    "`base_url`. The refresh token was not used."
)
FAILED = "Keap's token endpoint failed (HTTP {status})."


def uses_oauth(config: Mapping[str, Any]) -> bool:
    return bool(config["credentials"]["auth_type"] == OAUTH)


@dataclass
class KeapCredentials(DeclarativeAuthenticator):
    """What the requester of each stream puts on its calls; they share the tokens in the configuration."""

    config: Mapping[str, Any]
    tokens: "RotatingTokens | None" = field(init=False, default=None)

    def __post_init__(self) -> None:
        if uses_oauth(self.config):
            self.tokens = RotatingTokens(self.config)

    @property
    def auth_header(self) -> str:
        return "Authorization" if self.tokens else "X-Keap-API-Key"

    @property
    def token(self) -> str:
        if self.tokens:
            return f"Bearer {self.tokens.get_access_token()}"
        credentials = self.config["credentials"]
        return str(credentials[credentials["auth_type"]])

    def refresh_and_set_access_token(self) -> None:
        """The CDK's client calls this when Keap refused an access token that should have been good."""
        if self.tokens:
            self.tokens.refresh_and_set_access_token()


class RotatingTokens(SingleUseRefreshTokenOauth2Authenticator):
    """The CDK's authenticator (one lock for all streams, tokens in the shared configuration).

    Its own request has no time-out, quotes the answer in errors, and says nothing about a lost token.
    """

    def __init__(self, config: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep) -> None:
        given = config["credentials"]
        pair = f"{given['client_id']}:{given['client_secret']}"
        super().__init__(
            config,
            str(config.get("base_url", "https://api.infusionsoft.com")).rstrip("/") + "/token",
            refresh_request_headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"},
        )
        self._given = config
        self._tries = 1 + int(config.get("max_retries", 5))
        self._sleep = sleep

    def refresh_and_set_access_token(self) -> None:
        """Nothing is asked of Keap unless the new token can be stored."""
        file = self._given.get(CONFIG_FILE)
        self._file = ConfigFile(file) if file else None
        if self._file:
            self._file.require_writable()
        with undisturbed():
            super().refresh_and_set_access_token()

    def _emit_control_message(self) -> None:
        """The file first, since it lasts; the message in any case."""
        given = self._given["credentials"]
        add_to_secrets(given["refresh_token"])
        public = {key: value for key, value in self._given.items() if not key.startswith("_")}
        try:
            if self._file:
                self._file.store(
                    {key: given[key] for key in ("access_token", "refresh_token", "token_expiry_date")}
                )
        finally:
            emit_configuration_as_airbyte_control_message(public)
        stored = "are in the configuration file" if self._file else "must be stored by whoever started this"
        LOGGER.info(f"Keap renewed the OAuth tokens; they are in the CONTROL message and {stored}.")

    def _extract_token_expiry_date(self, response_data: Mapping[str, Any]) -> Any:
        """Somewhat earlier than Keap says, so that no call is under way when it expires."""
        expires = super()._extract_token_expiry_date(response_data)
        try:
            life = float(response_data.get("expires_in", 0))
        except (TypeError, ValueError):
            life = 0.0
        return expires - timedelta(seconds=min(EARLIER, life / 10))

    def _make_handled_request(self) -> Any:
        """The answer of the token endpoint; each failure says what to do, and quotes nothing."""
        for attempt in range(1, self._tries + 1):
            try:
                response = requests.post(
                    self.get_token_refresh_endpoint() or "",
                    data=self.build_refresh_request_body(),
                    headers=self.build_refresh_request_headers(),
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
            except exceptions.RequestException:
                problem = failure(UNREACHABLE, TRANSIENT)
            else:
                if response.status_code < 300:
                    return granted(response)
                problem = refused(response)
            if problem.failure_type == CONFIG or attempt == self._tries:
                raise problem
            self._sleep(2.0 ** (attempt - 1))
        raise AssertionError("unreachable")


def granted(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except exceptions.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or not answer.get("access_token"):
        raise failure(NOT_JSON.format(status=response.status_code), TRANSIENT)
    add_to_secrets(answer["access_token"])
    return answer


def refused(response: requests.Response) -> AirbyteTracedException:
    """`invalid_grant` and `invalid_client` are the caller's to mend, a 429 or 5xx passes."""
    status = response.status_code
    try:
        code = response.json().get("error")
    except (exceptions.JSONDecodeError, AttributeError):
        code = None
    if 300 <= status < 400:
        return failure(REDIRECTED, CONFIG)
    if code == "invalid_grant":
        return failure(INVALID_GRANT, CONFIG)
    if code in ("invalid_client", "unauthorized_client") or status in (401, 403):
        return failure(INVALID_CLIENT.format(status=status), CONFIG)
    return failure(FAILED.format(status=status), TRANSIENT if status == 429 or status >= 500 else CONFIG)


def failure(text: str, kind: FailureType) -> AirbyteTracedException:
    return AirbyteTracedException(message=text, internal_message=text, failure_type=kind)


def is_moment(value: Any) -> bool:
    """Can a `token_expiry_date` be read?"""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
