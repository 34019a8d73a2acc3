"""One customer in both systems: orders, payments, cancellations, movements, and the MRR steps they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from reconciliation.audit import Examination
from reconciliation.errors import ReconciliationError
from reconciliation.frames import rows
from reconciliation.keap_mrr.lines import day_in
from reconciliation.keap_mrr.steps import steps
from reconciliation.money import exponent, money, signed
from reconciliation.movements import COLUMNS
from reconciliation.policy import zone_named

EVENT = ["day", "system", "what", "id", "cents", "says"]


@dataclass(frozen=True)
class Story:
    """What both systems know of one customer.

    `events`: day, system, what (order, payment, refund, cancellation, pause, end, one of the movements), id,
    cents, says; in time order; an end is a cancellation that ChartMogul holds. `mrr`: per figure, the days on
    which the customer's MRR changed, and the MRR from then on (cents).
    """

    customer_id: str
    currency: str
    digits: int
    events: pd.DataFrame
    mrr: Mapping[str, pd.DataFrame]


def story(found: Examination, customer_id: str) -> Story:
    """Raises ReconciliationError for a customer that neither side knows."""
    case = found.case
    if customer_id not in case.contacts | case.customers:
        raise ReconciliationError(f"Neither Keap nor ChartMogul knows a customer '{customer_id}'.")
    tables = [_orders(found, customer_id), _payments(found, customer_id)]
    tables += [_ends(found, customer_id), _cancelled(found, customer_id), _movements(found, customer_id)]
    events = pd.DataFrame([row for table in tables for row in table], columns=EVENT)
    events = events.sort_values(["day", "system"], ascending=[True, False], kind="stable")
    return Story(
        customer_id, case.keap.currency, case.digits, events.reset_index(drop=True), _mrr(found, customer_id)
    )


def most_telling(found: Examination) -> str:
    """The customer with the largest difference at the closing day, else the one with most movements."""
    if found.report.differences:
        return found.report.differences[0].customer_id
    counts = found.case.movements["customer_id"].value_counts()
    if counts.empty:
        raise ReconciliationError("ChartMogul has no movement of any customer of this data source.")
    return str(counts.index[0])


def _orders(found: Examination, customer_id: str) -> list[tuple[Any, ...]]:
    orders = found.case.keap.orders
    own = orders[orders["customer_id"] == customer_id]
    days = day_in(found.case.zone, own["ordered_at"])
    digits = exponent(found.case.keap.currency)
    return [
        (day, "Keap", "order", row.id, row.total, _order(row, digits))
        for day, row in zip(days, rows(own), strict=True)
    ]


def _order(row: Any, digits: int) -> str:
    total, paid = (0 if pd.isna(cents) else int(cents) for cents in (row.total, row.total_paid))
    rest = "" if paid >= total else f", {money(paid, digits)} of it paid"
    return f"order of {money(total, digits)}{rest}"


def _payments(found: Examination, customer_id: str) -> list[tuple[Any, ...]]:
    case = found.case
    own = case.keap.orders.loc[case.keap.orders["customer_id"] == customer_id, "id"]
    paid = case.keap.payments[case.keap.payments["order_id"].isin(own)]
    digits = exponent(case.keap.currency)
    payments = []
    for day, row in zip(day_in(case.zone, paid["paid_at"]), rows(paid), strict=True):
        cents = int(Decimal(str(row.amount)).scaleb(digits))
        what = "refund" if cents < 0 else "payment"
        open_ = "" if row.settled else ", not settled"
        text = f"{what} of {money(abs(cents), digits)} for order {row.order_id}{open_}"
        payments.append((day, "Keap", what, row.id, cents, text))
    return payments


def _ends(found: Examination, customer_id: str) -> list[tuple[Any, ...]]:
    table = found.case.periods
    ended = table[table["customer_id"].eq(customer_id) & table["ended_by"].isin(["churn", "pause"])]
    ends = []
    for row in rows(ended):
        what = "cancellation" if row.ended_by == "churn" else "pause"
        by = f" by {row.churn_by}" if what == "cancellation" else ", no order for a while"
        text = f"subscription {row.subscription_id} ends{by}"
        ends.append((row.until, "Keap", what, row.subscription_id, -int(row.mrr), text))
    return ends


def _cancelled(found: Examination, customer_id: str) -> list[tuple[Any, ...]]:
    held = found.case.chartmogul.events
    own = held[held["customer_id"].eq(customer_id) & held["type"].eq("subscription_cancelled")]
    days = day_in(zone_named(found.case.chartmogul.settings.time_zone), own["effective_at"])
    return [
        (day, "ChartMogul", "end", row.external_id, 0, f"subscription {row.subscription_id} cancelled")
        for day, row in zip(days, rows(own), strict=True)
    ]


def _movements(found: Examination, customer_id: str) -> list[tuple[Any, ...]]:
    moved = found.case.movements
    digits = found.case.digits
    return [
        (
            row.day,
            "ChartMogul",
            row.type,
            row.subscription_id,
            row.movement,
            f"{row.type} of {signed(row.movement, digits)}, subscription {row.subscription_id}",
        )
        for row in rows(moved[moved["customer_id"] == customer_id])
    ]


def _mrr(found: Examination, customer_id: str) -> dict[str, pd.DataFrame]:
    case = found.case
    changes = {"Keap": steps(case.periods)}
    if case.expected is not None:
        changes["what would be sent"] = case.expected.steps
    moved = case.movements[COLUMNS].rename(columns={"movement": "change"})
    return {name: _running(table, customer_id) for name, table in (changes | {"ChartMogul": moved}).items()}


def _running(table: pd.DataFrame, customer_id: str) -> pd.DataFrame:
    daily = table[table["customer_id"] == customer_id].groupby("day")["change"].sum()
    daily = daily[daily != 0]
    return pd.DataFrame({"day": daily.index, "mrr": daily.cumsum().to_numpy()})
