"""Named accounts. A scenario is data: a catalogue and customer stories, run through the billing engine.

`small`: every case once; `hostile`: every kind of dirty data; `generated:CONTACTS:SEED`: a believable account
of any size, the same for the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from tests.simulators.keap.engine import BillingEngine
from tests.simulators.scenarios import generated
from tests.simulators.scenarios.history import build
from tests.simulators.scenarios.hostile import CASES as HOSTILE_CASES
from tests.simulators.scenarios.hostile import hostile
from tests.simulators.scenarios.small import SMALL
from tests.simulators.scenarios.story import Case

ACCOUNTS: Mapping[str, Callable[[], BillingEngine]] = {"small": lambda: build(SMALL), "hostile": hostile}
CASES: Mapping[str, Mapping[str, Case]] = {"small": SMALL.cases(), "hostile": HOSTILE_CASES}
GENERATED = "generated"
NAMES = (*ACCOUNTS, f"{GENERATED}[:CONTACTS[:SEED]]")


class ScenarioError(ValueError):
    """No scenario has this name; the message says which there are."""


def checked(name: str) -> str:
    """The name itself; ScenarioError unless there is such a scenario."""
    if name in ACCOUNTS:
        return name
    if name.partition(":")[0] != GENERATED:
        raise ScenarioError(f"invalid choice: {name!r} (choose from {', '.join(NAMES)})")
    try:
        generated.size(name)
    except ValueError as wrong:
        raise ScenarioError(str(wrong)) from wrong
    return name


@lru_cache(maxsize=4)
def built(name: str) -> BillingEngine:
    """A scenario's account, run once in this process; nobody may change it."""
    if name in ACCOUNTS:
        return ACCOUNTS[name]()
    return generated.generated(generated.size(name))


def load(name: str) -> BillingEngine:
    """The account of a scenario at its present, for the caller alone; ScenarioError for no such name."""
    return built(checked(name)).copy()


def cases(name: str) -> Mapping[str, Case]:
    """The cases of a scenario by name; a generated one has none."""
    return CASES.get(name, {})
