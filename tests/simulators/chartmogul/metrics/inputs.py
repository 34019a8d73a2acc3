"""What the engine is given about one customer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval of a plan: count days, months or years."""

    unit: str
    count: int


class Line(NamedTuple):
    """A subscription line item. Amounts are cents of `currency`; `order` grows with each line created.

    `subscription` identifies the subscription; `group` names the set it belongs to explicitly, and
    `connection` the subscriptions it was connected with, if any.
    """

    subscription: str
    plan: str
    interval: Interval
    currency: str
    amount: int
    start: datetime
    end: datetime | None = None
    tax: int = 0
    fees: int = 0
    quantity: int = 1
    prorated: bool = False
    proration_type: str | None = None
    event_order: int | None = None
    order: int = 0
    group: str | None = None
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A payment or refund; no amount means the whole invoice."""

    at: datetime
    kind: str
    successful: bool
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """A valid invoice. `total` includes one-time lines; `lines` are the subscription lines; `set_status` is
    voided or written_off when somebody said so."""

    total: int
    lines: Sequence[Line] = ()
    transactions: Sequence[Transaction] = ()
    set_status: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A subscription was cancelled at a moment."""

    subscription: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """All that was imported about one customer."""

    invoices: Sequence[Invoice] = field(default_factory=tuple)
    cancellations: Sequence[Cancellation] = field(default_factory=tuple)
