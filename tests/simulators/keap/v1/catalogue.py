"""What REST v1 shows of products, of their plans (in two shapes), and of contacts' subscriptions."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.rows import Plan, Product, Subscription
from tests.simulators.keap.v1.wording import CYCLE_CODES
from tests.simulators.keap.views import billing_amount, plans_of
from tests.simulators.keap.wording import Json, Wording

CARD_GATEWAY = 3


def listed_product(account: Account, row: Product, say: Wording) -> Json:
    """A Product of the list: `status` is a number, plans have the cycle as a code."""
    plans = [listed_plan(plan, place, say) for place, plan in enumerate(plans_of(account, row.id))]
    also = {"product_options": [], "status": int(row.active), "subscription_plans": plans}
    return {**named(row, say), **also}


def single_product(account: Account, row: Product, say: Wording) -> Json:
    """A product asked for by id: `active` is a boolean, plans have the cycle as a word."""
    plans = [single_plan(account, plan, say) for plan in plans_of(account, row.id)]
    return {**named(row, say), "active": row.active, "subscription_plans": plans}


def named(row: Product, say: Wording) -> Json:
    """What both shapes of a product share."""
    return {
        "id": row.id,
        "product_name": row.name,
        "product_desc": row.description,
        "product_short_desc": row.description,
        "product_price": say.major(row.price),
        "sku": row.sku,
        "subscription_only": row.subscription_only,
        "url": f"/v1/products/{row.id}",
    }


def listed_plan(row: Plan, place: int, say: Wording) -> Json:
    """A plan inside a listed product."""
    return {**priced(row, say), "cycle": CYCLE_CODES[row.cycle], "subscription_plan_index": place}


def single_plan(_: Account, row: Plan, say: Wording) -> Json:
    """A ProductSubscription."""
    return {**priced(row, say), "cycle_type": row.cycle, "subscription_plan_index": 0}


def priced(row: Plan, say: Wording) -> Json:
    """What both shapes of a plan share."""
    return {
        "id": row.id,
        "active": row.active,
        "frequency": row.frequency,
        "number_of_cycles": row.cycles,
        "plan_price": say.major(row.price),
        "subscription_plan_name": row.name,
        "url": f"/v1/products/{row.product_id}/subscriptions/{row.id}",
    }


def subscription(_: Account, row: Subscription, say: Wording) -> Json:
    """A Subscription. v1 tells neither when it changed nor when it last billed nor why it stopped."""
    return say.known(
        {
            "id": row.id,
            "contact_id": row.contact_id,
            "product_id": row.product_id,
            "subscription_plan_id": row.plan_id,
            "quantity": row.quantity,
            "active": row.active,
            "billing_amount": billing_amount(row, say),
            "billing_cycle": row.cycle,
            "billing_frequency": row.frequency,
            "start_date": row.start_date.isoformat(),
            "next_bill_date": row.next_bill_date.isoformat(),
            "end_date": row.end_date.isoformat() if row.end_date else None,
            "auto_charge": row.auto_charge,
            "allow_tax": row.tax_percent is not None,
            "credit_card_id": row.contact_id,
            "payment_gateway_id": CARD_GATEWAY,
            "sale_affiliate_id": 0,
            "use_default_payment_gateway": True,
        }
    )
