"""What happens in the company, between two syncs or during one: drawn at random, told to Keap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import requests

from tests.simulators import Server
from tests.simulators.scenarios.small.catalogue import GROWTH_MONTHLY, STARTER_ANNUAL, STARTER_MONTHLY

Json = dict[str, Any]
PLANS = (STARTER_MONTHLY, STARTER_MONTHLY, GROWTH_MONTHLY, GROWTH_MONTHLY, STARTER_ANNUAL)
CHANCE = 0.35
"""That anything happens between two syncs: about 2,500 events in a month."""
UNREADABLE = 0.04
"""How often an order is one that nobody can write: its item is of a kind that Keap does not describe."""
NEWEST = 120
"""So many of the last orders are paid late, refunded, written off."""


@dataclass
class Company:
    """Lets things happen in Keap. It remembers what nobody could tell who reads Keap for the first time:
    orders that are `deleted` or were dated `ahead` of ChartMogul's clock, subscriptions that were `moved`.
    """

    keap: Server
    moved: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    ahead: set[str] = field(default_factory=set)

    def happen(self, rng: Random, now: datetime) -> list[str]:
        """Some business; the kinds that Keap took (it refuses to cancel what is cancelled)."""
        kinds, weights = list(HAPPENINGS), [often for often, _ in HAPPENINGS.values()]
        day = Day(rng, self.keap.control.dump(), now.date(), self)
        drawn = rng.choices(kinds, weights, k=rng.randrange(1, 4))
        return [kind for kind in drawn if self.happens(kind, day)]

    def happens(self, kind: str, day: Day) -> bool:
        """Whether something of this kind can happen, and does."""
        events = HAPPENINGS[kind][1](day)
        return bool(events) and all(self.takes(**each) for each in events)

    def order_now(self, rng: Random, now: datetime) -> None:
        """Somebody orders at this moment, which ChartMogul's clock has not reached."""
        day = Day(rng, self.keap.control.dump(), now.date(), self)
        touched = self.keap.control.event("new_order", contact_id=day.contact(), items=[day.item()])
        self.ahead |= {str(order) for order in touched["orders"]}

    def takes(self, type: str, **fields: Any) -> bool:  # noqa: A002 - as the control route calls it
        """Tell Keap of an event; False when it makes no sense there."""
        try:
            self.keap.control.event(type, **fields)
        except requests.HTTPError as refused:
            if refused.response.status_code != 422:
                raise
            return False
        return True


@dataclass(frozen=True)
class Day:
    """What there is to choose from; each choice gives an id."""

    rng: Random
    held: Json
    today: date
    company: Company

    def contact(self) -> str:
        return str(self.rng.choice(self.held["contacts"])["id"])

    def subscription(self, **wanted: Any) -> str:
        rows = self.held["subscriptions"]
        return str(self.rng.choice([r["id"] for r in rows if all(r.get(k) == v for k, v in wanted.items())]))

    def order(self, **wanted: Any) -> str:
        rows = self.held["orders"][-NEWEST:]
        fitting = [r["id"] for r in rows if all(r.get(k) == v for k, v in wanted.items())]
        return str(self.rng.choice(fitting or [row["id"] for row in rows]))

    def item(self) -> Json:
        kind = "UNKNOWN" if self.rng.random() < UNREADABLE else "PRODUCT"
        return {"name": "Workshop", "price": self.rng.randrange(5_00, 500_00), "item_type": kind}

    def later(self, *days: int) -> str:
        return str(self.today + timedelta(days=self.rng.choice(days)))


def told(type: str, **fields: Any) -> list[Json]:  # noqa: A002 - as the control route calls it
    """One event."""
    return [{"type": type, **fields}]


def new_contact(day: Day) -> list[Json]:
    return told("new_contact", given_name="Ada", email=f"a{day.rng.randrange(10**9)}@example.com")


def edit_contact(day: Day) -> list[Json]:
    return told("edit_contact", contact_id=day.contact(), company=f"Company {day.rng.randrange(99)}")


def new_subscription(day: Day) -> list[Json]:
    more: Json = day.rng.choice(
        [{}, {}, {}, {"trial_days": 7}, {"cycles": 2}, {"quantity": 3}, {"declined": True}]
    )
    return told("new_subscription", contact_id=day.contact(), plan_id=day.rng.choice(PLANS), **more)


def change_plan(day: Day) -> list[Json]:
    more: Json = day.rng.choice([{"plan_id": day.rng.choice(PLANS[:4])}, {"price": 77_00}, {"quantity": 2}])
    return told("change_plan", subscription_id=day.subscription(), **more)


def cancel(day: Day) -> list[Json]:
    more = day.rng.choice([{}, {"end_date": day.later(0, 2, 5, 20)}])
    return told("cancel", subscription_id=day.subscription(active=True), reason="Too dear", **more)


def resume(day: Day) -> list[Json]:
    return told("resume", subscription_id=day.subscription())


def deactivate(day: Day) -> list[Json]:
    return told("deactivate", subscription_id=day.subscription(active=True))


def credit(day: Day) -> list[Json]:
    return told("credit", subscription_id=day.subscription(active=True), amount=5_00)


def skip(day: Day) -> list[Json]:
    return told(
        "move_bill_date", subscription_id=day.subscription(active=True), next_bill_date=day.later(1, 20, 50)
    )


def payment_failed(day: Day) -> list[Json]:
    more = day.rng.choice([{"retries": 1}, {"retries": 2}, {}])
    return told("payment_failed", subscription_id=day.subscription(active=True), **more)


def new_order(day: Day) -> list[Json]:
    more: Json = day.rng.choice([{}, {}, {}, {"instalments": 3}, {"paid": False}, {"declined": True}])
    return told("new_order", contact_id=day.contact(), items=[day.item()], **more)


def pay_order(day: Day) -> list[Json]:
    more: Json = day.rng.choice([{}, {}, {"amount": 1_00}, {"pending": True}])
    return told("pay_order", order_id=day.order(status="SENT"), **more)


def settle_payment(day: Day) -> list[Json]:
    pending = [row["id"] for row in day.held["payments"] if row["status"] == "PENDING"]
    return told("settle_payment", payment_id=day.rng.choice(pending)) if pending else []


def refund(day: Day) -> list[Json]:
    more: Json = day.rng.choice([{}, {"amount": 1_00}, {"void": True}])
    return told("refund", order_id=day.order(refund_status="NONE", status="PAID"), **more)


def write_off(day: Day) -> list[Json]:
    return told("write_off", order_id=day.order(status="SENT"))


def card_updated(day: Day) -> list[Json]:
    return told("card_updated", contact_id=day.contact())


def card_expired(day: Day) -> list[Json]:
    return told("card_expired", contact_id=day.contact())


def delete_order(day: Day) -> list[Json]:
    """One of which nothing is paid, of no subscription: it stays in ChartMogul, where it makes no MRR."""
    rows = [row for row in day.held["orders"][-NEWEST:] if row["status"] == "SENT" and not named(row)]
    rows = [row for row in rows if not row["total_paid"]["amount"]]
    if not rows:
        return []
    order = str(day.rng.choice(rows)["id"])
    day.company.deleted.add(order)
    return told("delete_order", order_id=order)


def merge_contacts(day: Day) -> list[Json]:
    """Of one who has orders: a lead that is merged away stays, since nothing tells."""
    orders = day.held["orders"]
    payers = {row["contact"]["id"] for row in orders if row["status"] != "DRAFT" and row["total"]["amount"]}
    there = {row["id"] for row in day.held["contacts"]}
    loser, winner = day.rng.choice(sorted(payers & there)), day.contact()
    if loser == winner:
        return []
    return told("merge_contacts", contact_id=loser, into_contact_id=winner)


def move_subscription(day: Day) -> list[Json]:
    """Each once, of a contact who keeps another: else it looks like a merge. Billed at once."""
    company, today = day.company, str(day.today)
    rows = [row for row in day.held["subscriptions"] if row.get("last_bill_date")]
    rows = [row for row in rows if row["id"] not in company.moved]
    owners = Counter(row["contact_id"] for row in rows)
    rows = [row for row in rows if row["active"] and row["last_bill_date"] < today]
    rows = [row for row in rows if owners[row["contact_id"]] > 1]
    if not rows:
        return []
    moved = day.rng.choice(rows)
    others = [row["id"] for row in day.held["contacts"] if row["id"] != moved["contact_id"]]
    company.moved.add(moved["id"])
    return [
        *told("move_subscription", subscription_id=moved["id"], to_contact_id=day.rng.choice(others)),
        *told("edit_contact", contact_id=moved["contact_id"], company=f"Stays {day.rng.randrange(99)}"),
        *told("move_bill_date", subscription_id=moved["id"], next_bill_date=today),
    ]


def named(order: Json) -> set[str]:
    """The subscriptions that an order's items name."""
    return {item["subscription_id"] for item in order["order_items"] if item.get("subscription_id")}


# kind → how often, and what Keap is told
HAPPENINGS: dict[str, tuple[int, Callable[[Day], list[Json]]]] = {
    "new_contact": (3, new_contact),
    "edit_contact": (3, edit_contact),
    "new_subscription": (4, new_subscription),
    "change_plan": (2, change_plan),
    "cancel": (2, cancel),
    "resume": (1, resume),
    "deactivate": (1, deactivate),
    "credit": (1, credit),
    "skip": (1, skip),
    "payment_failed": (2, payment_failed),
    "new_order": (4, new_order),
    "pay_order": (3, pay_order),
    "settle_payment": (1, settle_payment),
    "refund": (2, refund),
    "write_off": (1, write_off),
    "card_updated": (2, card_updated),
    "card_expired": (1, card_expired),
    "delete_order": (1, delete_order),
    "merge_contacts": (1, merge_contacts),
    "move_subscription": (1, move_subscription),
}
