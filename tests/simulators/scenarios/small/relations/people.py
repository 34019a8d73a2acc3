"""Where contacts came from, what their custom fields say, their companies, and the referral partners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.simulators.scenarios.people import PLACES
from tests.simulators.scenarios.small.relations.setup import (
    COACH,
    FAIR,
    OWNER,
    REFERRAL,
    SALES,
    SEARCH_ADS,
    SOCIAL_ADS,
    SPRING_WEBINAR,
)
from tests.simulators.scenarios.story import FIRST_CONTACT_ID, Event, Story, case, on

KNOWN_AT = "09:00"
SOURCES = (SEARCH_ADS, SOCIAL_ADS, 0, REFERRAL, SEARCH_ADS, SPRING_WEBINAR, FAIR)
OWNERS = (OWNER, SALES, SALES, COACH)

VALUES: Mapping[str, Mapping[str, Any]] = {
    "monthly": {
        "FavoriteWorkout": "Rowing",
        "TeamSize": 3,
        "ContractRenewal": "2026-09-03",
        "AcceptsSMS": True,
        "Segment": "Studio",
        "AnnualBudget": "1200.50",
        "Goals": ["Strength", "Balance"],
    },
    "quarterly": {"TeamSize": 11, "Segment": "Chain", "AcceptsSMS": False},
    "annual": {"ContractRenewal": "2026-10-01", "Segment": "Solo"},
    "seats": {"TeamSize": 12, "Segment": "Studio", "AnnualBudget": "3000"},
    "seats_discount_tax": {"TeamSize": 3, "Segment": "Studio", "Goals": ["Weight"]},
    "tax": {"FavoriteWorkout": "Zirkeltraining, 2× die Woche", "AcceptsSMS": True},
    "upgraded": {"Segment": "Chain", "AnnualBudget": "2400"},
    "lead": {"FavoriteWorkout": "Yoga", "AcceptsSMS": True, "Segment": "Solo", "AnnualBudget": "0"},
}
"""Case → values of custom fields; the other contacts have none."""

COMPANIES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "monthly": (
        {
            "email": "desk@stonefitness.example.com",
            "phone": "+1 303 555 0101",
            "website": "https://stonefitness.example.com",
            "notes": "Pays by card, wants one invoice a month",
            "address": PLACES["denver"],
            "owner_id": SALES,
        },
        {"Industry": "Fitness", "Employees": 14},
    ),
    "quarterly": (
        {"email": "hello@frost.example.com", "fax": "+1 512 555 0102", "address": PLACES["austin"]},
        {"Industry": "Design", "Employees": 6},
    ),
    "tax": ({"address": PLACES["denver"]}, {"Industry": "Food"}),
    "seats_discount_tax": ({"email": "office@bell.example.com", "owner_id": SALES}, {"Industry": "Law"}),
    "monthly_to_annual": ({"address": PLACES["munich"], "website": "https://ives.example.com"}, {}),
}
"""Case → attributes and custom fields of the contact's company; other companies have only a name."""

COMPANY_ID_STEP = 900_000


def with_origin(story: Story, place: int) -> Story:
    """The story of a contact that came from somewhere and is looked after by somebody."""
    origin = {"lead_source_id": SOURCES[place % len(SOURCES)], "owner_id": OWNERS[place % len(OWNERS)]}
    return replace(story, person={**story.person, **origin})


def events(stories: Sequence[Story]) -> Iterator[Event]:
    """Custom fields and companies when the contact becomes known; referral partners when they join."""
    for place, story in enumerate(stories):
        known, contact_id = f"{story.since} {KNOWN_AT}", FIRST_CONTACT_ID + place
        if story.case in VALUES:
            yield valued(known, "contact", contact_id, VALUES[story.case])
        if story.case in COMPANIES:
            attributes, values = COMPANIES[story.case]
            company_id = COMPANY_ID_STEP + contact_id
            yield on(known, "edit_company", company_id=company_id, **attributes)
            yield valued(known, "company", company_id, values)
    yield on("2025-02-03", "new_affiliate", name="Ava Stone", code="AVA", contact_id=case("monthly"))
    yield on("2025-09-01", "new_affiliate", name="Frost Design", code="FROST", parent_id=71)
    yield on("2026-01-05", "new_affiliate", name="Judy Kerr", code="JUDY", contact_id=case("price_raised"))
    yield valued("2025-02-03 10:05", "affiliate", 71, {"Tier": "Gold"})
    yield on("2026-05-04", "edit_affiliate", affiliate_id=72, status="INACTIVE")


def valued(at: str, record: str, record_id: int, values: Mapping[str, Any]) -> Event:
    """Custom fields of a record get values."""
    return on(at, "set_custom_fields", record=record, record_id=record_id, values=dict(values))
