"""Replaying a customer's events: MRR of each subscription, movements, intervals.

Sources: https://help.chartmogul.com/hc/en-us/articles/360012519560 (a line replaces, a prorated one adds),
https://help.chartmogul.com/hc/en-us/articles/203299912 (types of movements),
https://help.chartmogul.com/hc/en-us/articles/201520952 (foreign currency),
https://help.chartmogul.com/hc/en-us/articles/360020483359-Linked-Subscriptions.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulators.chartmogul.metrics.calendar import day_in
from tests.simulators.chartmogul.metrics.inputs import Account, Line
from tests.simulators.chartmogul.metrics.line_mrr import adds, native_mrr
from tests.simulators.chartmogul.metrics.money import Amount, rate
from tests.simulators.chartmogul.metrics.regroup import regrouped
from tests.simulators.chartmogul.metrics.results import History, Movement, Step, SubscriptionState
from tests.simulators.chartmogul.metrics.timeline import Event, Timeline, period_end, timeline
from tests.simulators.chartmogul.settings import Settings


def history(account: Account, settings: Settings, now: datetime) -> History:
    """Everything that follows for one customer."""
    return _Replay(timeline(account, settings, now), settings).run()


@dataclass
class _Running:
    """A subscription while it is replayed."""

    key: str
    since: datetime
    native: int = 0
    converted: Amount = 0
    active: bool = False
    ever_paid: bool = False
    last: Line | None = None
    ended: datetime | None = None
    shown: Amount = 0
    lines: list[Line] = field(default_factory=list)


class _Replay:
    def __init__(self, events: Timeline, settings: Settings) -> None:
        self._events, self._settings = events.events, settings
        self._next_automatic = events.next_automatic
        self._zone = ZoneInfo(settings.time_zone)
        self._running: dict[str, _Running] = {}
        self._links: dict[int, _Running] = {}
        self._movements: list[Movement] = []
        self._steps: list[Step] = []
        self._has_paid = False
        self._balance: Amount = 0
        self._stands = False
        self._free_stays = settings.free_customer_handling == "active"

    def run(self) -> History:
        """Take the events one by one."""
        for index, event in enumerate(self._events):
            if event.line is None:
                self._cancel(index, event)
            else:
                self._take(index, event, event.line)
        states = tuple(self._state(each) for each in self._running.values())
        minutes, edge = self._settings.smart_classification_minutes or 0, self._settings.window_edge
        moved = regrouped(self._movements, minutes, edge_inside=edge == "inside")
        return History(tuple(moved), tuple(self._steps), states, self._next_automatic)

    def _weigh(self) -> None:
        """After each event: the customer's MRR, and whether there is a subscription that was paid once and
        goes on, if only at zero.

        Source for zero: https://chartmogul.com/blog/choose-how-to-interpret-discounted-or-free-plan-customers
        -churn-or-downgrade/; the account may count it as churn instead.
        """
        balance: Amount = 0
        stands = False
        for each in self._running.values():
            balance += each.converted
            if each.active and each.ever_paid and (self._free_stays or each.native > 0):
                stands = True
        self._balance, self._stands = balance, stands

    def _rate(self, currency: str, moment: datetime) -> Amount:
        day = day_in(self._zone, moment)
        return rate(self._settings.fx_units_per_usd, currency, self._settings.account_currency, day)

    def _take(self, index: int, event: Event, line: Line) -> None:
        one = self._running.get(line.subscription)
        if one is None:
            one = self._running[line.subscription] = _Running(line.subscription, event.at)
        predecessor = self._links.get(index)
        before, was_standing = self._balance, self._stands
        added = native_mrr(line, self._settings, one.lines)
        rate_now = self._rate(line.currency, line.start)
        base = one.native if one.active and adds(line, self._settings) else 0
        native = base + added
        change = self._change(one, predecessor, line, native, rate_now)
        if predecessor is not None:
            self._end(predecessor, event.at)
        one.native, one.converted, one.active, one.ended = native, native * rate_now, True, None
        one.ever_paid, one.last, one.shown = one.ever_paid or native > 0, line, one.converted
        one.lines.append(line)
        self._weigh()
        kind = self._kind_of_line(before, was_standing, change)
        self._record(event, one, line, before, kind, change)

    def _change(
        self, one: _Running, predecessor: _Running | None, line: Line, native: int, rate_now: Amount
    ) -> Amount:
        """The movement: the native difference at the new rate, so that rate drift is none."""
        old = predecessor or one
        if old.last is not None and old.last.currency != line.currency:
            return native * rate_now - old.converted
        return (native - (old.native if old.active else 0)) * rate_now

    def _kind_of_line(self, before: Amount, was_standing: bool, change: Amount) -> str:
        after = self._balance
        if before == 0 and after > 0:
            if not self._has_paid:
                return "new_biz"
            return "expansion" if was_standing else "reactivation"
        if after == 0 and before > 0:
            return "contraction" if self._free_stays else "churn"
        return "expansion" if change > 0 else "contraction"

    def _cancel(self, index: int, event: Event) -> None:
        one = self._running.get(event.subscription)
        if one is None or not one.active or one.last is None:
            return
        successor = self._successor(index, event, one.last)
        if successor is not None:
            self._links[successor] = one
            one.ended = event.at
            return
        before, line = self._balance, one.last
        moment = event.at if self._settings.churn_exchange_rate == "churn_date" else line.start
        change = -one.native * self._rate(line.currency, moment)
        self._end(one, event.at)
        self._weigh()
        kind = "churn" if self._balance == 0 else "contraction"
        self._record(event, one, line, before, kind, change)

    @staticmethod
    def _end(one: _Running, at: datetime) -> None:
        one.native, one.converted, one.active = 0, 0, False
        one.ended = one.ended or at

    def _successor(self, index: int, event: Event, last: Line) -> int | None:
        """The event by which another subscription of the set, or a connected one, continues this one."""
        if last.group is None and last.connection is None:
            return None
        for place in range(index + 1, len(self._events)):
            line = self._events[place].line
            if line is None or place in self._links or line.subscription == event.subscription:
                continue
            other = self._running.get(line.subscription)
            if other is not None and other.active:
                continue
            if last.connection is not None and line.connection == last.connection:
                return place
            if last.group is not None and line.group == last.group and self._just_after(event.at, line):
                return place
        return None

    def _just_after(self, end: datetime, line: Line) -> bool:
        """The vendor gives no number: the same day of the account, or the hours of the setting."""
        if timedelta(0) <= line.start - end <= timedelta(hours=self._settings.linked_within_hours):
            return True
        return line.start >= end and day_in(self._zone, line.start) == day_in(self._zone, end)

    def _record(
        self, event: Event, one: _Running, line: Line, before: Amount, kind: str, change: Amount
    ) -> None:
        after = self._balance
        if change != 0:
            began = one.lines[0] is line and change == one.converted
            turn = "ended" if not one.active else "began" if began else ""
            self._movements.append(Movement(event.at, kind, change, one.key, line.plan, after, turn))
        self._has_paid = self._has_paid or after > 0
        day: date = day_in(self._zone, event.at)
        moved = after - before
        self._steps.append(
            Step(event.at, day, one.key, moved, moved - change, self._stands, line, one.active)
        )

    def _state(self, one: _Running) -> SubscriptionState:
        if one.last is None:
            raise ValueError("a subscription without a line")
        return SubscriptionState(
            one.key, one.last, one.active, one.shown, one.ever_paid,
            min(each.start for each in one.lines), period_end(one.last) if one.active else one.ended,
        )  # fmt: skip
