"""The lists of REST v1: key of the array, parameters that choose rows, orders. Others are ignored.

Transcribed from the vendor's description of REST v1 (SDK 2.0.21).
"""

from __future__ import annotations

from datetime import datetime

from tests.simulators.keap.billing.rows import Transaction
from tests.simulators.keap.billing.transactions import transactions
from tests.simulators.keap.filters import Bounds, at, contains, number, since, text, until, yes_no
from tests.simulators.keap.resource import FieldsRule, Resource
from tests.simulators.keap.rows import Contact, Order, Product, Subscription
from tests.simulators.keap.v1 import catalogue, people, sales

CONTACTS = Resource[Contact](
    key="contacts",
    noun="Contact",
    table=lambda account: account.contacts,
    view=people.partial_contact,
    id_field="",
    filters={
        "email": text(lambda row: row.email),
        "given_name": text(lambda row: row.given_name),
        "family_name": text(lambda row: row.family_name),
        "since": since(lambda row, _: row.update_time, index=at("update_time")),
        "until": until(lambda row, _: row.update_time, index=at("update_time")),
    },
    orders={
        "id": lambda row: row.id,
        "date_created": lambda row: row.create_time,
        "last_updated": lambda row: row.update_time,
        "name": lambda row: row.family_name.casefold(),
        "firstName": lambda row: row.given_name.casefold(),
        "email": lambda row: row.email.casefold(),
    },
    fields=lambda _: FieldsRule(allowed=people.OPTIONAL, hidden=people.OPTIONAL, adds=True),
)


def order_basis(bounds: Bounds) -> str:
    """The time that `since` and `until` of orders look at."""
    return bounds.v1_orders_basis


def order_moment(row: Order, bounds: Bounds) -> datetime:
    moment: datetime = getattr(row, order_basis(bounds))
    return moment


ORDERS = Resource[Order](
    key="orders",
    noun="Order",
    table=lambda account: account.orders,
    view=sales.order,
    id_field="",
    filters={
        "contact_id": number(lambda row: row.contact_id, index="contact_id"),
        "product_id": contains(lambda row: {item.product_id for item in row.items if item.product_id}),
        "paid": yes_no(lambda row: row.status == "PAID"),
        "since": since(order_moment, index=order_basis),
        "until": until(order_moment, index=order_basis),
    },
    orders={
        "creation_time": lambda row: row.creation_time,
        "order_date": lambda row: row.order_time,
        "update_date": lambda row: row.modification_time,
    },
)

SUBSCRIPTIONS = Resource[Subscription](
    key="subscriptions",
    noun="Subscription",
    table=lambda account: account.subscriptions,
    view=catalogue.subscription,
    id_field="",
    filters={"contact_id": number(lambda row: row.contact_id, index="contact_id")},
    orders={"id": lambda row: row.id},
)

PRODUCTS = Resource[Product](
    key="products",
    noun="Product",
    table=lambda account: account.products,
    view=catalogue.listed_product,
    id_field="",
    filters={"active": yes_no(lambda row: row.active)},
    orders={"id": lambda row: row.id},
)

TRANSACTIONS = Resource[Transaction](
    key="transactions",
    noun="Transaction",
    table=transactions,
    view=sales.transaction,
    id_field="",
    filters={
        "contact_id": number(lambda row: row.contact_id),
        "since": since(lambda row, _: row.time),
        "until": until(lambda row, _: row.time),
    },
    orders={"id": lambda row: row.id},
)
