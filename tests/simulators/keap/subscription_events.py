"""Events of subscriptions: bought, cancelled, resumed, moved to another plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.simulators.keap.bill_dates import last_bill_date, local_date
from tests.simulators.keap.billing.dunning import DAYS_BETWEEN, MOST_ATTEMPTS
from tests.simulators.keap.billing.transactions import decline
from tests.simulators.keap.contact_events import contact_of
from tests.simulators.keap.engine import subscription_basket, subscription_line
from tests.simulators.keap.events import (
    EventError,
    EventType,
    Fields,
    Touched,
    World,
    as_date,
    as_int,
    as_percent,
)
from tests.simulators.keap.ledger import place_order
from tests.simulators.keap.order_events import cart_lines
from tests.simulators.keap.pricing import Basket
from tests.simulators.keap.rows import Discount, Plan, Subscription

CYCLES = ("DAY", "WEEK", "MONTH", "YEAR")
DISCOUNT_TYPES = ("DISCOUNT_ORDER_TOTAL", "DISCOUNT_PRODUCT", "DISCOUNT_FREE_TRIAL", "DISCOUNT")


def today(world: World) -> date:
    """The present day in the account's zone."""
    return local_date(world.engine.now, world.engine.account.profile.zone)


def plan_of(world: World, fields: Fields) -> Plan:
    """The plan that an event names."""
    plan = world.engine.account.plans.get(as_int(fields["plan_id"]))
    if plan is None:
        raise EventError(f"there is no plan {fields['plan_id']}")
    return plan


def subscription_of(world: World, fields: Fields) -> Subscription:
    """The subscription that an event names, or the newest of the contact that it names."""
    account = world.engine.account
    if "subscription_id" in fields:
        found = account.subscriptions.get(as_int(fields["subscription_id"]))
    elif "contact_id" in fields:
        owned = account.subscriptions_of[contact_of(world, fields).id]
        found = account.subscriptions[max(owned)] if owned else None
    else:
        raise EventError("name a subscription_id or a contact_id")
    if found is None:
        raise EventError("there is no such subscription")
    return found


def discounts_of(given: Iterable[Mapping[str, Any]]) -> tuple[Discount, ...]:
    """Discounts from `{"item_type", "percent"|"amount", "orders"?, "name"?}`; amounts in minor units."""
    return tuple(discount_of(each) for each in given)


def discount_of(given: Mapping[str, Any]) -> Discount:
    """One discount; EventError when it is not understood."""
    if given.get("item_type") not in DISCOUNT_TYPES or ("percent" in given) == ("amount" in given):
        raise EventError(f"a discount has an item_type of {DISCOUNT_TYPES} and a percent or an amount")
    return Discount(
        item_type=given["item_type"],
        percent=as_percent(given["percent"]) if "percent" in given else None,
        amount=as_int(given["amount"]) if "amount" in given else None,
        orders_left=as_int(given["orders"]) if "orders" in given else None,
        name=str(given.get("name", "Discount")),
    )


def interval_of(fields: Fields, plan: Plan) -> dict[str, Any]:
    """How often a subscription bills: what the event says, else what the plan says."""
    cycle = fields.get("cycle", plan.cycle)
    if cycle not in CYCLES:
        raise EventError(f"cycle is one of {CYCLES}")
    return {"cycle": cycle, "frequency": as_int(fields.get("frequency", plan.frequency))}


def new_subscription(world: World, fields: Fields) -> Touched:
    """A plan is bought. The first bill is today, or on `start_date`, or after `trial_days`."""
    engine = world.engine
    first_day = first_bill_date(world, fields)
    extra = Basket(cart_lines(engine.account, fields.get("items", ())))
    if fields.get("declined"):
        return declined_purchase(world, fields, first_day, extra)
    subscription = engine.account.put_subscription(subscription_from(world, fields, first_day))
    if first_day <= today(world):
        engine.bill(subscription, extra, first=True)
    else:
        engine.schedule(subscription)
        sign_up(world, subscription, fields, extra)
    return {
        "contacts": [subscription.contact_id],
        "subscriptions": [subscription.id],
        "orders": engine.account.orders_of[subscription.contact_id][-1:],
    }


def declined_purchase(world: World, fields: Fields, first_day: date, extra: Basket) -> Touched:
    """The first payment is declined: an open order, not tried again, and no subscription."""
    if first_day > today(world):
        raise EventError("nothing is charged before the first bill date")
    engine, wanted = world.engine, subscription_from(world, fields, first_day)
    basket = subscription_basket(engine.account, wanted, extra, first=True)
    lines = tuple(replace(line, subscription_id=None) for line in basket.lines)
    order = place_order(engine.account, wanted.contact_id, replace(basket, lines=lines), engine.now)
    decline(engine.account, order.id, order.total, engine.now, "card_declined", wanted.contact_id)
    return {"contacts": [wanted.contact_id], "orders": [order.id]}


def first_bill_date(world: World, fields: Fields) -> date:
    """`start_date`, else today plus `trial_days`; EventError for a day that is over."""
    day = as_date(fields["start_date"]) if "start_date" in fields else today(world)
    day += timedelta(days=as_int(fields.get("trial_days", 0)))
    if day < today(world):
        raise EventError("start_date is over")
    return day


def subscription_from(world: World, fields: Fields, first_day: date) -> Subscription:
    """The new subscription's row."""
    plan = plan_of(world, fields)
    interval = interval_of(fields, plan)
    cycles = as_int(fields.get("cycles", plan.cycles))
    by_plan = cycles > 0 and "end_date" not in fields
    end = as_date(fields["end_date"]) if "end_date" in fields else None
    return Subscription(
        id=world.engine.account.subscriptions.new_id(),
        contact_id=contact_of(world, fields).id,
        product_id=plan.product_id,
        plan_id=plan.id,
        quantity=as_int(fields.get("quantity", 1)),
        price=as_int(fields.get("price", plan.price)),
        **interval,
        start_date=first_day,
        next_bill_date=first_day,
        modification_time=world.engine.now,
        end_date=last_bill_date(first_day, bill_day=first_day.day, cycles=cycles, **interval)
        if by_plan
        else end,
        ends_by_plan=by_plan,
        max_charge_attempts=as_int(fields.get("max_charge_attempts", MOST_ATTEMPTS)),
        days_between_retries=as_int(fields.get("days_between_retries", DAYS_BETWEEN)),
        promo_code=fields.get("promo_code", ""),
        tax_percent=as_percent(fields["tax_percent"]) if "tax_percent" in fields else None,
        bill_day=first_day.day,
        discounts=discounts_of(fields.get("discounts", ())),
    )


def sign_up(world: World, subscription: Subscription, fields: Fields, extra: Basket) -> None:
    """The order at the moment of purchase when the first bill comes later.

    `trial_days`: full price and a DISCOUNT_FREE_TRIAL line of the same amount. `start_date`: a price of 0.
    """
    engine = world.engine
    if "trial_days" in fields:
        trial = Discount("DISCOUNT_FREE_TRIAL", amount=subscription.price * subscription.quantity)
        trial = replace(trial, name=f"Free trial of {fields['trial_days']} days")
        untaxed = replace(subscription, discounts=(trial,), tax_percent=None)
        basket = subscription_basket(engine.account, untaxed, extra, first=True)
    else:
        line = subscription_line(engine.account, subscription, first=True, free=True)
        basket = Basket((line, *extra.lines))
    order = place_order(engine.account, subscription.contact_id, basket, engine.now)
    engine.collect(order.id)


def cancel(world: World, fields: Fields) -> Touched:
    """A subscription is stopped now; with a later `end_date`, it goes on until that last date.

    An inactive one may get another end date, as when somebody corrects the record.
    """
    subscription, end = subscription_of(world, fields), fields.get("end_date")
    end_date = as_date(end) if end is not None else None
    if not subscription.active and end_date is None:
        raise EventError(f"subscription {subscription.id} is not active")
    planned = end_date is not None and end_date > today(world)
    world.engine.save(
        replace(
            subscription,
            active=planned and subscription.active,
            end_date=end_date,
            ends_by_plan=False,
            reason_stopped=fields.get("reason", ""),
        )
    )
    return {"subscriptions": [subscription.id]}


def resume(world: World, fields: Fields) -> Touched:
    """A stopped or ending subscription goes on, billing next on `next_bill_date`.

    Without it, on the bill date that it kept, or today if that is over.
    """
    subscription = subscription_of(world, fields)
    kept = subscription.next_bill_date
    day = as_date(fields["next_bill_date"]) if "next_bill_date" in fields else max(today(world), kept)
    if day < today(world):
        raise EventError("next_bill_date is over")
    engine = world.engine
    engine.save(
        replace(
            subscription,
            active=True,
            end_date=None,
            ends_by_plan=False,
            reason_stopped="",
            next_bill_date=day,
            bill_day=subscription.bill_day if day == kept else day.day,
        )
    )
    engine.run_until(engine.now)
    return {"subscriptions": [subscription.id]}


def change_plan(world: World, fields: Fields) -> Touched:
    """A subscription moves to other terms, from its next bill date on; with `bill_now`, from today."""
    subscription = subscription_of(world, fields)
    plan = plan_of(world, fields) if "plan_id" in fields else world.engine.account.plans[subscription.plan_id]
    moved = "plan_id" in fields
    changed = replace(
        subscription,
        product_id=plan.product_id,
        plan_id=plan.id,
        price=as_int(fields.get("price", plan.price if moved else subscription.price)),
        quantity=as_int(fields.get("quantity", subscription.quantity)),
        cycle=fields.get("cycle", plan.cycle if moved else subscription.cycle),
        frequency=as_int(fields.get("frequency", plan.frequency if moved else subscription.frequency)),
    )
    interval_of({"cycle": changed.cycle}, plan)
    if fields.get("bill_now"):
        changed = replace(changed, next_bill_date=today(world), bill_day=today(world).day)
    if moved:
        changed = with_end_of_plan(changed, plan)
    world.engine.save(changed)
    world.engine.run_until(world.engine.now)
    return {"subscriptions": [subscription.id]}


def with_end_of_plan(subscription: Subscription, plan: Plan) -> Subscription:
    """The subscription ends after the cycles of the plan that it moved to, counted from its next bill."""
    if plan.cycles:
        end = last_bill_date(
            subscription.next_bill_date,
            subscription.cycle,
            subscription.frequency,
            subscription.bill_day,
            plan.cycles,
        )
        return replace(subscription, end_date=end, ends_by_plan=True)
    if subscription.ends_by_plan:
        return replace(subscription, end_date=None, ends_by_plan=False)
    return subscription


WHICH = ("subscription_id?", "contact_id?")
SUBSCRIPTION_EVENTS = {
    "new_subscription": EventType(
        new_subscription,
        (
            "contact_id",
            "plan_id",
            "quantity?",
            "price?",
            "cycle?",
            "frequency?",
            "start_date?",
            "trial_days?",
            "end_date?",
            "discounts?",
            "tax_percent?",
            "promo_code?",
            "items?",
            "cycles?",
            "max_charge_attempts?",
            "days_between_retries?",
            "declined?",
        ),
        "A plan is bought, with whatever else (`items`) is in the cart.",
    ),
    "cancel": EventType(cancel, (*WHICH, "end_date?", "reason?"), "Stopped now, or planned to stop later."),
    "resume": EventType(resume, (*WHICH, "next_bill_date?"), "A stopped subscription goes on."),
    "change_plan": EventType(
        change_plan,
        (*WHICH, "plan_id?", "price?", "quantity?", "cycle?", "frequency?", "bill_now?"),
        "Other plan, price, quantity or interval.",
    ),
}
