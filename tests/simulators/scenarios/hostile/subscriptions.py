"""Subscriptions that something is wrong with."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.simulators.keap.oddities import ABSENT
from tests.simulators.scenarios.hostile.dirt import Dirt
from tests.simulators.scenarios.small.catalogue import GROWTH_MONTHLY

EVERYTHING = (
    "contact_id",
    "product_id",
    "subscription_plan_id",
    "quantity",
    "active",
    "billing_amount",
    "billing_cycle",
    "billing_frequency",
    "start_date",
    "last_bill_date",
    "next_bill_date",
    "auto_charge",
    "allow_tax",
    "payment_method_id",
    "modification_time",
    "custom_fields",
)


def shown(field: str, value: object) -> dict[str, dict[str, object]]:
    """One field of the subscription shows another value."""
    return {"subscriptions": {field: value}}


SUBSCRIPTIONS = (
    Dirt(
        "subscription_id_only",
        "The subscription shows its id and nothing else.",
        shown={"subscriptions": dict.fromkeys(EVERYTHING, ABSENT)},
    ),
    Dirt(
        "subscription_all_null",
        "Every attribute of the subscription is there and null.",
        shown={"subscriptions": dict.fromkeys(EVERYTHING)},
    ),
    Dirt("missing_plan", "The subscription's plan does not exist.", subscription={"plan_id": 999}),
    Dirt("missing_product", "The subscription's product does not exist.", subscription={"product_id": 999}),
    Dirt("plan_zero", "The subscription's plan is 0, which means none.", subscription={"plan_id": 0}),
    Dirt(
        "missing_contact", "The subscription's contact never existed.", subscription={"contact_id": 999_999}
    ),
    Dirt("frequency_zero", "It bills every 0 months.", subscription={"frequency": 0}),
    Dirt("frequency_negative", "It bills every -1 months.", subscription={"frequency": -1}),
    Dirt(
        "frequency_huge",
        "It bills every 100,000 years.",
        subscription={"cycle": "YEAR", "frequency": 100_000},
    ),
    Dirt(
        "frequency_null", "How many cycles lie between bills is null.", shown=shown("billing_frequency", None)
    ),
    Dirt("cycle_unknown", "The billing cycle is QUARTER.", shown=shown("billing_cycle", "QUARTER")),
    Dirt("cycle_lower_case", "The billing cycle is `month`.", shown=shown("billing_cycle", "month")),
    Dirt("cycle_missing", "There is no billing cycle.", shown=shown("billing_cycle", ABSENT)),
    Dirt("quantity_zero", "Zero of it were bought.", subscription={"quantity": 0}),
    Dirt("quantity_negative", "Minus two of it were bought.", subscription={"quantity": -2}),
    Dirt("quantity_huge", "Two billion of it were bought.", subscription={"quantity": 2_000_000_000}),
    Dirt("amount_zero", "It costs nothing.", subscription={"price": 0}, item={"price": 0}),
    Dirt("amount_negative", "It costs -49.00.", subscription={"price": -49_00}, item={"price": -49_00}),
    Dirt("amount_null", "Its amount is null.", shown=shown("billing_amount", None)),
    Dirt("amount_fraction", "Its amount has four decimals.", shown=shown("billing_amount", 49.0049)),
    Dirt("amount_huge", "It costs ten trillion.", subscription={"price": 10**15}),
    Dirt("active_missing", "Nothing says whether it is active.", shown=shown("active", ABSENT)),
    Dirt("start_missing", "It has no start date.", shown=shown("start_date", ABSENT)),
    Dirt("start_in_2099", "It starts in 2099.", subscription={"start_date": date(2099, 1, 1)}),
    Dirt("start_in_1900", "It started in 1900.", subscription={"start_date": date(1900, 1, 1)}),
    Dirt(
        "end_before_start",
        "It is inactive and ended before it began.",
        subscription={"active": False, "end_date": date(2020, 1, 1)},
    ),
    Dirt(
        "end_past_but_active",
        "It is active although its end date is over.",
        subscription={"end_date": date(2026, 6, 15)},
    ),
    Dirt(
        "next_bill_missing", "It is active and has no next bill date.", shown=shown("next_bill_date", ABSENT)
    ),
    Dirt(
        "next_bill_past",
        "It is active although its next bill date is over for a year.",
        subscription={"next_bill_date": date(2025, 6, 10), "last_bill_date": date(2025, 5, 10)},
    ),
    Dirt(
        "inactive_without_dates",
        "It is inactive, and no date says since when.",
        subscription={"active": False},
        shown={"subscriptions": dict.fromkeys(("last_bill_date", "next_bill_date"), ABSENT)},
    ),
    Dirt(
        "date_with_time",
        "Its start date is a date-time.",
        shown=shown("start_date", "2026-06-10T00:00:00.000+0000"),
    ),
    Dirt("date_impossible", "It starts on 31 February.", shown=shown("start_date", "2026-02-31")),
    Dirt(
        "changed_in_2099",
        "It was changed in 2099.",
        subscription={"modification_time": datetime(2099, 1, 1, tzinfo=UTC)},
    ),
    Dirt("change_missing", "Nothing says when it was changed.", shown=shown("modification_time", ABSENT)),
    Dirt("never_billed", "It is active and has no order.", without=("orders", "payments")),
    Dirt(
        "other_plan_than_order",
        "Its plan is another than that of its order.",
        subscription={"plan_id": GROWTH_MONTHLY},
    ),
    Dirt(
        "other_price_than_order",
        "Its price is another than that of its order.",
        subscription={"price": 12_34},
    ),
    Dirt(
        "long_reason",
        "The reason it was stopped for has 20,000 characters.",
        subscription={"active": False, "reason_stopped": "Because. " * 2200},
    ),
    Dirt(
        "month_end",
        "It began on 31 January and bills on the last day of shorter months.",
        subscription={
            "start_date": date(2026, 1, 31),
            "last_bill_date": date(2026, 6, 30),
            "next_bill_date": date(2026, 7, 31),
            "bill_day": 31,
        },
    ),
    Dirt(
        "leap_day",
        "It bills every year on 29 February.",
        subscription={
            "cycle": "YEAR",
            "start_date": date(2024, 2, 29),
            "last_bill_date": date(2026, 2, 28),
            "next_bill_date": date(2027, 2, 28),
            "bill_day": 29,
        },
    ),
)
"""What is wrong with the subscription."""
