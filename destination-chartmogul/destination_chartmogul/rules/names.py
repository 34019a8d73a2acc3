"""What expressions can read: each object with its names. docs/rules.md shows these tables; a test holds it.

Money is exact, in major units (Decimal); days are the account's calendar days; ids are texts, as Keap has
them. What Keap leaves empty is '' for a text, an empty list, and none for everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from destination_chartmogul.mapping.vocabulary import CYCLES, ITEM_TYPES, ORDER_STATUSES, PAYMENT_STATUSES

TEXT, MONEY, NUMBER, DAY, FLAG = "text", "money", "number", "day", "yes or no"
TEXTS, FIELDS = "list of texts", "custom fields"
NUMERIC = (MONEY, NUMBER)


@dataclass(frozen=True)
class Name:
    """`kind` is one of the kinds above, the name of an object, or `list of OBJECT`. `values` are all that
    there are, where Keap publishes them.
    """

    kind: str
    says: str
    values: tuple[str, ...] = ()

    @property
    def listed(self) -> str:
        """The object of which this is a list; empty when it is none."""
        kind = self.kind.removeprefix("list of ")
        return kind if kind != self.kind and kind in OBJECTS else ""


_CONTACT = {
    "id": Name(TEXT, "Keap's id"),
    "name": Name(TEXT, "given and family name"),
    "given_name": Name(TEXT, ""),
    "family_name": Name(TEXT, ""),
    "email": Name(TEXT, "the first e-mail address, in lower case"),
    "emails": Name(TEXTS, "all of them, in lower case"),
    "company": Name(TEXT, "name of the company"),
    "job_title": Name(TEXT, ""),
    "contact_type": Name(TEXT, ""),
    "website": Name(TEXT, ""),
    "country": Name(TEXT, "of the billing address, as Keap has it: USA, DEU"),
    "state": Name(TEXT, "of the billing address, as Keap has it: US-CO"),
    "city": Name(TEXT, "of the billing address"),
    "zip": Name(TEXT, "of the billing address"),
    "tags": Name(TEXTS, "names of the tags; needs the stream tags as full refresh"),
    "tag_ids": Name(TEXTS, "ids of the tags"),
    "lead_source_id": Name(TEXT, ""),
    "source_type": Name(TEXT, "how the contact came to be: WEBFORM, IMPORT, API, ..."),
    "owner_id": Name(TEXT, "the user who owns the contact"),
    "created": Name(DAY, ""),
    "fields": Name(FIELDS, "custom fields by label: contact.fields['Brand']"),
}
_SUBSCRIPTION = {
    "id": Name(TEXT, "Keap's id"),
    "active": Name(FLAG, ""),
    "quantity": Name(NUMBER, ""),
    "price": Name(NUMBER, "billing_amount as Keap has it"),
    "cycle": Name(TEXT, "billing cycle", tuple(CYCLES)),
    "every": Name(NUMBER, "cycles between two bills"),
    "starts": Name(DAY, ""),
    "ends": Name(DAY, ""),
    "last_billed": Name(DAY, ""),
    "next_bill": Name(DAY, ""),
    "product_id": Name(TEXT, ""),
    "plan_id": Name(TEXT, "id of Keap's subscription plan"),
    "promo_code": Name(TEXT, ""),
    "reason_stopped": Name(TEXT, ""),
    "merchant_account_id": Name(TEXT, ""),
    "lead_affiliate_id": Name(TEXT, ""),
    "sale_affiliate_id": Name(TEXT, ""),
    "fields": Name(FIELDS, "custom fields by label"),
}
_ORDER = {
    "id": Name(TEXT, "Keap's id"),
    "title": Name(TEXT, ""),
    "status": Name(TEXT, "", tuple(ORDER_STATUSES)),
    "date": Name(DAY, "day of the order"),
    "created": Name(DAY, ""),
    "total": Name(MONEY, ""),
    "paid": Name(MONEY, ""),
    "currency": Name(TEXT, "USD, EUR, ..."),
    "order_type": Name(TEXT, "ONLINE, OFFLINE, ..."),
    "source_type": Name(TEXT, "where the order was made"),
    "promo_code": Name(TEXT, ""),
    "invoice_number": Name(TEXT, ""),
    "notes": Name(TEXT, ""),
    "lead_affiliate_id": Name(TEXT, ""),
    "sales_affiliate_id": Name(TEXT, ""),
    "items": Name("list of item", "each with the names of item"),
    "products": Name("list of product", "of the items, each with the names of product"),
    "payments": Name("list of payment", "that came in this run, each with the names of payment"),
    "fields": Name(FIELDS, "custom fields by label"),
}
_ITEM = {
    "id": Name(TEXT, "Keap's id"),
    "name": Name(TEXT, ""),
    "description": Name(TEXT, ""),
    "notes": Name(TEXT, ""),
    "type": Name(TEXT, "", tuple(ITEM_TYPES)),
    "quantity": Name(NUMBER, ""),
    "price": Name(MONEY, "of one unit"),
    "product": Name("product", ""),
    "plan_id": Name(TEXT, "id of Keap's subscription plan"),
    "plan_name": Name(TEXT, ""),
    "subscription_id": Name(TEXT, "empty for a one-off item"),
}
_PRODUCT = {
    "id": Name(TEXT, "Keap's id"),
    "name": Name(TEXT, ""),
    "sku": Name(TEXT, ""),
    "description": Name(TEXT, ""),
    "price": Name(MONEY, ""),
    "active": Name(FLAG, ""),
    "categories": Name(TEXTS, "ids of the categories"),
    "subscription_only": Name(FLAG, ""),
}
_PAYMENT = {
    "id": Name(TEXT, "Keap's id"),
    "type": Name(TEXT, "Keap's label: Credit Card, Check, ..."),
    "amount": Name(NUMBER, "as Keap has it"),
    "status": Name(TEXT, "", tuple(PAYMENT_STATUSES)),
    "date": Name(DAY, ""),
    "note": Name(TEXT, ""),
    "external_id": Name(TEXT, "the payment processor's own id"),
    "merchant_account_id": Name(TEXT, ""),
    "merchant_account_type": Name(TEXT, ""),
    "order_ids": Name(TEXTS, ""),
}

OBJECTS: Mapping[str, Mapping[str, Name]] = MappingProxyType(
    {
        "contact": _CONTACT,
        "subscription": _SUBSCRIPTION,
        "order": _ORDER,
        "item": _ITEM,
        "product": _PRODUCT,
        "payment": _PAYMENT,
    }
)

# On what a rule works → the objects that its expressions can name.
SCOPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "contact": ("contact",),
        "subscription": ("subscription", "product", "contact"),
        "order": ("order", "contact"),
        "item": ("item", "product", "order", "subscription", "contact"),
        "payment": ("payment", "contact"),
    }
)

STREAM_OF: Mapping[str, str] = MappingProxyType(
    {
        "contact": "contacts",
        "subscription": "subscriptions",
        "order": "orders",
        "item": "orders",
        "product": "products",
        "payment": "payments",
    }
)

# What an order's item says of its product itself.
EMBEDDED = frozenset(("product", name) for name in ("id", "name", "sku", "description"))

# Names of an object that need another stream than the object's own.
ALSO_NEEDS: Mapping[str, str] = MappingProxyType({"tags": "tags", "fields": "custom_fields"})
WHOLE = frozenset({"tags"})
"""Streams that are read incrementally, so that names do not come again with the records that have them."""

EMPTY: Mapping[str, object] = MappingProxyType({TEXT: "", TEXTS: ()})
