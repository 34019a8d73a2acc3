"""Subscriptions of the import side, and connecting them.

Source: recordings; https://dev.chartmogul.com/docs/changing-customer-churn-history (cancellation dates lie in
the past; the list form replaces the history).
"""

from collections.abc import Sequence
from datetime import datetime

from tests.simulators.chartmogul import answers, moments, paging
from tests.simulators.chartmogul.billing import drafts
from tests.simulators.chartmogul.billing.billing_shape import subscription_shape
from tests.simulators.chartmogul.records import Customer, Subscription
from tests.simulators.chartmogul.world import World, body_of, checked_uuid
from tests.simulators.http import Answer, Call, Json, Route


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    customer = "/v1/customers/{cus}"
    return [
        Route("GET", "/v1/import/customers/{cus}/subscriptions", lambda call: _list(world, call)),
        Route("PATCH", "/v1/import/subscriptions/{sub}", lambda call: _patch(world, call)),
        Route("POST", f"{customer}/connect_subscriptions", lambda call: _connect(world, call)),
        Route("POST", f"{customer}/disconnect_subscriptions", lambda call: _disconnect(world, call)),
    ]


def _list(world: World, call: Call) -> Answer:
    customer = world.import_customer(call.params["cus"])
    rows = world.store.subscriptions.group("customer", customer.uuid)
    page = paging.newest_first(call, rows, lambda each: moments.cursor_time(each.created_at))
    envelope = page.envelope("subscriptions", [subscription_shape(each) for each in page.rows])
    return Answer(200, {"customer_uuid": customer.uuid, **paging.with_old_fields(call, envelope)})


def _patch(world: World, call: Call) -> Answer:
    found = world.store.subscriptions.by_uuid.get(checked_uuid(call.params["sub"], "sub"))
    if found is None:
        raise answers.unknown("Subscription")
    given = body_of(call)
    if "cancellation_dates" in given:
        found.cancellation_dates = _dates(world, given["cancellation_dates"])
    elif "cancelled_at" in given:
        added = _past(world, given["cancelled_at"], "cancelled_at")
        found.cancellation_dates = sorted({*found.cancellation_dates, added})
    else:
        raise answers.rails({"cancelled_at": drafts.BLANK})
    world.store.touched(found.customer)
    return Answer(202, subscription_shape(found, with_customer=True))


def _dates(world: World, given: Json) -> list[datetime]:
    if not isinstance(given, list):
        raise answers.rails({"cancellation_dates": "is invalid"})
    return sorted({_past(world, each, "cancellation_dates") for each in given})


def _past(world: World, given: Json, name: str) -> datetime:
    moment = moments.parsed(given)
    if moment is None:
        raise answers.rails({name: "is invalid"})
    if moment > world.now():
        raise answers.rails({name: drafts.FUTURE})
    return moment


def _connect(world: World, call: Call) -> Answer:
    customer = world.customer(call.params["cus"])
    found = _named(world, customer, call)
    for each in found:
        each.connected_to = found[0].uuid
    world.store.touched(customer)
    return Answer(202, {})


def _disconnect(world: World, call: Call) -> Answer:
    customer = world.customer(call.params["cus"])
    for each in _named(world, customer, call):
        each.connected_to = None
    world.store.touched(customer)
    return Answer(202, {})


def _named(world: World, customer: Customer, call: Call) -> Sequence[Subscription]:
    given = body_of(call).get("subscriptions")
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise answers.grape(400, 'Parameter "subscriptions" is missing', "subscriptions")
    held = world.store.subscriptions.group("customer", customer.uuid)
    found = []
    for said in given:
        fitting = [each for each in held if _is_named(each, said)]
        if not fitting:
            raise answers.grape(404, "Subscription does not exist", "subscriptions")
        found.append(fitting[0])
    return found


def _is_named(subscription: Subscription, said: dict[str, Json]) -> bool:
    by_uuid = said.get("uuid") in (subscription.analytics_uuid, subscription.uuid)
    by_name = said.get("external_id") == subscription.external_id
    return said.get("data_source_uuid") == subscription.source and (by_uuid or by_name)
