"""What the engine says about one customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from tests.simulators.chartmogul.metrics.inputs import Line
from tests.simulators.chartmogul.metrics.money import Amount


class Movement(NamedTuple):
    """A change of MRR in the account's currency, losses negative; `balance`: the customer's MRR after it.

    `turn`: the subscription began or ended with it, which may be an expansion or contraction of the customer.
    """

    at: datetime
    kind: str
    amount: Amount
    subscription: str
    plan: str
    balance: Amount
    turn: str = ""

    @property
    def told_as(self) -> str:
        """The kind that the description speaks of."""
        if self.kind == "reactivation":
            return self.kind
        return {"began": "new_biz", "ended": "churn"}.get(self.turn, self.kind)


class Step(NamedTuple):
    """The customer's MRR changed by `change`, of which `drift` is exchange rate impact and no movement.

    `standing`: the customer is a subscriber from here on. `line` is the subscription's latest, `active`
    whether the subscription goes on.
    """

    at: datetime
    day: date
    subscription: str
    change: Amount
    drift: Amount
    standing: bool
    line: Line
    active: bool


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription at the end. `mrr` stays at the last value when it is cancelled."""

    key: str
    line: Line
    active: bool
    mrr: Amount
    ever_paid: bool
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """Movements and steps in order, and the moment at which time alone changes something."""

    movements: Sequence[Movement]
    steps: Sequence[Step]
    subscriptions: Sequence[SubscriptionState]
    next_automatic: datetime | None = None


NOTHING = History((), (), ())
