"""What a person (or another tool) can do to a synced ChartMogul, so that it no longer says what Keap says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from tests.simulators import Simulators
from tests.simulators.scenarios.small import CASES

Json = dict[str, Any]


@dataclass(frozen=True)
class Editor:
    """ChartMogul's simulator behind the API that a person's click uses; customers by the scenario's cases."""

    servers: Simulators
    source: str

    @classmethod
    def of(cls, servers: Simulators, source_name: str = "Keap") -> Editor:
        """For the data source of this name."""
        found = _call(servers, "GET", "/data_sources")["data_sources"]
        return cls(servers, next(each["uuid"] for each in found if each["name"] == source_name))

    def call(self, method: str, path: str, body: Json | None = None, **query: str) -> Json:
        """The answer to one call."""
        return _call(self.servers, method, path, body, **query)

    def customer(self, case: str) -> str:
        """The customer's uuid; `case` is one of the scenario's, or a contact's id."""
        external = contact(case)
        found = self.call("GET", "/customers", data_source_uuid=self.source, external_id=external)
        return str(found["entries"][0]["uuid"])

    def invoices(self, case: str) -> list[Json]:
        """The customer's invoices, latest service period first."""
        found = self.call("GET", "/invoices", customer_uuid=self.customer(case), data_source_uuid=self.source)
        return sorted(found["invoices"], key=lambda each: str(each["date"]), reverse=True)

    def change_line(self, case: str, **fields: Any) -> None:
        """Another value in the subscription line of the customer's latest invoice."""
        lines = self.invoices(case)[0]["line_items"]
        line = next(each for each in lines if each["type"] == "subscription")
        self.call("PATCH", f"/line_items/{line['uuid']}", fields)

    def merge(self, case: str, into: str) -> None:
        """The two customers are taken for one."""
        both = {"from": self.customer(case), "into": self.customer(into)}
        self.call("POST", "/customers/merges", {key: {"customer_uuid": uuid} for key, uuid in both.items()})

    def pay(self, case: str, cents: int) -> None:
        """So much more came for the customer's latest invoice."""
        invoice = self.invoices(case)[0]
        payment = {"type": "payment", "result": "successful", "amount_in_cents": cents}
        payment |= {"date": invoice["date"], "external_id": f"more-{invoice['external_id']}"}
        self.call("POST", f"/import/invoices/{invoice['uuid']}/transactions", payment)

    def delete_invoices(self, case: str) -> None:
        """Everything that the customer was billed."""
        self.call("DELETE", f"/data_sources/{self.source}/customers/{self.customer(case)}/invoices")

    def add_line(
        self, case: str, invoice: str, line: Json, day: str = "2026-06-20", currency: str = "USD"
    ) -> None:
        """An invoice with one line more."""
        whole = {
            "external_id": invoice,
            "date": f"{day}T12:00:00Z",
            "currency": currency,
            "line_items": [line],
        }
        paid = {"date": f"{day}T12:00:00Z", "type": "payment", "result": "successful"}
        whole |= {"transactions": [paid | {"external_id": f"paid-{invoice}"}]}
        self.call("POST", f"/import/customers/{self.customer(case)}/invoices", {"invoices": [whole]})

    def plan(self, external_id: str) -> str:
        """The plan's uuid."""
        found = self.call("GET", "/plans", data_source_uuid=self.source)["plans"]
        return str(next(each["uuid"] for each in found if each["external_id"] == external_id))

    def events(self, case: str) -> list[Json]:
        """The customer's cancellations."""
        query = {"customer_external_id": contact(case), "data_source_uuid": self.source}
        found: list[Json] = self.call("GET", "/subscription_events", None, **query)["subscription_events"]
        return [event for event in found if event["event_type"] == "subscription_cancelled"]

    def withdraw_cancellation(self, case: str) -> None:
        """The customer never left."""
        for event in self.events(case):
            self.call("DELETE", "/subscription_events", {"subscription_event": {"id": event["id"]}})

    def cancel(self, case: str, subscription: str, day: str) -> None:
        """A cancellation that Keap knows nothing of."""
        event = {
            "data_source_uuid": self.source,
            "customer_external_id": contact(case),
            "subscription_external_id": subscription,
            "event_type": "subscription_cancelled",
            "external_id": f"by-hand-{subscription}",
            "event_date": f"{day}T06:00:00Z",
            "effective_date": f"{day}T06:00:00Z",
        }
        self.call("POST", "/subscription_events", {"subscription_event": event})

    def move_cancellation(self, case: str, day: str) -> None:
        """The customer leaves on another day."""
        for event in self.events(case):
            changed = {"id": event["id"], "effective_date": f"{day}T06:00:00Z"}
            self.call("PATCH", "/subscription_events", {"subscription_event": changed})

    def void(self, invoice: str) -> None:
        """The invoice was none."""
        path = f"/data_sources/{self.source}/invoices/{invoice}/status"
        self.call("PUT", path, {"status": "voided"})

    def stop(self, case: str, day: str) -> None:
        """The customer's subscriptions are cancelled without an event, as other tools do it."""
        held = self.call("GET", f"/import/customers/{self.customer(case)}/subscriptions")["subscriptions"]
        for each in held:
            self.call("PATCH", f"/import/subscriptions/{each['uuid']}", {"cancelled_at": f"{day}T06:00:00Z"})


def contact(case: str) -> str:
    """The contact's id in Keap, which is the customer's external id in ChartMogul."""
    return case if case.isdigit() else str(CASES[case].contact_id)


def _call(servers: Simulators, method: str, path: str, body: Json | None = None, **query: str) -> Json:
    server = servers.chartmogul
    answer = requests.request(
        method, f"{server.url}/v1{path}", json=body, params=query, auth=(server.api_key, ""), timeout=10
    )
    assert answer.ok, (method, path, answer.text)
    content: Json = answer.json() if answer.text else {}
    return content
