"""The limits in front of the API.

Source: https://dev.chartmogul.com/docs/rate-limits: 40 requests a second, not more than 20 parallel
connections, and a budget of computing time for each minute whose size is not published. No answer recorded
carries Retry-After or any header about limits.
"""

import time
from collections import deque

from tests.simulators.chartmogul import answers
from tests.simulators.http import Answer, Call, Clock, Json, Switches
from tests.simulators.http.message import Connection

REQUESTS_PER_SECOND = 40
CONNECTIONS = 20
# A connection counts as in use for this long after a request, in real time: the simulator answers in less
# than a
# millisecond, so requests of a client that is far too parallel would hardly ever meet otherwise.
IN_USE_SECONDS = 0.25
MESSAGE = "Your request rate has exceeded our rate limit."
BUDGET_SPENT = "Too many requests"
# Milliseconds that the vendor's servers said they took (x-runtime in recordings); the rest is near the last.
COSTS_MS = {
    ("POST", "/v1/import/customers/{cus}/invoices"): 520,
    ("POST", "/v1/customers"): 190,
    ("POST", "/v1/plans"): 130,
    ("POST", "/v1/subscription_events"): 70,
}
USUAL_COST_MS = 50
UNAVAILABLE = "Service unavailable"


class Limits:
    """Counts requests in the virtual second and connections in real time."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._requests: deque[float] = deque()
        self._connections: dict[Connection, float] = {}
        self._spent: deque[tuple[float, int]] = deque()
        clock.on_change(self.forget)

    def forget(self) -> None:
        """Start counting anew."""
        self._requests.clear()
        self._connections.clear()
        self._spent.clear()

    def check(self, call: Call) -> Answer | None:
        """The refusal, if this call is one too many."""
        return self._too_parallel(call) or self._too_fast() or self._too_costly(call)

    def _too_fast(self) -> Answer | None:
        if not self._switches.on("rate_limit"):
            return None
        now = self._clock.now().timestamp()
        while self._requests and self._requests[0] <= now - 1:
            self._requests.popleft()
        self._requests.append(now)
        if len(self._requests) <= REQUESTS_PER_SECOND:
            return None
        return self._limited(MESSAGE, 1)

    def _too_costly(self, call: Call) -> Answer | None:
        """The budget counts what was answered within the last minute."""
        budget = self._switches.number("compute_budget_ms")
        if not budget:
            return None
        now = self._clock.now().timestamp()
        while self._spent and self._spent[0][0] <= now - 60:
            self._spent.popleft()
        if sum(cost for _, cost in self._spent) >= budget:
            return self._limited(BUDGET_SPENT, 60)
        self._spent.append((now, COSTS_MS.get((call.method, call.template), USUAL_COST_MS)))
        return None

    def _limited(self, message: str, seconds: int) -> Answer:
        told = self._switches["retry_after"] == "seconds"
        body = _refusal(self._switches.text("rate_limit_body"), 429, message)
        return Answer(429, body, {"Retry-After": str(seconds)} if told else {})

    def _too_parallel(self, call: Call) -> Answer | None:
        if call.connection is None or not self._switches.on("parallel_limit"):
            return None
        now = time.monotonic()
        self._connections[call.connection] = now
        if len(self._connections) > CONNECTIONS:
            self._connections = {
                each: used
                for each, used in self._connections.items()
                if used > now - IN_USE_SECONDS and not each.is_closing()
            }
        if len(self._connections) <= CONNECTIONS:
            return None
        form = "html" if self._switches["unavailable_body"] == "html" else "grape"
        return Answer(503, _refusal(form, 503, UNAVAILABLE))


def _refusal(form: str, status: int, message: str) -> Json:
    if form == "grape":
        return {"code": status, "message": message, "param": None}
    if form == "error":
        return {"error": message}
    return answers.html(status, message) if form == "html" else message
