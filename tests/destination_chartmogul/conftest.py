"""A simulated Keap account to read from and a simulated ChartMogul account to write to."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul import pacing, registry
from tests.destination_chartmogul.pipe import Json, config_for, keap_records
from tests.simulators import running


@pytest.fixture(autouse=True)
def _quick_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator begins to process what was imported at once."""
    monkeypatch.setattr(registry, "BETWEEN_READINGS", 0.01)


@pytest.fixture(scope="session")
def simulators() -> Iterator[Any]:
    """Both simulators, once; tests reset what they use."""
    with running("small") as both:
        yield both


@pytest.fixture(scope="session")
def _small(simulators: Any) -> dict[str, list[Json]]:
    simulators.keap.control.reset()
    return keap_records(simulators.keap)


@pytest.fixture
def small(_small: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """The records of the scenario `small`, fresh for each test."""
    return copy.deepcopy(_small)


@pytest.fixture
def chartmogul(simulators: Any) -> Any:
    """An empty ChartMogul account at the scenario's present, without delays."""
    simulators.chartmogul.control.reset()
    simulators.chartmogul.control.switch("analytics_delay_seconds", 0)
    simulators.chartmogul.control.switch("json_import_seconds", 0)
    return simulators.chartmogul


@pytest.fixture
def keap(simulators: Any) -> Iterator[Any]:
    """The Keap account at the scenario's start."""
    simulators.keap.control.reset()
    simulators.keap.control.switch("rate_limits", "off")
    yield simulators.keap
    simulators.keap.control.reset()


@pytest.fixture
def config(chartmogul: Any) -> Json:
    """A configuration for the simulated account."""
    return config_for(chartmogul)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, chartmogul: Any) -> None:
    """Short waits, and no pace."""
    monkeypatch.setattr(pacing.TokenBucket, "take", lambda _: None)
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.01)
    chartmogul.control.switch("rate_limit", "off")


@pytest.fixture
def rejecting(config: Json, tmp_path: Path) -> Json:
    """A configuration with a file of rejects."""
    return config | {"rejects_path": str(tmp_path / "rejects.jsonl")}
