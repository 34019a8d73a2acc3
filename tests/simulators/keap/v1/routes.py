"""The addresses of REST v1 that read the account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.simulators.http import Answer, Call, Route
from tests.simulators.keap.api import Handler
from tests.simulators.keap.billing.order_payments import payments_of_order
from tests.simulators.keap.billing.rows import Transaction
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.resources import PLANS
from tests.simulators.keap.rows import Plan
from tests.simulators.keap.v1 import catalogue, people, sales
from tests.simulators.keap.v1.api import ApiV1, View, refusal
from tests.simulators.keap.v1.lists import CONTACTS, ORDERS, PRODUCTS, SUBSCRIPTIONS, TRANSACTIONS

LISTS: dict[str, Resource[Any]] = {
    "/contacts": CONTACTS,
    "/orders": ORDERS,
    "/subscriptions": SUBSCRIPTIONS,
    "/transactions": TRANSACTIONS,
}
"""Path → a list of the whole account."""

SINGLES: dict[str, tuple[Resource[Any], View]] = {
    "/contacts/{id}": (CONTACTS, people.full_contact),
    "/orders/{orderId}": (ORDERS, sales.order),
    "/products/{productId}": (PRODUCTS, catalogue.single_product),
    "/transactions/{transactionId}": (TRANSACTIONS, sales.transaction),
}
"""Path → one row by id, which may be shown otherwise than in the list."""


def routes_v1(api: ApiV1, prefix: str) -> tuple[Route, ...]:
    """Every address that reads."""
    plan = f"{prefix}/products/{{productId}}/subscriptions/{{subscriptionId}}"
    return (
        *(Route("GET", prefix + path, api.listing(resource)) for path, resource in LISTS.items()),
        *(
            Route("GET", prefix + path, api.single(resource, id_parameter(path), view))
            for path, (resource, view) in SINGLES.items()
        ),
        Route("GET", f"{prefix}/products", api.listing(PRODUCTS, {"sync_token": ""})),
        Route("GET", f"{prefix}/orders/{{orderId}}/payments", order_payments(api)),
        Route("GET", f"{prefix}/orders/{{orderId}}/transactions", order_transactions(api)),
        Route("GET", plan, product_plan(api)),
        Route("GET", f"{prefix}/oauth/connect/userinfo", user_info(api)),
    )


def id_parameter(path: str) -> str:
    """The name of the last parameter of a path."""
    return path.rpartition("{")[2].rstrip("}")


def order_payments(api: ApiV1) -> Handler:
    """The handler of an order's payments: an array without an envelope."""

    def handle(call: Call) -> Answer:
        order = api.row(call, ORDERS, "orderId")
        declined = api.api.switches.text("order_payments_declined") == "present"
        rows = payments_of_order(api.api.account(), order.id, declined=declined)
        return Answer(200, [sales.order_payment(row, api.api.say()) for row in rows])

    return handle


def order_transactions(api: ApiV1) -> Handler:
    """The handler of an order's transactions."""

    def handle(call: Call) -> Answer:
        order_id = api.row(call, ORDERS, "orderId").id

        def is_of_order(row: Transaction) -> bool:
            return row.order_id == order_id

        query = replace(api.query(call, TRANSACTIONS), parent_id=order_id, scope=is_of_order)
        return api.page(call, query, {})

    return handle


def product_plan(api: ApiV1) -> Handler:
    """The handler of one plan of a product."""

    def handle(call: Call) -> Answer:
        plan: Plan = api.row(call, PLANS, "subscriptionId")
        if str(plan.product_id) != call.params["productId"]:
            raise refusal("Unable to find this Product", 404)
        return Answer(200, catalogue.single_plan(api.api.account(), plan, api.api.say()))

    return handle


def user_info(api: ApiV1) -> Handler:
    """The handler of who the token acts for."""

    def handle(_: Call) -> Answer:
        email = api.api.account().profile.email
        names = {"given_name": "Sim", "family_name": "User"}
        shown = {"email": email, "sub": "1", "global_user_id": 1, "infusionsoft_id": email, **names}
        return Answer(200, {**shown, "is_admin": True})

    return handle
