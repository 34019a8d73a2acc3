"""What subscribers of the generated account live through: terms of a purchase, then at most one turn of fate.

Every story is possible by construction: a payment that comes late has an open order to pay, a refund has a
paid one, and whatever needs more time than the subscription has is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.simulators.scenarios.generated import catalogue as c
from tests.simulators.scenarios.story import Event, buys, on

PLAN_WEIGHTS = {
    c.STARTER_MONTHLY: 30,
    c.GROWTH_MONTHLY: 20,
    c.PRO_MONTHLY: 9,
    c.SEAT_MONTHLY: 9,
    c.STARTER_ANNUAL: 8,
    c.GROWTH_ANNUAL: 7,
    c.GROWTH_QUARTERLY: 6,
    c.PRO_ANNUAL: 3,
    c.SUPPLIES_FORTNIGHTLY: 4,
    c.COACHING_WEEKLY: 4,
}
INTERVAL_DAYS = {
    plan.id: {"WEEK": 7, "MONTH": 31, "YEAR": 366}[plan.cycle] * plan.frequency for plan in c.PLANS
}
SHORT_DAYS = 14
LONGEST_OF_SHORT = 150
UPGRADES = {
    c.STARTER_MONTHLY: c.GROWTH_MONTHLY,
    c.GROWTH_MONTHLY: c.PRO_MONTHLY,
    c.STARTER_ANNUAL: c.GROWTH_ANNUAL,
    c.GROWTH_ANNUAL: c.PRO_ANNUAL,
}
DOWNGRADES = {new: old for old, new in UPGRADES.items()}
TO_ANNUAL = {
    c.STARTER_MONTHLY: c.STARTER_ANNUAL,
    c.GROWTH_MONTHLY: c.GROWTH_ANNUAL,
    c.PRO_MONTHLY: c.PRO_ANNUAL,
}
REASONS = ("Too expensive", "Not used enough", "Moved to another tool", "Business closed")
TAXES = ("6.25", "7.5", "8.875")


@dataclass(frozen=True, slots=True)
class Sale:
    """A subscription sold: the day of purchase and of the first bill, and the longest gap between bills."""

    bought: date
    first_bill: date
    plan_id: int
    interval: int
    price: int

    def day(self, rng: Random, intervals: int, spare: int = 0) -> date:
        """A day at least so many intervals after the first bill, and `spare` days before the present.

        ValueError when the subscription is not old enough.
        """
        first = self.first_bill + timedelta(days=self.interval * intervals + 2)
        room = (c.TODAY - timedelta(days=spare + 1) - first).days
        if room < 0:
            raise ValueError("too young")
        return first + timedelta(days=rng.randint(0, room))


def at(rng: Random, day: date) -> str:
    """A local time of a day in which people are awake."""
    return f"{day} {rng.randint(10, 21):02d}:{rng.randint(0, 59):02d}"


def sale(rng: Random) -> tuple[Sale, Event]:
    """A purchase: plan, day, and terms."""
    plan_id = rng.choices(list(PLAN_WEIGHTS), list(PLAN_WEIGHTS.values()))[0]
    interval = INTERVAL_DAYS[plan_id]
    oldest = LONGEST_OF_SHORT if interval <= SHORT_DAYS else (c.TODAY - c.OPENED).days - 5
    bought = c.TODAY - timedelta(days=rng.randint(3, oldest))
    terms = {**discount(rng), **tax(rng), **seats(rng, plan_id), **trial(rng, bought)}
    first_bill = bought + timedelta(days=terms.get("trial_days", 0))
    if "start_date" in terms:
        first_bill = date.fromisoformat(terms["start_date"])
    price = next(plan.price for plan in c.PLANS if plan.id == plan_id)
    return Sale(bought, first_bill, plan_id, interval, price), buys(at(rng, bought), plan_id, **terms)


def discount(rng: Random) -> dict[str, Any]:
    """Three in ten pay less: an amount or a percentage, for ever or for the first orders."""
    choice = rng.random()
    if choice < 0.10:
        found = {"item_type": "DISCOUNT_ORDER_TOTAL", "percent": rng.choice((10, 15, 20))}
    elif choice < 0.18:
        found = {"item_type": "DISCOUNT_PRODUCT", "amount": rng.choice((3_00, 5_00)), "name": "Loyalty"}
    elif choice < 0.30:
        found = {"item_type": "DISCOUNT_PRODUCT", "percent": 50, "orders": 3, "name": "Welcome"}
    else:
        return {}
    return {"discounts": [found], "promo_code": "WELCOME"} if "orders" in found else {"discounts": [found]}


def tax(rng: Random) -> dict[str, Any]:
    """One in four pays tax."""
    return {"tax_percent": rng.choice(TAXES)} if rng.random() < 0.25 else {}


def seats(rng: Random, plan_id: int) -> dict[str, Any]:
    """Seats are bought by the dozen, other things one at a time."""
    return {"quantity": rng.randint(2, 20)} if plan_id == c.SEAT_MONTHLY else {}


def trial(rng: Random, bought: date) -> dict[str, Any]:
    """Some begin free of charge, some begin later."""
    choice = rng.random()
    if choice < 0.08:
        return {"trial_days": rng.choice((7, 14, 30))}
    if choice < 0.12:
        return {"start_date": (bought + timedelta(days=rng.randint(1, 20))).isoformat()}
    return {}


def steady(_rng: Random, _: Sale) -> list[Event]:
    return []


def declined_and_paid_late(rng: Random, sold: Sale) -> list[Event]:
    day = sold.day(rng, 0, spare=sold.interval + 5)
    paid = day + timedelta(days=sold.interval + 4)
    return [on(at(rng, day), "payment_failed", times=1), on(at(rng, paid), "pay_order")]


def declined_and_stopped(rng: Random, sold: Sale) -> list[Event]:
    day = sold.day(rng, 0, spare=sold.interval + 9)
    stopped = day + timedelta(days=sold.interval + 8)
    reason = "Cancelled by maximum failed charges"
    return [
        on(at(rng, day), "payment_failed", until_told=True),
        on(at(rng, stopped), "cancel", reason=reason),
    ]


def declined_now(rng: Random, sold: Sale) -> list[Event]:
    return [on(at(rng, sold.day(rng, 0)), "payment_failed", until_told=True)]


def refunded_in_part(rng: Random, sold: Sale) -> list[Event]:
    return [on(at(rng, sold.day(rng, 0)), "refund", amount=sold.price // 4)]


def refunded_in_full(rng: Random, sold: Sale) -> list[Event]:
    return [on(at(rng, sold.day(rng, 0)), "refund")]


def cancelled(rng: Random, sold: Sale) -> list[Event]:
    return [on(at(rng, sold.day(rng, 0)), "cancel")]


def cancelled_with_reason(rng: Random, sold: Sale) -> list[Event]:
    return [on(at(rng, sold.day(rng, 0)), "cancel", reason=rng.choice(REASONS))]


def cancelled_with_end(rng: Random, sold: Sale) -> list[Event]:
    day = sold.day(rng, 0)
    return [on(at(rng, day), "cancel", end_date=day.isoformat(), reason=rng.choice(REASONS))]


def end_planned(rng: Random, sold: Sale) -> list[Event]:
    day = sold.day(rng, 0)
    end = day + timedelta(days=rng.randint(10, 90))
    return [on(at(rng, day), "cancel", end_date=end.isoformat())]


def resumed(rng: Random, sold: Sale) -> list[Event]:
    pause = rng.randint(5, 70)
    day = sold.day(rng, 0, spare=pause + 1)
    back = day + timedelta(days=pause)
    return [
        on(at(rng, day), "cancel"),
        on(at(rng, back), "resume", next_bill_date=back.isoformat()),
    ]


def price_raised(rng: Random, sold: Sale) -> list[Event]:
    return [on(at(rng, sold.day(rng, 0)), "change_plan", price=sold.price + sold.price // 10)]


def moved(rng: Random, sold: Sale, plans: dict[int, int]) -> list[Event]:
    if sold.plan_id not in plans:
        raise ValueError("there is no such plan")
    return [on(at(rng, sold.day(rng, 0)), "change_plan", plan_id=plans[sold.plan_id])]


def seats_changed(rng: Random, sold: Sale) -> list[Event]:
    if sold.plan_id != c.SEAT_MONTHLY:
        raise ValueError("no seats")
    return [on(at(rng, sold.day(rng, 0)), "change_plan", quantity=rng.randint(1, 30))]


Fate = Callable[[Random, Sale], list[Event]]
FATES: tuple[tuple[int, Fate], ...] = (
    (34, steady),
    (8, declined_and_paid_late),
    (5, declined_and_stopped),
    (2, declined_now),
    (4, refunded_in_part),
    (3, refunded_in_full),
    (7, cancelled),
    (8, cancelled_with_reason),
    (9, cancelled_with_end),
    (3, end_planned),
    (6, resumed),
    (3, price_raised),
    (6, lambda rng, sold: moved(rng, sold, UPGRADES)),
    (4, lambda rng, sold: moved(rng, sold, DOWNGRADES)),
    (2, lambda rng, sold: moved(rng, sold, TO_ANNUAL)),
    (3, seats_changed),
)
"""Weight and turn of fate."""


def subscription(rng: Random) -> tuple[date, tuple[Event, ...]]:
    """One subscription's events, and the day of its purchase."""
    sold, purchase = sale(rng)
    (fate,) = rng.choices([each for _, each in FATES], [weight for weight, _ in FATES])
    try:
        return sold.bought, (purchase, *fate(rng, sold))
    except ValueError:
        return sold.bought, (purchase,)
