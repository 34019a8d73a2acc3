"""The simulators, each behind a server that changes what they say."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from destination_chartmogul import pacing, registry
from tests.fuzz.mutant import Mutant, mutant
from tests.simulators import Simulators, running

with warnings.catch_warnings():  # the CDK warns of experimental parts of its own when it is imported
    warnings.simplefilter("ignore")
    import source_keap.protocol  # noqa: F401


@pytest.fixture(scope="module")
def simulators() -> Iterator[Simulators]:
    with running("small") as both:
        both.keap.control.switch("rate_limits", "off")
        both.chartmogul.control.switch("analytics_delay_seconds", 0)
        both.chartmogul.control.switch("json_import_seconds", 0)
        yield both


@pytest.fixture(scope="module")
def odd_keap(simulators: Simulators) -> Iterator[Mutant]:
    with mutant(simulators.keap.url) as one:
        yield one


@pytest.fixture(scope="module")
def odd_chartmogul(simulators: Simulators) -> Iterator[Mutant]:
    with mutant(simulators.chartmogul.url) as one:
        yield one


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing.Retries, "wait", lambda *_: 0.001)
    monkeypatch.setattr(registry, "BETWEEN_READINGS", 0.001)


@pytest.fixture
def small_records(simulators: Simulators) -> Any:
    """Some records of each stream, in good order."""
    from tests.destination_chartmogul.pipe import keap_records

    return {name: rows[:12] for name, rows in keap_records(simulators.keap).items()}
