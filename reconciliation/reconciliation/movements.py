"""MRR movements: new business, expansion, contraction, churn, reactivation, and the balances they add up to.

A movement is typed by the customer's whole MRR before and after it, and movements of one customer within an
hour are grouped (https://help.chartmogul.com/hc/en-us/articles/203299912,
https://help.chartmogul.com/hc/en-us/articles/4416682609426-Understanding-MRR-movements). Billing days have no
hour, so the movements of one day are grouped: losses first, then gains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, pairwise
from typing import Any

import pandas as pd

from reconciliation.frames import rows, stamp

NEW, EXPANSION, CONTRACTION = "new_biz", "expansion", "contraction"
CHURN, REACTIVATION = "churn", "reactivation"
KINDS = (NEW, EXPANSION, CONTRACTION, CHURN, REACTIVATION)
BALANCE = ["date", "customer_id", "subscription_id", "plan_id", "mrr"]
COLUMNS = ["day", "customer_id", "subscription_id", "type", "movement"]

TYPES = {"day": "datetime64[ns]", "movement": "int64"}
TYPES |= dict.fromkeys(("customer_id", "subscription_id", "type"), "string")


@dataclass
class _Customer:
    """What a customer pays and runs while its history is replayed."""

    total: int = 0
    paid: bool = False
    running: set[str] = field(default_factory=set)

    def day(self, given: Sequence[Any]) -> Iterator[tuple[Any, str]]:
        """The day's movements with their types: losses first."""
        losses = [row for row in given if row.change < 0 or row.ended]
        gains = [row for row in given if not (row.change < 0 or row.ended)]
        self.total += sum(row.change for row in losses)
        self.running -= {row.subscription_id for row in losses if row.ended}
        for row in losses:
            yield row, CHURN if self.total == 0 and row.ended else CONTRACTION
        kind = self._gain()
        for row in gains:
            yield row, kind
        self.total += sum(row.change for row in gains)
        self.running |= {row.subscription_id for row in given if not row.ended}
        self.paid = self.paid or self.total > 0

    def _gain(self) -> str:
        if self.total > 0 or (self.paid and self.running):
            return EXPANSION
        return REACTIVATION if self.paid else NEW


def typed(steps: pd.DataFrame) -> pd.DataFrame:
    """Movements from steps (day, customer_id, subscription_id, change, ended): day, customer_id,
    subscription_id, type, movement (cents, losses negative). Steps without a change have no row.
    """
    moved: list[tuple[Any, ...]] = []
    ordered = rows(steps.sort_values(["customer_id", "day"], kind="stable"))
    for _, history in groupby(ordered, key=lambda row: row.customer_id):
        customer = _Customer()
        for day, same_day in groupby(history, key=lambda row: row.day):
            moved += [
                (day, row.customer_id, row.subscription_id, kind, row.change)
                for row, kind in customer.day(list(same_day))
                if row.change
            ]
    return pd.DataFrame(moved, columns=COLUMNS).astype(TYPES)


def balances(moved: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """MRR at the end of each day: date, customer_id, subscription_id, plan_id, mrr (cents); zeros left out.

    `moved`: day, customer_id, subscription_id, plan_id, movement. The plan is that of the latest movement.
    """
    dated = [_at(moved, stamp(day)) for day in days]
    return pd.concat(dated, ignore_index=True) if dated else pd.DataFrame(columns=BALANCE)


def _at(moved: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    until = moved[moved["day"] <= day].groupby(["customer_id", "subscription_id"], as_index=False)
    balance = until.agg(mrr=("movement", "sum"), plan_id=("plan_id", "last"))
    return balance[balance["mrr"] != 0].assign(date=day)[BALANCE]


def by_month(movements: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """Sums per closing day (since the closing day before) and type; before the first day: its own month.

    One row per closing day (index), one column per type, cents.
    """
    table = movements.assign(date=closing_of(movements["day"], days)).dropna(subset=["date"])
    sums = table.pivot_table(index="date", columns="type", values="movement", aggfunc="sum", fill_value=0)
    index = pd.DatetimeIndex([stamp(day) for day in days], name="date")
    return sums.reindex(index=index, columns=list(KINDS), fill_value=0).astype("int64")


def closing_of(moved_on: pd.Series[Any], days: Sequence[date]) -> pd.Series[Any]:
    """The closing day in whose interval each day falls; missing outside of them."""
    first = stamp(days[0]).replace(day=1)
    closing = pd.Series([stamp(day) for day in days], dtype="datetime64[ns]")
    place = closing.searchsorted(moved_on)
    inside = (place < len(closing)) & (moved_on >= first).to_numpy()
    return closing.reindex(pd.Index(place).where(inside, -1)).set_axis(moved_on.index)


def identity_gaps(
    movements: pd.DataFrame, balances: dict[date, int], days: Sequence[date]
) -> dict[date, int]:
    """closing − opening − movements, in cents, of every closing day after the first where it is not zero."""
    sums = by_month(movements, days).sum(axis=1)
    gaps = {
        day: balances.get(day, 0) - balances.get(before, 0) - int(sums[stamp(day)])
        for before, day in pairwise(days)
    }
    return {day: gap for day, gap in gaps.items() if gap}
