"""The billing engine: it bills every subscription on its day, charges cards, and ends planned subscriptions.

Facts: an order is made each cycle whether or not the charge succeeds, and an unpaid one stays open
(https://help.infusionsoft.com/help/billing-settings); `end_date` is the last date that a subscription bills;
`next_bill_date` stays set after a subscription went inactive (schema Subscription of REST v2).
Time is whatever the caller says: history and later months run through the same code.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tests.simulators.keap.account import Account
from tests.simulators.keap.bill_dates import bill_date_after, bill_instant, start_of_day
from tests.simulators.keap.billing.dunning import Dunning, decline_bill, decline_instalment, retry_when_due
from tests.simulators.keap.ledger import pay, place_order, with_failed_instalment
from tests.simulators.keap.pricing import Basket
from tests.simulators.keap.rows import Declined, Discount, Order, OrderItem, Subscription


class Due(NamedTuple):
    """Something that falls due; `number` keeps the order of entry, `day` is compared with the row."""

    at: datetime
    number: int
    kind: str
    row_id: int
    day: date


@dataclass
class BillingEngine:
    """Runs an account forward in time; `now` is the moment that it has reached."""

    account: Account
    now: datetime
    agenda: list[Due] = field(default_factory=list)
    entries: int = 0
    dunning: dict[int, Dunning] = field(default_factory=dict)
    declining: dict[int, tuple[int | None, Declined]] = field(default_factory=dict)

    def copy(self) -> BillingEngine:
        """An engine with an account of its own, at the same moment."""
        return BillingEngine(
            self.account.copy(),
            self.now,
            list(self.agenda),
            self.entries,
            dict(self.dunning),
            dict(self.declining),
        )

    def run_until(self, moment: datetime) -> None:
        """Do all that falls due up to a moment, in order, each at its own time."""
        while self.agenda and self.agenda[0].at <= moment:
            due = heapq.heappop(self.agenda)
            self.now = max(self.now, due.at)
            DUTIES[due.kind](self, due)
        self.now = max(self.now, moment)

    def expect(self, kind: str, row_id: int, day: date, at: datetime) -> int:
        """Put something on the agenda; what is due in the past is done at the next run, as of now.

        Returns the number of the entry.
        """
        self.entries += 1
        heapq.heappush(self.agenda, Due(max(at, self.now), self.entries, kind, row_id, day))
        return self.entries

    def schedule(self, subscription: Subscription) -> None:
        """Put a subscription's next bill and its planned end on the agenda."""
        if not subscription.active:
            return
        zone, day, end = self.account.profile.zone, subscription.next_bill_date, subscription.end_date
        if end is None or day <= end:
            self.expect("bill", subscription.id, day, bill_instant(day, zone))
        if end is not None:
            self.expect("end", subscription.id, end, start_of_day(end + timedelta(days=1), zone))

    def save(self, subscription: Subscription) -> Subscription:
        """Write a changed subscription: its modification time moves, and it is scheduled anew."""
        saved = self.account.put_subscription(replace(subscription, modification_time=self.now))
        self.schedule(saved)
        return saved

    def bill(self, subscription: Subscription, extra: Basket | None = None, *, first: bool = False) -> Order:
        """Make the order of a bill date, charge it, and move the subscription to its next bill date."""
        basket = subscription_basket(self.account, subscription, extra, first=first)
        source = "CHECKOUT_FORM" if first else "UNKNOWN"
        order = place_order(self.account, subscription.contact_id, basket, self.now, source_type=source)
        if subscription.auto_charge and subscription.charges_to_fail == 0:
            self.collect(order.id, subscription.card_id)
        elif subscription.auto_charge:
            decline_bill(self, subscription, order)
        self.schedule(self.account.put_subscription(billed(subscription, self.now)))
        return self.account.orders[order.id]

    def collect(self, order_id: int, card_id: int | None = None, amount: int | None = None) -> None:
        """Charge all that is open on an order, or an amount of it; an order of 0 needs no payment."""
        order = self.account.orders[order_id]
        if order.total > order.total_paid:
            charge = order.total - order.total_paid if amount is None else amount
            pay(self.account, order_id, charge, self.now, card_id=card_id)


def subscription_line(
    account: Account, subscription: Subscription, *, first: bool, free: bool = False
) -> OrderItem:
    """The SUBSCRIPTION line of an order; `free` for a sign-up before the first bill date."""
    return OrderItem(
        id=0,
        item_type="SUBSCRIPTION",
        name=account.products[subscription.product_id].name,
        quantity=subscription.quantity,
        price=0 if free else subscription.price,
        product_id=subscription.product_id,
        plan_id=subscription.plan_id,
        subscription_id=subscription.id,
        first_of_subscription=first,
    )


def subscription_basket(
    account: Account, subscription: Subscription, extra: Basket | None, *, first: bool
) -> Basket:
    """The basket of a bill date; `extra` is what else was in the cart of a first order."""
    line = subscription_line(account, subscription, first=first)
    also = extra or Basket(())
    return Basket(
        lines=(line, *also.lines),
        discounts=(*subscription.discounts, *also.discounts),
        tax_percent=subscription.tax_percent,
    )


def billed(subscription: Subscription, at: datetime) -> Subscription:
    """The subscription after its bill date: next date, fewer discounts, fewer charges that will fail."""
    day, failing = subscription.next_bill_date, subscription.charges_to_fail
    return replace(
        subscription,
        modification_time=at,
        last_bill_date=day,
        next_bill_date=bill_date_after(
            day, subscription.cycle, subscription.frequency, subscription.bill_day
        ),
        discounts=remaining(subscription.discounts),
        charges_to_fail=failing - 1 if failing else failing,
    )


def remaining(discounts: tuple[Discount, ...]) -> tuple[Discount, ...]:
    """The discounts that still apply after one more order."""
    fewer = (replace(d, orders_left=d.orders_left - 1) if d.orders_left else d for d in discounts)
    return tuple(discount for discount in fewer if discount.orders_left != 0)


def bill_when_due(engine: BillingEngine, due: Due) -> None:
    """Bill a subscription, unless it was stopped or moved since this was put on the agenda."""
    subscription = engine.account.subscriptions.get(due.row_id)
    if subscription is None or not subscription.active:
        return
    if subscription.next_bill_date == due.day and not ended(subscription, due.day):
        engine.bill(subscription)


def ended(subscription: Subscription, day: date) -> bool:
    """Does a bill date lie after the last date that the subscription bills?"""
    return subscription.end_date is not None and day > subscription.end_date


def end_when_due(engine: BillingEngine, due: Due) -> None:
    """The planned last day is over: the subscription goes inactive."""
    subscription = engine.account.subscriptions.get(due.row_id)
    if subscription and subscription.active and subscription.end_date == due.day:
        engine.save(replace(subscription, active=False))


def pay_instalment_when_due(engine: BillingEngine, due: Due) -> None:
    """Charge the instalment of a payment plan that falls on this day, unless it is paid already."""
    order = engine.account.orders.get(due.row_id)
    if order is None or order.payment_plan is None or order.written_off:
        return
    for instalment in order.payment_plan.instalments:
        owed = instalment.amount_due - instalment.amount_paid
        if instalment.due_date == due.day and owed > 0:
            charge_instalment(engine, order, due.day, owed)


def charge_instalment(engine: BillingEngine, order: Order, day: date, owed: int) -> None:
    """Charge one instalment; a declined one is FAILED, and tried again."""
    times, declined = engine.declining.get(order.id, (0, Declined()))
    if times == 0:
        engine.collect(order.id, amount=owed)
        return
    engine.declining[order.id] = (times - 1 if times else None, declined)
    engine.account.put_order(with_failed_instalment(order, day, engine.now))
    decline_instalment(engine, order, owed, declined)


DUTIES = {
    "bill": bill_when_due,
    "end": end_when_due,
    "instalment": pay_instalment_when_due,
    "retry": retry_when_due,
}
