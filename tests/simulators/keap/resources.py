"""The lists that REST v2 has here: array key, filter fields with operators, order fields.

Transcribed from the vendor's descriptions of the parameters `filter` and `order_by` (REST v2, SDK 2.0.21).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from tests.simulators.keap.crm.conditions import joined
from tests.simulators.keap.crm.custom_fields import custom_filters
from tests.simulators.keap.crm.lead_sources import lead_source_name
from tests.simulators.keap.filters import (
    ALL,
    ORDERED,
    Bounds,
    FilterField,
    amount,
    at,
    choice,
    contains,
    number,
    one_of,
    since,
    text,
    until,
    yes_no,
)
from tests.simulators.keap.oddities import odd
from tests.simulators.keap.order_views import INVOICE_ID_STEP, order_view
from tests.simulators.keap.resource import FieldsRule, Resource
from tests.simulators.keap.rows import Contact, Order, Payment, Plan, Product, Subscription
from tests.simulators.keap.views import (
    CYCLE_TYPES,
    MERCHANT,
    contact_view,
    payment_view,
    plan_view,
    product_view,
    subscription_view,
)


def cents(value: int) -> Decimal:
    """Minor units of a currency with two decimals as an amount to compare with."""
    return Decimal(value).scaleb(-2)


def payment_amount(row: Payment, bounds: Bounds) -> Decimal:
    """A payment's amount with the sign that is shown."""
    negative = row.refunds is not None and bounds.negative_refunds
    return cents(-row.amount if negative else row.amount)


ADDRESS_ATTRIBUTES = {
    "line1": "line1",
    "locality": "locality",
    "region": "region",
    "postal_code": "zip_code",
    "country_code": "country_code",
}


def address_filter(attribute: str) -> FilterField[Contact]:
    """A part of the billing address."""
    return text(lambda row: getattr(row.address, attribute) if row.address else "")


def no_such_data() -> FilterField[Any]:
    """A field that the API knows and that no row of the simulator has."""
    return text(lambda _: "")


def address_filters() -> dict[str, FilterField[Contact]]:
    """`billing_address_*`, and the same for addresses that nobody here has."""
    fields: dict[str, FilterField[Contact]] = {}
    for name, attribute in ADDRESS_ATTRIBUTES.items():
        fields[f"billing_address_{name}"] = address_filter(attribute)
        fields[f"shipping_address_{name}"] = no_such_data()
        fields[f"other_address_{name}"] = no_such_data()
    return fields


CONTACT_FIELDS = frozenset(
    re.findall(
        r"\w+",
        """
        addresses anniversary_date birth_date company contact_type create_time custom_fields email_addresses
        family_name fax_numbers given_name id job_title leadsource_id links middle_name notes origin owner_id
        phone_numbers preferred_locale preferred_name prefix referral_code score_value social_accounts
        source_type spouse_name suffix tag_ids time_zone update_time utm_parameters website account_id
        assistant_name assistant_phone billing_information created_by groups last_updated_by
        """,
    )
)

CONTACTS = Resource[Contact](
    key="contacts",
    noun="Contact",
    table=lambda account: account.contacts,
    view=odd("contacts", contact_view),
    id_field="contact_id",
    filters={
        "contact_id": number(lambda row: row.id, ORDERED),
        "contact_ids": one_of(lambda row: row.id, index="id"),
        "ids": one_of(lambda row: row.id, index="id"),
        "email": text(lambda row: row.email, wildcard=True),
        "given_name": text(lambda row: row.given_name, wildcard=True),
        "family_name": text(lambda row: row.family_name, wildcard=True),
        "middle_name": no_such_data(),
        "company_id": number(lambda row: row.company_id),
        "start_update_time": since(
            lambda row, _: row.update_time, milliseconds=True, index=at("update_time")
        ),
        "end_update_time": until(lambda row, _: row.update_time, milliseconds=True, index=at("update_time")),
        "phone_number": text(lambda row: row.phone),
        "phone_fields": FilterField(("==",), lambda _sign, _value, _bounds: lambda _row: True),
        **address_filters(),
        "city": text(lambda row: row.address.locality if row.address else "", wildcard=True),
        "state": text(lambda row: row.address.region if row.address else "", wildcard=True),
        "website": no_such_data(),
        "lead_source_name": joined(lead_source_name, wildcard=True),
    },
    orders={
        "id": lambda row: row.id,
        "create_time": lambda row: row.create_time,
        "email": lambda row: row.email.casefold(),
        "update_time": lambda row: row.update_time,
    },
    fields=lambda _: FieldsRule(CONTACT_FIELDS),
    custom_filter=custom_filters("contact"),
)

PRODUCTS = Resource[Product](
    key="products",
    noun="Product",
    table=lambda account: account.products,
    view=odd("products", product_view),
    id_field="product_id",
    filters={
        "product_id": number(lambda row: row.id, ORDERED),
        "product_ids": one_of(lambda row: row.id, index="id"),
        "name": text(lambda row: row.name, wildcard=True),
        "sku": text(lambda row: row.sku, wildcard=True),
        "description": text(lambda row: row.description, wildcard=True),
        "short_description": text(lambda row: row.description, wildcard=True),
    },
    orders={
        "name": lambda row: row.name.casefold(),
        "sku": lambda row: row.sku,
        "last_updated_time": lambda row: row.update_time,
    },
)

PLANS = Resource[Plan](
    key="subscriptions",
    noun="Subscription Plan",
    table=lambda account: account.plans,
    view=plan_view,
    id_field="",
    filters={
        "active": yes_no(lambda row: row.active),
        "cycle_type": choice(lambda row: CYCLE_TYPES[row.cycle], tuple(CYCLE_TYPES.values())),
    },
    orders={"id": lambda row: row.id, "product_id": lambda row: row.product_id},
)

SUBSCRIPTIONS = Resource[Subscription](
    key="subscriptions",
    noun="Subscription",
    table=lambda account: account.subscriptions,
    view=odd("subscriptions", subscription_view),
    id_field="id",
    filters={
        "id": number(lambda row: row.id, ALL),
        "ids": one_of(lambda row: row.id, index="id"),
        "contact_id": number(lambda row: row.contact_id, index="contact_id"),
        "subscription_plan_id": number(lambda row: row.plan_id),
        "subscription_plan_ids": one_of(lambda row: row.plan_id),
        "status": choice(lambda row: "Active" if row.active else "Inactive", ("Active", "Inactive")),
        "billing_amount": amount(lambda row, _: cents(row.price)),
    },
    orders={
        "id": lambda row: row.id,
        "contact_id": lambda row: row.contact_id,
        "subscription_plan_id": lambda row: row.plan_id,
        "modification_time": lambda row: row.modification_time,
    },
    custom_filter=custom_filters("subscription"),
)

ORDERS = Resource[Order](
    key="orders",
    noun="Order",
    table=lambda account: account.orders,
    view=odd("orders", order_view),
    id_field="id",
    filters={
        "id": number(lambda row: row.id, ALL),
        "ids": one_of(lambda row: row.id, index="id"),
        "product_id": contains(lambda row: {item.product_id for item in row.items if item.product_id}),
        "contact_id": number(lambda row: row.contact_id, index="contact_id"),
        "invoice_id": number(lambda row: row.id + INVOICE_ID_STEP),
        "invoice_xid": no_such_data(),
        "paid": yes_no(lambda row: row.status == "PAID"),
        "created_since_time": since(lambda row, _: row.creation_time, index=at("creation_time")),
        "created_until_time": until(lambda row, _: row.creation_time, index=at("creation_time")),
        "modified_since_time": since(lambda row, _: row.modification_time, index=at("modification_time")),
        "modified_until_time": until(lambda row, _: row.modification_time, index=at("modification_time")),
        "title": text(lambda row: row.title, wildcard=True),
        "order_type": choice(lambda _: "ONLINE", ("ONLINE", "OFFLINE")),
        "shipping_locality": no_such_data(),
        "shipping_region_code": no_such_data(),
        "shipping_postal_code": no_such_data(),
        "shipping_country_code": no_such_data(),
    },
    orders={
        "id": lambda row: row.id,
        "order_time": lambda row: row.order_time,
        "modification_time": lambda row: row.modification_time,
    },
    custom_filter=custom_filters("order"),
)


def basis(bounds: Bounds) -> str:
    """The time that the window of payments looks at."""
    return bounds.payments_basis


PAYMENTS = Resource[Payment](
    key="payments",
    noun="Payment",
    table=lambda account: account.payments,
    view=odd("payments", payment_view),
    id_field="id",
    filters={
        "id": number(lambda row: row.id, ORDERED),
        "ids": one_of(lambda row: row.id, index="id"),
        "amount": amount(payment_amount),
        "order_id": number(lambda row: row.order_id, index="order_id"),
        "order_ids": one_of(lambda row: row.order_id, index="order_id"),
        "contact_id": number(lambda row: row.contact_id, index="contact_id"),
        "since_time": since(lambda row, bounds: getattr(row, bounds.payments_basis), index=basis),
        "until_time": until(lambda row, bounds: getattr(row, bounds.payments_basis), index=basis),
        "merchant_account_id": text(lambda _: MERCHANT["merchant_account_id"]),
        "merchant_account_type": text(lambda _: MERCHANT["merchant_account_type"]),
    },
    orders={
        "id": lambda row: row.id,
        "amount": lambda row: row.amount,
        "payment_time": lambda row: row.payment_time,
        "contact_id": lambda row: row.contact_id,
    },
)
