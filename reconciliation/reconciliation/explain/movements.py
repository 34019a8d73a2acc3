"""Why movements differ although balances agree: the same change of MRR under another name.

Looked at per customer and month, and only where the month's movements have the same sum on both sides. Where
the sums differ the balance differs too, and its cause explains the movement. What goes on one day and comes
back on another is no matter of names: causes of names hold only where the sums of each day agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from reconciliation.explain.case import Case, true
from reconciliation.frames import rows
from reconciliation.movements import CHURN, CONTRACTION, EXPANSION, NEW, REACTIVATION, closing_of

RULE = "rule"
FAULT = "fault"
UNEXPLAINED = "unexplained"

Differences = Mapping[str, int]
"""ChartMogul less Keap by type of movement, cents, without zeros; they add up to zero."""


BY_HAND, BY_SYNC, BY_ITSELF = "by hand", "by an earlier sync", "by auto-churn"


@dataclass(frozen=True)
class Seen:
    """What differs of a customer in a month. `same_days`: both sides change by the same on the same days;
    `same_subscriptions`: by the same in each subscription; `ended`: what ended one in ChartMogul that would
    not be sent, BY_HAND, BY_SYNC or BY_ITSELF.
    """

    types: Differences
    same_days: bool
    same_subscriptions: bool
    ended: str


@dataclass(frozen=True)
class MovementCause:
    """One reason for other names of the same change. `finds` says whether what is seen shows it."""

    id: str
    title: str
    kind: str
    finds: Callable[[Seen], bool]


def _zero_price(seen: Seen) -> bool:
    """A fall to zero, or the way back, is a contraction on one side and churn on the other."""
    found = seen.types
    down = found.get(CHURN, 0) == -found.get(CONTRACTION, 0)
    up = found.get(REACTIVATION, 0) == -found.get(EXPANSION, 0)
    known = CHURN in found and found.keys() <= {CHURN, CONTRACTION, REACTIVATION, EXPANSION}
    return seen.same_days and known and down and up


def _re_created(seen: Seen) -> bool:
    """Churn and a new start of the same amount in ChartMogul, of another subscription; nothing in Keap."""
    return _left_and_came_back(seen.types) and seen.types[CHURN] < 0 and not seen.same_subscriptions


def _ended(by: str) -> Callable[[Seen], bool]:
    """Churn and return of one subscription in ChartMogul, nothing in Keap."""
    return lambda seen: (
        _left_and_came_back(seen.types)
        and seen.types[CHURN] < 0
        and seen.same_subscriptions
        and seen.ended == by
    )


def _paused(seen: Seen) -> bool:
    """The same in Keap, nothing in ChartMogul."""
    return _left_and_came_back(seen.types) and seen.types[CHURN] > 0


def _left_and_came_back(found: Differences) -> bool:
    return CHURN in found and found.keys() <= {CHURN, REACTIVATION, NEW}


def _grouped(seen: Seen) -> bool:
    """An expansion that takes the name of the gain before it, a contraction that of the churn after it
    (https://help.chartmogul.com/hc/en-us/articles/4416682609426-Understanding-MRR-movements); or a gain and a
    loss of one day that the other side nets.
    """
    one_name = ({NEW, EXPANSION}, {REACTIVATION, EXPANSION}, {CONTRACTION, CHURN})
    return seen.same_days and seen.types.keys() in (*one_name, {EXPANSION, CONTRACTION})


MOVEMENT_CAUSES: tuple[MovementCause, ...] = (
    MovementCause(
        "C13", "ChartMogul's auto-churn ended a subscription without renewal", RULE, _ended(BY_ITSELF)
    ),
    MovementCause("C12", "Pause in Keap's orders, past due and kept in ChartMogul", FAULT, _paused),
    MovementCause("C17", "Zero price: contraction on one side, churn on the other", RULE, _zero_price),
    MovementCause("C24", "Subscription made anew and not linked: false churn and return", FAULT, _re_created),
    MovementCause("C25", "Movements of one hour or day grouped or netted otherwise", RULE, _grouped),
    MovementCause(
        "C26", "Line or end made, changed or disabled by hand in ChartMogul", FAULT, _ended(BY_HAND)
    ),
    MovementCause("C22", "Sync gap: present on one side only", FAULT, _ended(BY_SYNC)),
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


def renamed(
    keap: pd.DataFrame,
    chartmogul: pd.DataFrame,
    days: Sequence[date],
    *,
    same_zone: bool,
    ended: Callable[[str], str],
) -> tuple[Renamed, ...]:
    """Both sides' movements as `movements.typed` gives them, between the closing days; latest first. Where
    the zones differ, a day is the same as the one before or after it. `ended`: see `ended_by`.
    """
    both = [keap.assign(movement=-keap["movement"]), chartmogul]
    table = pd.concat(both, ignore_index=True)
    table = table.assign(date=closing_of(table["day"], days)).dropna(subset=["date"])
    sums = table.groupby(["date", "customer_id", "type"], as_index=False)["movement"].sum()
    net = sums.groupby(["date", "customer_id"])["movement"].transform("sum")
    differing = sums[(sums["movement"] != 0) & (net == 0)]
    moved = _on_other_days(table, pd.Timedelta(days=0 if same_zone else 1))
    nets = table.groupby(["date", "customer_id", "subscription_id"])["movement"].sum()
    apart = {key[:2] for key in nets[nets != 0].index}
    found = [
        _renamed(
            key,
            Seen(
                {row.type: int(row.movement) for row in rows(group)},
                same_days=key not in moved,
                same_subscriptions=key not in apart,
                ended=ended(str(key[1])),
            ),
        )
        for key, group in differing.groupby(["date", "customer_id"])
    ]
    return tuple(sorted(found, key=lambda each: (each.day, each.customer_id), reverse=True))


def _renamed(key: tuple[Any, ...], seen: Seen) -> Renamed:
    fitting = (cause.id for cause in MOVEMENT_CAUSES if cause.finds(seen))
    return Renamed(key[0].date(), str(key[1]), tuple(seen.types.items()), next(fitting, None))


def ended_by(case: Case) -> Callable[[str], str]:
    """For a customer in whose account ChartMogul has an end that would not be sent: what wrote it."""
    events = case.chartmogul.events
    sent = set(case.expected.ends) if case.expected else set[str]()
    stray = events["type"].eq("subscription_cancelled") & ~events["external_id"].isin(sent)
    owners = case.movements.drop_duplicates("subscription_id").set_index("subscription_id")["customer_id"]
    named = events[stray]["subscription_id"].map(owners)
    ours = true(events[stray]["ours"])
    by_hand, by_sync = set(named[~ours].dropna()), set(named[ours].dropna())
    unwritten = BY_HAND if case.chartmogul.settings.auto_churn_days is None else BY_ITSELF
    return lambda customer: BY_HAND if customer in by_hand else BY_SYNC if customer in by_sync else unwritten


def _on_other_days(table: pd.DataFrame, near: pd.Timedelta) -> set[tuple[Any, ...]]:
    """Closing days and customers with days, or days `near` to each other, on which one side changes by more
    than the other.
    """
    keys = ["date", "customer_id"]
    days = table.groupby([*keys, "day"], as_index=False)["movement"].sum()
    days = days[days["movement"] != 0].sort_values([*keys, "day"])
    apart = days.groupby(keys)["day"].diff() > near
    runs = days.groupby([*keys, apart.cumsum().rename("run")])["movement"].sum()
    return {run[:2] for run in runs[runs != 0].index}
