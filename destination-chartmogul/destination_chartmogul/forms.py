"""The form of records, checked when they come in, before code walks through their lists and objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Form = Callable[[Any], bool]


def _scalar(value: Any) -> bool:
    return not isinstance(value, (Mapping, list))


def _object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _scalars(value: Any) -> bool:
    return isinstance(value, list) and all(each is not None and _scalar(each) for each in value)


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


FORMS: Mapping[str, Mapping[str, Form]] = {
    "account": {"time_zone": _scalar, "currency_code": _scalar},
    "products": {"id": _scalar, "product_name": _scalar, "subscription_plans": _objects},
    "subscriptions": {"contact_id": _scalar, "product_id": _scalar, "subscription_plan_id": _scalar},
    "payments": {"order_ids": _scalars, "refund_payment_id": _scalar, "contact_id": _scalar},
    "transactions": {"order_ids": _scalars, "payment_ids": _scalars, "contact_id": _scalar},
    "contacts": {"email_addresses": _objects, "addresses": _objects},
    "orders": {"contact": _object, "order_items": _objects, "contact_id": _scalar},
}
"""Stream → field → its form; null and a missing field are fine everywhere."""


def odd_field(stream: str, data: Mapping[str, Any]) -> str | None:
    """The first field in a form that Keap does not document."""
    for field, form in FORMS.get(stream, {}).items():
        value = data.get(field)
        if value is not None and not form(value):
            return field
    return None


def without_zeros(stream: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record; items of an order lose a `subscription_id` of 0, which is how Keap names none."""
    items = data.get("order_items") if stream == "orders" else None
    if not isinstance(items, list) or not any(map(_names_zero, items)):
        return data
    return {**data, "order_items": [{**i, "subscription_id": None} if _names_zero(i) else i for i in items]}


def _names_zero(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("subscription_id") in (0, "0")
