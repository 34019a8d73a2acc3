"""One simulator for all tests of the source, put back to its start before each."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators import Server, running

with warnings.catch_warnings():  # the CDK warns of experimental parts of its own when it is imported
    warnings.simplefilter("ignore")
    import source_keap.protocol


@pytest.fixture(scope="session")
def _simulated() -> Iterator[Server]:
    with running("small") as simulators:
        yield simulators.keap


@pytest.fixture
def keap(_simulated: Server) -> Server:
    """The simulated account `small`, as it is at the start of the scenario."""
    _simulated.control.reset()
    _simulated.control.faults([])
    return _simulated


@pytest.fixture
def config(keap: Server) -> dict[str, Any]:
    """A configuration for that account. One try a call, so that lasting faults end at once."""
    credentials = {"auth_type": "personal_access_token", "personal_access_token": keap.api_key}
    return {
        "base_url": keap.url,
        "credentials": credentials,
        "requests_per_minute": 100_000,
        "max_retries": 1,
    }


@pytest.fixture
def config_file(config: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    return path


@pytest.fixture
def catalog_file(tmp_path: Path) -> Path:
    """The default streams in their best modes, as `source-keap catalog` prints them."""
    from tests.source_keap.reading import best_modes

    path = tmp_path / "catalog.json"
    path.write_text(
        json.dumps(source_keap.protocol.ConfiguredAirbyteCatalogSerializer.dump(best_modes(optional=False)))
    )
    return path
