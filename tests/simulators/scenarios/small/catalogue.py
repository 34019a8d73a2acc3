"""What the small account sells."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.simulators.keap.account import Profile
from tests.simulators.keap.rows import Plan, Product

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
OPENED = datetime(2024, 6, 3, 15, tzinfo=UTC)

PROFILE = Profile(
    name="Summit Studio",
    email="office@example.com",
    time_zone="America/Denver",
    currency_code="USD",
    currency_exponent=2,
    tenant="sim101.infusionsoft.com",
)

STARTER, GROWTH, SEAT, COACHING, ONBOARDING, MASTERCLASS, WORKBOOK = range(11, 18)
STARTER_MONTHLY, STARTER_ANNUAL, GROWTH_MONTHLY, GROWTH_QUARTERLY, GROWTH_ANNUAL = range(101, 106)
SEAT_MONTHLY, COACHING_WEEKLY = 106, 107


def product(product_id: int, name: str, price: int, *, subscription_only: bool) -> Product:
    """One product; `price` in cents."""
    return Product(
        id=product_id,
        name=name,
        sku=name.upper().replace(" ", "-"),
        price=price,
        description=f"{name} of Summit Studio",
        subscription_only=subscription_only,
        create_time=OPENED,
        update_time=OPENED,
    )


PRODUCTS = (
    product(STARTER, "Starter", 49_00, subscription_only=True),
    product(GROWTH, "Growth", 149_00, subscription_only=True),
    product(SEAT, "Team Seat", 15_00, subscription_only=True),
    product(COACHING, "Coaching Call", 25_00, subscription_only=True),
    product(ONBOARDING, "Onboarding", 500_00, subscription_only=False),
    product(MASTERCLASS, "Masterclass", 1_000_00, subscription_only=False),
    product(WORKBOOK, "Workbook", 35_00, subscription_only=False),
)

PLANS = (
    Plan(STARTER_MONTHLY, STARTER, "Starter monthly", "MONTH", 1, 49_00),
    Plan(STARTER_ANNUAL, STARTER, "Starter annual", "YEAR", 1, 490_00),
    Plan(GROWTH_MONTHLY, GROWTH, "Growth monthly", "MONTH", 1, 149_00),
    Plan(GROWTH_QUARTERLY, GROWTH, "Growth quarterly", "MONTH", 3, 420_00),
    Plan(GROWTH_ANNUAL, GROWTH, "Growth annual", "YEAR", 1, 1_490_00),
    Plan(SEAT_MONTHLY, SEAT, "Team seat monthly", "MONTH", 1, 15_00),
    Plan(COACHING_WEEKLY, COACHING, "Coaching weekly", "WEEK", 1, 25_00),
)
