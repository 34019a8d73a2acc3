"""The addresses of REST v2: which list, and which single row by id, is where."""

from __future__ import annotations

from typing import Any

from tests.simulators.http import Route
from tests.simulators.keap.api import Api
from tests.simulators.keap.billing.routes import (
    BILLING_DUMPED,
    BILLING_LISTS,
    BILLING_SINGLES,
    billing_routes,
)
from tests.simulators.keap.crm.routes import CRM_DUMPED, CRM_LISTS, CRM_SINGLES, crm_routes
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.resources import CONTACTS, ORDERS, PAYMENTS, PRODUCTS, SUBSCRIPTIONS

V1, V2 = "/crm/rest/v1", "/crm/rest/v2"

LISTS: dict[str, Resource[Any]] = {
    "/contacts": CONTACTS,
    "/orders": ORDERS,
    "/products": PRODUCTS,
    "/sales/payments": PAYMENTS,
    "/subscriptions": SUBSCRIPTIONS,
    **BILLING_LISTS,
    **CRM_LISTS,
}
"""Path → a list of the whole account."""

SINGLES: dict[str, Resource[Any]] = {
    "/contacts/{contact_id}": CONTACTS,
    "/orders/{order_id}": ORDERS,
    "/products/{product_id}": PRODUCTS,
    "/subscriptions/{subscription_id}": SUBSCRIPTIONS,
    **BILLING_SINGLES,
    **CRM_SINGLES,
}
"""Path → one row; the last parameter of the path is its id."""

DUMPED: dict[str, Resource[Any]] = {
    "products": PRODUCTS,
    "subscriptions": SUBSCRIPTIONS,
    "payments": PAYMENTS,
    "contacts": CONTACTS,
    "orders": ORDERS,
    **BILLING_DUMPED,
    **CRM_DUMPED,
}
"""What the control route `dump` shows, by name."""


def api_routes(api: Api) -> tuple[Route, ...]:
    """Every address behind the gateway."""
    return (
        Route("GET", f"{V1}/account/profile", api.account_profile),
        Route("GET", f"{V2}/businessProfile", api.business_profile),
        Route("GET", f"{V2}/oauth/connect/userinfo", api.user),
        Route("GET", f"{V2}/products/{{product_id}}/subscriptions", api.product_plans(PRODUCTS)),
        Route(
            "GET", f"{V2}/products/{{product_id}}/subscriptions/{{subscription_plan_id}}", api.product_plan
        ),
        *billing_routes(api, V2),
        *crm_routes(api, V2),
        *(Route("GET", V2 + path, api.listing(resource)) for path, resource in LISTS.items()),
        *(
            Route("GET", V2 + path, api.single(resource, id_parameter(path)))
            for path, resource in SINGLES.items()
        ),
    )


def id_parameter(path: str) -> str:
    """The name of the last parameter of a path."""
    return path.rpartition("{")[2].rstrip("}")
