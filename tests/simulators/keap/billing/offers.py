"""The discounts that the shop offers: five lists, each with rows of its own shape and ids of its own.

A promo code is no record: it is a condition (`criteria`) of a discount (https://developer.keap.com, REST v2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.rows import Criterion, Offer
from tests.simulators.keap.filters import (
    ALL,
    EQUAL,
    FilterField,
    amount,
    choice,
    contains,
    flag,
    number,
    one_of,
    text,
)
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.wording import Json, Wording

View = Callable[[Account, Offer, Wording], Json]
TYPE: FilterField[Offer] = choice(lambda row: row.discount_type, ("AMOUNT", "PERCENT"))
VALUE: FilterField[Offer] = amount(lambda row, _: row.discount_value, EQUAL)
COMMISSIONS: FilterField[Offer] = flag(lambda row: row.apply_to_commissions)
PLAN: FilterField[Offer] = number(lambda row: row.plan_id or 0)
PRODUCT: FilterField[Offer] = number(lambda row: row.product_id or 0)
BY_ID: dict[str, Callable[[Offer], Any]] = {"id": lambda row: row.id, "name": lambda row: row.name.casefold()}


def named(row: Offer) -> Json:
    """What every discount has."""
    criteria = [criterion_view(each) for each in row.criteria]
    return {"id": str(row.id), "name": row.name, "description": row.description, "criteria": criteria}


def criterion_view(row: Criterion) -> Json:
    """A DiscountCriteria."""
    return {"criteria_id": str(row.id), "type": row.type, **row.fields}


def value_of(row: Offer) -> Json:
    """What is taken off: percent, or major units of the currency."""
    return {"discount_type": row.discount_type, "discount_value": float(row.discount_value)}


def free_trial_view(_: Account, row: Offer, __: Wording) -> Json:
    """A FreeTrialDiscount."""
    return {
        **named(row),
        "hide_price": row.hide_price,
        "subscription_plan_id": str(row.plan_id),
        "free_trial_days": row.free_trial_days,
    }


def order_total_view(_: Account, row: Offer, __: Wording) -> Json:
    """An OrderTotalDiscount."""
    also = {"apply_to_commissions": row.apply_to_commissions, "discount_strategy": row.strategy}
    return {**named(row), **value_of(row), **also}


def category_view(_: Account, row: Offer, __: Wording) -> Json:
    """A CategoryDiscount: always percent."""
    return {
        **named(row),
        "discount_percent": float(row.discount_value),
        "apply_to_commissions": row.apply_to_commissions,
        "product_categories": [str(category_id) for category_id in row.category_ids],
    }


def product_view(_: Account, row: Offer, __: Wording) -> Json:
    """A ProductDiscount."""
    also = {"apply_to_commissions": row.apply_to_commissions, "product_id": str(row.product_id)}
    return {**named(row), **value_of(row), **also}


def shipping_view(_: Account, row: Offer, __: Wording) -> Json:
    """A ShippingDiscount."""
    return {**named(row), **value_of(row)}


def offers(
    kind: str,
    view: View,
    filters: Mapping[str, FilterField[Offer]],
    orders: Mapping[str, Callable[[Offer], Any]],
    id_field: str = "",
) -> Resource[Offer]:
    """One of the five lists."""
    return Resource(
        key="discounts",
        noun=f"Discount of {kind}",
        table=lambda account: account.billing.offers[kind],
        view=view,
        id_field=id_field,
        filters=filters,
        orders={**BY_ID, **orders},
    )


BY_VALUE: dict[str, Callable[[Offer], Any]] = {
    "discount_type": lambda row: row.discount_type,
    "discount_value": lambda row: row.discount_value,
}
BY_COMMISSIONS: dict[str, Callable[[Offer], Any]] = {
    "apply_to_commissions": lambda row: row.apply_to_commissions
}

OFFERS: dict[str, Resource[Offer]] = {
    "freeTrials": offers(
        "freeTrials",
        free_trial_view,
        {
            "free_trial_days": number(lambda row: row.free_trial_days),
            "hide_price": flag(lambda row: row.hide_price),
            "subscription_plan_id": PLAN,
        },
        {
            "free_trial_days": lambda row: row.free_trial_days,
            "hide_price": lambda row: row.hide_price,
            "subscription_plan_id": lambda row: row.plan_id or 0,
        },
    ),
    "orderTotals": offers(
        "orderTotals",
        order_total_view,
        {
            "apply_to_commissions": COMMISSIONS,
            "discount_strategy": choice(lambda row: row.strategy, ("GROSS", "NET")),
            "discount_type": TYPE,
            "discount_value": VALUE,
        },
        {"discount_strategy": lambda row: row.strategy, **BY_COMMISSIONS, **BY_VALUE},
    ),
    "productCategories": offers(
        "productCategories",
        category_view,
        {
            "id": number(lambda row: row.id, ALL),
            "ids": one_of(lambda row: row.id),
            "name": text(lambda row: row.name, wildcard=True),
            "description": text(lambda row: row.description, wildcard=True),
            "product_category_id": contains(lambda row: set(row.category_ids)),
        },
        {},
        "id",
    ),
    "products": offers(
        "products",
        product_view,
        {
            "apply_to_commissions": COMMISSIONS,
            "discount_type": TYPE,
            "discount_value": VALUE,
            "product_id": PRODUCT,
        },
        {"product_id": lambda row: row.product_id or 0, **BY_COMMISSIONS, **BY_VALUE},
    ),
    "shipping": offers("shipping", shipping_view, {"discount_type": TYPE, "discount_value": VALUE}, BY_VALUE),
}


def promo_codes(account: Account) -> list[str]:
    """Every promo code that a discount of any list asks for."""
    rows = (row for table in account.billing.offers.values() for row in table)
    return sorted(
        {str(each.fields["code"]) for row in rows for each in row.criteria if "code" in each.fields}
    )
