"""A destination that dies at any request, before or after ChartMogul carried it out.

Here some points of each story; `make bench` dies at all of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul import pacing, sync
from tests.destination_chartmogul import stories
from tests.destination_chartmogul.killing import Killing, Story
from tests.destination_chartmogul.pipe import Json


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same retries with shorter waits."""
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.05)


def differ_after_death(story: Story, chartmogul: Any, config: Json, every: int) -> dict[str, list[str]]:
    """Point -> differences, for each `every`th point of a story."""
    killing = Killing(story, chartmogul, config)
    some = killing.points[1::every]
    assert len(some) >= 4
    found = {f"{fate.at} {'applied' if fate.applied else 'lost'}": killing.differs(fate) for fate in some}
    return {point: differences for point, differences in found.items() if differences}


def test_a_first_sync_in_bulk_survives_death(
    small: dict[str, list[Json]], chartmogul: Any, config: Json
) -> None:
    """Killed at a request of the bulk lane, the next run completes what was begun, and doubles nothing."""
    assert differ_after_death(stories.first_sync(small), chartmogul, config, every=3) == {}


def test_a_first_sync_by_single_calls_survives_death(
    small: dict[str, list[Json]], chartmogul: Any, config: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at a request of the single lane, the next run completes what was begun, and doubles nothing."""
    monkeypatch.setattr(sync, "FEWEST_FOR_BULK", 10_000)
    assert differ_after_death(stories.first_sync(small), chartmogul, config, every=11) == {}


def test_a_month_of_changes_survives_death(simulators: Any, keap: Any, chartmogul: Any, config: Json) -> None:
    """Killed among corrections, merges and cancellations, the next run completes them."""
    assert keap is simulators.keap
    story = stories.month_of_changes(simulators)
    assert differ_after_death(story, chartmogul, config, every=29) == {}
