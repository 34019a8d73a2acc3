"""Builders of Keap records in the form of REST v2, with plain defaults; money in minor units."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from destination_chartmogul.mapping.attempts import attempt_key
from destination_chartmogul.mapping.context import Bundle, Context, Ledger
from destination_chartmogul.mapping.objects import Event, Invoice, LineItem
from destination_chartmogul.policy import Policy

Json = dict[str, Any]
ZONE = "America/Denver"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def context(now: datetime = NOW, zone: str = ZONE, **policy: Any) -> Context:
    """A run's context in Denver at noon UTC of 1 July 2026."""
    return Context(Policy(**policy), zone, "USD", now, {"11": "Gold"})


def money(amount: int, currency: str = "USD") -> Json:
    """CurrencyValue."""
    return {"amount": amount, "currency_code": currency, "formatted_amount": ""}


def item(item_type: str = "SUBSCRIPTION", price: int = 4900, **more: Any) -> Json:
    """An order item; a subscription item is on plan 101 of product 11, monthly, of subscription 5001."""
    base: Json = {
        "id": "60001",
        "name": "Gold",
        "item_type": item_type,
        "quantity": 1,
        "price_per_unit": money(price),
    }
    if item_type in ("SUBSCRIPTION", "PROGRAM"):
        plan = {"id": "101", "cycle_type": "MONTHLY", "frequency": 1}
        base |= {
            "product": {"id": "11", "name": "Gold"},
            "subscription_plan": plan,
            "subscription_id": "5001",
        }
    return base | more


def order(*items: Json, total: int | None = None, currency: str = "USD", **more: Any) -> Json:
    """An order of contact 1001, billed on 3 June 2026 at 06:00 in Denver; items get ids of their own."""
    lines = [
        {**line, "id": f"6000{number}", **(_in(currency, line) if currency != "USD" else {})}
        for number, line in enumerate(items or (item(),), 1)
    ]
    base = {
        "id": "20001",
        "status": "PAID",
        "contact": {"id": "1001", "given_name": "Ada", "family_name": "Low", "email": "ada@example.com"},
        "order_time": "2026-06-03T12:00:00Z",
        "creation_time": "2026-06-03T12:00:00Z",
        "total": money(_sum(lines) if total is None else total, currency),
        "total_paid": money(0),
        "order_items": lines,
    }
    return base | more


def _in(currency: str, line: Json) -> Json:
    """The amounts of a line in a currency."""
    names = ("price_per_unit", "discount")
    return {name: {**line[name], "currency_code": currency} for name in names if line.get(name)}


def _sum(lines: list[Json]) -> int:
    total = 0
    for line in lines:
        value = line["price_per_unit"]["amount"] * line["quantity"]
        discount = abs((line.get("discount") or {}).get("amount", 0))
        total += -(discount or abs(value)) if line["item_type"].startswith("DISCOUNT") else value
    return total


def subscription(**more: Any) -> Json:
    """Active subscription 5001 of contact 1001 on plan 101, monthly since 3 September 2024."""
    return {
        "id": "5001",
        "contact_id": "1001",
        "product_id": "11",
        "subscription_plan_id": "101",
        "quantity": 1,
        "active": True,
        "billing_cycle": "MONTH",
        "billing_frequency": 1,
        "start_date": "2024-09-03",
        "last_bill_date": "2026-06-03",
        "next_bill_date": "2026-07-03",
        "modification_time": "2026-06-03T12:00:00Z",
    } | more


def payment(**more: Any) -> Json:
    """A card payment of 49.00 for order 20001."""
    return {
        "id": "40001",
        "type": "Credit Card",
        "amount": 49.0,
        "status": "COMPLETED",
        "payment_time": "2026-06-03T12:00:00Z",
        "contact_id": "1001",
        "order_ids": ["20001"],
    } | more


def contact(**more: Any) -> Json:
    """Contact 1001 in Denver."""
    address = {
        "field": "BILLING",
        "locality": "Denver",
        "region_code": "US-CO",
        "country_code": "USA",
        "zip_code": "80202",
    }
    return {
        "id": "1001",
        "given_name": "Ada",
        "family_name": "Low",
        "email_addresses": [{"field": "EMAIL1", "email": "ada@example.com"}],
        "addresses": [address],
        "company": {"id": "9", "company_name": "Low Works"},
        "create_time": "2024-08-28T15:00:00Z",
    } | more


def bundle(**more: Any) -> Bundle:
    """Records of contact 1001: lists of `orders`, `subscriptions`, `payments`, `attempts`; `contact`."""
    subscriptions, orders, payments = (
        {r["id"]: r for r in more.get(name, ())} for name in ("subscriptions", "orders", "payments")
    )
    attempts = {attempt_key(row): row for row in more.get("attempts", ())}
    refund_ids = frozenset(more.get("refund_ids", ()))
    return Bundle("1001", more.get("contact"), subscriptions, orders, payments, refund_ids, attempts)


def only_line(invoice: Invoice) -> LineItem:
    """The line of an invoice that has one."""
    assert len(invoice.line_items) == 1
    return invoice.line_items[0]


def ledger(*events: Event, **more: Any) -> Ledger:
    """What ChartMogul holds."""
    return Ledger(events=tuple(events), **more)
