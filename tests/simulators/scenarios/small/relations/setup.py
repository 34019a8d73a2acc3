"""What the account had from its first day: users, tags, pipeline, lead sources, custom fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.simulators.scenarios.story import Event, on

OPENED = "2024-06-03 09:00"

OWNER, SALES, COACH, PARTNER = 1, 2, 3, 4
USERS = (
    {"given_name": "Sim", "family_name": "User", "email": "office@example.com", "admin": True},
    {"given_name": "Nora", "family_name": "Dean", "email": "nora.dean@example.com", "title": "Sales"},
    {"given_name": "Otto", "family_name": "Fields", "email": "otto.fields@example.com", "title": "Coach"},
    {"given_name": "Lena", "family_name": "Moor", "email": "lena.moor@example.com", "partner": True},
)

LIFECYCLE, INTEREST, BILLING, ORIGIN = 31, 32, 33, 34
CATEGORIES = (
    {"name": "Lifecycle", "description": "Where a contact stands"},
    {"name": "Interest", "description": "What a contact asked for"},
    {"name": "Billing"},
    {"name": "Origin", "description": "How a contact came in"},
)

(
    LEAD,
    CUSTOMER,
    CANCELLED,
    VIP,
    NEWSLETTER,
    WEBINAR,
    COACHING,
    DECLINED,
    REFUNDED,
    REFERRED,
    IMPORTED,
    DO_NOT_CALL,
    RESELLER,
) = range(301, 314)
TAGS = (
    {"name": "Lead", "category_id": LIFECYCLE, "description": "Everybody starts here"},
    {"name": "Customer", "category_id": LIFECYCLE, "description": "Bought something"},
    {"name": "Cancelled", "category_id": LIFECYCLE},
    {"name": "VIP", "category_id": LIFECYCLE, "description": "Answer the same day"},
    {"name": "Newsletter", "category_id": INTEREST},
    {"name": "Spring webinar attended", "category_id": INTEREST},
    {"name": "Coaching", "category_id": INTEREST, "description": "Asked about calls"},
    {"name": "Card declined", "category_id": BILLING, "description": "At least once"},
    {"name": "Refunded", "category_id": BILLING},
    {"name": "Referred", "category_id": ORIGIN},
    {"name": "Imported", "category_id": ORIGIN, "description": "From the old list"},
    {"name": "Do not call"},
    {"name": "Reseller", "description": "For companies"},
)

NEW, CONTACTED, DEMO, PROPOSAL, WON, LOST = range(41, 47)
STAGES = (
    {"name": "New opportunity", "order": 1, "probability": 10, "target_days": 7},
    {"name": "Contacted", "order": 2, "probability": 20, "target_days": 14},
    {"name": "Demo given", "order": 3, "probability": 50, "target_days": 14},
    {
        "name": "Proposal sent",
        "order": 4,
        "probability": 75,
        "target_days": 21,
        "checklist": ("Send the proposal", "Agree on a start date"),
    },
    {"name": "Won", "order": 5, "probability": 100},
    {"name": "Lost", "order": 6},
)

ADVERTISING, EVENTS_CATEGORY, MOUTH = 61, 62, 63
SOURCE_CATEGORIES = (
    {"name": "Advertising", "description": "Paid clicks"},
    {"name": "Events", "description": "Webinars and fairs"},
    {"name": "Word of mouth"},
)
SEARCH_ADS, SOCIAL_ADS, SPRING_WEBINAR, REFERRAL, FAIR = range(51, 56)
SOURCES: tuple[dict[str, Any], ...] = (
    {
        "name": "Search ads",
        "vendor": "Example Search",
        "medium": "cpc",
        "message": "Run your studio",
        "category_id": ADVERTISING,
        "start_time": "2024-06-03T06:00:00Z",
    },
    {
        "name": "Social ads",
        "vendor": "Example Social",
        "medium": "paid social",
        "category_id": ADVERTISING,
        "status": "INACTIVE",
        "start_time": "2024-07-01T06:00:00Z",
        "end_time": "2025-06-30T05:59:59Z",
    },
    {"name": "Spring webinar", "medium": "webinar", "category_id": EVENTS_CATEGORY},
    {"name": "Referral", "description": "A customer told them", "category_id": MOUTH},
    {"name": "Trade fair", "medium": "fair", "category_id": EVENTS_CATEGORY},
)

FIELDS = (
    ("contact", "Favorite workout", "FavoriteWorkout", "TEXT", ()),
    ("contact", "Team size", "TeamSize", "WHOLE_NUMBER", ()),
    ("contact", "Contract renewal", "ContractRenewal", "DATE", ()),
    ("contact", "Accepts SMS", "AcceptsSMS", "YES_NO", ()),
    ("contact", "Segment", "Segment", "DROPDOWN", ("Solo", "Studio", "Chain")),
    ("contact", "Annual budget", "AnnualBudget", "CURRENCY", ()),
    ("contact", "Goals", "Goals", "LIST_BOX", ("Strength", "Balance", "Weight")),
    ("company", "Industry", "Industry", "DROPDOWN", ("Fitness", "Design", "Food", "Law", "Other")),
    ("company", "Employees", "Employees", "WHOLE_NUMBER", ()),
    ("opportunity", "Competitor", "Competitor", "TEXT", ()),
    ("opportunity", "Decision date", "DecisionDate", "DATE_TIME", ()),
    ("note", "Channel", "Channel", "RADIO", ("Phone", "Video", "In person")),
    ("affiliate", "Tier", "Tier", "DROPDOWN", ("Silver", "Gold")),
    ("order", "Purchase order number", "PurchaseOrderNumber", "TEXT", ()),
    ("subscription", "Contract number", "ContractNumber", "TEXT", ()),
)


def field(record: str, label: str, name: str, kind: str, options: tuple[str, ...]) -> dict[str, Any]:
    """The fields of a `new_custom_field` event."""
    return {"record": record, "label": label, "field_name": name, "field_type": kind, "options": options}


def made(kind: str, rows: Iterable[dict[str, Any]]) -> tuple[Event, ...]:
    """One event each, so that ids follow the order of the rows."""
    return tuple(on(OPENED, kind, **row) for row in rows)


EVENTS = (
    *made("new_user", USERS),
    *made("new_tag_category", CATEGORIES),
    *made("new_tag", TAGS),
    *made("new_stage", STAGES),
    *made("new_lead_source_category", SOURCE_CATEGORIES),
    *made("new_lead_source", SOURCES),
    *made("new_custom_field", (field(*each) for each in FIELDS)),
    on("2026-02-27 17:00", "edit_user", user_id=COACH, status="INACTIVE"),
    on("2025-07-01 09:00", "edit_tag", tag_id=VIP, description="Answer within two hours"),
)
