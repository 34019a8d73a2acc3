"""Payments that something is wrong with."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.simulators.keap.oddities import ABSENT
from tests.simulators.scenarios.hostile.dirt import Dirt

EVERYTHING = (
    "type",
    "amount",
    "status",
    "commissioned",
    "synced",
    "payment_time",
    "update_time",
    "contact_id",
    "order_ids",
    "external_transaction_id",
    "merchant_account_id",
    "merchant_account_type",
)


def shown(field: str, value: object) -> dict[str, dict[str, object]]:
    """One field of the payment shows another value."""
    return {"payments": {field: value}}


PAYMENTS = (
    Dirt(
        "payment_id_only",
        "The payment shows its id and nothing else.",
        shown={"payments": dict.fromkeys(EVERYTHING, ABSENT)},
    ),
    Dirt(
        "payment_all_null",
        "Every attribute of the payment is there and null.",
        shown={"payments": dict.fromkeys(EVERYTHING)},
    ),
    Dirt("payment_of_no_order", "The payment belongs to no order.", shown=shown("order_ids", [])),
    Dirt("payment_of_missing_order", "The payment's order does not exist.", payment={"order_id": 9_999_999}),
    Dirt(
        "payment_of_two_orders",
        "The payment belongs to two orders.",
        shown=shown("order_ids", ["20001", "20002"]),
    ),
    Dirt(
        "payment_of_another",
        "The payment's contact is another than its order's.",
        payment={"contact_id": 1001},
    ),
    Dirt("payment_status_unknown", "The payment's status is LOST.", shown=shown("status", "LOST")),
    Dirt("payment_status_missing", "The payment has no status.", shown=shown("status", ABSENT)),
    Dirt("payment_pending", "The payment is pending.", payment={"status": "PENDING"}),
    Dirt("payment_type_missing", "The payment has no type.", shown=shown("type", ABSENT)),
    Dirt("payment_type_unknown", "The payment's type is Barter.", shown=shown("type", "Barter")),
    Dirt("payment_zero", "The payment is of 0.00.", payment={"amount": 0}),
    Dirt("payment_negative", "The payment is negative and no refund.", payment={"amount": -49_00}),
    Dirt("payment_fraction", "The payment has three decimals.", shown=shown("amount", 49.005)),
    Dirt("payment_null", "The payment's amount is null.", shown=shown("amount", None)),
    Dirt("payment_huge", "The payment is of ten trillion.", payment={"amount": 10**15}),
    Dirt("payment_time_missing", "The payment has no time.", shown=shown("payment_time", ABSENT)),
    Dirt(
        "payment_before_order",
        "The payment came a year before the order.",
        payment={"payment_time": datetime(2025, 6, 10, tzinfo=UTC)},
    ),
    Dirt(
        "payment_in_2099",
        "The payment is of 2099.",
        payment={"payment_time": datetime(2099, 1, 1, tzinfo=UTC)},
    ),
    Dirt("refund_of_nothing", "A refund whose payment does not exist.", payment={"refunds": 9_999_999}),
    Dirt(
        "refund_missing",
        "The payment names a refund that does not exist.",
        payment={"refund_payment_id": 9_999_999},
    ),
    Dirt("payment_missing", "The order is paid, and there is no payment.", without=("payments",)),
)
"""What is wrong with the payment."""
