"""The scenario `generated:<contacts>[:<seed>]`: a believable account of any size.

Per 100 contacts there are 30 subscriptions, 500 orders and 500 payments: plans, intervals, seats, discounts,
taxes, trials, declined charges, refunds, cancellations, pauses, changes of plan, one-off orders paid at once
or in parts. Up to 1,000 contacts everything comes from the billing engine; a larger account repeats those,
with ids of its own for every repetition, so that it starts within seconds and its rows need no memory.
Business events and the clock work on it as on any other account.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.simulators.keap.engine import BillingEngine
from tests.simulators.scenarios.generated.blocks import CONTACTS
from tests.simulators.scenarios.generated.pattern import pattern, run
from tests.simulators.scenarios.generated.tiling import tiled

DIFFERENT_BLOCKS = 10
LARGEST = 1_000_000
NAME = re.compile(r"generated(?::(\d+))?(?::(\d+))?")


@dataclass(frozen=True, slots=True)
class Size:
    """How many contacts, and the seed of all chance."""

    contacts: int = 1000
    seed: int = 1


def size(name: str) -> Size:
    """The size that a scenario's name asks for; ValueError when it makes no sense."""
    match = NAME.fullmatch(name)
    if not match:
        raise ValueError(f"{name!r} is not of the form generated:CONTACTS:SEED, for example generated:5000:3")
    contacts = int(match[1] or Size().contacts)
    if not CONTACTS <= contacts <= LARGEST or contacts % CONTACTS:
        raise ValueError(f"{name!r}: the number of contacts is a multiple of {CONTACTS} up to {LARGEST}")
    return Size(contacts, int(match[2] or Size().seed))


def generated(wanted: Size) -> BillingEngine:
    """The account of that size at its present."""
    blocks = wanted.contacts // CONTACTS
    if blocks <= DIFFERENT_BLOCKS:
        return run(wanted.seed, blocks)
    return tiled(pattern(wanted.seed, DIFFERENT_BLOCKS), blocks)
