"""Both simulators, and an environment without the project, once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airbyte.connectors import CONNECTORS, Connector, python_without_the_project
from tests.simulators import Simulators, running


@pytest.fixture(params=CONNECTORS, ids=lambda connector: connector.name)
def connector(request: pytest.FixtureRequest) -> Connector:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def simulators() -> Iterator[Simulators]:
    with running("small") as both:
        both.keap.control.switch("rate_limits", "off")  # all streams are read, order payments call by call
        yield both


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that knows the dependencies and none of the project's packages."""
    return python_without_the_project(tmp_path_factory.mktemp("bare"))
