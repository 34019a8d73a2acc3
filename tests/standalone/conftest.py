"""A connection with connectors that do as they are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standalone.fakes import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Nothing has run yet; what a test leaves running is ended."""
    made = Site(tmp_path)
    yield made
    made.stop()
