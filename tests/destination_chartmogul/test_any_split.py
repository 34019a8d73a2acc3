"""Any billing history, cut into any runs, in any order: the same end state as one sync of everything.

Hypothesis chooses; by default the same few examples each time. Many more, and new ones:
`HYPOTHESIS_PROFILE=long make test TESTS=tests/destination_chartmogul/test_any_split.py`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.histories import History, Story
from tests.destination_chartmogul.keap import NOW, ZONE, contact
from tests.destination_chartmogul.pipe import Json, record, run_write, state
from tests.destination_chartmogul.test_moved import mrr

SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FEW = settings(max_examples=6, derandomize=True, deadline=None, database=None, suppress_health_check=SHARED)
LONG = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=SHARED,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EXAMPLES = LONG if IS_LONG else FEW
pytestmark = pytest.mark.timeout(0 if IS_LONG else 300)
PER_MONTH = {"month": Fraction(1), "year": Fraction(1, 12), "day": Fraction(487, 16)}
ACCOUNT = record("account", {"id": "account", "time_zone": ZONE, "currency_code": "USD"})

seeds = st.integers(0, 10**6)
cuts = st.lists(st.floats(0, 1), min_size=1, max_size=3).map(sorted)


def rows_of(history: History) -> list[tuple[str, Json, str]]:
    """(stream, record, day from which Keap has it); a payment is there once its order is."""
    billed = {o["id"]: o["order_time"] for o in history.orders}
    rows = [("orders", o, o["order_time"]) for o in history.orders]
    for each in history.payments:
        day = max([each["payment_time"], *(billed[key] for key in each["order_ids"])])
        rows.append(("payments", each, day))
    return sorted(rows, key=lambda row: row[2])


def runs_of(history: History, where: Sequence[float], order: random.Random) -> list[list[Json]]:
    """The history as messages of several runs, one after the other in time.

    Subscriptions come in each run, as Keap marks them as changed by each bill; some records come twice.
    """
    rows = rows_of(history)
    ends = [0, *(round(cut * len(rows)) for cut in where), len(rows)]
    runs = []
    for begin, end in pairwise(ends):
        again = order.sample(rows[:begin], min(begin, 3))
        messages = [record(stream, row) for stream, row, _ in [*rows[begin:end], *again]]
        messages += [record("subscriptions", row) for row in history.subscriptions]
        messages += [ACCOUNT, record("contacts", contact())]
        order.shuffle(messages)
        runs.append([*messages, state("orders", upto=end)])
    return runs


def monthly(history: History) -> tuple[Fraction, Fraction]:
    """Keap's own figure and what cents of it may be rounded: what each subscription's last bill cost without
    tax, over the interval that it was for.
    """
    last: dict[str, tuple[str, Fraction, Fraction]] = {}
    for order in history.orders:
        for line in order["order_items"]:
            interval, key = history.intervals.get(line["id"]), line.get("subscription_id")
            if interval and key and order["order_time"] >= last.get(key, ("",))[0]:
                ratio = PER_MONTH[interval.unit] / interval.count
                last[key] = order["order_time"], history.nets[line["id"]] * ratio, ratio + 1
    return sum((each for _, each, _ in last.values()), Fraction(0)), sum(
        (each for _, _, each in last.values()), Fraction(0)
    )


@EXAMPLES
@given(seed=seeds, where=cuts, shuffled=seeds)
def test_any_split_and_any_order_end_alike(
    seed: int, where: list[float], shuffled: int, chartmogul: Any, config: Json
) -> None:
    """One run of everything against several of its parts, shuffled; then everything again writes nothing."""
    history = Story(seed).tell()
    chartmogul.control.reset(keep_switches=True)
    chartmogul.control.clock(now=NOW.isoformat())
    (whole,) = runs_of(history, [], random.Random(shuffled))
    assert run_write(config, whole).rejected == 0
    expected = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    chartmogul.control.clock(now=NOW.isoformat())
    for run in runs_of(history, where, random.Random(shuffled)):
        assert run_write(config, run).rejected == 0
    assert differences(expected, held(chartmogul)) == []
    before = writes(chartmogul)
    assert run_write(config, whole).error is None
    assert writes(chartmogul) == before


@EXAMPLES
@given(seed=seeds)
def test_mrr_is_keaps_own(seed: int, chartmogul: Any, config: Json) -> None:
    """ChartMogul's figure, to a cent of each bill: no cause of a difference is in these histories."""
    history = Story(seed).tell()
    chartmogul.control.reset(keep_switches=True)
    chartmogul.control.clock(now=NOW.isoformat())
    (whole,) = runs_of(history, [], random.Random(seed))
    assert run_write(config, whole).error is None
    figure, rounding = monthly(history)
    assert abs(mrr(chartmogul)["1001"] - figure) <= rounding
