"""The scenario `small`: two years of a small studio, every case once, and plain payers around them.

`CASES` says where each case is: name → contact id and one sentence.
`relations` adds what is not money: users, companies, tags, a sales pipeline, notes, tasks, custom fields.
"""

from __future__ import annotations

from tests.simulators.scenarios.small import billing, lives, others
from tests.simulators.scenarios.small.catalogue import NOW, PLANS, PRODUCTS, PROFILE
from tests.simulators.scenarios.small.relations import relations, with_origin
from tests.simulators.scenarios.small.shop import CATEGORIES, OFFERS
from tests.simulators.scenarios.story import Scenario

STORIES = with_origin(
    (
        *billing.INTERVALS,
        *billing.DISCOUNTS_AND_TAX,
        *billing.TRIALS,
        *lives.MONEY,
        *lives.ENDS,
        *lives.CHANGES,
        *others.ORDERS,
        *others.CONTACTS,
        *others.PAYERS,
        *others.LEADS,
    )
)
SMALL = Scenario(
    now=NOW,
    profile=PROFILE,
    products=PRODUCTS,
    categories=CATEGORIES,
    offers=OFFERS,
    plans=PLANS,
    stories=STORIES,
    relations=relations(STORIES),
)
CASES = SMALL.cases()
