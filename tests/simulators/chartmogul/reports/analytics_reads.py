"""Reads of the analytics side: subscriptions and activities.

Source: recordings of 2015 to 2025; https://dev.chartmogul.com/reference/metrics. Amounts are truncated cents
of the account's currency.
"""

from collections.abc import Callable, Iterator
from datetime import date

from tests.simulators.chartmogul import answers, moments, paging
from tests.simulators.chartmogul.customers.geography import currency_sign
from tests.simulators.chartmogul.metrics.ledger import KINDS
from tests.simulators.chartmogul.metrics.money import shown
from tests.simulators.chartmogul.metrics.results import Movement, SubscriptionState
from tests.simulators.chartmogul.records import Customer, Subscription
from tests.simulators.chartmogul.reports.analytics import Activity
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Answer, Call, Json, Route

DESCRIPTIONS = {
    "new_biz": "purchased the {} plan",
    "reactivation": "reactivated an old account with {} plan",
    "expansion": "upgraded to the {} plan",
    "contraction": "downgraded to the {} plan",
    "churn": "cancelled their {} plan",
}

NEXT_PAGE = "subscriptions_next_page"


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("GET", "/v1/customers/{cus}/subscriptions", lambda call: _subscriptions(world, call)),
        Route("GET", "/v1/customers/{cus}/activities", lambda call: _of_customer(world, call)),
        Route("GET", "/v1/activities", lambda call: _all(world, call)),
    ]


def _subscriptions(world: World, call: Call) -> Answer:
    customer = world.customer(call.params["cus"])
    rows = _shapes(world, customer)
    size, number = paging.page_size(call), paging.page_number(call, NEXT_PAGE)
    start = (number - 1) * size
    answer = {"entries": rows[start : start + size], "has_more": len(rows) > start + size, "per_page": size}
    cursor = paging.encoded(NEXT_PAGE, number + 1, "=") if rows else None
    return Answer(200, {**answer, "page": 1, "cursor": cursor})


def _shapes(world: World, customer: Customer) -> list[dict[str, Json]]:
    """The first to end first; of connected subscriptions the one that goes on."""
    held = world.store.subscriptions.by_uuid
    states = [each for each in world.analytics.history(customer).subscriptions if each.key in held]
    by_group: dict[str, SubscriptionState] = {}
    for state in states:
        group = state.line.connection or state.key
        kept = by_group.get(group)
        if kept is None or (state.active, state.start) >= (kept.active, kept.start):
            by_group[group] = state
    shapes = [_shape(world, held[each.key], each) for each in by_group.values()]
    return sorted(shapes, key=lambda shape: (shape["end-date"], shape["id"]))


def _shape(world: World, subscription: Subscription, state: SubscriptionState) -> dict[str, Json]:
    plan = world.store.plans.by_uuid.get(state.line.plan)
    mrr, currency = shown(state.mrr), world.settings.account_currency
    return {
        "id": subscription.number,
        "external_id": subscription.external_id,
        "subscription_set_external_id": subscription.set_external_id or subscription.external_id,
        "quantity": state.line.quantity,
        "uuid": subscription.analytics_uuid,
        "mrr": mrr,
        "arr": 12 * mrr,
        "status": "active" if state.active else "inactive",
        "plan": plan.name if plan else None,
        "billing-cycle": state.line.interval.unit,
        "billing-cycle-count": state.line.interval.count,
        "start-date": moments.analytics_side(state.start),
        "end-date": moments.analytics_side(state.end),
        "currency": currency,
        "currency-sign": currency_sign(currency),
    }


def _common(world: World, movement: Movement) -> dict[str, Json]:
    store = world.store
    plan, balance = store.plans.by_uuid.get(movement.plan), shown(movement.balance)
    subscription = store.subscriptions.by_uuid.get(movement.subscription)
    return {
        "description": DESCRIPTIONS[movement.told_as].format(plan.name if plan else ""),
        "activity-mrr-movement": shown(movement.amount),
        "activity-mrr": balance,
        "activity-arr": 12 * balance,
        "date": moments.analytics_side(movement.at),
        "type": movement.kind,
        "currency": world.settings.account_currency,
        "subscription-external-id": subscription and subscription.external_id,
    }


def _of_customer(world: World, call: Call) -> Answer:
    customer = world.customer(call.params["cus"])
    movements = world.analytics.history(customer).movements
    size, start = paging.page_size(call), paging.place(call) or 0
    sign = currency_sign(world.settings.account_currency)
    shapes = [
        {"id": customer.number * 1000 + index, **_common(world, each), "currency-sign": sign}
        for index, each in enumerate(movements[start : start + size], start)
    ]
    label = moments.cursor_time(movements[min(start + size, len(movements)) - 1].at) if shapes else ""
    cursor = paging.encoded(label, start + size) if shapes else None
    old = {} if call.query.get("cursor") else {"page": 1}
    has_more = len(movements) > start + size
    return Answer(200, {"entries": shapes, "has_more": has_more, "per_page": size, **old, "cursor": cursor})


def _all(world: World, call: Call) -> Answer:
    """All customers' activities; the cursor is the uuid of the last activity that was handed out."""
    descending = _descending(call)
    fits = _filter(world, call)
    size, found = paging.page_size(call), list[Activity]()
    for each in _from_cursor(world, call, descending=descending):
        if fits(each):
            found.append(each)
            if len(found) > size + 1:
                break
    shown_now = found[:size]
    skips = world.switches["activities_cursor"] == "skips_one" and len(found) > size
    last = found[size] if skips else (shown_now[-1] if shown_now else None)
    return Answer(200, {
        "entries": [_wide(world, each) for each in shown_now],
        "has_more": len(found) > size,
        "per_page": size,
        "cursor": last and last.uuid,
    })  # fmt: skip


def _descending(call: Call) -> bool:
    order = call.query.get("order") or "date"
    if order not in ("date", "-date"):
        raise answers.grape(400, "order does not have a valid value", "order")
    return order == "-date"


def _from_cursor(world: World, call: Call, *, descending: bool) -> Iterator[Activity]:
    """The activities after the one that the cursor names."""
    rows, cursor = world.analytics.activities(), call.query.get("cursor")
    place = None
    if cursor:
        place = world.analytics.place_of(cursor)
        if place is None:
            raise answers.grape(400, "cursor is invalid", "cursor")
    if descending:
        return (rows[index] for index in range(len(rows) - 1 if place is None else place - 1, -1, -1))
    return (rows[index] for index in range(0 if place is None else place + 1, len(rows)))


def _filter(world: World, call: Call) -> Callable[[Activity], bool]:
    query, day_of = call.query, world.analytics.day_of()
    kind, first, last = query.get("type"), _date(call, "start-date"), _date(call, "end-date")
    if kind is not None and kind not in KINDS:
        raise answers.grape(400, "type does not have a valid value", "type")
    if last is not None and first is None:
        raise answers.grape(400, "start-date is missing", "start-date")

    def fits(activity: Activity) -> bool:
        if kind not in (None, activity.movement.kind):
            return False
        day = day_of(activity.movement.at)
        return (first is None or day >= first) and (last is None or day <= last)

    return fits


def _date(call: Call, name: str) -> date | None:
    given = call.query.get(name)
    if not given:
        return None
    moment = moments.parsed(given)
    if moment is None:
        raise answers.grape(400, f"{name} is invalid", name)
    return moment.date()


def _wide(world: World, activity: Activity) -> dict[str, Json]:
    customer, movement = activity.customer, activity.movement
    subscription = world.store.subscriptions.by_uuid.get(movement.subscription)
    plan = world.store.plans.by_uuid.get(movement.plan)
    source = subscription.source if subscription else customer.identities[0][0]
    external_id = next((name for each, name in customer.identities if each == source), None)
    set_id = subscription and subscription.set_external_id
    return {
        **_common(world, movement),
        "plan-external-id": plan and plan.external_id,
        **({"subscription-set-external-id": set_id} if set_id else {}),
        "customer-name": customer.company or customer.name,
        "customer-uuid": customer.uuid,
        "customer-external-id": external_id,
        "billing-connector-uuid": source,
        "uuid": activity.uuid,
    }
