"""The analytics side: follows the import side with a delay, customer by customer."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.simulators.chartmogul import collector
from tests.simulators.chartmogul.accounts import account_of
from tests.simulators.chartmogul.metrics.calendar import day_in
from tests.simulators.chartmogul.metrics.inputs import Account, Invoice
from tests.simulators.chartmogul.metrics.ledger import Ledger
from tests.simulators.chartmogul.metrics.money import shown
from tests.simulators.chartmogul.metrics.replay import history
from tests.simulators.chartmogul.metrics.results import NOTHING, History, Movement, SubscriptionState
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.reports.agenda import Agenda
from tests.simulators.chartmogul.settings import Settings
from tests.simulators.chartmogul.store import Store
from tests.simulators.chartmogul.table import before
from tests.simulators.http import Clock, Switches


@dataclass(frozen=True)
class Standing:
    """How a customer stands today. `status` is None for leads, `since` the first paid service period."""

    status: str | None = None
    since: datetime | None = None
    mrr: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """A movement and whose it is. The uuid holds the customer's place and the movement's index."""

    customer: Customer
    index: int
    movement: Movement

    @property
    def uuid(self) -> str:
        """An id that can be traced back."""
        return str(UUID(int=_SCRAMBLE ^ (self.customer.sequence << 64 | self.index)))

    @property
    def rank(self) -> tuple[datetime, int, int]:
        """Sorts by date, then customer, then order of the movements."""
        return self.movement.at, self.customer.sequence, self.index


_SCRAMBLE = 0x561814E1D7D343F389364689EC0FBB74
_RANK = attrgetter("rank")
FEW = 200


class Analytics:
    """What metrics, activities and analytics-side subscriptions are read from.

    A customer that was written to is worked on when its time has come, and computed when it is first asked
    for.
    """

    def __init__(self, store: Store, settings: Settings, clock: Clock, switches: Switches) -> None:
        self._store, self._settings, self._clock, self._switches = store, settings, clock, switches
        self._due, self._automatic = Agenda(), Agenda()
        self._stale: set[str] = set()
        self._known: dict[str, History] = {}
        self._ledger: Ledger | None = None
        self._activities: list[Activity] | None = None
        self._scheduled = switches.text("scheduled_cancellation")

    def touch(self, customer: Customer, due: datetime) -> None:
        """A customer changed, or is gone; the analytics side will know at `due`."""
        self._due.put(customer.uuid, due)

    def settle(self) -> None:
        """Before a write: work on what has become due, as long as that is little.

        What is much (after a bulk import) stays to be computed when it is asked for, and then shows later
        writes too.
        """
        self._refresh()
        if self._switches["analytics_delay_seconds"] and len(self._stale) <= FEW:
            self._compute(list(self._stale))

    def use(self, settings: Settings) -> None:
        """Compute everything anew, as after re-processing."""
        self._settings = settings
        self._stale |= set(self._known)
        self._forget()

    def pending(self, source: str, until: datetime | None = None) -> int:
        """How many customers of a source are still to be worked on (until a moment, if one is given)."""
        self._refresh()
        customers = (self._store.customers.by_uuid.get(uuid) for uuid in self._due.names(until))
        return sum(
            each is not None and any(source == name for name, _ in each.identities) for each in customers
        )

    def history(self, customer: Customer) -> History:
        """The history of a customer, as far as the analytics side knows it."""
        self._refresh()
        self._compute([customer.uuid])
        return self._known.get(customer.uuid, NOTHING)

    def known(self) -> Sequence[tuple[Customer, History]]:
        """Every customer with a history, in order of creation."""
        self._refresh()
        self._compute(list(self._stale))
        return [
            (each, self._known[each.uuid]) for each in self._store.customers.rows if each.uuid in self._known
        ]

    def ledger(self) -> Ledger:
        """All customers together; kept until one of them changes."""
        self._refresh()
        if self._ledger is None:
            self._ledger = Ledger([each for _, each in self.known()], self.day_of())
        return self._ledger

    def activities(self) -> list[Activity]:
        """Every movement, by date; kept until something changes."""
        self._refresh()
        if self._activities is None:
            known = self.known()
            rows = [Activity(each, *pair) for each, past in known for pair in enumerate(past.movements)]
            self._activities = sorted(rows, key=_RANK)
        return self._activities

    def place_of(self, uuid: str) -> int | None:
        """Where the activity with a uuid stands among `activities`, if it exists."""
        try:
            packed = UUID(uuid).int ^ _SCRAMBLE
        except ValueError:
            return None
        sequence, index = packed >> 64, packed & (2**64 - 1)
        rows = self._store.customers.rows
        place = before(rows, sequence)
        if place == len(rows) or rows[place].sequence != sequence:
            return None
        movements = self._known.get(rows[place].uuid, NOTHING).movements
        if index >= len(movements):
            return None
        return bisect_left(self.activities(), (movements[index].at, sequence, index), key=_RANK)

    def narrowed_ledger(self, wanted: Iterable[Customer], plans: frozenset[str] | None) -> Ledger:
        """Some customers, or the lines on some plans only."""
        known = {each.uuid for each, _ in self.known()}
        accounts = [_on_plans(self._account(each), plans) for each in wanted if each.uuid in known]
        now = self._clock.now()
        return Ledger([history(each, self._settings, now) for each in accounts], self.day_of())

    def day_of(self) -> Callable[[datetime], date]:
        """The day of a moment in the account's zone."""
        zone = ZoneInfo(self._settings.time_zone)
        return lambda moment: day_in(zone, moment)

    def standing(self, customer: Customer) -> Standing:
        """How a customer stands now."""
        return standing(self.history(customer), self._clock.now())

    def _account(self, customer: Customer) -> Account:
        return account_of(self._store, customer, scheduled_count=self._scheduled == "effective")

    def _refresh(self) -> None:
        now = self._clock.now()
        if self._scheduled != self._switches.text("scheduled_cancellation"):
            self._scheduled = self._switches.text("scheduled_cancellation")
            self.use(self._settings)
        arrived = self._due.taken(now) + self._automatic.taken(now)
        if arrived:
            self._stale.update(arrived)
            self._forget()

    def _forget(self) -> None:
        self._ledger = self._activities = None

    def _compute(self, uuids: Sequence[str]) -> None:
        if len(uuids) > FEW:
            with collector.resting():
                self._compute_each(uuids)
        else:
            self._compute_each(uuids)

    def _compute_each(self, uuids: Sequence[str]) -> None:
        now = self._clock.now()
        for uuid in uuids:
            if uuid not in self._stale:
                continue
            self._stale.discard(uuid)
            self._automatic.drop(uuid)
            customer = self._store.customers.by_uuid.get(uuid)
            if customer is None:
                self._known.pop(uuid, None)
                continue
            known = self._known[uuid] = history(self._account(customer), self._settings, now)
            if known.next_automatic is not None:
                self._automatic.put(uuid, known.next_automatic)


def _on_plans(account: Account, plans: frozenset[str] | None) -> Account:
    if plans is None:
        return account
    invoices = [
        Invoice(
            each.total,
            [line for line in each.lines if line.plan in plans],
            each.transactions,
            each.set_status,
        )
        for each in account.invoices
    ]
    return Account(invoices, account.cancellations)


def standing(known: History, now: datetime) -> Standing:
    """Status, first paid service period and MRR at a moment.

    Source: https://help.chartmogul.com/hc/en-us/articles/212811009: one past-due subscription makes the
    customer past due, all cancelled make it cancelled; before the first paid subscription it is a lead.
    """
    first = next((each for each in known.movements if each.kind == "new_biz"), None)
    if first is None or first.at > now:
        return Standing()
    past = [step for step in known.steps if step.at <= now]
    mrr = shown(sum(step.change for step in past))
    if not past[-1].standing:
        return Standing("Cancelled", first.at, mrr)
    active = [each for each in known.subscriptions if each.active and each.ever_paid]
    late = any(_past_due(each, now) for each in active)
    return Standing("Past Due" if late else "Active", first.at, mrr)


def _past_due(subscription: SubscriptionState, now: datetime) -> bool:
    return subscription.end is not None and subscription.end < now
