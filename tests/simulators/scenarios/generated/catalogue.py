"""What the generated account sells, and when its present is."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.simulators.keap.account import Profile
from tests.simulators.keap.rows import Plan, Product

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TODAY = date(2026, 7, 1)
OPENED = date(2023, 8, 1)

PROFILE = Profile(
    name="Harbor Learning",
    email="office@example.com",
    time_zone="America/New_York",
    currency_code="USD",
    currency_exponent=2,
    tenant="sim102.infusionsoft.com",
)

STARTER, GROWTH, PRO, SEAT, COACHING, SUPPLIES = range(11, 17)
ONBOARDING, MASTERCLASS, WORKBOOK, TEMPLATES, WORKSHOP = range(21, 26)
STARTER_MONTHLY, STARTER_ANNUAL, GROWTH_MONTHLY, GROWTH_QUARTERLY, GROWTH_ANNUAL = range(101, 106)
PRO_MONTHLY, PRO_ANNUAL, SEAT_MONTHLY, COACHING_WEEKLY, SUPPLIES_FORTNIGHTLY = range(106, 111)


def product(product_id: int, name: str, price: int, *, subscription_only: bool = False) -> Product:
    """One product; `price` in cents."""
    opened = datetime(OPENED.year, OPENED.month, OPENED.day, 13, tzinfo=UTC)
    return Product(
        id=product_id,
        name=name,
        sku=name.upper().replace(" ", "-"),
        price=price,
        description=f"{name} of Harbor Learning",
        subscription_only=subscription_only,
        create_time=opened,
        update_time=opened,
    )


PRODUCTS = (
    product(STARTER, "Starter", 29_00, subscription_only=True),
    product(GROWTH, "Growth", 79_00, subscription_only=True),
    product(PRO, "Pro", 199_00, subscription_only=True),
    product(SEAT, "Member Seat", 12_00, subscription_only=True),
    product(COACHING, "Group Coaching", 25_00, subscription_only=True),
    product(SUPPLIES, "Study Box", 39_00, subscription_only=True),
    product(ONBOARDING, "Onboarding", 500_00),
    product(MASTERCLASS, "Masterclass", 1_000_00),
    product(WORKBOOK, "Workbook", 35_00),
    product(TEMPLATES, "Template Pack", 19_00),
    product(WORKSHOP, "Workshop", 250_00),
)

PLANS = (
    Plan(STARTER_MONTHLY, STARTER, "Starter monthly", "MONTH", 1, 29_00),
    Plan(STARTER_ANNUAL, STARTER, "Starter annual", "YEAR", 1, 290_00),
    Plan(GROWTH_MONTHLY, GROWTH, "Growth monthly", "MONTH", 1, 79_00),
    Plan(GROWTH_QUARTERLY, GROWTH, "Growth quarterly", "MONTH", 3, 219_00),
    Plan(GROWTH_ANNUAL, GROWTH, "Growth annual", "YEAR", 1, 790_00),
    Plan(PRO_MONTHLY, PRO, "Pro monthly", "MONTH", 1, 199_00),
    Plan(PRO_ANNUAL, PRO, "Pro annual", "YEAR", 1, 1_990_00),
    Plan(SEAT_MONTHLY, SEAT, "Member seat monthly", "MONTH", 1, 12_00),
    Plan(COACHING_WEEKLY, COACHING, "Group coaching weekly", "WEEK", 1, 25_00),
    Plan(SUPPLIES_FORTNIGHTLY, SUPPLIES, "Study box every two weeks", "WEEK", 2, 39_00),
)
