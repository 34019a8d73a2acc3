"""A hundred contacts at a time: exactly 30 subscriptions, 500 orders and 500 payments.

The subscriptions' orders and payments are counted by running them through the billing engine; purchases of
other contacts fill up what is missing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from tests.simulators.scenarios.generated import catalogue as c
from tests.simulators.scenarios.generated.names import contact
from tests.simulators.scenarios.generated.subscribers import at, subscription, tax
from tests.simulators.scenarios.history import build
from tests.simulators.scenarios.story import FIRST_CONTACT_ID, Event, Scenario, Story, on

CONTACTS, SUBSCRIPTIONS, ORDERS, PAYMENTS = 100, 30, 500, 500
SUBSCRIBERS, BUYERS = 27, 42
FEWEST_PURCHASES = 60
INSTALMENT_DAYS = 30
LONGEST_KNOWN_BEFORE = 60
ONE_OFF = (c.ONBOARDING, c.MASTERCLASS, c.WORKBOOK, c.TEMPLATES, c.WORKSHOP)
ONE_OFF_WEIGHTS = (8, 3, 45, 32, 12)
EMPTY = Scenario(c.NOW, c.PROFILE, c.PRODUCTS, c.PLANS, ())


class Life(NamedTuple):
    """A contact: known since a day, and what happened to it."""

    since: date
    events: tuple[Event, ...]


def block(seed: int, number: int) -> tuple[Story, ...]:
    """The stories of the contacts of one block."""
    rng = Random(f"{seed}:{number}")
    first_id = FIRST_CONTACT_ID + number * CONTACTS
    subscribed, left = room_left(rng)
    lives = [*subscribed, *buyers(rng, *left)]
    lives += [lead(rng) for _ in range(CONTACTS - len(lives))]
    rng.shuffle(lives)
    return tuple(
        Story("", "", contact(rng, first_id + place), life.since.isoformat(), life.events)
        for place, life in enumerate(lives)
    )


def room_left(rng: Random) -> tuple[list[Life], tuple[int, int]]:
    """Subscribers that leave room for enough purchases, and how many orders and payments are left."""
    while True:
        lives = subscribers(rng)
        orders, payments = counted(lives)
        missing = ORDERS - orders
        if missing >= FEWEST_PURCHASES and missing // 2 <= PAYMENTS - payments <= missing * 3 // 2:
            return lives, (missing, PAYMENTS - payments)


def subscribers(rng: Random) -> list[Life]:
    """Contacts with one subscription, and a few with two."""
    sold = [subscription(rng) for _ in range(SUBSCRIPTIONS)]
    first, second = sold[:SUBSCRIBERS], sold[SUBSCRIBERS:]
    both = [together(one, other) for one, other in zip(first, second, strict=False)]
    lives = [*both, *(Life(*each) for each in first[len(second) :])]
    return [life._replace(since=life.since - timedelta(days=rng.choice((0, 0, 1, 5, 30)))) for life in lives]


def together(one: tuple[date, tuple[Event, ...]], other: tuple[date, tuple[Event, ...]]) -> Life:
    """A contact with two subscriptions, both steady: an event would mean the newer one."""
    (day, events), (other_day, others) = one, other
    return Life(min(day, other_day), in_order([events[0], others[0]]))


def in_order(events: list[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: event.at))


def counted(lives: list[Life]) -> tuple[int, int]:
    """How many orders and payments these lives come to."""
    stories = tuple(Story("", "", {}, life.since.isoformat(), life.events) for life in lives)
    account = build(replace(EMPTY, stories=stories)).account
    return len(account.orders), len(account.payments)


def buyers(rng: Random, orders: int, payments: int) -> list[Life]:
    """Contacts that buy now and then; together exactly so many orders with so many payments."""
    bought: list[dict[date, list[Event]]] = [{} for _ in range(BUYERS)]
    for number, paid in enumerate(payments_of_orders(rng, orders, payments)):
        mine = bought[number if number < BUYERS else rng.randrange(BUYERS)]
        day = some_day(rng)
        while day in mine:
            day = some_day(rng)
        mine[day] = purchase(rng, day, paid)
    return [
        Life(
            since=min(days) - timedelta(days=rng.randint(0, 60)),
            events=tuple(event for day in sorted(days) for event in days[day]),
        )
        for days in bought
    ]


def payments_of_orders(rng: Random, orders: int, payments: int) -> list[int]:
    """How many payment rows each order has: mostly one, none if it is open, two if refunded or in parts."""
    counts = rng.choices((1, 2, 0), (92, 4, 4), k=orders)
    places = list(range(orders))
    rng.shuffle(places)
    missing = payments - sum(counts)
    step = 1 if missing > 0 else -1
    for place in [place for place in places if counts[place] == 1][: abs(missing)]:
        counts[place] += step
    return counts


def purchase(rng: Random, day: date, paid: int) -> list[Event]:
    """A one-off order with so many payments."""
    fields: dict[str, Any] = {"items": cart(rng), **tax(rng)}
    time = at(rng, day)
    if paid == 0:
        state: dict[str, Any] = {"draft": True} if rng.random() < 0.2 else {"paid": False}
        return [on(time, "new_order", **fields, **state)]
    if paid == 1:
        return [on(time, "new_order", **fields)]
    if day < c.TODAY - timedelta(days=INSTALMENT_DAYS + 2) and rng.random() < 0.5:
        return [on(time, "new_order", **fields, instalments=2, days_between_payments=INSTALMENT_DAYS)]
    return [on(time, "new_order", **fields), on(f"{day} 23:{rng.randint(0, 59):02d}", "refund")]


def cart(rng: Random) -> list[dict[str, Any]]:
    """One to three things."""
    chosen = rng.choices(ONE_OFF, ONE_OFF_WEIGHTS, k=rng.choice((1, 1, 1, 2, 3)))
    return [{"product_id": each, "quantity": rng.choice((1, 1, 1, 1, 2, 5))} for each in chosen]


def some_day(rng: Random) -> date:
    """A day since the account was opened; more of them lately, as the business grew."""
    days = (c.TODAY - c.OPENED).days - LONGEST_KNOWN_BEFORE
    return c.TODAY - timedelta(days=1 + int(days * rng.random() ** 1.5))


def lead(rng: Random) -> Life:
    """Somebody who bought nothing; one in three was edited since."""
    since = some_day(rng)
    if rng.random() < 2 / 3 or since == c.TODAY - timedelta(days=1):
        return Life(since, ())
    later = since + timedelta(days=rng.randint(1, (c.TODAY - since).days - 1))
    return Life(since, (on(at(rng, later), "edit_contact", phone=f"+1 555 01{rng.randrange(100):02d}"),))
