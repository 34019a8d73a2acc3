"""Events of charges and cards: declined, tried again, a new card, an expired one, a payment that settles."""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.keap.billing.cards import YEARS_VALID, cards_of, keep_cards
from tests.simulators.keap.billing.declines import DECLINES
from tests.simulators.keap.billing.dunning import MOST_ATTEMPTS, accept_from_now_on
from tests.simulators.keap.billing.rows import Card
from tests.simulators.keap.contact_events import contact_of
from tests.simulators.keap.events import EventError, EventType, Fields, Touched, World, as_int
from tests.simulators.keap.ledger import settle
from tests.simulators.keap.rows import Declined, Subscription
from tests.simulators.keap.subscription_events import WHICH, subscription_of


def payment_failed(world: World, fields: Fields) -> Touched:
    """The card declines the charges of the next `times` bills (default 1), or `until_told`; times 0 ends it.

    Each declined bill is tried again; with `retries: N` the Nth retry goes through, without it none does.
    With `order_id`, the coming instalments of that order are declined.
    """
    times = None if fields.get("until_told") else as_int(fields.get("times", 1))
    if "order_id" in fields:
        return decline_instalments(world, fields, times)
    subscription = subscription_of(world, fields)
    declined = declined_as(fields, subscription.max_charge_attempts)
    world.engine.account.put_subscription(replace(subscription, charges_to_fail=times, declined=declined))
    if times == 0:
        accept_from_now_on(world.engine, subscription.id)
    return {"subscriptions": [subscription.id]}


def decline_instalments(world: World, fields: Fields, times: int | None) -> Touched:
    """The coming instalments of an order are declined."""
    order = world.engine.account.orders.get(as_int(fields["order_id"]))
    if order is None or order.payment_plan is None:
        raise EventError(f"order {fields['order_id']} is not paid in instalments")
    world.engine.declining[order.id] = (times, declined_as(fields, MOST_ATTEMPTS))
    return {"orders": [order.id]}


def declined_as(fields: Fields, most: int) -> Declined:
    """The reason of a decline, and which retry goes through."""
    reason = fields.get("reason", "card_declined")
    if reason not in DECLINES:
        raise EventError(f"reason is one of {sorted(DECLINES)}")
    recovers_at = as_int(fields["retries"]) if "retries" in fields else None
    if recovers_at is not None and not 1 <= recovers_at < most:
        raise EventError(f"retries is between 1 and {most - 1}: there are {most} attempts in all")
    return Declined(reason, recovers_at)


def card_updated(world: World, fields: Fields) -> Touched:
    """The contact gives a new card: its active subscriptions use it, and open charges go through on it."""
    account, now, contact = world.engine.account, world.engine.now, contact_of(world, fields)
    cards = account.billing.cards
    card_id = cards.new_id()
    cards.put(
        Card(
            id=card_id,
            contact_id=contact.id,
            created_time=now,
            brand=str(fields.get("brand", "VISA")),
            last_four=f"{card_id % 10_000:04d}",
            expiration_year=now.year + YEARS_VALID,
            expiration_month=now.month,
        )
    )
    active = active_subscriptions(world, contact.id)
    for row in active:
        world.engine.save(replace(row, card_id=card_id, charges_to_fail=0))
        accept_from_now_on(world.engine, row.id, card_id)
    return {
        "contacts": [contact.id],
        "payment_methods": [card_id],
        "subscriptions": [row.id for row in active],
    }


def card_expired(world: World, fields: Fields) -> Touched:
    """The cards of a contact are out of date: shown as EXPIRED, and declined until a new one is given."""
    account, contact = world.engine.account, contact_of(world, fields)
    if not list(cards_of(account, contact.id)):
        raise EventError(f"contact {contact.id} has no card")
    kept = [
        account.billing.cards.put(replace(card, expired=True)) for card in keep_cards(account, contact.id)
    ]
    active = active_subscriptions(world, contact.id)
    for row in active:
        expired = Declined("expired_card")
        account.put_subscription(replace(row, charges_to_fail=None, declined=expired))
    return {
        "contacts": [contact.id],
        "payment_methods": [card.id for card in kept],
        "subscriptions": [row.id for row in active],
    }


def active_subscriptions(world: World, contact_id: int) -> list[Subscription]:
    """The active subscriptions of a contact."""
    account = world.engine.account
    rows = [account.subscriptions[row_id] for row_id in account.subscriptions_of[contact_id]]
    return [row for row in rows if row.active]


def settle_payment(world: World, fields: Fields) -> Touched:
    """A pending payment is settled: only now is the order paid."""
    payment = settle(world.engine.account, as_int(fields["payment_id"]), world.engine.now)
    return {"orders": [payment.order_id], "payments": [payment.id]}


CHARGE_EVENTS = {
    "payment_failed": EventType(
        payment_failed,
        (*WHICH, "order_id?", "times?", "until_told?", "retries?", "reason?"),
        "The card declines coming charges; `retries`: the retry that goes through.",
    ),
    "card_updated": EventType(
        card_updated, ("contact_id", "brand?"), "A new card, which pays what the old one did not."
    ),
    "card_expired": EventType(
        card_expired,
        ("contact_id",),
        "The contact's cards are EXPIRED, and decline until there is a new one.",
    ),
    "settle_payment": EventType(
        settle_payment, ("payment_id",), "A pending payment goes through, and pays its order."
    ),
}
