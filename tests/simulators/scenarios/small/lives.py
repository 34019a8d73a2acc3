"""Stories of how subscriptions go on: payments that fail, refunds, ends, changes of plan."""

from __future__ import annotations

from tests.simulators.scenarios.people import person
from tests.simulators.scenarios.small.catalogue import (
    GROWTH_ANNUAL,
    GROWTH_MONTHLY,
    SEAT_MONTHLY,
    STARTER_ANNUAL,
    STARTER_MONTHLY,
)
from tests.simulators.scenarios.story import buys, on, story

MONEY = (
    story(
        "payment_failed",
        "The charge of 8 June 2026 was declined; that order is still open.",
        person("Tara Quinn", "denver"),
        "2025-09-01",
        buys("2025-09-08", STARTER_MONTHLY),
        on("2026-06-01", "payment_failed"),
    ),
    story(
        "payment_failed_paid_late",
        "The charge of 11 March 2026 was declined and the order paid on 2 April.",
        person("Uma Nash", "portland"),
        "2025-08-04",
        buys("2025-08-11", GROWTH_MONTHLY),
        on("2026-03-01", "payment_failed"),
        on("2026-04-02", "pay_order"),
    ),
    story(
        "payment_failed_cancelled",
        "The card was declined from April 2026 on; stopped in June with two orders unpaid.",
        person("Vic Page", "austin"),
        "2025-07-01",
        buys("2025-07-20", STARTER_MONTHLY),
        on("2026-04-01", "payment_failed", until_told=True),
        on("2026-06-05", "cancel", reason="Card declined"),
    ),
    story(
        "refund_partial",
        "Got 20.00 of the 49.00 of 7 January 2026 back.",
        person("Wes Hale", "denver"),
        "2025-10-01",
        buys("2025-10-07", STARTER_MONTHLY),
        on("2026-01-15", "refund", amount=20_00),
    ),
    story(
        "refund_full",
        "Cancelled on 20 February 2026 and got the last bill of 149.00 back.",
        person("Xena Moss", "london"),
        "2025-10-15",
        buys("2025-10-17", GROWTH_MONTHLY),
        on("2026-02-20", "cancel", end_date="2026-02-20", reason="Not used"),
        on("2026-02-20 10:05", "refund"),
    ),
)

ENDS = (
    story(
        "cancelled_with_end_date",
        "Stopped on 10 December 2025 with that day as the end date, no reason.",
        person("Yann Rowe", "denver"),
        "2025-02-20",
        buys("2025-02-25", STARTER_MONTHLY),
        on("2025-12-10", "cancel", end_date="2025-12-10"),
    ),
    story(
        "cancelled_without_end_date",
        "Stopped on 5 January 2026; only the inactive flag and the kept next bill date tell.",
        person("Zoe Hart", "austin"),
        "2025-02-21",
        buys("2025-02-26", GROWTH_MONTHLY),
        on("2026-01-05", "cancel"),
    ),
    story(
        "cancelled_with_reason",
        "Stopped on 14 April 2026 with a reason, no end date.",
        person("Adam Birch", "portland"),
        "2025-03-20",
        buys("2025-03-24", STARTER_MONTHLY),
        on("2026-04-14", "cancel", reason="Too expensive"),
    ),
    story(
        "cancellation_planned",
        "Still active, ends on 15 September 2026.",
        person("Beth Crane", "denver", "Crane Yoga"),
        "2025-04-10",
        buys("2025-04-15", GROWTH_MONTHLY),
        on("2026-06-20", "cancel", end_date="2026-09-15", reason="Moves away"),
    ),
    story(
        "planned_end_reached",
        "Cancelled in February 2026 for 31 March: last bill on 28 March, inactive since April.",
        person("Carl Drake", "denver"),
        "2025-05-20",
        buys("2025-05-28", STARTER_MONTHLY),
        on("2026-02-10", "cancel", end_date="2026-03-31"),
    ),
    story(
        "cancelled_and_resumed",
        "Stopped on 3 November 2025, active again and billed on 12 January 2026.",
        person("Dora Elms", "toronto"),
        "2025-03-01",
        buys("2025-03-18", STARTER_MONTHLY),
        on("2025-11-03", "cancel", reason="Break"),
        on("2026-01-12", "resume"),
    ),
    story(
        "resumed_within_days",
        "Stopped on 14 May 2026, active again on 20 May: a gap of five days between bills.",
        person("Eric Foss", "denver"),
        "2025-08-10",
        buys("2025-08-15", STARTER_MONTHLY),
        on("2026-05-14", "cancel"),
        on("2026-05-20", "resume"),
    ),
)

CHANGES = (
    story(
        "upgraded",
        "Moved from 49.00 to 149.00 a month on 9 December 2025, billed from 22 December.",
        person("Fay Grant", "austin", "Grant Foods"),
        "2025-01-20",
        buys("2025-01-22", STARTER_MONTHLY),
        on("2025-12-09", "change_plan", plan_id=GROWTH_MONTHLY),
    ),
    story(
        "downgraded",
        "Moved from 149.00 to 49.00 a month on 3 March 2026, billed from 19 March.",
        person("Glen Hobbs", "denver"),
        "2025-01-17",
        buys("2025-01-19", GROWTH_MONTHLY),
        on("2026-03-03", "change_plan", plan_id=STARTER_MONTHLY),
    ),
    story(
        "monthly_to_annual",
        "Moved from monthly to annual on 17 February 2026 and was billed 1,490.00 that day.",
        person("Hana Ives", "munich", "Ives GmbH"),
        "2025-05-01",
        buys("2025-05-10", GROWTH_MONTHLY),
        on("2026-02-17", "change_plan", plan_id=GROWTH_ANNUAL, bill_now=True),
    ),
    story(
        "seats_changed",
        "Went from 4 seats to 10 in November 2025 and to 7 in April 2026.",
        person("Ivan Jones", "denver", "Jones Clinic"),
        "2025-06-20",
        buys("2025-06-23", SEAT_MONTHLY, quantity=4),
        on("2025-11-05", "change_plan", quantity=10),
        on("2026-04-08", "change_plan", quantity=7),
    ),
    story(
        "price_raised",
        "Stayed on plan 101, but pays 59.00 instead of 49.00 since January 2026.",
        person("Judy Kerr", "portland"),
        "2024-07-05",
        buys("2024-07-09", STARTER_MONTHLY),
        on("2026-01-02", "change_plan", price=59_00),
    ),
    story(
        "two_subscriptions",
        "Has a yearly Starter and monthly seats side by side.",
        person("Kurt Lowe", "denver", "Lowe Motors"),
        "2025-02-01",
        buys("2025-02-03", STARTER_ANNUAL),
        buys("2025-07-14", SEAT_MONTHLY, quantity=5),
    ),
)
