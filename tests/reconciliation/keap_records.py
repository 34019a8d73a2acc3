"""Rows of the audit's tables in Keap's own form, as the source would have emitted them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]

SUBSCRIPTION = {
    "id": "id",
    "contact_id": "customer_id",
    "product_id": "product_id",
    "subscription_plan_id": "plan_id",
    "active": "active",
    "quantity": "quantity",
    "billing_amount": "billing_amount",
    "billing_cycle": "cycle",
    "billing_frequency": "frequency",
    "start_date": "start_date",
    "last_bill_date": "last_bill_date",
    "next_bill_date": "next_bill_date",
    "end_date": "end_date",
    "modification_time": "modified_at",
}


def keap_records(
    subscriptions: Sequence[Row], orders: Sequence[Row], items: Sequence[Row], currency: str
) -> dict[str, dict[str, Row]]:
    """Records by stream and id."""
    held = [
        {name: row[column] for name, column in SUBSCRIPTION.items() if column in row} for row in subscriptions
    ]
    return {
        "subscriptions": {row["id"]: row for row in held},
        "orders": {row["id"]: _order(row, items, currency) for row in orders},
    }


def _order(row: Row, items: Sequence[Row], currency: str) -> Row:
    amounts = {
        name: {"amount": row[name], "currency_code": currency}
        for name in ("total", "total_paid", "refund_total")
    }
    return {
        "id": row["id"],
        "contact": {"id": row["customer_id"]},
        "status": row["status"],
        "order_time": row["ordered_at"],
        "payment_plan": {"number_of_payments": row.get("instalments") or 1},
        "order_items": [_item(item, currency) for item in items if item["order_id"] == row["id"]],
        **amounts,
    }


def _item(row: Row, currency: str) -> Row:
    plan = {
        "id": row.get("plan_id"),
        "cycle_type": row.get("plan_cycle"),
        "frequency": row.get("plan_frequency"),
    }
    return {
        "id": row["id"],
        "item_type": row["type"],
        "quantity": row["quantity"],
        "price_per_unit": {"amount": row["price"], "currency_code": currency},
        "discount": {"amount": row["discount"], "currency_code": currency},
        "subscription_id": row.get("subscription_id"),
        **({"product": {"id": row["product_id"]}} if row.get("product_id") else {}),
        **({"subscription_plan": plan} if row.get("plan_id") else {}),
    }
