"""Edits and settings in a synced ChartMogul are found by their cause, at the right customer, to the cent.

One sync by the connectors, then a dozen edits at a dozen customers at once: each is found, and nobody else is
blamed. Settings are turned one by one on the account as it was synced.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciliation.audit import Examination, examine, with_history
from reconciliation.explain import CAUSES, MOVEMENT_CAUSES
from reconciliation.load import Wait, chartmogul_from_api, keap_from_messages
from reconciliation.report import AGREES, DIFFERS, EXPLAINED, CustomerDifference, Reconciliation
from tests.pair.connection import Connection
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.reconciliation.edits import Editor
from tests.reconciliation.test_planted_by_simulators import PLANTED, RENAMED
from tests.simulators import Simulators, running
from tests.simulators.scenarios.small import CASES

DENVER = "America/Denver"
AS_OF = date(2026, 7, 1)
MONTHS = 24
WAIT = Wait(seconds=5, poll_seconds=0.01)
ANALYTICS_SECONDS = 600


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulators, Connection]]:
    """Both servers after a first sync, an old order having been paid on the last day."""
    with running("small") as servers:
        set_up_chartmogul(servers)
        servers.keap.control.event("pay_order", contact_id=CASES["payment_failed"].contact_id)
        folder = tmp_path_factory.mktemp("pair")
        connection = Connection.create(folder / "c", source_config(servers), destination_config(servers))
        assert connection.sync().ok
        servers.chartmogul.control.switch("rate_limit", "off")  # a person clicks slower than this
        yield servers, connection


def audited(synced: tuple[Simulators, Connection], months: int = 1) -> Reconciliation:
    """The report of what ChartMogul says now."""
    return examined(synced, months).report


def examined(synced: tuple[Simulators, Connection], months: int) -> Examination:
    servers, connection = synced
    servers.chartmogul.control.clock(advance_seconds=ANALYTICS_SECONDS)
    server = servers.chartmogul
    start = (AS_OF - timedelta(days=31 * months)).replace(day=1)
    chartmogul = chartmogul_from_api(server.url, server.api_key, "Keap", start, AS_OF, wait=WAIT)
    return examine(keap_from_messages(connection.messages()), chartmogul, AS_OF, months)


SETTINGS: list[tuple[str, str, dict[str, Any], dict[str, Any], str, int]] = [
    ("C10", "refund_full", {"churn_recognition": "end_of_service_period"}, {}, "2026-02-28", 14_900),
    ("C21", "annual", {"time_zone": "America/Los_Angeles"}, {"time_zone": DENVER}, "2024-09-30", 4083),
    ("C3", "weekly", {"days_per_month": 30}, {"days_per_month": 30.4375}, "2026-07-01", -157),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cause", "case", "settings", "back", "day", "cents"), SETTINGS, ids=[row[0] for row in SETTINGS]
)
def test_a_setting_is_found(
    synced: tuple[Simulators, Connection],
    cause: str,
    case: str,
    settings: dict[str, Any],
    back: dict[str, Any],
    day: str,
    cents: int,
) -> None:
    """The account differs only by that rule, and the audit says so."""
    control = synced[0].chartmogul.control
    control.settings(settings)
    try:
        result = audited(synced, MONTHS)
    finally:
        control.settings(back or {"churn_recognition": "at_cancellation"})
    assert result.verdict == EXPLAINED
    assert {row.cause for row in result.differences} == {cause}
    customer = str(CASES[case].contact_id)
    found = [row for row in result.differences if row.customer_id == customer and str(row.day) == day]
    assert [row.difference for row in found] == [cents]


def test_a_past_that_a_setting_restates_is_told(
    synced: tuple[Simulators, Connection], tmp_path: Path
) -> None:
    """C31: what an earlier audit saw of a closed month is another amount now, and the setting is named."""
    control, months = synced[0].chartmogul.control, 6
    with_history(examined(synced, months), tmp_path)
    control.settings({"churn_recognition": "end_of_service_period"})
    try:
        previous = with_history(examined(synced, months), tmp_path).report.previous
    finally:
        control.settings({"churn_recognition": "at_cancellation"})
    assert previous is not None
    (told,) = previous.settings
    assert told.startswith("churn_recognition was churn_at_time_of_cancel")
    assert {(CASE_OF[row.customer_id], str(row.day), row.before, row.now) for row in previous.restated} == {
        ("refund_full", "2026-02-28", 0, 14_900),
        ("planned_end_reached", "2026-03-31", 0, 4900),
    }
    assert all(row.system == "ChartMogul" and row.by[-1] == told for row in previous.restated)


CASE_OF = {str(case.contact_id): name for name, case in CASES.items()}


def test_the_synced_account_agrees(synced: tuple[Simulators, Connection]) -> None:
    """Before anything is edited, and after every setting is as it was."""
    assert audited(synced, MONTHS).verdict == AGREES


EDITED: dict[str, tuple[str, int]] = {
    "monthly": ("C26", 600),
    "interval_differs_from_plan": ("C2", 4900),
    "tax": ("C4", 1229),
    "discount_amount": ("C5", 1000),
    "seats": ("C7", 198_000),
    "month_end": ("C9", 4900),
    "monthly_to_annual": ("C28", 2483),
    "late_evening": ("C6", -14_900),
    "payment_failed": ("C14", -4900),
    "upgraded": ("C22", -14_900),
    "trial_running": ("C18", 12_417),
    "discount_percent": ("C8", -90),
    "two_subscriptions": ("C27", 900),
    "seats_discount_tax": ("C7", 10_692),
    "annual": ("C26", -4083),
    "cancelled_with_reason": ("C26", 4900),
    "seats_changed": ("C26", -10_500),
    "quarterly": ("C26", -14_000),
    "company_only": ("C23", -14_900),
    "no_email": ("C23", 14_900),
}


def edit(editor: Editor) -> None:
    """The edits of EDITED."""
    editor.change_line("monthly", amount_in_cents=5500)
    editor.change_line("interval_differs_from_plan", plan_uuid=editor.plan("11:101:1-month"))
    editor.change_line("tax", tax_amount_in_cents=0)
    editor.change_line("discount_amount", amount_in_cents=4900)
    editor.change_line("seats", amount_in_cents=12 * 18_000)
    editor.change_line("seats_discount_tax", amount_in_cents=3 * (4500 + 339), tax_amount_in_cents=0)
    editor.change_line(
        "month_end", prorated=True, proration_type="full", service_period_end="2026-07-15T06:00:00Z"
    )
    editor.change_line(
        "monthly_to_annual",
        service_period_start="2026-07-20T06:00:00Z",
        service_period_end="2027-07-20T06:00:00Z",
    )
    once_only(editor)
    subscription = editor.invoices("payment_failed")[0]["line_items"][0]["subscription_external_id"]
    editor.cancel("payment_failed", subscription, "2026-06-20")
    editor.cancel("annual", editor_subscription("annual"), "2026-06-20")
    editor.stop("quarterly", "2026-06-20")
    editor.move_cancellation("cancelled_with_reason", "2026-09-30")
    editor.merge("company_only", "no_email")
    for invoice in editor.invoices("seats_changed"):
        editor.void(invoice["external_id"])
    editor.delete_invoices("upgraded")
    begin_the_trial(editor)
    editor.change_line("discount_percent", transaction_fees_in_cents=90)
    editor.servers.chartmogul.control.settings({"deduct_transaction_fees": True})
    merge_another_source(editor)


def once_only(editor: Editor) -> None:
    """The customer's latest charge as a one-time line."""
    latest = editor.invoices("late_evening")[0]
    line = latest["line_items"][0]
    editor.delete_invoices("late_evening")
    once = {"type": "one_time", "external_id": line["external_id"], "amount_in_cents": 14_900}
    editor.add_line("late_evening", latest["external_id"], once)


def begin_the_trial(editor: Editor) -> None:
    """The price of a trial that has not been billed."""
    line = {
        "type": "subscription",
        "external_id": "trial-line",
        "subscription_external_id": editor_subscription("trial_running"),
        "plan_uuid": editor.plan("12:105:1-year"),
        "service_period_start": "2026-06-25T06:00:00Z",
        "service_period_end": "2027-06-25T06:00:00Z",
        "amount_in_cents": 149_000,
    }
    editor.add_line("trial_running", "trial-invoice", line, "2026-06-25")


def editor_subscription(case: str) -> str:
    """Keap's id of the case's subscription."""
    return str(SUBSCRIPTIONS[str(CASES[case].contact_id)])


def merge_another_source(editor: Editor) -> None:
    """The customer is billed by another system too, and the two were merged."""
    source = editor.call("POST", "/data_sources", {"name": "Elsewhere"})["uuid"]
    plan = {"name": "Other", "interval_count": 1, "interval_unit": "month", "external_id": "other"}
    plan_uuid = editor.call("POST", "/plans", plan | {"data_source_uuid": source})["uuid"]
    body = {"data_source_uuid": source, "external_id": "x-1", "name": "Somebody"}
    uuid = editor.call("POST", "/customers", body)["uuid"]
    line = {
        "type": "subscription",
        "subscription_external_id": "elsewhere-1",
        "plan_uuid": plan_uuid,
        "service_period_start": "2026-06-01T06:00:00Z",
        "service_period_end": "2026-07-01T06:00:00Z",
        "amount_in_cents": 900,
    }
    invoice = {"external_id": "e-1", "date": "2026-06-01T13:00:00Z", "currency": "USD", "line_items": [line]}
    editor.call("POST", f"/import/customers/{uuid}/invoices", {"invoices": [invoice]})
    into = {"customer_uuid": editor.customer("two_subscriptions")}
    editor.call("POST", "/customers/merges", {"from": {"customer_uuid": uuid}, "into": into})


SUBSCRIPTIONS: dict[str, str] = {}


@pytest.fixture(scope="module")
def edited(synced: tuple[Simulators, Connection]) -> dict[str, CustomerDifference]:
    """The differences after all edits, by customer."""
    keap = keap_from_messages(synced[1].messages())
    SUBSCRIPTIONS.update(zip(keap.subscriptions["customer_id"], keap.subscriptions["id"], strict=True))
    edit(Editor.of(synced[0]))
    result = audited(synced)
    assert result.verdict == DIFFERS
    return {row.customer_id: row for row in result.differences}


@pytest.mark.parametrize("case", EDITED)
def test_an_edit_is_found(edited: dict[str, CustomerDifference], case: str) -> None:
    """The cause and the cents, at the customer that was edited; the fault came after sending."""
    cause, cents = EDITED[case]
    found = edited[str(CASES[case].contact_id)]
    assert (found.cause, found.difference) == (cause, cents)
    assert found.where == "after sending"


def test_three_edits_of_one_bill_each_get_their_part(edited: dict[str, CustomerDifference]) -> None:
    """Tax counted, discount not deducted, and all of it times the seats."""
    parts = edited[str(CASES["seats_discount_tax"].contact_id)].parts
    assert parts == (("C7", 9678), ("C5", 675), ("C4", 339))


def test_nobody_else_is_blamed(edited: dict[str, CustomerDifference]) -> None:
    """Exactly the customers that were edited differ."""
    assert edited.keys() == {str(CASES[case].contact_id) for case in EDITED}


def test_every_cause_is_planted_through_the_simulators() -> None:
    """Here or in `test_planted_by_simulators`; C31 is told by a later audit, see above."""
    planted = {cause for cause, *_ in SETTINGS} | {cause for cause, _ in EDITED.values()}
    planted |= {cause for _, _, parts in PLANTED.values() for cause, _ in parts}
    planted |= {cause for _, cause, _ in RENAMED.values()}
    assert planted == {cause.id for cause in CAUSES} | {cause.id for cause in MOVEMENT_CAUSES}
