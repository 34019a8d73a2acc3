"""What happens before routing: the credential is checked, then the rate limits.

An unauthenticated call to an address that does not exist is therefore 401, not 404. Fault bodies are those of
the Apigee gateway as captured in public; the quota body has its code as a string.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tests.simulators.http import Answer, Call, Json, Switches
from tests.simulators.keap.errors import BAD_REQUEST_PAGE
from tests.simulators.keap.limits import KEY_LIMITS, OAUTH_LIMITS, TENANT_LIMITS, Meter, headers
from tests.simulators.keap.oauth import AUTHORIZE_PATH, TOKEN_PATH, Tokens

OPEN_PATHS = (TOKEN_PATH, AUTHORIZE_PATH)
QUOTA_EXCEEDED = {
    "code": "429",
    "message": "Quota Exceeded",
    "status": "Request Throttled",
    "details": None,
}
SPIKE_ARREST = (
    "Spike arrest violation. Allowed rate : "
    "MessageRate{{messagesPerPeriod={}, periodInMicroseconds=1000000, maxBurstMessageCount=1.0}}"
)


def fault(text: str, code: str) -> Json:
    """The body of a gateway fault."""
    return {"fault": {"faultstring": text, "detail": {"errorcode": code}}}


NO_TOKEN = fault("Invalid access token", "oauth.v2.InvalidAccessToken")
FAULTS = {
    "unknown": fault("Invalid Access Token", "keymanagement.service.invalid_access_token"),
    "expired": fault("Access Token expired", "keymanagement.service.access_token_expired"),
}


def presented(call: Call) -> str:
    """The token of a call, from either header; "" when there is none that can be read."""
    key = call.headers.get("X-Keap-API-Key", "")
    scheme, _, value = call.headers.get("Authorization", "").partition(" ")
    return key or (value.strip() if scheme.lower() == "bearer" else "")


@dataclass
class Gateway:
    """The API's front: authentication, then limits; and the headers of every answer."""

    tokens: Tokens
    switches: Switches
    now: Callable[[], datetime]
    tenant: str
    meters: dict[str, Meter] = field(default_factory=dict)
    all_calls: Meter = field(default_factory=lambda: Meter(TENANT_LIMITS))

    def refuse_body(self, call: Call) -> Answer | None:
        """A GET with a body does not even reach the gateway."""
        return Answer(400, BAD_REQUEST_PAGE) if call.method == "GET" and call.raw else None

    def authenticate(self, call: Call) -> Answer | None:
        """401 unless the call carries a credential that is in force."""
        if call.path in OPEN_PATHS:
            return None
        token = presented(call)
        if not token:
            return Answer(401, NO_TOKEN)
        state = self.tokens.state(token)
        return Answer(401, FAULTS[state]) if state in FAULTS else None

    def limit(self, call: Call) -> Answer | None:
        """429 when the second, minute or day of the credential is used up, or those of the tenant."""
        meter, now = self.meter(call), self.now()
        if meter is None:
            return None
        limited = self.switches.on("rate_limits")
        for each in (meter, self.all_calls) if limited else ():
            exceeded = each.exceeded(now)
            if exceeded:
                return self.refuse(each, exceeded, now)
        meter.count(now)
        self.all_calls.count(now)
        return None

    def refuse(self, meter: Meter, exceeded: str, now: datetime) -> Answer:
        """The refusal of a call that is one too many."""
        waits = self.switches.text("retry_after") == "present"
        extra = {"Retry-After": str(meter.seconds_to_wait(exceeded, now))} if waits else {}
        if exceeded == "spike":
            text = SPIKE_ARREST.format(meter.limits.second)
            body = fault(text, "policies.ratelimit.SpikeArrestViolation")
            return Answer(self.switches.number("spike_arrest_status"), body, extra)
        return Answer(429, QUOTA_EXCEEDED, extra)

    def meter(self, call: Call) -> Meter | None:
        """The counter of a call's credential; all OAuth tokens share one. None without a valid credential."""
        state = self.tokens.state(presented(call)) if call.path not in OPEN_PATHS else "unknown"
        if state not in ("key", "oauth"):
            return None
        limits = KEY_LIMITS if state == "key" else OAUTH_LIMITS
        return self.meters.setdefault(state, Meter(limits))

    def add_headers(self, call: Call, answer: Answer) -> Answer:
        """Rate headers on every answer of the API; blank numbers where nobody is known."""
        if call.path in OPEN_PATHS:
            return answer
        piped = self.switches.text("tenant_throttle_headers") == "piped"
        meter = self.meter(call)
        rate = headers(meter, self.all_calls, self.now(), piped=piped)
        known = {**rate, "x-keap-tenant-id": self.tenant if meter else ""}
        return Answer(answer.status, answer.body, {**known, **answer.headers})
