"""All event types in one table, and the one way to let an event happen."""

from __future__ import annotations

from datetime import datetime

from tests.simulators.keap.billing.charge_events import CHARGE_EVENTS
from tests.simulators.keap.billing.stop_events import STOP_EVENTS
from tests.simulators.keap.contact_events import CONTACT_EVENTS
from tests.simulators.keap.crm.record_events import RECORD_EVENTS
from tests.simulators.keap.crm.relation_events import RELATION_EVENTS
from tests.simulators.keap.events import EventError, Fields, Touched, World
from tests.simulators.keap.order_events import ORDER_EVENTS
from tests.simulators.keap.subscription_events import SUBSCRIPTION_EVENTS

EVENTS = {
    **CONTACT_EVENTS,
    **SUBSCRIPTION_EVENTS,
    **ORDER_EVENTS,
    **RECORD_EVENTS,
    **RELATION_EVENTS,
    **CHARGE_EVENTS,
    **STOP_EVENTS,
}


def happen(world: World, kind: str, fields: Fields, at: datetime) -> Touched:
    """Bill what is due by `at`, then let the event happen; EventError, with nothing changed, if it cannot."""
    event = EVENTS.get(kind)
    if event is None:
        raise EventError(f"{kind!r} is no event type; there are {sorted(EVENTS)}")
    event.check(kind, fields)
    world.engine.run_until(at)
    try:
        return event.handler(world, fields)
    except ValueError as error:
        raise EventError(f"{kind}: {error}") from error
