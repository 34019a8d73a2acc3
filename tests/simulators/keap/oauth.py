"""The token endpoint and the credentials that the API accepts.

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

from tests.simulators.http import Answer, Call

API_KEY = "simulated-keap-personal-access-token"
CLIENT_ID = "simulated-client"
CLIENT_SECRET = "simulated-client-secret"
FIRST_REFRESH_TOKEN = "simulated-refresh-token-1"
INVALID_GRANT = {"error": "invalid_grant", "error_description": "Invalid refresh token"}


@dataclass
class Tokens:
    """The OAuth tokens in force; `now` and `lifetime` (seconds) are asked for at each use."""

    now: Callable[[], datetime]
    lifetime: Callable[[], int]
    tenant: str
    refresh_token: str = FIRST_REFRESH_TOKEN
    issued: int = 1
    expiries: dict[str, datetime] = field(default_factory=dict)

    def refresh(self, call: Call) -> Answer:
        """`POST /token`."""
        if not valid_client(call.headers.get("Authorization", "")):
            return Answer(401, {"error": "invalid_client"})
        if call.form.get("grant_type") != "refresh_token":
            return Answer(400, {"error": "unsupported_grant_type"})
        if call.form.get("refresh_token") != self.refresh_token:
            return Answer(400, INVALID_GRANT)
        return Answer(200, self.issue())

    def issue(self) -> dict[str, str | int]:
        """A new pair of tokens; the old refresh token no longer works, old access tokens live on."""
        self.issued += 1
        self.refresh_token = f"simulated-refresh-token-{self.issued}"
        access_token, seconds = f"simulated-access-token-{self.issued}", self.lifetime()
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


def valid_client(header: str) -> bool:
    """Are these the client credentials, as a Basic header?"""
    scheme, _, value = header.partition(" ")
    try:
        given = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and given == f"{CLIENT_ID}:{CLIENT_SECRET}"
