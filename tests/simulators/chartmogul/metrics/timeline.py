"""The events of each subscription: lines that count, cancellations when they are recognised, automatic churn.

Sources: https://help.chartmogul.com/article/242-churn-recognition (when a cancellation counts),
https://help.chartmogul.com/article/303-handling-past-due-subscriptions (automatic churn),
https://dev.chartmogul.com/docs/changing-customer-churn-history (later lines reactivate).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from tests.simulators.chartmogul.metrics.calendar import shifted
from tests.simulators.chartmogul.metrics.inputs import Account, Invoice, Line
from tests.simulators.chartmogul.metrics.invoice_state import counts_from, prevented
from tests.simulators.chartmogul.metrics.line_mrr import adds
from tests.simulators.chartmogul.settings import Settings

CANCELLATION, LINE = 0, 1


class Event(NamedTuple):
    """A line taking effect, or (without a line) a cancellation."""

    at: datetime
    subscription: str
    line: Line | None = None

    @property
    def rank(self) -> tuple[datetime, int, bool, int, int]:
        """Processing order: time, cancellations first, event_order, creation."""
        line = self.line
        if line is None:
            return self.at, CANCELLATION, False, 0, 0
        return self.at, LINE, line.event_order is None, line.event_order or 0, line.order

    @property
    def rank_after_lines(self) -> tuple[datetime, bool, bool, int, int]:
        """The other order: at one time cancellations come last."""
        return self.at, self.line is None, *self.rank[2:]


RANKS = {"cancellations_first": attrgetter("rank"), "lines_first": attrgetter("rank_after_lines")}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Every event in processing order, and the next moment at which time alone will add one."""

    events: Sequence[Event]
    next_automatic: datetime | None


def timeline(account: Account, settings: Settings, now: datetime) -> Timeline:
    """The events of all subscriptions of a customer."""
    lines: dict[str, list[tuple[Line, Invoice]]] = defaultdict(list)
    for invoice in account.invoices:
        if not prevented(invoice, settings):
            for line in invoice.lines:
                lines[line.subscription].append((line, invoice))
    cancelled: dict[str, list[datetime]] = defaultdict(list)
    for each in account.cancellations:
        cancelled[each.subscription].append(each.at)
    events: list[Event] = []
    upcoming: list[datetime] = []
    for subscription, pairs in lines.items():
        own = _counting(pairs, _recognised(pairs, cancelled[subscription], settings), subscription, settings)
        events += own
        churns = list(_automatic(own, settings))
        events += [each for each in churns if each.at <= now]
        upcoming += [each.at for each in churns if each.at > now]
    if len(lines) > 1 or settings.auto_churn_days is not None:
        events.sort(key=RANKS[settings.equal_times])
    return Timeline(events, min(upcoming, default=None))


def period_end(line: Line) -> datetime:
    """The end of a line's service period; the plan interval stands in for a missing end."""
    return line.end or shifted(line.start, line.interval, 1)


def _recognised(
    pairs: Sequence[tuple[Line, Invoice]], cancelled: Iterable[datetime], settings: Settings
) -> list[datetime]:
    """When each cancellation takes effect: at once, or at the end of the last service period before it."""
    if settings.churn_recognition != "end_of_service_period":
        return sorted(set(cancelled))
    moved = set()
    for at in cancelled:
        ends = [period_end(line) for line, _ in pairs if line.start < at]
        end = max(ends, default=at)
        moved.add(max(end, at) if settings.late_cancellation == "at_cancellation" else end)
    return sorted(moved)


def _counting(
    pairs: Sequence[tuple[Line, Invoice]],
    cancelled: Sequence[datetime],
    subscription: str,
    settings: Settings,
) -> list[Event]:
    """Lines from the moment their invoice counts, with the cancellations, in order."""
    events = [Event(line.start, subscription, line) for line, _ in pairs]
    events += [Event(at, subscription) for at in cancelled]
    events.sort(key=RANKS[settings.equal_times])
    wishes = settings.create_subscription_when_invoice_is, settings.update_subscription_when_invoice_is
    if wishes == ("open", "open"):
        return events
    invoices = {id(line): invoice for line, invoice in pairs}
    kept, active = [], False
    for event in events:
        if event.line is None:
            active = False
            kept.append(event)
            continue
        met = counts_from(invoices[id(event.line)], wishes[active])
        if met is not None:
            active = True
            kept.append(Event(max(event.at, met), subscription, event.line))
    current = [each for index, each in enumerate(kept) if not _overtaken(each, kept[index + 1 :], settings)]
    return sorted(current, key=RANKS[settings.equal_times])


def _overtaken(event: Event, following: Iterable[Event], settings: Settings) -> bool:
    """A line whose payment came after the next full line or a cancellation: neither goes back to it."""
    return (
        event.line is not None
        and event.at > event.line.start
        and any(each.at <= event.at and not (each.line and adds(each.line, settings)) for each in following)
    )


def _automatic(events: Sequence[Event], settings: Settings) -> Iterable[Event]:
    """Churn so many days after the last service period when no renewal came; off by default."""
    if settings.auto_churn_days is None:
        return
    grace = timedelta(days=settings.auto_churn_days)
    for index, event in enumerate(events):
        if event.line is None:
            continue
        at = period_end(event.line) + grace
        if not any(later.at <= at for later in events[index + 1 :]):
            yield Event(max(at, event.at), event.subscription)
