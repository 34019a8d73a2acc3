"""Several causes of amount at once: which combination gives ChartMogul's amount, and the part of each.

The causes are switched on one after the other in the published order; each gets the change that it makes.
Another order would split the difference otherwise, which is why the order is fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import pandas as pd

from reconciliation.explain.amounts import OTHER_MONTHS
from reconciliation.explain.case import Case, latest_period
from reconciliation.intervals import MONTHLY_SHARE

BILLING = ["order_id", "net", "unit", "times", "tax", "reduction", "quantity", "plan_unit", "plan_count"]
BILLING += ["keap", "chartmogul"]
MOST = 3  # causes at once; with more almost any amount could be reached


@dataclass(frozen=True)
class Billed:
    """What a line charges and over what; `month`: days of a month for intervals of days."""

    net: int
    unit: str
    count: int
    times: int = 1
    month: Fraction = Fraction(*MONTHLY_SHARE["day"])

    @property
    def mrr(self) -> int:
        """Whole cents, halves away from zero; the quantity multiplies what is rounded."""
        share = Fraction(*MONTHLY_SHARE[self.unit]) if self.unit != "day" else self.month
        exact = self.net * share / self.count
        whole = int(abs(exact) + Fraction(1, 2))
        return (whole if exact >= 0 else -whole) * self.times


@dataclass(frozen=True)
class Switch:
    """One cause as a change of what is billed; None where it changes nothing in this order."""

    cause: str
    says: str
    turn: Callable[[Billed, Any], Billed | None]


@dataclass(frozen=True)
class Part:
    """The share of one cause in one difference, in cents."""

    row: Any
    cause: str
    cents: int
    evidence: str


def _interval(billed: Billed, row: Any) -> Billed | None:
    if pd.isna(row.plan_unit) or (row.plan_unit, row.plan_count) == (billed.unit, billed.count):
        return None
    return replace(billed, unit=str(row.plan_unit), count=int(row.plan_count))


def _tax(billed: Billed, row: Any) -> Billed | None:
    return replace(billed, net=billed.net + int(row.tax)) if row.tax else None


def _discount_kept(billed: Billed, row: Any) -> Billed | None:
    return replace(billed, net=billed.net + int(row.reduction)) if row.reduction else None


def _discount_twice(billed: Billed, row: Any) -> Billed | None:
    return replace(billed, net=billed.net - int(row.reduction)) if row.reduction else None


def _quantity(billed: Billed, row: Any) -> Billed | None:
    return replace(billed, times=int(row.quantity)) if row.quantity > 1 else None


def _month(days: Fraction) -> Callable[[Billed, Any], Billed | None]:
    return lambda billed, _: replace(billed, month=days) if billed.unit == "day" else None


SWITCHES: tuple[Switch, ...] = (
    Switch("C2", "its plan's interval instead of its own", _interval),
    *(
        Switch("C3", f"a month of {name} instead of 30.4375 days", _month(Fraction(*days)))
        for name, days in OTHER_MONTHS.items()
    ),
    Switch("C4", "its tax", _tax),
    Switch("C5", "its discount not deducted", _discount_kept),
    Switch("C5", "its discount deducted twice", _discount_twice),
    Switch("C7", "its quantity multiplied again", _quantity),
)


def combined(case: Case, differences: pd.DataFrame) -> list[Part]:
    """The parts of every difference that two or three causes together reproduce to the cent; `Part.row` is
    the difference's index. The smallest combination counts, the first in the published order.
    """
    table = latest_period(case, differences)
    table = table[table["keap"].ne(0) & table["chartmogul"].ne(0)]
    table = (
        table.dropna(subset=["net", "unit", "count", "quantity"])
        .reset_index(names="place")
        .rename(columns={"count": "times"})
    )
    known: dict[tuple[Any, ...], list[Part]] = {}  # one order makes the same difference on many days
    found = []
    for row in table[[*BILLING, "place"]].itertuples(index=False, name="Row"):
        key = tuple(None if pd.isna(value) else value for value in row[:-1])
        if key not in known:
            known[key] = _parts(row)
        found += [replace(part, row=row[-1]) for part in known[key]]
    return found


def _parts(row: Any) -> list[Part]:
    start = Billed(int(row.net), str(row.unit), int(row.times))
    for chosen in _combinations():
        steps = _steps(start, chosen, row)
        if steps and steps[-1].mrr == row.chartmogul and start.mrr == row.keap:
            levels = [start.mrr, *(step.mrr for step in steps)]
            return [
                Part(None, switch.cause, after - before, f"order {row.order_id} with {switch.says}")
                for switch, before, after in zip(chosen, levels, levels[1:], strict=False)
            ]
    return []


def _combinations() -> Iterable[tuple[Switch, ...]]:
    for size in range(2, MOST + 1):
        for chosen in combinations(SWITCHES, size):
            if len({switch.cause for switch in chosen}) == size:
                yield chosen


def _steps(start: Billed, chosen: tuple[Switch, ...], row: Any) -> list[Billed]:
    """What is billed after each switch; empty when one of them changes nothing."""
    steps: list[Billed] = []
    for switch in chosen:
        turned = switch.turn(steps[-1] if steps else start, row)
        if turned is None:
            return []
        steps.append(turned)
    return steps
