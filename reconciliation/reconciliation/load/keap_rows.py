"""One flat row per Keap object, from the JSON of REST v2 (https://developer.keap.com/docs/restv2/).

Amounts of orders and items are whole minor units inside `{"amount": 1999, "currency_code": "USD"}`;
`billing_amount` of a subscription is a plain number whose unit the documentation does not say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

Row = dict[str, Any]
Json = Mapping[str, Any]

SETTLED = frozenset({"COMPLETED", "APPROVED", "NONE"})
"""Payment statuses of money that has come (https://developer.keap.com/docs/restv2/, Payment)."""


def subscription(record: Json) -> Row:
    """A row of `subscriptions`."""
    return {
        "id": text(record.get("id")),
        "customer_id": text(record.get("contact_id")),
        "product_id": text(record.get("product_id")),
        "plan_id": text(record.get("subscription_plan_id")),
        "active": record.get("active"),
        "quantity": record.get("quantity"),
        "billing_amount": exact(record.get("billing_amount")),
        "cycle": record.get("billing_cycle"),
        "frequency": record.get("billing_frequency"),
        "start_date": day(record.get("start_date")),
        "last_bill_date": day(record.get("last_bill_date")),
        "next_bill_date": day(record.get("next_bill_date")),
        "end_date": day(record.get("end_date")),
        "modified_at": record.get("modification_time"),
    }


def order(record: Json) -> Row:
    """A row of `orders`; the customer is the contact that the order belongs to now."""
    contact = mapping(record.get("contact"))
    return {
        "id": text(record.get("id")),
        "customer_id": text(contact.get("id") or record.get("contact_id")),
        "status": record.get("status"),
        "total": cents(record.get("total")),
        "total_paid": cents(record.get("total_paid")),
        "refund_total": cents(record.get("refund_total")),
        "refund_status": record.get("refund_status"),
        "ordered_at": record.get("order_time") or record.get("creation_time"),
        "instalments": mapping(record.get("payment_plan")).get("number_of_payments"),
        "currency": currency(record),
    }


def items(record: Json) -> Iterator[Row]:
    """The rows of `items` of one order, in the order's own sequence."""
    for position, item in enumerate(map(mapping, listed(record.get("order_items")))):
        plan = mapping(item.get("subscription_plan"))
        yield {
            "order_id": text(record.get("id")),
            "id": text(item.get("id")),
            "position": position,
            "type": item.get("item_type"),
            "quantity": item.get("quantity"),
            "price": cents(item.get("price_per_unit")),
            "discount": cents(item.get("discount")),
            "special": special(item),
            "product_id": text(mapping(item.get("product")).get("id")),
            "plan_id": text(plan.get("id")),
            "plan_cycle": plan.get("cycle_type"),
            "plan_frequency": plan.get("frequency"),
            "plan_price": cents(plan.get("plan_price")),
            "subscription_id": text(item.get("subscription_id")),
        }


def payments(record: Json, refunds: Collection[str] = ()) -> Iterator[Row]:
    """A row of `payments` per order that the payment is for; `amount` in major units, as Keap gives it.

    `refunds` are ids of payments that others name as their refund; a label or a sign may tell as well.
    """
    amount = exact(record.get("amount"))
    negative = isinstance(amount, Decimal) and amount < 0
    labelled = "refund" in str(record.get("type") or "").lower()
    for order_id in listed(record.get("order_ids")) or [None]:
        yield {
            "id": text(record.get("id")),
            "order_id": text(order_id),
            "paid_at": record.get("payment_time") or record.get("update_time"),
            "amount": amount,
            "settled": (record.get("status") or "NONE") in SETTLED,
            "refund": negative or labelled or str(record.get("id")) in refunds,
        }


def plans(product: Json) -> Iterator[Row]:
    """A row of `plans` per plan of a product that ends by itself after so many bills."""
    for plan in map(mapping, listed(product.get("subscription_plans"))):
        cycles = plan.get("number_of_cycles") or plan.get("total_cycles")
        if isinstance(cycles, int) and cycles > 0:
            yield {"id": text(plan.get("id")), "cycles": cycles}


def special(item: Json) -> int | None:
    """What an item's `special` takes off, in minor units: an amount, or a percentage of the price (schema
    OrderItem, discount_method).
    """
    offer = mapping(item.get("special"))
    amount, price = exact(offer.get("amount")), exact(cents(item.get("price_per_unit")))
    if not isinstance(amount, Decimal):
        return None
    if offer.get("discount_method") == "PERCENT":
        gross = price * int(item.get("quantity") or 1) if isinstance(price, Decimal) else Decimal(0)
        amount = gross * amount / 100
    return int(abs(amount).to_integral_value(ROUND_HALF_UP))


def contact(record: Json) -> Row:
    """A row of `contacts`; the name is for reports that ask for names."""
    parts = (record.get("given_name"), record.get("family_name"))
    name = " ".join(part for part in parts if part) or mapping(record.get("company")).get("company_name")
    return {
        "id": text(record.get("id")),
        "created_at": record.get("create_time"),
        "name": name or None,
        "lead_source_id": text(record.get("leadsource_id")),
    }


def lead_evidence(records: Mapping[str, Mapping[str, Json]]) -> dict[str, list[Row]]:
    """The tables that say who is a lead, and since when, of the streams that came."""
    of = {
        stream: records.get(stream, {}).values() for stream in ("contacts", "applied_tags", "opportunities")
    }
    return {
        "applied_tags": [
            *(
                _tagged(row.get("contact_id"), row.get("tag_id"), row.get("applied_at"))
                for row in of["applied_tags"]
            ),
            *(_tagged(row.get("id"), tag) for row in of["contacts"] for tag in listed(row.get("tag_ids"))),
        ],
        "opportunities": [
            {
                "id": text(row.get("id")),
                "customer_id": text(mapping(row.get("contact")).get("id")),
                "created_at": row.get("created_time"),
            }
            for row in of["opportunities"]
        ],
        **{
            stream: [
                {"id": text(row.get("id")), "name": row.get("name")}
                for row in records.get(stream, {}).values()
            ]
            for stream in ("tags", "lead_sources")
        },
    }


def _tagged(customer_id: object, tag_id: object, applied_at: object = None) -> Row:
    """The contact's own list of tags has no days."""
    return {"customer_id": text(customer_id), "tag_id": text(tag_id), "applied_at": applied_at}


def text(value: object) -> str | None:
    """An id as text; Keap's "0" and "" mean none."""
    return None if value in (None, "", 0, "0") else str(value)


def currency(record: Json) -> str | None:
    """The currency of an order's total, else of its first item that says one."""
    prices = (mapping(item).get("price_per_unit") for item in listed(record.get("order_items")))
    codes = (mapping(amount).get("currency_code") for amount in (record.get("total"), *prices))
    return next((str(code).upper() for code in codes if code), None)


def cents(value: object) -> object:
    """The minor units of a CurrencyValue, as they are: what is no whole number is found out by the table."""
    return value.get("amount") if isinstance(value, Mapping) else None


def exact(value: object) -> object:
    """A plain JSON number without the detour over a float; what is no number stays as it is."""
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return value


def mapping(value: object) -> Json:
    """A JSON object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def listed(value: object) -> list[Any]:
    """A JSON list, or an empty one."""
    return list(value) if isinstance(value, list | tuple) else []


def day(value: object) -> str | None:
    """The calendar day of a Keap date, `YYYY-MM-DD`; a time of day behind it is not meant."""
    return None if not value else str(value)[:10]
