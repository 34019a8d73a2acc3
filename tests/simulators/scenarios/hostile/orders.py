"""Orders and items that something is wrong with."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.simulators.keap.oddities import ABSENT
from tests.simulators.keap.rows import OrderItem
from tests.simulators.scenarios.hostile.dirt import Dirt
from tests.simulators.scenarios.small.catalogue import WORKBOOK

EVERYTHING = (
    "invoice_id",
    "title",
    "status",
    "order_type",
    "source_type",
    "contact",
    "order_time",
    "creation_time",
    "modification_time",
    "total",
    "total_due",
    "total_paid",
    "refund_total",
    "refund_status",
    "order_items",
    "custom_fields",
)
EUROS = {"amount": 4900, "currency_code": "EUR", "formatted_amount": "€49.00"}


def shown(field: str, value: object) -> dict[str, dict[str, object]]:
    """One field of the order, or of its first item, shows another value."""
    return {"orders": {field: value}}


def line(kind: str, name: str, price: int = 0, quantity: int = 1, discount: int = 0) -> OrderItem:
    """One more line of the order."""
    return OrderItem(0, kind, name, quantity, price, discount=discount)


ORDERS = (
    Dirt(
        "order_id_only",
        "The order shows its id and nothing else.",
        shown={"orders": dict.fromkeys(EVERYTHING, ABSENT)},
    ),
    Dirt(
        "order_all_null",
        "Every attribute of the order is there and null.",
        shown={"orders": dict.fromkeys(EVERYTHING)},
    ),
    Dirt("no_items", "The order has an empty list of items.", shown=shown("order_items", [])),
    Dirt("items_missing", "The order has no list of items.", shown=shown("order_items", ABSENT)),
    Dirt("items_null", "The order's list of items is null.", shown=shown("order_items", None)),
    Dirt("draft", "The order is a draft.", order={"draft": True, "total_paid": 0}, without=("payments",)),
    Dirt("status_unknown", "The order's status is VOID.", shown=shown("status", "VOID")),
    Dirt("order_without_contact", "The order names no contact.", shown=shown("contact", ABSENT)),
    Dirt("order_of_nobody", "The order's contact never existed.", order={"contact_id": 999_998}),
    Dirt(
        "order_of_another",
        "The order belongs to another contact than its subscription.",
        order={"contact_id": 1001},
    ),
    Dirt("type_unknown", "The item's type is MYSTERY.", shown=shown("order_items.0.item_type", "MYSTERY")),
    Dirt("type_missing", "The item has no type.", shown=shown("order_items.0.item_type", ABSENT)),
    Dirt("item_id_missing", "The item has no id.", shown=shown("order_items.0.id", ABSENT)),
    Dirt(
        "item_id_zero",
        "An item has the id 0.",
        also=(line("OTHER", "Nothing"),),
        shown=shown("order_items.1.id", "0"),
    ),
    Dirt("item_price_missing", "The item has no price.", shown=shown("order_items.0.price_per_unit", ABSENT)),
    Dirt(
        "item_price_negative",
        "An item of another type has a negative price.",
        also=(line("OTHER", "Back", -5_00),),
    ),
    Dirt("item_quantity_zero", "Zero of the item were bought.", item={"quantity": 0}, without=("payments",)),
    Dirt(
        "item_quantity_negative",
        "Minus one of the item was bought.",
        item={"quantity": -1},
        without=("payments",),
    ),
    Dirt(
        "item_quantity_missing",
        "Nothing says how many were bought.",
        shown=shown("order_items.0.quantity", ABSENT),
    ),
    Dirt("item_product_unknown", "The item's product does not exist.", item={"product_id": 999}),
    Dirt("item_plan_unknown", "The item's plan does not exist.", item={"plan_id": 999}),
    Dirt(
        "item_subscription_unknown",
        "The item's subscription does not exist.",
        item={"subscription_id": 999_999},
    ),
    Dirt(
        "item_subscription_foreign",
        "The item's subscription belongs to somebody else.",
        item={"subscription_id": 5001},
    ),
    Dirt(
        "item_subscription_missing",
        "The item is of a subscription and does not say of which.",
        shown=shown("order_items.0.subscription_id", ABSENT),
    ),
    Dirt("item_name_empty", "The item has no name.", item={"name": ""}),
    Dirt("item_name_long", "The item's name has 20,000 characters.", item={"name": "Name " * 4000}),
    Dirt(
        "hundred_items",
        "The order has 100 more items of all types.",
        also=tuple(
            line(kind, f"{kind} {n}", 1_00) for n in range(25) for kind in ("PRODUCT", "FEE", "TIP", "OTHER")
        ),
    ),
    Dirt("thousands_of_orders", "The contact has 2,000 orders.", orders=2000),
    Dirt("total_differs", "The order's total is not the sum of its items.", order={"total": 100_00}),
    Dirt("total_null", "The order's total is null.", shown=shown("total", None)),
    Dirt(
        "total_without_amount",
        "The order's total has a currency and no amount.",
        shown=shown("total", {"currency_code": "USD"}),
    ),
    Dirt("total_zero", "The order comes to nothing.", item={"price": 0}, without=("payments",)),
    Dirt(
        "total_negative",
        "The order comes to less than nothing.",
        item={"price": -49_00},
        without=("payments",),
    ),
    Dirt("paid_too_much", "More was paid than the order comes to.", order={"total_paid": 60_00}),
    Dirt("refunded_too_much", "More was given back than was paid.", order={"refund_total": 60_00}),
    Dirt(
        "other_currency",
        "The order is in euros, the account in dollars.",
        shown={"orders": {"total": EUROS, "order_items.0.price_per_unit": EUROS}},
    ),
    Dirt(
        "currency_unknown",
        "The currency is XXZ.",
        shown=shown("order_items.0.price_per_unit", {**EUROS, "currency_code": "XXZ"}),
    ),
    Dirt(
        "discount_above_price",
        "A discount is larger than the price.",
        also=(line("DISCOUNT_ORDER_TOTAL", "Too much", discount=80_00),),
        without=("payments",),
    ),
    Dirt(
        "discount_without_amount",
        "A discount says neither amount nor percent.",
        also=(line("DISCOUNT_PRODUCT", "Nothing"),),
        shown={"orders": {"order_items.1.discount": ABSENT, "order_items.1.special": ABSENT}},
    ),
    Dirt(
        "tax_alone",
        "The order has a tax line and nothing to tax.",
        item={"item_type": "TAX", "subscription_id": None, "plan_id": None, "product_id": None},
    ),
    Dirt(
        "mixed_up_types",
        "A workbook is sold as a SUBSCRIPTION, without plan and subscription.",
        item={"product_id": WORKBOOK, "plan_id": None, "subscription_id": None},
    ),
    Dirt("order_time_missing", "The order has no order_time.", shown=shown("order_time", ABSENT)),
    Dirt("creation_time_missing", "The order has no creation_time.", shown=shown("creation_time", ABSENT)),
    Dirt(
        "modification_time_missing",
        "The order has no modification_time.",
        shown=shown("modification_time", ABSENT),
    ),
    Dirt("ordered_in_2099", "The order is of 2099.", order={"order_time": datetime(2099, 1, 1, tzinfo=UTC)}),
    Dirt("ordered_in_1969", "The order is of 1969.", order={"order_time": datetime(1969, 1, 1, tzinfo=UTC)}),
    Dirt("order_time_is_text", "The order's time is `yesterday`.", shown=shown("order_time", "yesterday")),
    Dirt(
        "order_time_other_format",
        "The order's times have milliseconds and the offset +0000.",
        shown=shown("order_time", "2026-06-10T16:00:00.000+0000"),
    ),
    Dirt(
        "clock_skipped",
        "The order is of the hour that the change to summer time skips.",
        order={"order_time": datetime(2026, 3, 8, 9, 30, tzinfo=UTC)},
    ),
    Dirt(
        "clock_repeated",
        "The order is of the hour that the change to winter time repeats.",
        order={"order_time": datetime(2025, 11, 2, 8, 30, tzinfo=UTC)},
    ),
    Dirt(
        "last_second_of_year",
        "The order is of the last second of the year in the account's zone.",
        order={"order_time": datetime(2026, 1, 1, 6, 59, 59, tzinfo=UTC)},
    ),
)
"""What is wrong with the order."""
