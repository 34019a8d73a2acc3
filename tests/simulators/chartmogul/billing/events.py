"""/subscription_events: the event stands in the body, in an envelope or flat; there is no id in the path.

Source: https://dev.chartmogul.com/reference/subscription-events and recordings. Only cancellations count for
the metrics; what was sent is echoed as it came.
"""

from collections.abc import Mapping, Sequence

from tests.simulators.chartmogul import answers, fields, moments, paging
from tests.simulators.chartmogul.billing import disabling, drafts
from tests.simulators.chartmogul.data_sources import required_source
from tests.simulators.chartmogul.records import SubscriptionEvent
from tests.simulators.chartmogul.world import EMPTY, World, body_of
from tests.simulators.http import Answer, Call, Json, Route

PATH = "/v1/subscription_events"
TYPES = (
    "subscription_start",
    "subscription_start_scheduled",
    "scheduled_subscription_start_retracted",
    "subscription_cancelled",
    "subscription_cancellation_scheduled",
    "scheduled_subscription_cancellation_retracted",
    "subscription_updated",
    "subscription_update_scheduled",
    "scheduled_subscription_update_retracted",
    "subscription_event_retracted",
)
ECHOED = (
    "subscription_set_external_id",
    "plan_external_id",
    "quantity",
    "currency",
    "amount_in_cents",
    "tax_amount_in_cents",
    "retracted_event_id",
)
EXISTS = "has already been taken"
REQUIRED = ("customer_external_id", "event_type", "event_date", "effective_date")
CHECKS: Mapping[str, fields.Check] = {
    "customer_external_id": fields.text,
    "subscription_external_id": fields.text,
    "external_id": fields.text,
    "event_type": fields.one_of(TYPES),
    "event_date": fields.moment,
    "effective_date": fields.moment,
    "subscription_set_external_id": fields.text,
    "plan_external_id": fields.text,
    "currency": fields.text,
    "amount_in_cents": fields.loose_integer,
    "tax_amount_in_cents": fields.integer,
    "quantity": fields.loose_integer,
    "event_order": fields.integer,
}
FILTERS = ("external_id", "customer_external_id", "subscription_external_id", "event_type")


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", PATH, lambda call: _create(world, call)),
        Route("GET", PATH, lambda call: _list(world, call)),
        Route("PATCH", PATH, lambda call: _patch(world, call)),
        Route("DELETE", PATH, lambda call: _delete(world, call)),
        Route("PATCH", f"{PATH}/disabled_state", lambda call: _disable(world, call)),
        Route("PATCH", f"{PATH}/{{id}}/disabled_state", lambda call: _disable(world, call)),
    ]


def shape(event: SubscriptionEvent) -> dict[str, Json]:
    """An event as the API prints it; times without milliseconds."""
    said = event.said
    return {
        "id": event.number,
        "data_source_uuid": event.source,
        "customer_external_id": event.customer_external_id,
        "subscription_set_external_id": said.get("subscription_set_external_id"),
        "subscription_external_id": event.subscription_external_id,
        "plan_external_id": said.get("plan_external_id"),
        "event_date": moments.seconds_only(event.event_date),
        "effective_date": moments.seconds_only(event.effective_date),
        "event_type": event.event_type,
        "external_id": event.external_id,
        "errors": event.errors,
        "created_at": moments.seconds_only(event.created_at),
        "updated_at": moments.seconds_only(event.updated_at),
        **{name: said.get(name) for name in ECHOED[2:]},
        **({"event_order": said["event_order"]} if said.get("event_order") is not None else {}),
        **(disabling.shape(event) if event.disabled else {}),
    }


def _sent(call: Call) -> dict[str, Json]:
    """The event of the body, out of its envelope if it has one; or `subscription_event[id]=` of the query."""
    body = body_of(call)
    inner = body.get("subscription_event", body)
    if not isinstance(inner, dict):
        raise answers.rails({"subscription_event": "is invalid"})
    asked = {
        name[len("subscription_event[") : -1]: value
        for name, value in call.query.items()
        if name.startswith("subscription_event[") and name.endswith("]")
    }
    return {**asked, **inner}


def complaints(given: Mapping[str, Json]) -> dict[str, str]:
    """Field to complaint of an event to be made."""
    filled = {name: value for name, value in given.items() if value != ""}
    found = fields.problems(filled, CHECKS)
    missing = {name: drafts.BLANK for name in REQUIRED if filled.get(name) is None}
    retracted = filled.get("retracted_event_id")
    if retracted is not None and not isinstance(retracted, str):
        found["retracted_event_id"] = "is invalid"
    return {**missing, **found}


def _create(world: World, call: Call) -> Answer:
    given = _sent(call)
    found = complaints(given)
    source = required_source(world, given.get("data_source_uuid"))
    if source is None:
        found["data_source_uuid"] = drafts.MISSING
    elif not found:
        found = clashes(world, source.uuid, given)
    if source is None or found:
        raise answers.rails(found)
    return Answer(201, shape(add(world, source.uuid, given)))


def clashes(world: World, source: str, given: Mapping[str, Json]) -> dict[str, str]:
    """What the event collides with, as far as the switches say that it matters."""
    external_id = given.get("external_id")
    held = external_id and world.store.events.first("external_id", (source, external_id))
    if held and world.switches["event_duplicate"] == "reject":
        return {"external_id": EXISTS}
    known = world.store.customer(source, given["customer_external_id"])
    if known is None and world.switches["event_unknown_customer"] == "reject":
        return {"customer_external_id": drafts.MISSING}
    return {}


def add(world: World, source: str, given: Mapping[str, Json]) -> SubscriptionEvent:
    """Keep an event whose fields are fit."""
    ids, now = world.store.ids, world.now()
    sequence, number = ids.sequence(), ids.number()
    event = SubscriptionEvent(
        str(number), sequence, now, now, number, source, given.get("external_id"),
        given["customer_external_id"], given.get("subscription_external_id"), given["event_type"],
        moments.parsed(given["event_date"]) or now, moments.parsed(given["effective_date"]) or now,
        {name: given.get(name) for name in (*ECHOED, "event_order")},
    )  # fmt: skip
    world.store.events.add(event)
    touched(world, event)
    return event


def touched(world: World, event: SubscriptionEvent) -> None:
    """The customer an event speaks of has to be worked on."""
    customer = world.store.customer(event.source, event.customer_external_id)
    if customer is not None:
        world.store.touched(customer)


def _list(world: World, call: Call) -> Answer:
    query, events = call.query, world.store.events
    source, customer = query.get("data_source_uuid"), query.get("customer_external_id")
    if source is not None and customer is not None:
        rows: Sequence[SubscriptionEvent] = events.group("customer", (source, customer))
    elif source is not None and query.get("external_id"):
        rows = events.group("external_id", (source, query["external_id"]))
    else:
        rows = events.rows if source is None else events.group("source", source)
    page = paging.newest_first(
        call, rows, lambda each: moments.cursor_time(each.created_at),
        lambda each: _fits(each, query),
    )  # fmt: skip
    return Answer(200, _envelope(world, call, page))


def _fits(event: SubscriptionEvent, query: Mapping[str, str]) -> bool:
    if event.disabled is not None and query.get("with_disabled") != "true":
        return False
    if any(query[name] != getattr(event, name) for name in FILTERS if name in query):
        return False
    if "plan_external_id" in query and event.said.get("plan_external_id") != query["plan_external_id"]:
        return False
    dates = ("event_date", "effective_date")
    return all(moments.parsed(query[name]) == getattr(event, name) for name in dates if name in query)


def _envelope(world: World, call: Call, page: paging.Page) -> dict[str, Json]:
    """The first page still has the `meta` of page-number paging."""
    envelope = page.envelope("subscription_events", [shape(each) for each in page.rows])
    if call.query.get("cursor"):
        return envelope
    next_key = page.rows[-1].number if page.has_more else None
    count = (2 if page.has_more else 1) if page.rows else 0
    before = moments.import_side(world.now())
    meta = {"next_key": next_key, "prev_key": None, "before_key": before, "page": min(count, 1)}
    rows = envelope.pop("subscription_events")
    return {"subscription_events": rows, "meta": {**meta, "total_pages": count}, **envelope}


def _event(
    world: World, call: Call, named: Mapping[str, str] | None = None
) -> tuple[SubscriptionEvent, dict[str, Json]]:
    """The event meant by `id`, or by `external_id` and `data_source_uuid`; and all that was sent."""
    given = {**_sent(call), **(named or {})}
    events, number = world.store.events, fields.whole(given.get("id"))
    if number is not None:
        found = events.by_uuid.get(str(number))
    elif isinstance(given.get("external_id"), str) and isinstance(given.get("data_source_uuid"), str):
        found = events.first("external_id", (given["data_source_uuid"], given["external_id"]))
    else:
        raise answers.rails({"id": drafts.BLANK})
    if given.get("data_source_uuid") is not None and not isinstance(given["data_source_uuid"], str):
        raise answers.rails({"data_source_uuid": "is invalid"})
    if found is None:
        raise answers.unknown("Subscription event")
    return found, given


def _patch(world: World, call: Call) -> Answer:
    event, given = _event(world, call)
    held = {name: value for name, value in shape(event).items() if name in CHECKS or name in ECHOED}
    wanted = {**held, **{name: given[name] for name in (*CHECKS, *ECHOED) if name in given}}
    found = complaints(wanted)
    if found:
        raise answers.rails(found)
    change(world, event, wanted)
    return Answer(200, shape(event))


def change(world: World, event: SubscriptionEvent, wanted: Mapping[str, Json]) -> None:
    """Put all data fields of an event; they are fit."""
    touched(world, event)
    now = world.now()

    def put() -> None:
        event.external_id, event.event_type = wanted.get("external_id"), wanted["event_type"]
        event.customer_external_id = wanted["customer_external_id"]

    world.store.events.change(event, put)
    event.subscription_external_id = wanted.get("subscription_external_id")
    event.event_date = moments.parsed(wanted["event_date"]) or now
    event.effective_date = moments.parsed(wanted["effective_date"]) or now
    event.said = {name: wanted.get(name) for name in (*ECHOED, "event_order")}
    event.updated_at = now
    touched(world, event)


def _delete(world: World, call: Call) -> Answer:
    event, _ = _event(world, call)
    world.store.events.remove(event)
    touched(world, event)
    return EMPTY


def _disable(world: World, call: Call) -> Answer:
    """By the id of the path, by the query, or by what the body says."""
    named = {**call.query, **({"id": call.params["id"]} if "id" in call.params else {})}
    event, given = _event(world, call, named)
    disabling.put(world, given, event, "subscription event")
    touched(world, event)
    return Answer(200, shape(event))
