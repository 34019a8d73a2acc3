"""Both readers against the simulated APIs, without the connectors: posted by hand, then audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciliation.load import Wait, chartmogul_from_api, chartmogul_from_snapshot, keap_from_messages
from reconciliation.report import AGREES, DIFFERS, UNFINISHED, Reconciliation
from reconciliation.run import reconcile
from tests.reconciliation.accounts import ChartMogulAccount
from tests.simulators import Simulators, running

AS_OF = date(2026, 7, 1)
START = date(2026, 1, 1)
LISTS = {"subscriptions": "subscriptions", "contacts": "contacts", "orders": "orders"}
WAIT = Wait(seconds=5, poll_seconds=0.01)


@pytest.fixture(scope="module")
def servers() -> Iterator[Simulators]:
    with running("small") as both:
        both.chartmogul.control.settings({"account_currency": "USD", "time_zone": "America/Denver"})
        yield both


class Account:
    """Posts to ChartMogul's simulator as a person would, one monthly subscription per customer."""

    def __init__(self, servers: Simulators, source: str) -> None:
        self._url = servers.chartmogul.url + "/v1"
        self._session = requests.Session()
        self._session.auth = (servers.chartmogul.api_key, "")
        self.source = self.post("/data_sources", {"name": source})["uuid"]
        plan = {"name": "Monthly", "interval_count": 1, "interval_unit": "month", "external_id": "monthly"}
        self.plan = self.post("/plans", plan | {"data_source_uuid": self.source})["uuid"]

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._session.post(self._url + path, json=body, timeout=10)
        assert answer.ok, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def customer(self, external_id: str, cents: int) -> None:
        body = {"data_source_uuid": self.source, "external_id": external_id, "name": f"Contact {external_id}"}
        uuid = self.post("/customers", body)["uuid"]
        line = {
            "type": "subscription",
            "subscription_external_id": f"s-{external_id}",
            "plan_uuid": self.plan,
            "service_period_start": "2026-02-01T07:00:00Z",
            "service_period_end": "2026-03-01T07:00:00Z",
            "amount_in_cents": cents,
        }
        invoice = {"external_id": f"i-{external_id}", "date": "2026-02-01T13:00:00Z", "currency": "USD"}
        self.post(f"/import/customers/{uuid}/invoices", {"invoices": [invoice | {"line_items": [line]}]})


def audit(servers: Simulators, folder: Path, customers: dict[str, int], source: str) -> Reconciliation:
    """Keap messages of these customers at 20.00 each, against what ChartMogul's simulator says."""
    records: list[tuple[str, dict[str, Any]]] = [
        ("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
    ]
    for customer in customers:
        records += [("contacts", {"id": customer}), *sold(customer, 2000)]
    messages = [{"type": "RECORD", "record": {"stream": name, "data": data}} for name, data in records]
    path = folder / "keap.jsonl"
    path.write_text("\n".join(map(json.dumps, messages)))
    chartmogul = chartmogul_from_api(
        servers.chartmogul.url,
        servers.chartmogul.api_key,
        source,
        START,
        AS_OF,
        save_to=folder / "chartmogul",
        wait=WAIT,
    )
    assert chartmogul.activities.equals(chartmogul_from_snapshot(folder / "chartmogul").activities)
    return reconcile(keap_from_messages(path), chartmogul, AS_OF, 6)


def sold(customer: str, cents: int) -> list[tuple[str, dict[str, Any]]]:
    subscription: dict[str, Any] = {
        "id": f"s-{customer}",
        "contact_id": customer,
        "active": True,
        "quantity": 1,
    }
    subscription |= {"billing_cycle": "MONTH", "billing_frequency": 1, "start_date": "2026-02-01"}
    item: dict[str, Any] = {
        "id": "1",
        "item_type": "SUBSCRIPTION",
        "quantity": 1,
        "subscription_id": f"s-{customer}",
    }
    order: dict[str, Any] = {
        "id": f"2{customer}",
        "contact": {"id": customer},
        "status": "PAID",
        "total": {"amount": cents},
    }
    order |= {
        "order_time": "2026-02-01T13:00:00Z",
        "order_items": [item | {"price_per_unit": {"amount": cents}}],
    }
    return [("subscriptions", subscription), ("orders", order)]


def test_the_simulated_account_agrees_and_differs(servers: Simulators, tmp_path: Path) -> None:
    """Equal amounts agree; a second data source whose amounts differ does not, and disturbs nobody."""
    servers.chartmogul.control.clock(now="2026-07-01T18:00:00Z")
    right, wrong = Account(servers, "Right"), Account(servers, "Wrong")
    for external_id in ("1", "2", "3"):
        right.customer(external_id, 2000)
    wrong.customer("1", 2000)
    wrong.customer("2", 2345)
    servers.chartmogul.control.clock(advance_seconds=600)
    assert audit(servers, tmp_path, {"1": 2000, "2": 2000, "3": 2000}, "Right").verdict == AGREES
    result = audit(servers, tmp_path, {"1": 2000, "2": 2000}, "Wrong")
    assert result.verdict == DIFFERS
    assert result.last.unexplained == 345
    assert {row.customer_id for row in result.differences} == {"2"}


def test_a_busy_chartmogul_is_no_agreement(servers: Simulators, tmp_path: Path) -> None:
    """Right after the writes ChartMogul has not computed them: no verdict, and no wrong green."""
    account = Account(servers, "Busy")
    account.customer("9", 2000)
    result = audit(servers, tmp_path, {"9": 2000}, "Busy")
    assert result.verdict == UNFINISHED


def test_keaps_simulated_account_is_read_whatever_its_form(servers: Simulators, tmp_path: Path) -> None:
    """MRR does not depend on how Keap writes discounts, times or the first order's subscription."""
    plain = keap_totals(servers, tmp_path / "plain.jsonl")
    assert plain[-1] > 100_000
    for name, value in (
        ("discount_lines", "negative_price"),
        ("datetime_form", "offset"),
        ("first_order_subscription_id", "empty"),
        ("billing_amount_units", "minor"),
    ):
        servers.keap.control.reset()
        servers.keap.control.switch(name, value)
        assert keap_totals(servers, tmp_path / f"{name}.jsonl") == plain, name


def keap_totals(servers: Simulators, path: Path) -> list[int]:
    """Keap's MRR at twelve closing days, ChartMogul being empty."""
    path.write_text("".join(json.dumps(message) + "\n" for message in keap_messages(servers)))
    keap = keap_from_messages(path)
    empty = ChartMogulAccount().frames([AS_OF])
    return [month.keap for month in reconcile(keap, empty, AS_OF, 12).totals]


def keap_messages(servers: Simulators) -> Iterator[dict[str, Any]]:
    """The records of the streams that the audit needs, read page by page."""
    with requests.Session() as session:
        session.headers["X-Keap-API-Key"] = servers.keap.api_key
        root = servers.keap.url + "/crm/rest/v2/"
        profile = session.get(root + "businessProfile", timeout=10).json()
        yield {"type": "RECORD", "record": {"stream": "account", "data": profile | {"id": "account"}}}
        for stream, path in LISTS.items():
            query: dict[str, str] = {"page_size": "1000"}
            while True:
                page = session.get(root + path, params=query, timeout=10).json()
                for record in page[stream]:
                    yield {"type": "RECORD", "record": {"stream": stream, "data": record}}
                if not page.get("next_page_token"):
                    break
                query["page_token"] = page["next_page_token"]
