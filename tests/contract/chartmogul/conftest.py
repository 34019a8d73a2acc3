"""A simulator of ChartMogul for each file of tests."""

from collections.abc import Iterator

import pytest

from tests.contract.chartmogul.scene import Scene
from tests.simulators import Server, running


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One for all tests of the file; each of them begins with an account of its own."""
    with running() as simulators:
        yield simulators.chartmogul


@pytest.fixture
def scene(server: Server) -> Iterator[Scene]:
    """A session on it; each test starts the account itself."""
    one = Scene(server)
    with one.session:
        yield one
