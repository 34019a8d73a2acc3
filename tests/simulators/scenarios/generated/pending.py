"""What goes on in a large account: coming bills and instalments, declined charges and their retries."""

from __future__ import annotations

import heapq
from dataclasses import replace

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.dunning import Dunning
from tests.simulators.keap.billing.transactions import STEP
from tests.simulators.keap.engine import BillingEngine, Due
from tests.simulators.keap.index import number_of
from tests.simulators.scenarios.generated.numbering import Tile, World

OF_SUBSCRIPTIONS = ("bill", "end")


def put_agenda(world: World, engine: BillingEngine) -> None:
    """Everything on the pattern's agenda, for every tile."""
    pending = world.pattern.engine
    for due in sorted(pending.agenda):
        kind = "subscriptions" if due.kind in OF_SUBSCRIPTIONS else "orders"
        for ids in world.tiles_like(kind, due.row_id):
            engine.entries += 1
            row_id = ids.row(kind, due.row_id)
            engine.agenda.append(Due(due.at, engine.entries, due.kind, row_id, due.day))
            if due.number in pending.dunning:
                engine.dunning[engine.entries] = moved(pending.dunning[due.number], ids)
    heapq.heapify(engine.agenda)


def moved(dunning: Dunning, ids: Tile) -> Dunning:
    """A charge that will be tried again, with other ids; a contact's first card has the contact's id."""
    bought = dunning.subscription_id
    return replace(
        dunning,
        order_id=ids.row("orders", dunning.order_id),
        card_id=ids.row("contacts", dunning.card_id),
        subscription_id=None if bought is None else ids.row("subscriptions", bought),
    )


def put_attempts(world: World, account: Account) -> None:
    """The declined charges of every tile; the id of one lies behind that of the last payment before it."""
    attempts = world.pattern.account.billing.attempts
    paid = account.payments.index("payment_time")
    found = sorted(
        (
            (attempt.at, ids.row("orders", attempt.order_id), attempt, ids)
            for attempt in attempts
            for ids in world.tiles_like("orders", attempt.order_id)
        ),
        key=lambda each: each[:2],
    )
    latest = 0
    for at, order_id, attempt, ids in found:
        before = account.payments.ids[0] + len(paid.span(0, number_of(at))) - 1
        latest = max(latest, before * STEP) + 1
        contact_id, card_id = ids.row("contacts", attempt.contact_id), ids.row("contacts", attempt.card_id)
        account.billing.put_attempt(
            replace(attempt, id=latest, order_id=order_id, contact_id=contact_id, card_id=card_id)
        )
