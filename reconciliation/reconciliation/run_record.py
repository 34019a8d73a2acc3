"""What is kept of one audit: its report, the balances of each customer, a fingerprint of each record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from reconciliation.explain.case import Case
from reconciliation.frames import rows

DIGITS = 16  # of a hash: enough to see that a record changed

Balances = Mapping[tuple[date, str], tuple[int, int]]
"""Cents in Keap and in ChartMogul by closing day and customer."""


@dataclass(frozen=True)
class RunRecord:
    """`records`: by customer, the fingerprint of each record that makes its MRR, for example
    `Keap order 20001`.
    """

    report: Mapping[str, Any]
    balances: Balances
    records: Mapping[str, Mapping[str, str]]

    @property
    def as_of(self) -> str:
        """The day of the audit, ISO."""
        return str(self.report["tie_out"]["as_of"])

    def balance_rows(self) -> Iterator[tuple[Any, ...]]:
        """Lines of a table: day, customer, cents in Keap and in ChartMogul."""
        return ((day, customer, *cents) for (day, customer), cents in sorted(self.balances.items()))

    def record_rows(self) -> Iterator[tuple[str, str, str]]:
        """Lines of a table: customer, record, fingerprint."""
        for customer, held in sorted(self.records.items()):
            for name, digest in sorted(held.items()):
                yield customer, name, digest


def run_record(case: Case, subscriptions: pd.DataFrame, report: Mapping[str, Any]) -> RunRecord:
    """What to keep of an audit; `subscriptions` is what `compare.by_subscription` gives, `report` the
    report as plain values.
    """
    table = subscriptions.groupby(["date", "customer_id"], as_index=False)[["keap", "chartmogul"]].sum()
    balances = {
        (row.date.date(), str(row.customer_id)): (int(row.keap), int(row.chartmogul)) for row in rows(table)
    }
    return RunRecord(report, balances, _fingerprints(case))


def _fingerprints(case: Case) -> dict[str, dict[str, str]]:
    keap = case.keap
    items = keap.items.merge(keap.orders[["id", "customer_id"]], left_on="order_id", right_on="id")
    tables = (
        ("Keap order", keap.orders, "id"),
        ("Keap order item", items.drop(columns=["id_y"]).rename(columns={"id_x": "id"}), "id"),
        ("Keap subscription", keap.subscriptions, "id"),
        ("ChartMogul movement of subscription", _movements(case.movements), "subscription_id"),
    )
    held: dict[str, dict[str, str]] = {}
    for name, table, key in tables:
        for row in rows(table):
            customer = row.customer_id
            if not pd.isna(customer):
                held.setdefault(str(customer), {})[f"{name} {getattr(row, key)}"] = _digest(row)
    return held


def _movements(table: pd.DataFrame) -> pd.DataFrame:
    """One row per customer and subscription that stands for all of its movements."""
    told = table["happened_at"].astype("string") + table["type"] + table["movement"].astype("string")
    joined = told.groupby([table["customer_id"], table["subscription_id"]]).agg("|".join)
    return joined.rename("told").reset_index()


def _digest(row: Any) -> str:
    text = "\x1f".join("" if pd.isna(value) else str(value) for value in row)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
