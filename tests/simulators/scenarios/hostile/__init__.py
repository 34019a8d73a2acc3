"""The scenario `hostile`: every kind of dirty data, one case each, beside a few customers that are in order.

Each case is a proper purchase in which one thing is wrong, so that what a connector makes of it can be told.
`CASES` says where each is: name → contact id and one sentence.
"""

from __future__ import annotations

from dataclasses import replace

from tests.simulators.keap.account import Account
from tests.simulators.keap.engine import BillingEngine
from tests.simulators.keap.rows import Plan
from tests.simulators.scenarios.history import build
from tests.simulators.scenarios.hostile.dirt import ids_of, spill
from tests.simulators.scenarios.hostile.orders import ORDERS
from tests.simulators.scenarios.hostile.payments import PAYMENTS
from tests.simulators.scenarios.hostile.people import PEOPLE
from tests.simulators.scenarios.hostile.subscriptions import SUBSCRIPTIONS
from tests.simulators.scenarios.small import catalogue
from tests.simulators.scenarios.small.others import PAYERS
from tests.simulators.scenarios.story import Case, Scenario

DIRT = (*PEOPLE, *SUBSCRIPTIONS, *ORDERS, *PAYMENTS)
CASES = {dirt.name: Case(ids_of(place).contact, dirt.says) for place, dirt in enumerate(DIRT)}
PROPER = Scenario(
    now=catalogue.NOW,
    profile=replace(catalogue.PROFILE, tenant="sim103.infusionsoft.com"),
    products=catalogue.PRODUCTS,
    plans=catalogue.PLANS,
    stories=PAYERS,
)
NAMELESS, FREE, TWIN, BROKEN_PLAN = 91, 92, 93, 191


def hostile() -> BillingEngine:
    """The account at its present."""
    engine = build(PROPER)
    put_products(engine.account)
    for place, dirt in enumerate(DIRT):
        spill(engine.account, place, dirt)
    return engine


def put_products(account: Account) -> None:
    """Products without a name, for nothing, of the same name as another; a plan that shows only its id."""
    starter = account.products[catalogue.STARTER]
    account.products.put(replace(starter, id=NAMELESS, name="", sku="", description=""))
    account.products.put(replace(starter, id=FREE, name="Free", price=0, active=False))
    account.products.put(replace(starter, id=TWIN))
    account.plans.put(Plan(BROKEN_PLAN, TWIN, "", "MONTH", 0, -1_00, active=False))
    account.oddities["products", NAMELESS] = {"price": None, "subscription_plans": None, "create_time": None}
