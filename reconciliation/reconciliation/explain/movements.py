"""Why movements differ although balances agree: the same change of MRR under another name.

Looked at per customer and month, and only where the month's movements have the same sum on both sides. Where
the sums differ the balance differs too, and its cause explains the movement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from reconciliation.frames import rows
from reconciliation.movements import CHURN, CONTRACTION, EXPANSION, NEW, REACTIVATION, closing_of

RULE = "rule"
FAULT = "fault"
UNEXPLAINED = "unexplained"

Differences = Mapping[str, int]
"""ChartMogul less Keap by type of movement, cents, without zeros; they add up to zero."""


@dataclass(frozen=True)
class MovementCause:
    """One reason for other names of the same change. `finds` says whether the differences show it."""

    id: str
    title: str
    kind: str
    finds: Callable[[Differences], bool]


def _zero_price(found: Differences) -> bool:
    """A fall to zero, or the way back, is a contraction on one side and churn on the other."""
    down = found.get(CHURN, 0) == -found.get(CONTRACTION, 0)
    up = found.get(REACTIVATION, 0) == -found.get(EXPANSION, 0)
    return (
        down and up and found.keys() <= {CHURN, CONTRACTION, REACTIVATION, EXPANSION} and _has(found, CHURN)
    )


def _re_created(found: Differences) -> bool:
    """Churn and a new start of the same amount on one side, nothing on the other."""
    back = found.get(REACTIVATION, 0) + found.get(NEW, 0)
    return back == -found.get(CHURN, 0) and found.keys() <= {CHURN, REACTIVATION, NEW} and _has(found, CHURN)


def _grouped(found: Differences) -> bool:
    """Gains (or losses) of one hour or day under one name on one side, under several on the other; or a gain
    and a loss that the other side nets.
    """
    gains = {NEW, EXPANSION, REACTIVATION}
    return (
        found.keys() <= gains
        or found.keys() <= {CONTRACTION, CHURN}
        or found.keys() == {EXPANSION, CONTRACTION}
    )


def _has(found: Differences, kind: str) -> bool:
    return found.get(kind, 0) != 0


MOVEMENT_CAUSES: tuple[MovementCause, ...] = (
    MovementCause("C17", "Zero price: contraction on one side, churn on the other", RULE, _zero_price),
    MovementCause("C24", "Subscription made anew and not linked: false churn and return", FAULT, _re_created),
    MovementCause("C25", "Movements of one hour or day grouped or netted otherwise", RULE, _grouped),
)
KINDS = {cause.id: cause.kind for cause in MOVEMENT_CAUSES}


@dataclass(frozen=True)
class Renamed:
    """The same change under other names: one customer, one month, ChartMogul less Keap by type (cents)."""

    day: date
    customer_id: str
    differences: tuple[tuple[str, int], ...]
    cause: str | None

    @property
    def kind(self) -> str:
        """rule, fault or unexplained."""
        return KINDS[self.cause] if self.cause else UNEXPLAINED


def renamed(keap: pd.DataFrame, chartmogul: pd.DataFrame, days: Sequence[date]) -> tuple[Renamed, ...]:
    """Both sides' movements as `movements.typed` gives them, between the closing days; latest first."""
    both = [keap.assign(movement=-keap["movement"]), chartmogul]
    table = pd.concat(both, ignore_index=True)
    table = table.assign(date=closing_of(table["day"], days)).dropna(subset=["date"])
    sums = table.groupby(["date", "customer_id", "type"], as_index=False)["movement"].sum()
    net = sums.groupby(["date", "customer_id"])["movement"].transform("sum")
    differing = sums[(sums["movement"] != 0) & (net == 0)]
    found = [
        _renamed(key[0].date(), str(key[1]), {row.type: int(row.movement) for row in rows(group)})
        for key, group in differing.groupby(["date", "customer_id"])
    ]
    return tuple(sorted(found, key=lambda each: (each.day, each.customer_id), reverse=True))


def _renamed(day: date, customer_id: str, found: Differences) -> Renamed:
    cause = next((cause.id for cause in MOVEMENT_CAUSES if cause.finds(found)), None)
    return Renamed(day, customer_id, tuple(found.items()), cause)
