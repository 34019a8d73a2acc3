"""Feeding an MRR example to the ChartMogul simulator over HTTP, and comparing what it says.

An example holds `inputs` {settings, plans, customers, invoices, cancellations, subscription_events,
aggregates?} and `expect` {mrr_by_date, movements, tolerance_cents, metrics?, movements_checked?}.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests

from tests.simulators import Server

Json = Any
TIMEOUT_SECONDS = 60


class Account:
    """A fresh account of the simulator with one data source."""

    def __init__(self, server: Server) -> None:
        self.server = server
        server.control.reset()
        for name, value in (
            ("rate_limit", "off"),
            ("analytics_delay_seconds", 0),
            ("json_import_seconds", 0),
        ):
            server.control.switch(name, value)
        self.session = requests.Session()
        self.session.auth = (server.api_key, "")
        self.source = self.call("POST", "/data_sources", {"name": "examples"})["uuid"]

    def __enter__(self) -> "Account":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def call(self, method: str, path: str, body: Json = None, **query: str) -> Json:
        """One successful call."""
        response = self.session.request(
            method, f"{self.server.url}/v1{path}", json=body, params=query, timeout=TIMEOUT_SECONDS
        )
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def feed(self, inputs: Json) -> None:
        """Import an example's inputs."""
        self.server.control.settings(inputs["settings"])
        plans = {each["external_id"]: self._plan(each) for each in inputs["plans"]}
        customers = {each["external_id"]: self._customer(each) for each in inputs["customers"]}
        for name, customer in customers.items():
            own = [each for each in inputs["invoices"] if each["customer_external_id"] == name]
            if own:
                body = {"invoices": [_invoice(each, plans) for each in own]}
                self.call("POST", f"/import/customers/{customer}/invoices", body)
        for each in inputs.get("subscription_events", ()):
            event = {"data_source_uuid": self.source, **each}
            self.call("POST", "/subscription_events", {"subscription_event": event})
        self._cancel(inputs.get("cancellations", ()), list(customers.values()))

    def _plan(self, given: Json) -> str:
        plan = {"name": given["external_id"], **given, "data_source_uuid": self.source}
        return str(self.call("POST", "/plans", plan)["uuid"])

    def _customer(self, given: Json) -> str:
        return str(self.call("POST", "/customers", {**given, "data_source_uuid": self.source})["uuid"])

    def _cancel(self, cancellations: Json, customers: list[str]) -> None:
        held = [
            each
            for customer in customers
            for each in self.call("GET", f"/import/customers/{customer}/subscriptions")["subscriptions"]
        ]
        for each in cancellations:
            names = {
                name: value for name, value in each.items() if name in ("cancelled_at", "cancellation_dates")
            }
            for subscription in held:
                if subscription["external_id"] == each["subscription_external_id"]:
                    self.call("PATCH", f"/import/subscriptions/{subscription['uuid']}", names)

    def mrr_on(self, day: str) -> int:
        """MRR at the end of a day."""
        answer = self.call("GET", "/metrics/mrr", **_range(day, day))
        return int(answer["entries"][-1]["mrr"])

    def activities(self) -> list[Json]:
        """Every activity, page by page."""
        found: list[Json] = []
        query: dict[str, str] = {}
        while True:
            page = self.call("GET", "/activities", **query)
            found += page["entries"]
            if not page["has_more"]:
                return found
            query = {"cursor": page["cursor"]}

    def exchange_rate_impact_on(self, day: str) -> int:
        """What changed MRR on a day beside the movements, from the printed numbers."""
        before = str(date.fromisoformat(day) - timedelta(days=1))
        entry = self.call("GET", "/metrics/mrr", **_range(day, day))["entries"][0]
        moved = sum(value for name, value in entry.items() if name.startswith("mrr-"))
        return int(entry["mrr"]) - self.mrr_on(before) - int(moved)


def _range(start: str, end: str) -> dict[str, str]:
    return {"start-date": start, "end-date": end, "interval": "day"}


def _invoice(given: Json, plans: dict[str, str]) -> Json:
    lines = [
        {**{name: value for name, value in line.items() if name != "plan_external_id"},
         **({"plan_uuid": plans[line["plan_external_id"]]} if line.get("plan_external_id") else {})}
        for line in given["line_items"]
    ]  # fmt: skip
    return {**given, "line_items": lines}


def differences(account: Account, expect: Json) -> list[str]:
    """Where the simulator says something else than the example expects."""
    tolerance = expect["tolerance_cents"]
    found = [
        f"MRR on {day}: {account.mrr_on(day)} instead of {wanted}"
        for day, wanted in expect["mrr_by_date"].items()
        if abs(account.mrr_on(day) - wanted) > tolerance
    ]
    if expect.get("movements_checked", True):
        found += _movement_differences(account, expect["movements"], tolerance)
    for day, wanted in expect.get("metrics", {}).get("exchange_rate_impact", {}).items():
        impact = account.exchange_rate_impact_on(day)
        if abs(impact - wanted) > max(tolerance, 1):
            found.append(f"exchange rate impact on {day}: {impact} instead of {wanted}")
    return found


def _movement_differences(account: Account, wanted: list[Json], tolerance: int) -> list[str]:
    zone = account.call("GET", "/account")["time_zone"]
    seen = [_seen(each, zone) for each in account.activities()]
    missing = []
    for each in wanted:
        fitting = next((one for one in seen if _same(one, each, tolerance)), None)
        if fitting is None:
            missing.append(f"missing: {each}")
        else:
            seen.remove(fitting)
    return missing + [f"unexpected: {each}" for each in seen]


def _seen(activity: Json, zone: str) -> Json:
    moment = datetime.fromisoformat(activity["date"]).astimezone(ZoneInfo(zone))
    return {
        "date": str(moment.date()),
        "type": activity["type"],
        "amount_cents": activity["activity-mrr-movement"],
        "customer_external_id": activity["customer-external-id"],
        "subscription_external_id": activity["subscription-external-id"],
    }


def _same(seen: Json, wanted: Json, tolerance: int) -> bool:
    exact = [name for name in wanted if name != "amount_cents"]
    close = abs(seen["amount_cents"] - wanted["amount_cents"]) <= tolerance
    return close and all(seen[name] == wanted[name] for name in exact)
