"""A simulator of Keap for each file of tests."""

from collections.abc import Iterator

import pytest

from tests.contract.keap.contract import Keap, simulated_keap


@pytest.fixture(scope="module")
def account() -> Iterator[Keap]:
    """One for all tests of the file."""
    with simulated_keap() as keap:
        yield keap


@pytest.fixture
def keap(account: Keap) -> Keap:
    """The same, as it was at the start."""
    account.start()
    return account
