"""Stories of one-off orders and of contacts; then the plain payers and leads."""

from __future__ import annotations

from tests.simulators.scenarios.people import person
from tests.simulators.scenarios.small.catalogue import (
    COACHING_WEEKLY,
    GROWTH_ANNUAL,
    GROWTH_MONTHLY,
    GROWTH_QUARTERLY,
    MASTERCLASS,
    ONBOARDING,
    SEAT_MONTHLY,
    STARTER_ANNUAL,
    STARTER_MONTHLY,
    WORKBOOK,
)
from tests.simulators.scenarios.story import Story, buys, case, on, story

ORDERS = (
    story(
        "one_off",
        "Bought two workbooks once, with shipping; has no subscription.",
        person("Lara Mead", "austin"),
        "2025-11-11",
        on(
            "2025-11-12",
            "new_order",
            items=[
                {"product_id": WORKBOOK, "quantity": 2},
                {"item_type": "SHIPPING", "name": "Standard shipping", "price": 7_50},
            ],
        ),
    ),
    story(
        "mixed_order",
        "Bought a Growth subscription and the onboarding in one cart: one order with both.",
        person("Mark Noble", "denver", "Noble Studios"),
        "2025-09-15",
        buys("2025-09-16", GROWTH_MONTHLY, items=[{"product_id": ONBOARDING}]),
    ),
    story(
        "instalments",
        "Bought the masterclass for 1,000.00, paid in three parts 30 days apart; not recurring.",
        person("Nina Orr", "portland"),
        "2026-01-19",
        on("2026-01-20", "new_order", items=[{"product_id": MASTERCLASS}], instalments=3),
    ),
    story(
        "instalments_running",
        "Bought the masterclass in May 2026 in four parts; two are still to come.",
        person("Omar Pratt", "denver"),
        "2026-05-11",
        on("2026-05-12", "new_order", items=[{"product_id": MASTERCLASS}], instalments=4),
    ),
    story(
        "draft_order",
        "Has a draft order that nobody has paid or sent.",
        person("Pia Rush", "austin"),
        "2026-06-10",
        on("2026-06-11", "new_order", items=[{"product_id": ONBOARDING}], draft=True),
    ),
)

CONTACTS = (
    story(
        "invalid_email",
        "Pays monthly, but the stored e-mail address is not one.",
        person("Ross Shaw", "denver", email="ross.shaw at example"),
        "2025-04-22",
        buys("2025-04-24", STARTER_MONTHLY),
    ),
    story(
        "no_email",
        "Pays monthly and has no e-mail address.",
        person("Sara Todd", "london", email=""),
        "2025-05-22",
        buys("2025-05-23", STARTER_MONTHLY),
    ),
    story(
        "company_only",
        "Has a company name and no person's name.",
        {"company": "Upland Farms", "email": "accounts@example.com"},
        "2025-06-25",
        buys("2025-06-26", GROWTH_MONTHLY),
    ),
    story(
        "merged_winner",
        "Owns the subscription that another contact bought, since the two were merged in March 2026.",
        person("Tess Vane", "denver", "Vane Books"),
        "2025-01-10",
    ),
    story(
        "merged_loser",
        "Bought a subscription in October 2025 and was merged away on 4 March 2026: the id is gone.",
        person("Teresa Vane", "denver", email="tess@example.com"),
        "2025-10-20",
        buys("2025-10-21", GROWTH_MONTHLY),
        on("2026-03-04", "merge_contacts", into_contact_id=case("merged_winner")),
    ),
    story(
        "edited_contact",
        "Married and moved in June 2026: new family name, e-mail address and city.",
        person("Una Webb", "austin"),
        "2025-12-01",
        buys("2025-12-02", STARTER_MONTHLY),
        on(
            "2026-06-15",
            "edit_contact",
            **{**person("Una York", "portland"), "given_name": "Una"},
        ),
    ),
    story(
        "lead",
        "Known since March 2026, has never ordered.",
        person("Vera Young", "toronto"),
        "2026-03-16",
    ),
)


def plain(name: str, place: str, day: str, plan_id: int, quantity: int = 1) -> Story:
    """A payer without surprises, known since the day of the first purchase."""
    return story("", "A plain payer.", person(name, place), day, buys(day, plan_id, quantity=quantity))


PAYERS = (
    plain("Alan Ash", "denver", "2024-07-02", STARTER_MONTHLY),
    plain("Bella Boone", "austin", "2024-07-16", GROWTH_MONTHLY),
    plain("Cody Cross", "portland", "2024-08-06", STARTER_ANNUAL),
    plain("Dina Dunn", "denver", "2024-09-10", SEAT_MONTHLY, 8),
    plain("Evan Earl", "london", "2024-10-22", STARTER_MONTHLY),
    plain("Flora Finch", "toronto", "2024-11-19", GROWTH_ANNUAL),
    plain("Gus Gibbs", "austin", "2025-01-14", GROWTH_QUARTERLY),
    plain("Heidi Holm", "munich", "2025-02-18", STARTER_MONTHLY),
    plain("Ines Irons", "denver", "2025-04-08", GROWTH_MONTHLY),
    plain("Joel Joyce", "portland", "2025-06-17", STARTER_MONTHLY),
    plain("Kara Kline", "denver", "2025-08-20", SEAT_MONTHLY, 3),
    plain("Luke Lyons", "austin", "2025-10-28", STARTER_ANNUAL),
    plain("Maya Mills", "toronto", "2025-12-16", GROWTH_MONTHLY),
    plain("Nils Noor", "munich", "2026-02-24", STARTER_MONTHLY),
    plain("Opal Owens", "denver", "2026-04-07", COACHING_WEEKLY),
    plain("Pete Pike", "austin", "2026-05-19", GROWTH_MONTHLY),
    plain("Ruth Roach", "portland", "2026-06-09", STARTER_MONTHLY),
)

LEADS = (
    story("", "A lead.", person("Seth Sharp", "denver"), "2025-09-09"),
    story("", "A lead.", person("Tina Tate", "austin"), "2026-01-27"),
    story("", "A lead.", person("Wanda Wynn", "london"), "2026-06-29"),
)
