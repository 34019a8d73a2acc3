"""The authorization and token endpoints, and the credentials that the API accepts.

Code exchange: form body `grant_type=authorization_code` with code, redirect_uri and the client's credentials.
Refresh: form body `grant_type=refresh_token`, client credentials in a Basic header, answer with a new access
token and a new refresh token; the old refresh token is dead at once, and using it again is
`invalid_grant` (https://developer.infusionsoft.com/getting-started-oauth-keys).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from tests.simulators.http import Answer, Call

AUTHORIZE_PATH, TOKEN_PATH = "/app/oauth/authorize", "/token"
API_KEY = "simulated-keap-personal-access-token"
CLIENT_ID = "simulated-client"
CLIENT_SECRET = "simulated-client-secret"
FIRST_REFRESH_TOKEN = "simulated-refresh-token-1"
INVALID_GRANT = {"error": "invalid_grant", "error_description": "Invalid refresh token"}


@dataclass
class Tokens:
    """The OAuth tokens in force; `now` and the lives are asked for at each use.

    Lives: of an access token in seconds, of a refresh token in days.
    """

    now: Callable[[], datetime]
    access_seconds: Callable[[], int]
    refresh_days: Callable[[], int]
    tenant: str
    refresh_token: str = FIRST_REFRESH_TOKEN
    issued: int = 1
    refreshed_at: datetime = field(init=False)
    codes: dict[str, str] = field(default_factory=dict)
    expiries: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refreshed_at = self.now()

    def authorize(self, call: Call) -> Answer:
        """`GET /app/oauth/authorize`: the user says yes, and is sent back with a code that works once."""
        given = call.query
        back = given.get("redirect_uri", "")
        if (given.get("client_id"), given.get("response_type")) != (CLIENT_ID, "code") or not back:
            return Answer(400, {"error": "invalid_request"})
        code = f"simulated-code-{len(self.codes) + 1}"
        self.codes[code] = back
        state = {"state": given["state"]} if "state" in given else {}
        answer = urlencode({"code": code, "scope": f"full|{self.tenant}", **state})
        return Answer(302, None, {"Location": f"{back}{'&' if '?' in back else '?'}{answer}"})

    def token(self, call: Call) -> Answer:
        """`POST /token`."""
        grant = GRANTS.get(call.form.get("grant_type", ""))
        return grant(self, call) if grant else Answer(400, {"error": "unsupported_grant_type"})

    def refresh(self, call: Call) -> Answer:
        """A refresh token for a new pair; the client's credentials are in a Basic header."""
        if not valid_client(call.headers.get("Authorization", "")):
            return Answer(401, {"error": "invalid_client"})
        if call.form.get("refresh_token") != self.refresh_token or self.is_stale():
            return Answer(400, INVALID_GRANT)
        return Answer(200, self.issue())

    def is_stale(self) -> bool:
        """Has the refresh token in force not been used for too long?"""
        return self.now() >= self.refreshed_at + timedelta(days=self.refresh_days())

    def exchange(self, call: Call) -> Answer:
        """A code for the first pair; the client's credentials are in the body."""
        form = call.form
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return Answer(401, {"error": "invalid_client"})
        back = self.codes.get(form.get("code", ""))
        if not back or form.get("redirect_uri") != back:
            return Answer(400, {**INVALID_GRANT, "error_description": "Invalid authorization code"})
        self.codes[form["code"]] = ""
        return Answer(200, self.issue())

    def issue(self) -> dict[str, str | int]:
        """A new pair of tokens; the old refresh token no longer works, old access tokens live on."""
        self.issued += 1
        self.refreshed_at = self.now()
        self.refresh_token = f"simulated-refresh-token-{self.issued}"
        access_token, seconds = f"simulated-access-token-{self.issued}", self.access_seconds()
        self.expiries[access_token] = self.now() + timedelta(seconds=seconds)
        return {
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": seconds,
            "refresh_token": self.refresh_token,
            "scope": f"full|{self.tenant}",
        }

    def state(self, token: str) -> str:
        """What the API makes of a token: "key", "oauth", "expired" or "unknown"."""
        if token == API_KEY:
            return "key"
        if token not in self.expiries:
            return "unknown"
        return "oauth" if self.now() < self.expiries[token] else "expired"


GRANTS: dict[str, Callable[[Tokens, Call], Answer]] = {
    "refresh_token": Tokens.refresh,
    "authorization_code": Tokens.exchange,
}


def valid_client(header: str) -> bool:
    """Are these the client credentials, as a Basic header?"""
    scheme, _, value = header.partition(" ")
    try:
        given = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and given == f"{CLIENT_ID}:{CLIENT_SECRET}"
