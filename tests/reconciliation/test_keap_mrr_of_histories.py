"""Keap's own MRR and what the destination would send, on written histories: equal on each day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from reconciliation import keap_mrr
from reconciliation.expected import expected
from reconciliation.frames import KeapFrames
from reconciliation.keap_mrr.steps import steps
from reconciliation.load.keap import keap_from_records
from reconciliation.policy import Policy
from tests.destination_chartmogul.histories import Story
from tests.destination_chartmogul.keap import Json, item, order, subscription

ZONE = ZoneInfo("America/Denver")
TODAY = date(2026, 7, 1)
SEEDS = 60
KEYS = ["subscription_id", "day"]


def account(orders: Sequence[Json], subscriptions: Sequence[Json], currency: str = "USD") -> KeapFrames:
    """An account of these records."""
    profile = {"id": "account", "time_zone": str(ZONE), "currency_code": currency}
    records = {"account": [profile], "orders": orders, "subscriptions": subscriptions}
    return keap_from_records({name: {row["id"]: row for row in rows} for name, rows in records.items()})


def differing(keap: KeapFrames) -> pd.DataFrame:
    """Subscriptions and days on which the two figures change otherwise."""
    lines = keap_mrr.subscription_lines(keap, ZONE)
    table = keap_mrr.periods(lines, keap.subscriptions, Policy(), TODAY, ZONE)
    sent = expected(keap, Policy(), TODAY, ZONE)
    assert sent is not None
    sides = {"keap": steps(table), "sent": sent.steps}
    sums = {name: side.groupby(KEYS)["change"].sum() for name, side in sides.items()}
    assert sums["keap"].abs().sum() > 0
    both = pd.DataFrame(sums).fillna(0)
    return both[both["keap"] != both["sent"]]


def of_contact(row: Json, seed: int) -> Json:
    """A record under a contact of its own, with ids of its own."""
    text = json.dumps({**row, "contact_id": "", "contact": {}})
    own = {
        **json.loads(text),
        "id": f"{seed}{row['id']}",
        "contact_id": str(seed),
        "contact": {"id": str(seed)},
    }
    for each in own.get("order_items", ()):
        each["id"] = f"{seed}{each['id']}"
        if each.get("subscription_id"):
            each["subscription_id"] = f"{seed}{each['subscription_id']}"
    return own


def test_random_histories() -> None:
    """Cycles, seats, discounts in every form, tax, one-off lines, refunds and ends of sixty contacts."""
    told = [(1000 + seed, Story(seed).tell()) for seed in range(SEEDS)]
    orders = [of_contact(row, seed) for seed, history in told for row in history.orders]
    subscriptions = [of_contact(row, seed) for seed, history in told for row in history.subscriptions]
    assert differing(account(orders, subscriptions)).empty


def bill(day: str, *prices: int, plan: str = "101", currency: str = "USD") -> Json:
    """An order of subscription 5001 with a line for each price."""
    number = day.replace("-", "")
    embedded = {"id": plan, "cycle_type": "MONTHLY", "frequency": 1}
    lines = [
        {**item(price=price, subscription_plan=embedded), "id": f"6{number}{place}"}
        for place, price in enumerate(prices)
    ]
    made = order(*lines, id=f"2{number}", order_time=f"{day}T18:00:00Z", currency=currency)
    numbered = zip(made["order_items"], lines, strict=True)
    return made | {"order_items": [{**line, "id": own["id"]} for line, own in numbered]}


BILLS: dict[str, tuple[list[Json], Json]] = {
    "a first bill up to a fixed day": (
        [bill("2026-05-11", 2032), bill("2026-06-01", 3000)],
        {"billing_amount": 30.0},
    ),
    "a seat added inside a period": (
        [bill("2026-05-01", 2000), bill("2026-05-16", 516), bill("2026-06-01", 3000)],
        {"billing_amount": 30.0},
    ),
    "the whole new price for the rest": (
        [bill("2026-05-01", 2000), bill("2026-05-16", 2581), bill("2026-06-01", 5000)],
        {"billing_amount": 50.0},
    ),
    "a credit and a charge": (
        [bill("2026-05-01", 2000), bill("2026-05-16", -1000, 2500), bill("2026-06-01", 5000)],
        {"billing_amount": 50.0},
    ),
    "a quarter that was monthly": (
        [
            bill("2026-01-01", 2000),
            bill("2026-02-01", 2000),
            bill("2026-03-01", 6000),
            bill("2026-06-01", 6000),
        ],
        {"billing_frequency": 3},
    ),
    "a bill that was moved by two days": (
        [bill("2026-01-26", 2000), bill("2026-02-26", 2000), bill("2026-03-26", 2000)],
        {"billing_frequency": 2, "next_bill_date": "2026-05-28"},
    ),
    "a pause": ([bill("2026-01-01", 2000), bill("2026-02-01", 2000), bill("2026-06-01", 2000)], {}),
    "a part of a year": (
        [bill("2026-01-01", 24_000), bill("2026-05-11", 7726)],
        {"billing_cycle": "YEAR", "next_bill_date": "2027-01-01", "billing_amount": 360.0},
    ),
}


@pytest.mark.parametrize("name", BILLS)
def test_bills_that_are_not_one_interval_apart(name: str) -> None:
    """Both read the days and the price alike, by code that they do not share."""
    orders, more = BILLS[name]
    defaults = {"start_date": "2026-01-01", "last_bill_date": "2026-06-01", "next_bill_date": "2026-07-01"}
    assert differing(account(orders, [subscription(**defaults | more)])).empty


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_currencies_without_hundredths(currency: str) -> None:
    """A year of 1,001 of the smallest unit is a twelfth of it in hundredths."""
    orders = [bill("2026-06-01", 1001, currency=currency)]
    own: dict[str, Any] = {"billing_cycle": "YEAR", "next_bill_date": "2027-06-01"}
    assert differing(account(orders, [subscription(**own)], currency)).empty
