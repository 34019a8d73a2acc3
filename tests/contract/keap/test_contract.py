"""The Keap simulator answers as the vendor's OpenAPI description says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.contract.keap import relations as keap_relations
from tests.contract.keap.contract import Keap, operation, parameters, problems
from tests.simulators.keap.billing.cards import CONTACT_PAYMENT_METHODS
from tests.simulators.keap.billing.order_payments import ORDER_PAYMENTS
from tests.simulators.keap.billing.routes import BILLING_LISTS
from tests.simulators.keap.filters import EQUAL
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.resources import (
    CONTACT_FIELDS,
    CONTACTS,
    ORDERS,
    PAYMENTS,
    PLANS,
    PRODUCTS,
    SUBSCRIPTIONS,
)
from tests.simulators.scenarios.small import CASES

LISTS: dict[str, Resource[Any]] = {
    "/v2/contacts": CONTACTS,
    "/v2/orders": ORDERS,
    "/v2/products": PRODUCTS,
    "/v2/products/{product_id}/subscriptions": PLANS,
    "/v2/sales/payments": PAYMENTS,
    "/v2/subscriptions": SUBSCRIPTIONS,
    **{f"/v2{path}": resource for path, resource in BILLING_LISTS.items()},
    "/v2/orders/{order_id}/payments": ORDER_PAYMENTS,
    "/v2/contacts/{contact_id}/paymentMethods": CONTACT_PAYMENT_METHODS,
    **keap_relations.LISTS,
}
PARENTS = {
    "product_id": 12,
    "order_id": 20001,
    "contact_id": CASES["refund_partial"].contact_id,
    **keap_relations.PARENTS,
}
"""Whose rows are asked for where a list hangs below another row."""
OBJECTS: dict[str, dict[str, int]] = {
    "/v2/businessProfile": {},
    "/v2/oauth/connect/userinfo": {},
    "/v2/contacts/{contact_id}": {"contact_id": 1001},
    "/v2/orders/{order_id}": {"order_id": 20001},
    "/v2/products/{product_id}": {"product_id": 11},
    "/v2/products/{product_id}/subscriptions/{subscription_plan_id}": {
        "product_id": 11,
        "subscription_plan_id": 101,
    },
    "/v2/subscriptions/{subscription_id}": {"subscription_id": 5001},
    "/v2/orders/{order_id}/items/{order_item_id}": {"order_id": 20001, "order_item_id": 60001},
    "/v2/productCategories/{category_id}": {"category_id": 3},
    "/v2/discounts/freeTrials/{discount_id}": {"discount_id": 1},
    "/v2/discounts/orderTotals/{discount_id}": {"discount_id": 2},
    "/v2/discounts/productCategories/{discount_id}": {"discount_id": 1},
    "/v2/discounts/products/{discount_id}": {"discount_id": 1},
    "/v2/discounts/shipping/{discount_id}": {"discount_id": 1},
    "/v2/settings/applications:getConfiguration": {},
    "/v2/settings/applications:isEnabled": {},
    **keap_relations.OBJECTS,
}
WORDINGS: tuple[dict[str, str], ...] = (
    {},
    {"discount_lines": "negative_price", "refund_amount_sign": "positive"},
    {"discount_lines": "both", "billing_amount_basis": "line", "billing_amount_units": "minor"},
    {"first_order_subscription_id": "empty", "refund_type_label": "Credit Card"},
    {"next_page_token_form": "url", "end_of_list": "absent", "total_paid_after_refund": "net"},
    {"order_payment_amount_units": "minor", "order_payments_declined": "present"},
    {"transaction_payment_id": "order_payment", "refund_status_form": "codes"},
    {"custom_field_content": "text", "custom_date_form": "midnight", "unset_custom_fields": "absent"},
)


def assert_contract(keap: Keap, path: str, ids: Mapping[str, int], **params: Any) -> None:
    """Ask with declared parameters only, and hold the answer to the schema."""
    assert set(params) <= set(parameters(path))
    answer = keap.get(path.format(**ids), **params)
    assert answer.status_code == 200, answer.text
    assert problems(path, 200, answer.json()) == []


@pytest.mark.parametrize("switches", WORDINGS, ids=lambda each: "+".join(each) or "defaults")
@pytest.mark.parametrize("path", LISTS)
def test_every_row_fits_its_schema(keap: Keap, path: str, switches: dict[str, str]) -> None:
    """Each row of each list has only fields that the vendor names, of the declared types and formats."""
    keap.start(**switches)
    assert_contract(keap, path, PARENTS, page_size=min(200 if switches else 1000, largest_page(path)))
    assert_contract(keap, path, PARENTS, page_size=2)


@pytest.mark.parametrize("path", OBJECTS)
def test_every_single_object_fits_its_schema(keap: Keap, path: str) -> None:
    """A single object has only fields that the vendor names, of the declared types and formats."""
    assert_contract(keap, path, OBJECTS[path])


def test_account_profile_fits_the_schema_of_v1(keap: Keap) -> None:
    """The one address of REST v1 answers in the shape of v1."""
    answer = keap.get("/v1/account/profile")
    assert problems("/v1/account/profile", answer.status_code, answer.json(), "v1") == []


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/v2/contacts/{contact_id}", "/v2/contacts/999", 404),
        ("/v2/orders/{order_id}", "/v2/orders/none", 404),
        ("/v2/products/{product_id}/subscriptions", "/v2/products/999/subscriptions", 404),
        ("/v2/orders", "/v2/orders?filter=colour==red", 400),
        ("/v2/contacts", "/v2/contacts?order_by=colour asc", 400),
        ("/v2/sales/payments", "/v2/sales/payments?page_size=1001", 400),
        ("/v2/subscriptions", "/v2/subscriptions?page_token=made-up", 400),
        ("/v2/orders/{order_id}/payments", "/v2/orders/999/payments", 404),
        ("/v2/orders/{order_id}/items/{order_item_id}", "/v2/orders/20001/items/60002", 404),
        ("/v2/contacts/{contact_id}/paymentMethods", "/v2/contacts/999/paymentMethods", 404),
        ("/v2/discounts/products/{discount_id}", "/v2/discounts/products/9", 404),
        ("/v2/sales/transactions", "/v2/sales/transactions?filter=id>1", 400),
        ("/v2/sales/transactions", "/v2/sales/transactions?order_by=id asc", 400),
        ("/v2/paymentMethods", "/v2/paymentMethods?order_by=id asc", 400),
        ("/v2/merchants", "/v2/merchants?filter=type==BITCOIN", 400),
        *keap_relations.REFUSED,
        (
            "/v2/settings/applications:getConfiguration",
            "/v2/settings/applications:getConfiguration?fields=SECRETS",
            400,
        ),
    ],
)
def test_errors_fit_the_error_schema(keap: Keap, path: str, asked: str, status: int) -> None:
    """Whatever the API itself refuses is refused with the declared error object."""
    answer = keap.get(asked)
    assert answer.status_code == status
    assert problems(path, status, answer.json()) == []
    assert answer.json()["code"] == status


def test_rows_made_by_events_fit_their_schema(keap: Keap) -> None:
    """Records that business events make or change have the same shape as those of the history."""
    new = keap.event("new_contact", given_name="New")["contacts"][0]
    keap.event("new_subscription", contact_id=new, plan_id=101, discounts=[HALF_OFF], tax_percent="7.5")
    keap.event("refund", contact_id=new, amount=1_00)
    keap.event("new_order", contact_id=new, items=[{"product_id": 16}], instalments=2)
    keap.event("cancel", contact_id=new, end_date="2026-12-31", reason="Later")
    keap.event("delete_contact", contact_id=1001)
    keap.server.control.clock(advance_seconds=40 * 86400)
    for path in LISTS:
        assert_contract(keap, path, PARENTS, page_size=min(200, largest_page(path)), **newest_first(path))


def test_money_moved_by_events_fits_its_schema(keap: Keap) -> None:
    """Whatever happens to charges, cards and orders, every row of the money side keeps to its schema."""
    case = {name: each.contact_id for name, each in CASES.items()}
    keap.event("payment_failed", contact_id=case["monthly"], retries=1, reason="processing_error")
    keap.event("card_expired", contact_id=case["seats"])
    keap.event("new_order", contact_id=case["lead"], items=[{"product_id": 17}], paid=False, due_days=5)
    keap.event("pay_order", contact_id=case["lead"], amount=10_00, method="Cash")
    keap.event("pay_order", contact_id=case["lead"], amount=5_00, pending=True)
    keap.event("write_off", contact_id=case["lead"])
    keap.event("new_subscription", contact_id=case["lead"], plan_id=103, declined=True)
    keap.event("new_subscription", contact_id=case["lead"], plan_id=101, cycles=2)
    keap.event("refund", contact_id=case["weekly"], void=True)
    keap.event("credit", contact_id=case["weekly"], amount=1_00)
    plan: dict[str, Any] = {"instalments": 3, "initial_payment": 100_00}
    touched = keap.event("new_order", contact_id=case["lead"], items=[{"product_id": 15}], **plan)
    keap.event("payment_failed", order_id=touched["orders"][0], until_told=True)
    keap.server.control.clock(advance_seconds=35 * 86400)
    keap.event("card_updated", contact_id=case["seats"])
    keap.server.control.switch("order_payments_declined", "present")
    newest = keap.ids("orders", filter=f"contact_id=={case['lead']}", order_by="id desc")
    for path in (*(f"/v2{each}" for each in BILLING_LISTS), "/v2/orders", "/v2/sales/payments"):
        assert_contract(keap, path, PARENTS, page_size=1000)
    for order_id in newest:
        assert_contract(keap, "/v2/orders/{order_id}/payments", {"order_id": order_id})
    methods = "/v2/contacts/{contact_id}/paymentMethods"
    assert_contract(keap, methods, {"contact_id": case["seats"]})


def largest_page(path: str) -> int:
    """The largest page that a list serves."""
    return LISTS[path].page_sizes[1]


def newest_first(path: str) -> dict[str, str]:
    """The order that shows the newest rows first, where the list has one."""
    return {"order_by": "id desc"} if "id" in LISTS[path].orders else {}


HALF_OFF = {"item_type": "DISCOUNT_ORDER_TOTAL", "percent": 50}
FIELD = re.compile(r"^\s*- (?:\([^)]*\) +)?`(\w+)`(.*)$", re.MULTILINE)


BEHIND_FIELDS = "Custom fields can|You will need|Examples:"
"""Where the text of a filter parameter turns to something else than its fields."""


def described_filters(path: str) -> dict[str, set[str]]:
    """Filter field → operators, as the text of the parameter lists them before it turns to custom fields."""
    text = re.split(BEHIND_FIELDS, parameters(path)["filter"]["description"])[0]
    quoted = r"[\"`](==|!=|<=|>=|<|>)[\"`]"
    return {name: set(re.findall(quoted, rest)) or set(EQUAL) for name, rest in FIELD.findall(text)}


@pytest.mark.parametrize("path", LISTS)
def test_filters_are_the_documented_ones(path: str) -> None:
    """Each list takes the filter fields and operators of the vendor's description, no others."""
    ours = {name: set(each.operators) for name, each in LISTS[path].filters.items()}
    assert ours == described_filters(path)


@pytest.mark.parametrize("path", LISTS)
def test_order_fields_are_the_documented_ones(path: str) -> None:
    """Each list can be ordered by the fields of the vendor's description, no others."""
    text = re.split("[Dd]irections", parameters(path)["order_by"]["description"])[0]
    assert LISTS[path].order_names() == set(re.findall(r"`(\w+)`", text))


def test_contact_fields_are_the_documented_ones() -> None:
    """`fields` of contacts takes the attributes of the vendor's list."""
    text = operation("/v2/contacts")["parameters"][0]["description"]
    assert set(re.findall(r"\w+", text.split("Available fields are:")[1])) == CONTACT_FIELDS
