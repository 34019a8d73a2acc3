"""A small client of a simulator's control routes."""

from typing import Any

import requests

Json = Any
TIMEOUT_SECONDS = 60


class ControlClient:
    """Calls `/_control/...` of one server; raises `requests.HTTPError` when the server refuses."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def _call(self, method: str, name: str, body: Json = None) -> Json:
        sent = {} if body is None else {"json": body}
        response = self._session.request(
            method, f"{self._url}/_control/{name}", timeout=TIMEOUT_SECONDS, **sent
        )
        if not response.ok:
            raise requests.HTTPError(f"/_control/{name}: {response.text}", response=response)
        return response.json()

    def reset(self, *, keep_switches: bool = False) -> None:
        """Back to the scenario's start: data, clock, calls, faults, and (unless kept) switches."""
        self._call("POST", "reset", {"keep_switches": keep_switches})

    def routes(self) -> dict[str, list[str]]:
        """Every address of the API and every control route: `{"api": ["GET /v1/customers", ...], ...}`."""
        known: dict[str, list[str]] = self._call("GET", "routes")
        return known

    def calls(self) -> dict[str, dict[str, int]]:
        """`{"GET /v1/customers": {"200": 3}}`."""
        counts: dict[str, dict[str, int]] = self._call("GET", "calls")
        return counts

    def switch(self, name: str, value: str | int | None) -> None:
        """Put one switch."""
        self._call("POST", "switches", {name: value})

    def switches(self) -> dict[str, Json]:
        """Every switch with its value, values, default, sentence and section."""
        table: dict[str, Json] = self._call("GET", "switches")
        return table

    def faults(self, rules: list[dict[str, Json]]) -> None:
        """Put these fault rules in force instead of the present ones."""
        self._call("POST", "faults", rules)

    def clock(
        self, *, now: str | None = None, frozen: bool = False, advance_seconds: float | None = None
    ) -> str:
        """Set (`frozen`: and stop) or advance the virtual clock, or only read it; gives what it shows."""
        if now is not None:
            answer = self._call("POST", "clock", {"now": now, "frozen": frozen})
        elif advance_seconds is not None:
            answer = self._call("POST", "clock", {"advance_seconds": advance_seconds})
        else:
            answer = self._call("GET", "clock")
        return str(answer["now"])

    def dump(self) -> Json:
        """Everything held, canonical, without generated ids."""
        return self._call("GET", "dump")

    def event(self, kind: str, **fields: Json) -> Json:
        """Keap only: a business happens; gives the ids touched."""
        return self._call("POST", "events", {"type": kind, **fields})

    def settings(self, wanted: dict[str, Json]) -> Json:
        """ChartMogul only: put account and source settings; gives the settings in force."""
        return self._call("POST", "settings", wanted)

    def lead_charts(self, start: str, end: str, interval: str = "month") -> list[dict[str, Json]]:
        """ChartMogul only: the five lead and conversion charts, one entry for each interval."""
        query = f"start-date={start}&end-date={end}&interval={interval}"
        entries: list[dict[str, Json]] = self._call("GET", f"lead_charts?{query}")["entries"]
        return entries
