"""A ChartMogul account of its own, whose key is the planted one's neighbour."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators import running

with warnings.catch_warnings():  # the CDK warns of experimental parts of its own when it is imported
    warnings.simplefilter("ignore")
    import source_keap.protocol  # noqa: F401


@pytest.fixture(scope="module")
def _simulators() -> Iterator[Any]:
    with running("small") as both:
        yield both


@pytest.fixture
def chartmogul_account(_simulators: Any) -> Any:
    """Empty, and quick."""
    control = _simulators.chartmogul.control
    control.reset()
    control.faults([])
    control.switch("analytics_delay_seconds", 0)
    control.switch("json_import_seconds", 0)
    return _simulators.chartmogul
