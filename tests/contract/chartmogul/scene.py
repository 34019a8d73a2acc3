"""An account of the ChartMogul simulator with one of everything, for tests of single operations."""

from dataclasses import dataclass, field
from typing import Any

import requests

from tests.simulators import Server

Json = Any
TIMEOUT_SECONDS = 30
DEFAULTS = {"rate_limit": "off", "analytics_delay_seconds": 0, "json_import_seconds": 0}


@dataclass
class Scene:
    """A session, and the ids of what is there under the names that paths use."""

    server: Server
    session: requests.Session = field(default_factory=requests.Session)
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session.auth = (self.server.api_key, "")
        self.session.trust_env = False

    def call(self, method: str, path: str, body: Json = None, **sent: Any) -> requests.Response:
        """One call below /v1, whatever the answer."""
        url = f"{self.server.url}/v1{path}"
        return self.session.request(method, url, json=body, timeout=TIMEOUT_SECONDS, **sent)

    def made(self, path: str, body: Json) -> Json:
        """Something that was made."""
        answer = self.call("POST", path, body)
        assert answer.ok, f"POST {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def start(self, **switches: Json) -> "Scene":
        """An account as new, with one of everything."""
        self.server.control.reset()
        for name, value in {**DEFAULTS, **switches}.items():
            self.server.control.switch(name, value)
        return self.fill()

    def fill(self) -> "Scene":
        """One of everything, in an empty account."""
        self.ids = {"ds": self.made("/data_sources", {"name": "Keap"})["uuid"]}
        source = {"data_source_uuid": self.ids["ds"]}
        plan = {
            **source,
            "name": "Gold",
            "external_id": "gold",
            "interval_count": 1,
            "interval_unit": "month",
        }
        self.ids["pl"] = self.made("/plans", plan)["uuid"]
        customer = {**source, "external_id": "c1", "name": "One", "email": "one@example.com"}
        self.ids["cus"] = self.made("/customers", customer)["uuid"]
        self.ids["cus2"] = self.made("/customers", {**source, "external_id": "c2", "name": "Two"})["uuid"]
        self._bill()
        self._hang()
        return self

    def _bill(self) -> None:
        path = f"/import/customers/{self.ids['cus']}/invoices"
        invoice = self.made(path, {"invoices": [invoice_body(self.ids["pl"], 1)]})["invoices"][0]
        lines = {each["type"]: each["uuid"] for each in invoice["line_items"]}
        self.ids |= {
            "inv": invoice["uuid"],
            "li": lines["subscription"],
            "tr": invoice["transactions"][0]["uuid"],
        }
        held = self.call("GET", f"/import/customers/{self.ids['cus']}/subscriptions").json()["subscriptions"]
        self.ids |= {"sub": held[0]["uuid"], "invoice_external_id": "i1"}
        event = self.made("/subscription_events", {"subscription_event": event_body(self.ids["ds"], "e1")})
        self.ids["id"] = str(event["id"])

    def _hang(self) -> None:
        customer, source = {"customer_uuid": self.ids["cus"]}, {"data_source_uuid": self.ids["ds"]}
        person = {**customer, **source, "first_name": "Ann"}
        self.ids["into"] = self.ids["con"] = self.made("/contacts", person)["uuid"]
        self.ids["from"] = self.made("/contacts", {**person, "first_name": "Bob"})["uuid"]
        note = {**customer, "type": "note", "text": "hello"}
        self.ids["note"] = self.made("/customer_notes", note)["uuid"]
        self.ids["opportunity"] = self.made("/opportunities", {**customer, **OPPORTUNITY})["uuid"]
        self.ids["task"] = self.made("/tasks", {**customer, **TASK})["task_uuid"]
        group = {"name": "Metals", "plans": [self.ids["pl"]]}
        self.ids["plg"] = self.made("/plan_groups", group)["uuid"]
        path = f"/data_sources/{self.ids['ds']}/json_imports"
        self.ids["import_id"] = self.made(path, {"external_id": "import-1"})["id"]
        self.ids["export"] = self.made("/activities_export", {})["id"]
        tags = f"/customers/{self.ids['cus']}/attributes"
        self.made(f"{tags}/tags", {"tags": ["vip", "old"]})
        custom = [
            {"type": "Integer", "key": "age", "value": 3},
            {"type": "String", "key": "channel", "value": "x"},
        ]
        self.made(f"{tags}/custom", {"custom": custom})


OPPORTUNITY = {
    "owner": "owner@example.com", "pipeline": "New", "pipeline_stage": "Call",
    "estimated_close_date": "2026-12-01", "amount_in_cents": 100, "currency": "USD", "type": "recurring",
    "forecast_category": "pipeline", "win_likelihood": 10, "custom": [{"key": "k", "value": "v"}],
}  # fmt: skip
TASK = {
    "task_details": "Call", "assignee": "owner@example.com", "due_date": "2026-08-01T00:00:00Z",
    "completed_at": None,
}  # fmt: skip


def invoice_body(plan: str, number: int) -> Json:
    """An invoice with a subscription line, a one-time line, and its payment."""
    subscription = {
        "type": "subscription", "external_id": f"l{number}", "subscription_external_id": "s1",
        "plan_uuid": plan, "service_period_start": f"2026-0{number}-01T00:00:00Z",
        "service_period_end": f"2026-0{number + 1}-01T00:00:00Z", "amount_in_cents": 1000, "quantity": 1,
        "tax_amount_in_cents": 0, "discount_amount_in_cents": 0, "prorated": False,
    }  # fmt: skip
    once = {
        "type": "one_time", "external_id": f"o{number}", "description": "Set-up", "amount_in_cents": 500,
        "quantity": 1,
    }  # fmt: skip
    payment = {
        "type": "payment", "external_id": f"t{number}", "result": "successful",
        "date": f"2026-0{number}-02T00:00:00Z",
    }  # fmt: skip
    return {
        "external_id": f"i{number}", "date": f"2026-0{number}-01T00:00:00Z", "currency": "USD",
        "due_date": f"2026-0{number}-15T00:00:00Z", "line_items": [subscription, once],
        "transactions": [payment],
    }  # fmt: skip


def event_body(source: str, external_id: str) -> Json:
    """A scheduled cancellation, which changes nothing by itself."""
    return {
        "data_source_uuid": source, "external_id": external_id, "customer_external_id": "c1",
        "subscription_external_id": "s1", "event_type": "subscription_cancellation_scheduled",
        "event_date": "2026-03-01T00:00:00Z", "effective_date": "2026-09-01T00:00:00Z",
    }  # fmt: skip
