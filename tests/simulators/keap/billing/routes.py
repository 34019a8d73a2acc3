"""The addresses of the money side, and the handlers of those that are no plain list or single row."""

from __future__ import annotations

from typing import Any

from tests.simulators.http import Answer, Call, Route
from tests.simulators.keap.api import Api, Handler
from tests.simulators.keap.billing.cards import CONTACT_PAYMENT_METHODS, PAYMENT_METHODS, cards, cards_of
from tests.simulators.keap.billing.categories import ASSIGNED_PRODUCTS, PRODUCT_CATEGORIES
from tests.simulators.keap.billing.configuration import application_enabled, configuration
from tests.simulators.keap.billing.merchants import MERCHANTS
from tests.simulators.keap.billing.offers import OFFERS
from tests.simulators.keap.billing.order_payments import ORDER_PAYMENTS, payments_of_order
from tests.simulators.keap.billing.transactions import TRANSACTIONS
from tests.simulators.keap.errors import refuse
from tests.simulators.keap.order_views import item_view
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.resources import CONTACTS, ORDERS

BILLING_LISTS: dict[str, Resource[Any]] = {
    "/sales/transactions": TRANSACTIONS,
    "/paymentMethods": PAYMENT_METHODS,
    "/merchants": MERCHANTS,
    "/productCategories": PRODUCT_CATEGORIES,
    "/productCategories/assignedProducts": ASSIGNED_PRODUCTS,
    **{f"/discounts/{kind}": resource for kind, resource in OFFERS.items()},
}
BILLING_SINGLES: dict[str, Resource[Any]] = {
    "/productCategories/{category_id}": PRODUCT_CATEGORIES,
    **{f"/discounts/{kind}/{{discount_id}}": resource for kind, resource in OFFERS.items()},
}


BILLING_DUMPED: dict[str, Resource[Any]] = {
    "transactions": TRANSACTIONS,
    "payment_methods": PAYMENT_METHODS,
    "merchants": MERCHANTS,
    "product_categories": PRODUCT_CATEGORIES,
    **{f"discounts_{kind}": resource for kind, resource in OFFERS.items()},
}


def billing_routes(api: Api, prefix: str) -> tuple[Route, ...]:
    """What hangs below another row, and the settings."""
    settings = f"{prefix}/settings/applications"
    return (
        Route("GET", f"{prefix}/orders/{{order_id}}/payments", order_payments(api)),
        Route("GET", f"{prefix}/orders/{{order_id}}/items/{{order_item_id}}", order_item(api)),
        Route("GET", f"{prefix}/contacts/{{contact_id}}/paymentMethods", contact_payment_methods(api)),
        Route("GET", f"{settings}:getConfiguration", lambda call: configuration(call, api.account())),
        Route("GET", f"{settings}:isEnabled", application_enabled),
    )


def order_payments(api: Api) -> Handler:
    """The handler of one order's payments."""

    def handle(call: Call) -> Answer:
        api.require_available(call, ORDER_PAYMENTS)
        order_id, account = api.row(call, ORDERS, "order_id").id, api.account()
        declined = api.switches.text("order_payments_declined") == "present"
        rows = payments_of_order(account, order_id, declined=declined)
        rows.version = account.payments.version + account.billing.attempts.version
        return api.page(call, api.query(call, ORDER_PAYMENTS, order_id), rows)

    return handle


def contact_payment_methods(api: Api) -> Handler:
    """The handler of one contact's payment methods."""

    def handle(call: Call) -> Answer:
        contact_id, account = api.row(call, CONTACTS, "contact_id").id, api.account()
        rows = cards_of(account, contact_id)
        rows.version = cards(account).version
        return api.page(call, api.query(call, CONTACT_PAYMENT_METHODS, contact_id), rows)

    return handle


def order_item(api: Api) -> Handler:
    """The handler of one item of an order."""

    def handle(call: Call) -> Answer:
        order, wanted = api.row(call, ORDERS, "order_id"), call.params["order_item_id"]
        for item in order.items:
            if str(item.id) == wanted:
                return Answer(200, item_view(api.account(), item, api.say()))
        raise refuse(call, "Unable to find this Order Item", 404)

    return handle
