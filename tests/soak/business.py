"""What happens in the company between two syncs: drawn at random, told to Keap's simulator."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import requests

from tests.simulators import Server
from tests.simulators.scenarios.small.catalogue import GROWTH_MONTHLY, STARTER_MONTHLY

Json = dict[str, Any]
PLANS = (STARTER_MONTHLY, GROWTH_MONTHLY)
CHANCE = 0.6
"""That anything happens between two syncs."""


def contact(rng: Random, held: Json) -> Json:
    return {"contact_id": rng.choice(held["contacts"])["id"]}


def subscription(rng: Random, held: Json) -> Json:
    return {"subscription_id": rng.choice(held["subscriptions"])["id"]}


def order(rng: Random, held: Json) -> Json:
    return {"order_id": rng.choice(held["orders"][-80:])["id"]}


def item(rng: Random, kind: str = "PRODUCT") -> Json:
    return {"name": "Workshop", "price": rng.randrange(5_00, 500_00), "item_type": kind}


# event → how often, and its fields
HAPPENINGS: dict[str, tuple[int, Callable[[Random, Json], Json]]] = {
    "new_contact": (3, lambda rng, _: {"given_name": "Ada", "email": f"a{rng.randrange(10**9)}@example.com"}),
    "edit_contact": (3, lambda rng, held: {**contact(rng, held), "company": f"Company {rng.randrange(99)}"}),
    "new_subscription": (4, lambda rng, held: {**contact(rng, held), "plan_id": rng.choice(PLANS)}),
    "change_plan": (2, lambda rng, held: {**subscription(rng, held), "plan_id": rng.choice(PLANS)}),
    "cancel": (2, lambda rng, held: {**subscription(rng, held), "reason": "Too dear"}),
    "resume": (1, subscription),
    "new_order": (4, lambda rng, held: {**contact(rng, held), "items": [item(rng)]}),
    "payment_failed": (2, lambda rng, held: {**subscription(rng, held), "retries": rng.randrange(1, 3)}),
    "pay_order": (2, order),
    "refund": (2, order),
    "card_updated": (1, contact),
}
UNREADABLE = 0.04
"""How often an order is one that nobody can write: its item is of a kind that Keap does not describe."""


def happen(rng: Random, keap: Server) -> list[str]:
    """Let some business happen; the kinds that Keap took (it refuses to cancel what is cancelled)."""
    if rng.random() > CHANCE:
        return []
    held = keap.control.dump()
    kinds, weights = list(HAPPENINGS), [often for often, _ in HAPPENINGS.values()]
    drawn = rng.choices(kinds, weights, k=rng.randrange(1, 4))
    told = [(kind, HAPPENINGS[kind][1](rng, held)) for kind in drawn]
    if rng.random() < UNREADABLE:
        told.append(("new_order", {**contact(rng, held), "items": [item(rng, "UNKNOWN")]}))
    return [kind for kind, fields in told if takes(keap, kind, fields)]


def order_now(rng: Random, keap: Server) -> None:
    """Somebody orders at this moment."""
    takes(keap, "new_order", {**contact(rng, keap.control.dump()), "items": [item(rng)]})


def takes(keap: Server, kind: str, fields: Json) -> bool:
    """Tell Keap of an event; False when it makes no sense there."""
    try:
        keap.control.event(kind, **fields)
    except requests.HTTPError as refused:
        if refused.response.status_code != 422:
            raise
        return False
    return True
