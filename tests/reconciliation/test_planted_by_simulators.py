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
from reconciliation.load import READ_BY_RULES, Wait, chartmogul_from_api, keap_from_messages
from reconciliation.policy import from_configuration
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
    "paid late": {"plan_id": "101", "trial_days": 10},
    "refunded": {"plan_id": "101"},
    "forgotten": {"plan_id": "101"},
    "two years": {"plan_id": "105", "frequency": 2},
    "repriced": {"plan_id": "101"},
    "in euros": {"plan_id": "101"},
    "held twice": {"plan_id": "101"},
    "stopped": {"plan_id": "101"},
    "left out": {"plan_id": "101", "cycle": "YEAR"},
    "left out too": {"plan_id": "101", "cycle": "YEAR"},
    "half cent": {"plan_id": "105", "price": 18_06},
    "staff": {"plan_id": "101"},
    "year with tax": {"plan_id": "103", "cycle": "YEAR", "tax_percent": "8"},
    "kept with tax": {"plan_id": "101", "tax_percent": "8"},
    "free month": {"plan_id": "101"},
    "made anew": {"plan_id": "101"},
    "bought twice": {"plan_id": "101"},
    "raised unpaid": {"plan_id": "101"},
    "unpaid renewal": {"plan_id": "101"},
    "billed late": {"plan_id": "101"},
    "ended and billed": {"plan_id": "101"},
}
SETTINGS = {
    "create_subscription_when_invoice_is": "paid",
    "update_subscription_when_invoice_is": "paid",
    "prevent_subscription_for_invoice_refunded": True,
    "auto_churn_days": 25,
    "fx_units_per_usd": {"2026-01-01": {"EUR": "0.8"}},
    "half_cents": "to_even",
    "free_customer_handling": "churn",
    "smart_classification_minutes": None,
}
RULES = [{"name": "staff", "on": "contact", "when": "contact.email is like('staff@*')", "exclude": True}]


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
        for name in ("unpaid", "paid late"):
            self.keap.event("payment_failed", contact_id=int(self.ids[name]), times=99)
        for name, day in (("forgotten", "2026-12-20"), ("billed late", "2026-08-20")):
            self.keap.event("move_bill_date", contact_id=int(self.ids[name]), next_bill_date=day)
        self.keap.event("payment_failed", contact_id=int(self.ids["unpaid renewal"]), times=99)
        self.keap.event(
            "move_bill_date", contact_id=int(self.ids["billed late"]), next_bill_date="2026-08-20"
        )
        self.keap.event("credit", contact_id=int(self.ids["free month"]), amount=4900)
        self.keap.event("new_subscription", contact_id=int(self.ids["bought twice"]), plan_id="106")
        self.keap.clock(advance_seconds=SECONDS_OF_A_MONTH + SECONDS_OF_A_MONTH // 6)
        self.keap.event("card_updated", contact_id=int(self.ids["paid late"]))
        self.keap.clock(advance_seconds=SECONDS_OF_A_MONTH - SECONDS_OF_A_MONTH // 6)
        self.keap.event("refund", contact_id=int(self.ids["refunded"]))
        raised = int(self.ids["raised unpaid"])
        self.keap.event("payment_failed", contact_id=raised, times=99)
        self.keap.event("change_plan", contact_id=raised, price=7000, bill_now=True)
        self.keap.event("change_plan", contact_id=int(self.ids["repriced"]), price=7000)
        self.keap.event("deactivate", contact_id=int(self.ids["stopped"]))
        self.keap.event("cancel", contact_id=int(self.ids["kept with tax"]), end_date="2026-08-20")


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
        config = destination_config(servers, rules=RULES)
        connection = Connection.create(folder / "c", source_config(servers), config)
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
    keap = keap_from_messages(connection.messages(), also=READ_BY_RULES)
    return examine(keap, chartmogul, as_of, MONTHS, policy=from_configuration({"rules": RULES})).report


def edit(editor: Editor, customers: Customers) -> None:
    """What people do in ChartMogul."""
    ids = customers.ids
    editor.change_line(ids["two years"], plan_uuid=editor.plan("12:105:1-year"))
    editor.change_line(ids["repriced"], amount_in_cents=7000)
    editor.pay(ids["repriced"], 2100)
    in_euros(editor, ids["in euros"])
    twice = editor.invoices(ids["held twice"])[0]["line_items"][0]
    editor.add_line(
        "lead", "again", copied(twice) | {"external_id": "again"}, twice["service_period_start"][:10]
    )
    for name in ("left out", "left out too"):
        editor.delete_invoices(ids[name])
    editor.cancel(ids["stopped"], customers.subscriptions["stopped"], "2026-08-30")
    for case in ("cancelled_and_resumed", ids["billed late"]):
        editor.withdraw_cancellation(case)
    editor.cancel(ids["ended and billed"], customers.subscriptions["ended and billed"], "2026-07-25")
    editor.change_line(ids["year with tax"], plan_uuid=editor.plan("12:103:1-month"), tax_amount_in_cents=0)
    editor.withdraw_cancellation(ids["kept with tax"])
    editor.change_line(ids["kept with tax"], tax_amount_in_cents=0)
    made_anew(editor, ids["made anew"], customers.subscriptions["made anew"])


def made_anew(editor: Editor, customer: str, subscription: str) -> None:
    """The subscription was ended, and made again two days later under another name."""
    line = editor.invoices(customer)[0]["line_items"][0]
    editor.cancel(customer, subscription, "2026-08-12")
    begins = {"service_period_start": "2026-08-14T06:00:00Z", "service_period_end": "2026-09-14T06:00:00Z"}
    again = copied(line) | begins | {"external_id": "anew-line", "subscription_external_id": "anew"}
    editor.add_line(customer, "anew", again, "2026-08-14")


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


Parts = tuple[tuple[str, int], ...]
TODAY = "2026-08-30"
PLANTED: dict[str, tuple[str, str, Parts]] = {
    "unpaid": (TODAY, "after", (("C15", -4900),)),
    "paid late": ("2026-07-31", "after", (("C15", -4900),)),
    "refunded": (TODAY, "after", (("C16", -4900),)),
    "forgotten": (TODAY, "after", (("C13", -4900),)),
    "two years": (TODAY, "after", (("C29", 6209),)),
    "repriced": (TODAY, "after", (("C1", 2100),)),
    "in euros": (TODAY, "after", (("C19", 1225),)),
    "lead": (TODAY, "after", (("C23", 4900),)),
    "raised unpaid": (TODAY, "after", (("C15", -2100),)),
    "payment_failed_cancelled": ("2026-05-31", "after", (("C13", -4900),)),
    "unpaid renewal": (TODAY, "after", (("C13", -4900),)),
    "left out": (TODAY, "after", (("C30", -408),)),
    "left out too": (TODAY, "after", (("C30", -408),)),
    "stopped": (TODAY, "after", (("C11", -4900),)),
    "cancelled_and_resumed": ("2025-11-30", "after", (("C12", 4900),)),
    "half cent": (TODAY, "after", (("C20", -1),)),
    "staff": (TODAY, "before", (("C32", -4900),)),
    "year with tax": (TODAY, "after", (("C2", 13_658), ("C4", 1192))),
    "kept with tax": (TODAY, "after", (("C22", 4900), ("C4", 392))),
}
PLANTED |= {"ended and billed": ("2026-07-31", "after", (("C26", -4900),))}
RENAMED: dict[str, tuple[str, str, Parts]] = {
    "free month": (TODAY, "C17", (("churn", -4900), ("contraction", 4900))),
    "made anew": (TODAY, "C24", (("churn", -4900), ("reactivation", 4900))),
    "payment_failed": ("2026-07-31", "C13", (("churn", -4900), ("reactivation", 4900))),
    "billed late": (TODAY, "C12", (("churn", 4900), ("reactivation", -4900))),
    "bought twice": ("2026-07-31", "C25", (("expansion", 1500), ("new_biz", -1500))),
}


def names(customers: Customers) -> dict[str, str]:
    """What the stories call the contacts, by id."""
    own = {key: name for name, key in customers.ids.items()}
    return own | {str(case.contact_id): name for name, case in CASES.items()}


def by_name(found: tuple[Reconciliation, Customers]) -> dict[str, list[CustomerDifference]]:
    result, customers = found
    called, rows = names(customers), dict[str, list[CustomerDifference]]()
    for row in result.differences:
        rows.setdefault(called[row.customer_id], []).append(row)
    return rows


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_found(found: tuple[Reconciliation, Customers], name: str) -> None:
    """The cause and the cents on the day on which it shows, of several causes each its part, and where."""
    day, where, parts = PLANTED[name]
    row = next(row for row in by_name(found)[name] if str(row.day) == day)
    assert (row.cause, row.parts, row.where) == (parts[0][0], parts, f"{where} sending")
    assert row.difference == sum(cents for _, cents in parts)


def test_nobody_else_is_blamed(found: tuple[Reconciliation, Customers]) -> None:
    """Exactly the customers in whose accounts something was planted differ, and nothing is unexplained."""
    assert by_name(found).keys() == PLANTED.keys()
    assert found[0].verdict == DIFFERS
    assert all(month.unexplained == 0 for month in found[0].totals)


def test_movements_under_another_name_are_found(found: tuple[Reconciliation, Customers]) -> None:
    """Where the balances agree and the movements do not: with the cause and the cents, of nobody else."""
    result, customers = found
    called = names(customers)
    seen = {called[row.customer_id]: (str(row.day), row.cause, row.differences) for row in result.renamed}
    assert seen == RENAMED
    assert len(result.renamed) == len(RENAMED)


def test_leads_differ_where_bills_were_planted_and_not_by_the_rule(
    found: tuple[Reconciliation, Customers],
) -> None:
    """Who was left out by a rule is no lead on either side; first payments move with what was planted."""
    result, customers = found
    assert result.leads is not None
    differ = {(names(customers)[row.customer_id], row.what) for row in result.leads.differences}
    moved = ("lead", "unpaid", "paid late", "in euros", "left out", "left out too")
    assert differ == {(name, "first payment") for name in moved}
