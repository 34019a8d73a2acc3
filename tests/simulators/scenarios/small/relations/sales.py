"""The sales pipeline: opportunities, each with its moves through the stages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.simulators.scenarios.small.relations.people import valued
from tests.simulators.scenarios.small.relations.setup import (
    COACH,
    CONTACTED,
    DEMO,
    LOST,
    NEW,
    OWNER,
    PROPOSAL,
    SALES,
    WON,
)
from tests.simulators.scenarios.story import Event, case, on

FIRST_ID = 8001


class Sale(NamedTuple):
    """An opportunity: since when, whose, what, who sells, revenue in cents, further fields, and its moves."""

    since: str
    contact: str
    title: str
    user_id: int
    low: int
    high: int
    more: dict[str, Any]
    moves: tuple[tuple[str, int], ...]


SALES_TOLD = (
    Sale(
        "2024-08-29",
        "monthly",
        "Starter for Stone Fitness",
        SALES,
        490_00,
        588_00,
        {},
        (("2024-09-03", WON),),
    ),
    Sale(
        "2024-07-22",
        "quarterly",
        "Growth for Frost Design",
        OWNER,
        1_400_00,
        1_680_00,
        {"notes": "Came through a friend"},
        (("2024-07-30", CONTACTED), ("2024-08-08", DEMO), ("2024-08-15", WON)),
    ),
    Sale(
        "2025-03-02",
        "seats",
        "Seats for West Partners",
        SALES,
        1_800_00,
        2_700_00,
        {"monthly_revenue": 180_00},
        (("2025-03-03", PROPOSAL), ("2025-03-05", WON)),
    ),
    Sale(
        "2025-06-01",
        "seats_discount_tax",
        "Seats for Bell Legal",
        SALES,
        459_00,
        540_00,
        {},
        (("2025-06-02", DEMO), ("2025-06-03", WON)),
    ),
    Sale(
        "2025-11-20",
        "upgraded",
        "Grant Foods wants more",
        SALES,
        1_788_00,
        1_788_00,
        {"affiliate_id": 71},
        (("2025-11-25", CONTACTED), ("2025-12-09", WON)),
    ),
    Sale(
        "2026-01-12",
        "trial_not_converted",
        "Starter after the trial",
        COACH,
        588_00,
        588_00,
        {},
        (("2026-01-20", CONTACTED), ("2026-02-02", LOST)),
    ),
    Sale(
        "2026-01-15",
        "cancelled_without_end_date",
        "Win Zoe back",
        SALES,
        0,
        1_788_00,
        {"objection": "Price"},
        (("2026-02-16", LOST),),
    ),
    Sale(
        "2026-02-02",
        "monthly_to_annual",
        "Annual plan for Ives GmbH",
        SALES,
        1_490_00,
        1_490_00,
        {},
        (("2026-02-10", PROPOSAL), ("2026-02-17", WON)),
    ),
    Sale(
        "2026-03-17",
        "lead",
        "Growth for Vera",
        SALES,
        1_490_00,
        1_788_00,
        {
            "next_action_time": "2026-07-06T15:00:00Z",
            "next_action_notes": "Call after the holidays",
            "estimated_close_time": "2026-07-31T06:00:00Z",
        },
        (("2026-03-24", CONTACTED), ("2026-05-05", DEMO), ("2026-06-16", PROPOSAL)),
    ),
    Sale(
        "2026-04-20",
        "two_subscriptions",
        "Onboarding for Lowe Motors",
        OWNER,
        500_00,
        500_00,
        {"include_in_forecast": False},
        (),
    ),
    Sale("2026-05-12", "instalments_running", "Coaching after the class", COACH, 300_00, 1_300_00, {}, ()),
    Sale(
        "2026-05-26",
        "quarterly",
        "More seats for Frost Design",
        SALES,
        540_00,
        900_00,
        {"estimated_close_time": "2026-08-14T06:00:00Z"},
        (("2026-06-09", DEMO), ("2026-06-23", CONTACTED), ("2026-06-30", DEMO)),
    ),
    Sale(
        "2026-06-11",
        "draft_order",
        "Onboarding for Pia",
        OWNER,
        500_00,
        500_00,
        {"next_action_time": "2026-07-02T16:00:00Z"},
        (("2026-06-18", PROPOSAL),),
    ),
    Sale("2026-06-26", "trial_running", "Annual plan after the trial", SALES, 0, 1_490_00, {}, ()),
    Sale("2026-06-29", "company_only", "Seats for Upland Farms", 0, 180_00, 360_00, {}, ()),
)


def events() -> Iterator[Event]:
    """Each opportunity and its moves; ids follow the day on which it was made."""
    told = sorted(SALES_TOLD, key=lambda sale: sale.since)
    for opportunity_id, sale in enumerate(told, start=FIRST_ID):
        yield on(
            f"{sale.since} 11:00",
            "new_opportunity",
            contact_id=case(sale.contact),
            title=sale.title,
            user_id=sale.user_id,
            stage_id=NEW,
            revenue_low=sale.low,
            revenue_high=sale.high,
            **sale.more,
        )
        for day, stage_id in sale.moves:
            yield on(f"{day} 15:30", "move_opportunity", opportunity_id=opportunity_id, stage_id=stage_id)
        if sale.contact == "lead":
            yield valued(
                f"{sale.since} 11:00",
                "opportunity",
                opportunity_id,
                {"Competitor": "Example Gym Software", "DecisionDate": "2026-07-15T16:00:00Z"},
            )
