"""Keap's own MRR and ChartMogul's, after what happens to subscriptions in a simulated account.

Every history is played through both simulators and written by the destination; then the two figures are equal
to the cent at each month end, whether it was written once or month by month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest
import requests

from reconciliation import keap_mrr, movements
from reconciliation.compare import closing_days
from reconciliation.expected import expected
from reconciliation.load.keap import keap_from_records
from reconciliation.policy import from_configuration
from tests.destination_chartmogul.pipe import config_for, keap_records, messages_of, run_write
from tests.simulators import Simulators, running

TODAY = date(2027, 6, 30)
MONTHS = 12
DAY = 86_400
ANALYTICS_SECONDS = 600
POLICY: dict[str, Any] = {"replacement_window_days": 10, "churn_date": {"time_of_day": "14:30"}}

Play = Callable[["Customer"], None]


class Customer:
    """A new contact with a monthly subscription, and what happens to it."""

    def __init__(self, servers: Simulators, **bought: Any) -> None:
        self.keap = servers.keap.control
        self.id = self.keap.event("new_contact", given_name="Nia", email="nia@example.com")["contacts"][0]
        self.subscription, self.order = self.buys(**bought)

    def buys(self, **bought: Any) -> tuple[int, int]:
        """A subscription and its first order."""
        bought = {"plan_id": "101"} | bought
        touched = self.keap.event("new_subscription", contact_id=self.id, **bought)
        return touched["subscriptions"][0], touched["orders"][0]

    def happens(self, kind: str, **fields: Any) -> dict[str, Any]:
        """An event of the subscription."""
        found: dict[str, Any] = self.keap.event(kind, subscription_id=self.subscription, **fields)
        return found


def months_pass(keap: Any, months: int) -> None:
    """Keap bills, retries and ends what falls due."""
    keap.clock(advance_seconds=DAY * 30 * months)


def interval_edited(one: Customer) -> None:
    one.happens("change_plan", frequency=3, price=9000)


def seats_added(one: Customer) -> None:
    one.happens("change_plan", quantity=5)


def billed_now(one: Customer) -> None:
    one.happens("change_plan", price=12_345, bill_now=True)


def month_skipped(one: Customer) -> None:
    one.happens("move_bill_date", next_bill_date="2026-12-20")


def credited(one: Customer) -> None:
    one.happens("credit", amount=1000, orders=2)


def first_payment_failed(one: Customer) -> None:
    one.keap.event("new_subscription", contact_id=one.id, plan_id="103", declined=True)


def first_payment_late(one: Customer) -> None:
    """It is bought anew before somebody pays the old order; the money of another one does not come."""
    bought = {"contact_id": one.id, "plan_id": "103"}
    old, unpaid = (one.keap.event("new_subscription", **bought, declined=True)["orders"][0] for _ in range(2))
    soon = one.keap.event("new_subscription", **bought, declined=True)["orders"][0]
    one.keap.event("pay_order", order_id=unpaid, pending=True)
    one.keap.clock(advance_seconds=3600)
    one.keap.event("pay_order", order_id=soon)
    one.keap.clock(advance_seconds=3 * DAY)
    one.buys(plan_id="103")
    one.keap.event("pay_order", order_id=old)


def written_off(one: Customer) -> None:
    one.happens("change_plan", price=7000)
    one.happens("payment_failed", times=9)
    months_pass(one.keap, 1)
    one.keap.event("write_off", contact_id=one.id)


def deactivated(one: Customer) -> None:
    one.happens("deactivate")


def replaced(one: Customer) -> None:
    one.happens("deactivate")
    one.buys(price=20_000)


def a_second_one(one: Customer) -> None:
    one.happens("cancel")
    months_pass(one.keap, 2)
    one.buys(price=20_000)


def moved(one: Customer) -> None:
    into = one.keap.event("new_contact", given_name="Ada", email="ada@example.com")["contacts"][0]
    one.keap.event("merge_contacts", contact_id=one.id, into_contact_id=into)


def retried(one: Customer) -> None:
    one.happens("payment_failed", retries=2)


def paid_late(one: Customer) -> None:
    one.happens("payment_failed", times=9)
    months_pass(one.keap, 2)
    one.happens("deactivate")
    months_pass(one.keap, 1)
    one.keap.event("pay_order", contact_id=one.id)


HAPPENINGS: dict[str, tuple[dict[str, Any], Play | None]] = {
    "nothing": ({}, None),
    "three cycles": ({"cycles": 3}, None),
    "tax": ({"tax_percent": 8, "items": [{"name": "Course", "price": 3000}]}, None),
    "discounts": (
        {
            "discounts": [
                {"item_type": "DISCOUNT_PRODUCT", "amount": 99_000, "orders": 1},
                {"item_type": "DISCOUNT_ORDER_TOTAL", "percent": 10},
            ],
            "items": [{"name": "Course", "price": 200_000}, {"name": "Voucher", "price": -500}],
        },
        None,
    ),
    "interval edited": ({}, interval_edited),
    "seats added": ({}, seats_added),
    "billed now": ({}, billed_now),
    "month skipped": ({}, month_skipped),
    "credited": ({}, credited),
    "first_payment_failed": ({}, first_payment_failed),
    "first payment late": ({}, first_payment_late),
    "written off": ({}, written_off),
    "deactivated": ({}, deactivated),
    "replaced": ({}, replaced),
    "a second one": ({}, a_second_one),
    "moved": ({}, moved),
    "retried": ({}, retried),
    "paid late": ({}, paid_late),
}


@pytest.fixture(scope="module")
def servers() -> Iterator[Simulators]:
    with running("small") as both:
        both.keap.control.switch("rate_limits", "off")
        both.chartmogul.control.switch("rate_limit", "off")
        both.chartmogul.control.settings({"account_currency": "USD", "time_zone": "America/Denver"})
        for switch in ("analytics_delay_seconds", "json_import_seconds"):
            both.chartmogul.control.switch(switch, 1)
        yield both


def synced(servers: Simulators, config: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Everything that Keap holds, after it was written."""
    servers.chartmogul.control.clock(now=servers.keap.control.clock())
    records = keap_records(servers.keap)
    result = run_write(config, messages_of(records))
    assert (result.error, result.rejected) == (None, 0), result.logs
    return records


def of_keap(records: dict[str, list[dict[str, Any]]], days: list[date]) -> tuple[list[int], pd.DataFrame]:
    """Keap's MRR at the end of each day, in cents, and what subscriptions have on the last; what would be
    sent is the same, customer by customer.
    """
    held = {stream: {str(row["id"]): row for row in rows} for stream, rows in records.items()}
    keap, policy = keap_from_records(held), from_configuration(POLICY)
    zone = policy.zone(keap.time_zone)
    lines = keap_mrr.subscription_lines(keap, zone, policy)
    more = {"payments": keap.payments, "plans": keap.plans}
    table = keap_mrr.periods(lines, keap.subscriptions, policy, days[-1], zone, **more)
    balances = keap_mrr.balances(table, days)
    sent = expected(keap, policy, days[-1], zone)
    assert sent is not None
    moved = sent.steps.rename(columns={"change": "movement"})
    differing = by_customer_and_day(balances).sub(
        by_customer_and_day(movements.balances(moved, days)), fill_value=0
    )
    assert not differing[differing != 0].to_dict()
    found = balances.groupby("date")["mrr"].sum()
    last = balances[balances["date"] == pd.Timestamp(days[-1])]
    return [int(found.get(pd.Timestamp(day), 0)) for day in days], last


def by_customer_and_day(balances: pd.DataFrame) -> pd.Series[int]:
    """MRR in cents."""
    sums: pd.Series[int] = balances.groupby(["customer_id", "date"])["mrr"].sum()
    return sums


def of_chartmogul(servers: Simulators, days: list[date]) -> list[int]:
    """ChartMogul's own MRR by month, in cents."""
    server = servers.chartmogul
    server.control.clock(advance_seconds=ANALYTICS_SECONDS)
    query = {"start-date": str(days[0].replace(day=1)), "end-date": str(days[-1]), "interval": "month"}
    url, key = f"{server.url}/v1/metrics/mrr", (server.api_key, "")
    entries = requests.get(url, params=query, auth=key, timeout=10).json()["entries"]
    return [int(entry["mrr"]) for entry in entries]


def by_customer(servers: Simulators) -> dict[str, int]:
    """ChartMogul's MRR now, in cents, by contact."""
    server, found, cursor = servers.chartmogul, dict[str, int](), None
    while True:
        query = {"per_page": 200} | ({"cursor": cursor} if cursor else {})
        page = requests.get(
            f"{server.url}/v1/customers", params=query, auth=(server.api_key, ""), timeout=10
        ).json()
        found |= {row["external_id"]: int(row["mrr"]) for row in page["entries"]}
        cursor = page["cursor"]
        if not page["has_more"]:
            return found


@pytest.mark.parametrize("together", [True, False], ids=["at once", "month by month"])
def test_both_figures_are_equal(servers: Simulators, together: bool) -> None:
    """At each month end of the year, to the cent, and for each customer at the end."""
    servers.keap.control.reset(keep_switches=True)
    servers.chartmogul.control.reset(keep_switches=True)
    servers.chartmogul.control.settings({"account_currency": "USD", "time_zone": "America/Denver"})
    config = config_for(servers.chartmogul, **POLICY)
    customers = {name: Customer(servers, **bought) for name, (bought, _) in HAPPENINGS.items()}
    months_pass(servers.keap.control, 2)
    if not together:
        synced(servers, config)
    for name, (_, play) in HAPPENINGS.items():
        if play:
            play(customers[name])
    months_pass(servers.keap.control, 3)
    records = synced(servers, config)
    today = date.fromisoformat(str(servers.keap.control.clock())[:10])
    days = closing_days(today, MONTHS)
    keap, chartmogul = of_keap(records, days), of_chartmogul(servers, days)
    held = by_customer(servers)
    sums = keap[1].groupby("customer_id")["mrr"].sum()
    table = {str(key): int(cents) for key, cents in sums.items()}
    names = {str(one.id): name for name, one in customers.items()}
    differing = {
        names.get(key, key): (table.get(key, 0), held.get(key, 0))
        for key in held.keys() | table.keys()
        if table.get(key, 0) != held.get(key, 0)
    }
    assert differing == {}
    assert keap[0] == chartmogul
