"""Named accounts. A scenario is data: a catalogue and customer stories, run through the billing engine."""

from __future__ import annotations

from tests.simulators.keap.engine import BillingEngine
from tests.simulators.scenarios.history import build
from tests.simulators.scenarios.small import SMALL

SCENARIOS = {"small": SMALL}


def load(name: str) -> BillingEngine:
    """The account of a scenario at the scenario's present; KeyError for an unknown name."""
    return build(SCENARIOS[name])
