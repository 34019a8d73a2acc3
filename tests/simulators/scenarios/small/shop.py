"""How the small account sorts what it sells, and which discounts it offers.

The subscribers' own discounts were agreed one by one; only SPRING50 is an offer that somebody took.
"""

from __future__ import annotations

from decimal import Decimal

from tests.simulators.keap.billing.rows import Category, Criterion, Offer
from tests.simulators.scenarios.small.catalogue import (
    COACHING,
    GROWTH,
    GROWTH_MONTHLY,
    MASTERCLASS,
    ONBOARDING,
    SEAT,
    STARTER,
    WORKBOOK,
)

SOFTWARE, TEACHING, PRINT = 1, 2, 3

CATEGORIES = (
    Category(SOFTWARE, "Software", 0, (STARTER, GROWTH, SEAT)),
    Category(TEACHING, "Teaching", 1, (COACHING, ONBOARDING, MASTERCLASS)),
    Category(PRINT, "Print", 2, (WORKBOOK,), parent_id=TEACHING),
)


def code(criterion_id: int, text: str) -> Criterion:
    """The condition that the buyer types a promo code."""
    return Criterion(criterion_id, "PROMO_CODE", {"code": text})


def above(criterion_id: int, dollars: float) -> Criterion:
    """The condition that the order comes to more than a sum."""
    return Criterion(criterion_id, "ORDER_TOTAL", {"total_amount": dollars, "operator": "GREATER_THAN"})


SUMMER = Criterion(
    5,
    "DATE_RANGE",
    {"range_start_time": "2026-06-01T06:00:00Z", "range_end_time": "2026-09-01T05:59:59Z"},
)

OFFERS = (
    Offer(
        1,
        "freeTrials",
        "Two weeks of Growth",
        "Growth, free for 14 days",
        (code(1, "TRY14"),),
        plan_id=GROWTH_MONTHLY,
        free_trial_days=14,
        hide_price=True,
    ),
    Offer(
        1,
        "orderTotals",
        "Large order",
        "10 percent off what comes to more than 1,000.00",
        (above(2, 1000.0),),
        discount_value=Decimal(10),
    ),
    Offer(
        2,
        "orderTotals",
        "Welcome",
        "20.00 off the first order",
        (code(3, "WELCOME20"),),
        discount_type="AMOUNT",
        discount_value=Decimal(20),
        strategy="NET",
        apply_to_commissions=True,
    ),
    Offer(
        1,
        "products",
        "Spring",
        "Starter at half price",
        (code(4, "SPRING50"),),
        discount_value=Decimal(50),
        product_id=STARTER,
    ),
    Offer(
        1,
        "productCategories",
        "Summer school",
        "15 percent off everything that teaches",
        (SUMMER,),
        discount_value=Decimal(15),
        category_ids=(TEACHING, PRINT),
    ),
    Offer(
        1,
        "shipping",
        "Free shipping",
        "No shipping costs above 100.00",
        (above(6, 100.0),),
        discount_value=Decimal(100),
    ),
)
