"""All customers together: balances, movements and subscribers by day."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import accumulate

from tests.simulators.chartmogul.metrics.money import Amount
from tests.simulators.chartmogul.metrics.periods import ONE_DAY, Period
from tests.simulators.chartmogul.metrics.results import History

DayOf = Callable[[datetime], date]
KINDS = ("new_biz", "expansion", "contraction", "churn", "reactivation")


class Running:
    """A sum that changes on some days."""

    def __init__(self, changes: dict[date, Amount]) -> None:
        self._days = sorted(changes)
        self._sums = list(accumulate(changes[day] for day in self._days))

    def at(self, day: date) -> Amount:
        """The sum at the end of a day."""
        place = bisect_right(self._days, day)
        return self._sums[place - 1] if place else 0

    def within(self, period: Period) -> Amount:
        """How much it changed in a period."""
        return self.at(period.last) - self.at(period.first - ONE_DAY)


class Ledger:
    """Indices over the histories of many customers."""

    def __init__(self, histories: Iterable[History], zone_day: DayOf) -> None:
        mrr: dict[date, Amount] = defaultdict(int)
        drift: dict[date, Amount] = defaultdict(int)
        moved: dict[str, dict[date, Amount]] = {kind: defaultdict(int) for kind in KINDS}
        customers: dict[date, Amount] = defaultdict(int)
        first_time: dict[date, Amount] = defaultdict(int)
        self._turns: list[list[tuple[date, bool]]] = []
        self._losses: list[tuple[date, int]] = []
        for history in histories:
            for step in history.steps:
                mrr[step.day] += step.change
                drift[step.day] += step.drift
            for movement in history.movements:
                moved[movement.kind][zone_day(movement.at)] += movement.amount
            new = [each for each in history.movements if each.kind == "new_biz"]
            if new:
                first_time[zone_day(new[0].at)] += 1
            self._count(history, customers)
        self.mrr, self.drift = Running(mrr), Running(drift)
        self.moved = {kind: Running(changes) for kind, changes in moved.items()}
        self.customers, self.first_time = Running(customers), Running(first_time)
        self._losses.sort()

    def _count(self, history: History, customers: dict[date, Amount]) -> None:
        turns = _turns(history)
        if not turns:
            return
        index = len(self._turns)
        self._turns.append(turns)
        for day, standing in turns:
            customers[day] += 1 if standing else -1
            if not standing:
                self._losses.append((day, index))

    def churned(self, period: Period) -> int:
        """Customers who were subscribers before the period and are none at its end."""
        low = bisect_right(self._losses, (period.first - ONE_DAY, len(self._turns)))
        high = bisect_right(self._losses, (period.last, len(self._turns)))
        candidates = {index for _, index in self._losses[low:high]}
        return sum(
            self._stood(index, period.first - ONE_DAY) and not self._stood(index, period.last)
            for index in candidates
        )

    def _stood(self, index: int, day: date) -> bool:
        turns = self._turns[index]
        place = bisect_right(turns, day, key=lambda turn: turn[0])
        return bool(place) and turns[place - 1][1]


def _turns(history: History) -> list[tuple[date, bool]]:
    """The days at whose end the customer has become a subscriber, or has ceased to be one."""
    by_day = {step.day: step.standing for step in history.steps}
    turns: list[tuple[date, bool]] = []
    standing = False
    for day in sorted(by_day):
        if by_day[day] != standing:
            standing = by_day[day]
            turns.append((day, standing))
    return turns


def subscriptions_at(histories: Sequence[History], day: date) -> tuple[int, int]:
    """How many subscriptions go on at the end of a day, sets counted once, and their quantities together.

    Source: https://help.chartmogul.com/hc/en-us/articles/360008796440-Subscriptions-with-multiple-components
    """
    sets, quantity = set(), 0
    for number, history in enumerate(histories):
        latest = {step.subscription: step for step in history.steps if step.day <= day}
        for key, step in latest.items():
            if step.active:
                sets.add((number, step.line.connection or step.line.group or key))
                quantity += step.line.quantity
    return len(sets), quantity
