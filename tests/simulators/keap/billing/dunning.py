"""A declined charge is tried again `days_between_retries` later, up to `max_charge_attempts` in all.

Facts: three attempts two days apart unless set otherwise; a declined first payment makes an order that is not
tried again, and no subscription (https://help.infusionsoft.com/help/billing-settings). That the first charge
counts as an attempt is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulators.keap.bill_dates import bill_instant, local_date
from tests.simulators.keap.billing.transactions import decline
from tests.simulators.keap.rows import Declined, Order, Subscription

if TYPE_CHECKING:
    from tests.simulators.keap.engine import BillingEngine, Due

MOST_ATTEMPTS, DAYS_BETWEEN = 3, 2


@dataclass(frozen=True, slots=True)
class Dunning:
    """A declined charge that will be tried again; `made` counts the attempts so far."""

    order_id: int
    amount: int
    made: int
    most: int
    days: int
    card_id: int
    declined: Declined
    subscription_id: int | None = None


def decline_bill(engine: BillingEngine, subscription: Subscription, order: Order) -> None:
    """The charge of a bill is declined."""
    dunning = Dunning(
        order_id=order.id,
        amount=order.total - order.total_paid,
        made=0,
        most=subscription.max_charge_attempts,
        days=subscription.days_between_retries,
        card_id=subscription.card_id or subscription.contact_id,
        declined=subscription.declined,
        subscription_id=subscription.id,
    )
    decline_again(engine, dunning)


def decline_instalment(engine: BillingEngine, order: Order, amount: int, declined: Declined) -> None:
    """The charge of an instalment is declined."""
    card_id = order.contact_id
    decline_again(engine, Dunning(order.id, amount, 0, MOST_ATTEMPTS, DAYS_BETWEEN, card_id, declined))


def decline_again(engine: BillingEngine, dunning: Dunning) -> None:
    """Write a declined attempt, and put the next one on the agenda unless it was the last."""
    if dunning.amount <= 0:
        return
    account, now = engine.account, engine.now
    decline(account, dunning.order_id, dunning.amount, now, dunning.declined.reason, dunning.card_id)
    made = dunning.made + 1
    if made >= dunning.most:
        return
    day = local_date(now, account.profile.zone) + timedelta(days=dunning.days)
    number = engine.expect("retry", dunning.order_id, day, bill_instant(day, account.profile.zone))
    engine.dunning[number] = replace(dunning, made=made)


def retry_when_due(engine: BillingEngine, due: Due) -> None:
    """Charge again what is still open, unless nobody wants the money any more."""
    dunning = engine.dunning.pop(due.number)
    order = engine.account.orders.get(dunning.order_id)
    if order is None or order.written_off or engine.account.contacts.get(order.contact_id) is None:
        return
    owed = min(dunning.amount, order.total - order.total_paid)
    recovers_at = dunning.declined.recovers_at
    if owed > 0 and recovers_at is not None and dunning.made >= recovers_at:
        engine.collect(order.id, dunning.card_id, owed)
    else:
        decline_again(engine, replace(dunning, amount=owed))


def accept_from_now_on(engine: BillingEngine, subscription_id: int, card_id: int | None = None) -> None:
    """The next retries of a subscription's declined charges go through, on another card if one is given."""
    for number, dunning in engine.dunning.items():
        if dunning.subscription_id == subscription_id:
            engine.dunning[number] = replace(
                dunning,
                declined=replace(dunning.declined, recovers_at=dunning.made),
                card_id=card_id or dunning.card_id,
            )
