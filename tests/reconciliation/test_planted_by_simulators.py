"""Causes that happen to customers, or are set or edited in ChartMogul: each is found where it was planted.

The customers buy in Keap's simulator, two months pass, the connectors write them; then ChartMogul is set and
edited, and the last eleven closing days are audited at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from reconciliation.audit import examine
from reconciliation.load import Wait, chartmogul_from_api, keap_from_messages
from reconciliation.report import DIFFERS, CustomerDifference, Reconciliation
from tests.pair.connection import Connection
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.reconciliation.edits import Editor
from tests.simulators import Simulators, running
from tests.simulators.scenarios.small import CASES

MONTHS = 11
SECONDS_OF_A_MONTH = 86_400 * 30
WAIT = Wait(seconds=5, poll_seconds=0.01)

BUYS: dict[str, dict[str, Any]] = {
    "unpaid": {"plan_id": "101", "trial_days": 10},
    "refunded": {"plan_id": "101"},
    "forgotten": {"plan_id": "101"},
    "two years": {"plan_id": "105", "frequency": 2},
    "repriced": {"plan_id": "101"},
    "in euros": {"plan_id": "101"},
    "held twice": {"plan_id": "101"},
    "stopped": {"plan_id": "101"},
    "left out": {"plan_id": "101", "cycle": "YEAR"},
    "left out too": {"plan_id": "101", "cycle": "YEAR"},
}
SETTINGS = {
    "create_subscription_when_invoice_is": "paid",
    "prevent_subscription_for_invoice_refunded": True,
    "auto_churn_days": 14,
    "fx_units_per_usd": {"2026-01-01": {"EUR": "0.8"}},
}


class Customers:
    """Contacts of this story with their subscriptions, by name."""

    def __init__(self, servers: Simulators) -> None:
        self.keap = servers.keap.control
        self.ids: dict[str, str] = {}
        self.subscriptions: dict[str, str] = {}
        for name, bought in BUYS.items():
            made = self.keap.event("new_contact", given_name="Nia", email=f"{name.split()[-1]}@example.com")
            self.ids[name] = str(made["contacts"][0])
            touched = self.keap.event("new_subscription", contact_id=made["contacts"][0], **bought)
            self.subscriptions[name] = str(touched["subscriptions"][0])

    def live(self) -> None:
        """What happens to them in Keap."""
        self.keap.event("payment_failed", contact_id=int(self.ids["unpaid"]), times=99)
        self.keap.event("move_bill_date", contact_id=int(self.ids["forgotten"]), next_bill_date="2026-12-20")
        self.keap.clock(advance_seconds=2 * SECONDS_OF_A_MONTH)
        self.keap.event("refund", contact_id=int(self.ids["refunded"]))
        self.keap.event("change_plan", contact_id=int(self.ids["repriced"]), price=7000)
        self.keap.event("deactivate", contact_id=int(self.ids["stopped"]))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reconciliation, Customers]]:
    """The audit after everything was planted."""
    with running("small") as servers:
        set_up_chartmogul(servers)
        servers.keap.control.switch("rate_limits", "off")
        servers.chartmogul.control.switch("rate_limit", "off")  # a person clicks slower than this
        customers = Customers(servers)
        customers.live()
        servers.chartmogul.control.clock(now=servers.keap.control.clock())
        folder = tmp_path_factory.mktemp("pair")
        connection = Connection.create(folder / "c", source_config(servers), destination_config(servers))
        assert connection.sync().ok
        servers.chartmogul.control.settings(SETTINGS)
        edit(Editor.of(servers), customers)
        yield audited(servers, connection), customers


def audited(servers: Simulators, connection: Connection) -> Reconciliation:
    server = servers.chartmogul
    server.control.clock(advance_seconds=600)
    as_of = date.fromisoformat(str(servers.keap.control.clock())[:10])
    start = (as_of - timedelta(days=31 * MONTHS)).replace(day=1)
    chartmogul = chartmogul_from_api(server.url, server.api_key, "Keap", start, as_of, wait=WAIT)
    return examine(keap_from_messages(connection.messages()), chartmogul, as_of, MONTHS).report


def edit(editor: Editor, customers: Customers) -> None:
    """What people do in ChartMogul."""
    ids = customers.ids
    editor.change_line(ids["two years"], plan_uuid=editor.plan("12:105:1-year"))
    editor.change_line(ids["repriced"], amount_in_cents=7000)
    in_euros(editor, ids["in euros"])
    twice = editor.invoices(ids["held twice"])[0]["line_items"][0]
    editor.add_line(
        "lead", "again", copied(twice) | {"external_id": "again"}, twice["service_period_start"][:10]
    )
    for name in ("left out", "left out too"):
        editor.delete_invoices(ids[name])
    editor.cancel(ids["stopped"], customers.subscriptions["stopped"], "2026-08-30")
    editor.withdraw_cancellation("cancelled_and_resumed")


KEPT = ("type", "subscription_external_id", "plan_uuid", "service_period_start", "service_period_end")


def copied(line: dict[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in (*KEPT, "amount_in_cents")}


def in_euros(editor: Editor, customer: str) -> None:
    """The latest bill was entered again in another currency, the ones before it not at all."""
    latest = editor.invoices(customer)[0]
    line = latest["line_items"][0]
    editor.delete_invoices(customer)
    again = copied(line) | {"external_id": line["external_id"]}
    editor.add_line(customer, latest["external_id"], again, latest["date"][:10], currency="EUR")


PLANTED: dict[str, tuple[str, str, int]] = {
    "unpaid": ("C15", "2026-08-30", -4900),
    "refunded": ("C16", "2026-08-30", -4900),
    "forgotten": ("C13", "2026-08-30", -4900),
    "two years": ("C29", "2026-08-30", 6209),
    "repriced": ("C1", "2026-08-30", 2100),
    "in euros": ("C19", "2026-08-30", 1225),
    "lead": ("C23", "2026-08-30", 4900),
    "left out": ("C30", "2026-08-30", -408),
    "left out too": ("C30", "2026-08-30", -408),
    "stopped": ("C11", "2026-08-30", -4900),
    "cancelled_and_resumed": ("C12", "2025-11-30", 4900),
}


def by_name(found: tuple[Reconciliation, Customers]) -> dict[str, list[CustomerDifference]]:
    result, customers = found
    names = {key: name for name, key in customers.ids.items()}
    names |= {str(case.contact_id): name for name, case in CASES.items()}
    rows: dict[str, list[CustomerDifference]] = {}
    for row in result.differences:
        rows.setdefault(names[row.customer_id], []).append(row)
    return rows


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_found(found: tuple[Reconciliation, Customers], name: str) -> None:
    """The cause and the cents on the day on which it shows; the fault came after sending."""
    cause, day, cents = PLANTED[name]
    row = next(row for row in by_name(found)[name] if str(row.day) == day)
    assert (row.cause, row.difference, row.where) == (cause, cents, "after sending")


def test_nobody_else_is_blamed(found: tuple[Reconciliation, Customers]) -> None:
    """Exactly the customers in whose accounts something was planted differ, and nothing is unexplained."""
    assert by_name(found).keys() == PLANTED.keys()
    assert found[0].verdict == DIFFERS
    assert all(month.unexplained == 0 for month in found[0].totals)
