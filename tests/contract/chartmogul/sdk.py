"""ChartMogul's own Python client, pointed at the simulator and otherwise as its makers ship it.

Its answers are objects that it has read through schemas of its own (marshmallow), so a field of a wrong type
raises there; fields that the client does not know are dropped by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import chartmogul  # type: ignore[import-untyped]

from tests.simulators import Server

Sdk = Any


@dataclass(frozen=True)
class Account:
    """One simulated account and the client's configuration for it."""

    server: Server
    config: Sdk

    def __call__(self, method: Callable[..., Sdk], **given: Any) -> Sdk:
        """What a method of the client gives; raises `chartmogul.APIError` with the body of a refusal."""
        return method(self.config, **given).get()

    def source(self, name: str = "Keap") -> str:
        """A new data source."""
        return str(self(chartmogul.DataSource.create, data={"name": name}).uuid)

    def customer(self, source: str, external_id: str = "c1", **fields: Any) -> str:
        """A new customer."""
        data = {"data_source_uuid": source, "external_id": external_id, "name": "Ada", **fields}
        return str(self(chartmogul.Customer.create, data=data).uuid)

    def plan(self, source: str, name: str = "Gold") -> str:
        """A new monthly plan."""
        data = {"data_source_uuid": source, "name": name, "interval_count": 1, "interval_unit": "month"}
        return str(self(chartmogul.Plan.create, data=data).uuid)

    def invoice(self, customer: str, plan: str, number: int = 1) -> Sdk:
        """An invoice of 10.00 for a month, paid."""
        made = self(chartmogul.Invoice.create, uuid=customer, data={"invoices": [invoice(plan, number)]})
        return made.invoices[0]


def account(server: Server) -> Account:
    """The server's account, emptied, with neither rate limit nor delay of the analytics."""
    server.control.reset()
    server.control.switch("rate_limit", "off")
    server.control.switch("analytics_delay_seconds", 0)
    return Account(server, configuration(server, server.api_key))


def configuration(server: Server, key: str) -> Sdk:
    """The client's configuration; its retries only hold for https."""
    config = chartmogul.Config(key, request_timeout=30)
    config.uri = f"{server.url}/v1"
    return config


def invoice(plan: str, number: int) -> dict[str, Any]:
    """One month of subscription `s<number>`, from the first of that month of 2026."""
    month = f"2026-{number:02}-01"
    line = {
        "type": "subscription",
        "external_id": f"l{number}",
        "subscription_external_id": f"s{number}",
        "plan_uuid": plan,
        "service_period_start": month,
        "service_period_end": f"2026-{number + 1:02}-01",
        "amount_in_cents": 1000,
        "quantity": 1,
    }
    payment = {"type": "payment", "external_id": f"t{number}", "date": month, "result": "successful"}
    return {
        "external_id": f"i{number}",
        "date": month,
        "currency": "USD",
        "line_items": [line],
        "transactions": [payment],
    }


@dataclass(frozen=True)
class Filled:
    """An account with one of everything, and the identifiers."""

    sdk: Account
    source: str
    customer: str
    plan: str
    invoice: str
    line_item: str
    transaction: str
    contact: str
    group: str
    export: str
    bulk: str


def filled(server: Server) -> Filled:
    """Fill the account, through the client alone."""
    sdk = account(server)
    source = sdk.source()
    customer, plan = sdk.customer(source, email="ada@example.com"), sdk.plan(source)
    billed = sdk.invoice(customer, plan)
    contact = {"data_source_uuid": source, "email": "bo@example.com", "first_name": "Bo"}
    return Filled(
        sdk=sdk,
        source=source,
        customer=customer,
        plan=plan,
        invoice=billed.uuid,
        line_item=billed.line_items[0].uuid,
        transaction=billed.transactions[0].uuid,
        contact=sdk(chartmogul.Customer.createContact, uuid=customer, data=contact).uuid,
        group=sdk(chartmogul.PlanGroup.create, data={"name": "Metals", "plans": [plan]}).uuid,
        export=sdk(chartmogul.ActivitiesExport.create, data={"type": "new_biz"}).id,
        bulk=sdk(chartmogul.JsonImport.create, data_source_uuid=source, data=BULK).id,
    )


BULK = {"external_id": "bulk-1", "customers": [{"external_id": "b1", "name": "Cy"}]}


def cancellation(one: Filled) -> dict[str, Any]:
    """The event that ends subscription `s1` on 1 February 2026."""
    return {
        "data_source_uuid": one.source,
        "customer_external_id": "c1",
        "subscription_external_id": "s1",
        "external_id": "e1",
        "event_type": "subscription_cancelled",
        "event_date": "2026-01-20",
        "effective_date": "2026-02-01",
    }
