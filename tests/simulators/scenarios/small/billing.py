"""Stories of how a subscription bills: intervals, seats, discounts, tax, trials."""

from __future__ import annotations

from tests.simulators.scenarios.people import person
from tests.simulators.scenarios.small.catalogue import (
    COACHING_WEEKLY,
    GROWTH_ANNUAL,
    GROWTH_MONTHLY,
    GROWTH_QUARTERLY,
    SEAT_MONTHLY,
    STARTER_ANNUAL,
    STARTER_MONTHLY,
)
from tests.simulators.scenarios.story import buys, on, story

INTERVALS = (
    story(
        "monthly",
        "Pays 49.00 on the 3rd of each month since September 2024.",
        person("Ava Stone", "denver", "Stone Fitness"),
        "2024-08-28",
        buys("2024-09-03", STARTER_MONTHLY),
    ),
    story(
        "quarterly",
        "Pays 420.00 every three months since August 2024.",
        person("Ben Frost", "austin", "Frost Design"),
        "2024-07-20",
        buys("2024-08-15", GROWTH_QUARTERLY),
    ),
    story(
        "annual",
        "Pays 490.00 a year; renewed once, in October 2025.",
        person("Carla Brook", "portland"),
        "2024-09-30",
        buys("2024-10-01", STARTER_ANNUAL),
    ),
    story(
        "weekly",
        "Pays 25.00 every week since February 2026.",
        person("Dan Marsh", "denver"),
        "2026-01-30",
        buys("2026-02-04", COACHING_WEEKLY),
    ),
    story(
        "interval_differs_from_plan",
        "Is on the monthly plan 101, but bills 98.00 every two months.",
        person("Ella Field", "austin", "Field and Sons"),
        "2024-11-02",
        buys("2024-11-10", STARTER_MONTHLY, frequency=2, price=98_00),
    ),
    story(
        "month_end",
        "Bought on 31 January 2025: bills on the last day of shorter months and on the 31st of the others.",
        person("Finn Lake", "denver"),
        "2025-01-31",
        buys("2025-01-31", STARTER_MONTHLY),
    ),
    story(
        "late_evening",
        "Bought at 23:30 in Denver on 30 April 2025, when it was May already in UTC.",
        person("Gina Dale", "denver"),
        "2025-04-30",
        buys("2025-04-30 23:30", GROWTH_MONTHLY),
    ),
    story(
        "seats",
        "Pays for 12 seats at 15.00, one line with quantity 12.",
        person("Hugo West", "toronto", "West Partners"),
        "2025-03-01",
        buys("2025-03-05", SEAT_MONTHLY, quantity=12),
    ),
)

DISCOUNTS_AND_TAX = (
    story(
        "discount_amount",
        "Gets 10.00 off each bill of 49.00, for ever.",
        person("Iris Ford", "portland"),
        "2024-12-01",
        buys(
            "2024-12-04", STARTER_MONTHLY, discounts=[{"item_type": "DISCOUNT_ORDER_TOTAL", "amount": 10_00}]
        ),
    ),
    story(
        "discount_percent",
        "Gets 20 percent off each bill of 149.00, for ever.",
        person("Jack Hill", "london", "Hill Press"),
        "2025-01-07",
        buys("2025-01-08", GROWTH_MONTHLY, discounts=[{"item_type": "DISCOUNT_ORDER_TOTAL", "percent": 20}]),
    ),
    story(
        "discount_limited",
        "Gets 50 percent off the first three bills, and pays 49.00 from June 2025.",
        person("Kim Reed", "austin"),
        "2025-03-10",
        buys(
            "2025-03-12",
            STARTER_MONTHLY,
            promo_code="SPRING50",
            discounts=[{"item_type": "DISCOUNT_PRODUCT", "percent": 50, "orders": 3, "name": "SPRING50"}],
        ),
    ),
    story(
        "discount_full",
        "Pays nothing: 100 percent off each bill, for ever (a partner's account).",
        person("Leo Park", "denver", "Park Charity"),
        "2025-05-02",
        buys("2025-05-06", STARTER_MONTHLY, discounts=[{"item_type": "DISCOUNT_PRODUCT", "percent": 100}]),
    ),
    story(
        "tax",
        "Pays 149.00 and 8.25 percent sales tax on a line of its own.",
        person("Mia Cole", "austin", "Cole Bakery"),
        "2025-02-11",
        buys("2025-02-14", GROWTH_MONTHLY, tax_percent="8.25"),
    ),
    story(
        "seats_discount_tax",
        "Three seats, 15 percent off, and 8.875 percent tax: sums that do not divide evenly.",
        person("Noah Bell", "denver", "Bell Legal"),
        "2025-06-01",
        buys(
            "2025-06-03",
            SEAT_MONTHLY,
            quantity=3,
            tax_percent="8.875",
            discounts=[{"item_type": "DISCOUNT_ORDER_TOTAL", "percent": 15}],
        ),
    ),
)

TRIALS = (
    story(
        "trial_by_start_date",
        "Signed up on 2 April 2025 for an order of 0.00; the first bill was on 16 April.",
        person("Olga Wood", "portland"),
        "2025-04-02",
        buys("2025-04-02", STARTER_MONTHLY, start_date="2025-04-16"),
    ),
    story(
        "trial_by_discount",
        "Signed up on 5 May 2025 with a free-trial discount line; the first bill was 14 days later.",
        person("Paul Gray", "denver"),
        "2025-05-05",
        buys("2025-05-05", GROWTH_MONTHLY, trial_days=14),
    ),
    story(
        "trial_not_converted",
        "Signed up for 30 days in January 2026, cancelled before the first bill.",
        person("Rita Lane", "austin"),
        "2026-01-12",
        buys("2026-01-12", STARTER_MONTHLY, trial_days=30),
        on("2026-02-02", "cancel", reason="Trial ended"),
    ),
    story(
        "trial_running",
        "Signed up on 25 June 2026; the first bill will be on 9 July.",
        person("Sam Ness", "toronto"),
        "2026-06-25",
        buys("2026-06-25", GROWTH_ANNUAL, trial_days=14),
    ),
)
