"""Named accounts. A scenario is data: a catalogue and customer stories, run through the billing engine."""

from __future__ import annotations

from functools import cache

from tests.simulators.keap.engine import BillingEngine
from tests.simulators.scenarios.history import build
from tests.simulators.scenarios.small import SMALL

SCENARIOS = {"small": SMALL}


@cache
def built(name: str) -> BillingEngine:
    """A scenario's account, run once in this process; nobody may change it."""
    return build(SCENARIOS[name])


def load(name: str) -> BillingEngine:
    """The account of a scenario at its present, for the caller alone; KeyError for no such name."""
    return built(name).copy()
