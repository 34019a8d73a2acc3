"""Each case of the scenario `small` is really there, seen through the API alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.keap.contract import simulated_keap
from tests.contract.keap.small_cases import CHECKS, Seen
from tests.simulators.scenarios.small import CASES


@pytest.fixture(scope="module")
def seen() -> Callable[[str], Seen]:
    with simulated_keap() as keap:
        contacts, subscriptions = keap.rows("contacts"), keap.rows("subscriptions")
        orders, payments = keap.rows("orders"), keap.rows("payments", "/v2/sales/payments")

    def look(case: str) -> Seen:
        contact_id = str(CASES[case].contact_id)
        return Seen(
            next((row for row in contacts if row["id"] == contact_id), None),
            [row for row in subscriptions if row["contact_id"] == contact_id],
            [row for row in orders if row["contact"]["id"] == contact_id],
            [row for row in payments if row["contact_id"] == contact_id],
        )

    return look


def test_every_case_is_checked() -> None:
    """No case of the table is without a check, and each has a sentence and a contact of its own."""
    assert set(CHECKS) == set(CASES)
    assert all(case.says.endswith(".") for case in CASES.values())
    assert len({case.contact_id for case in CASES.values()}) == len(CASES)


@pytest.mark.parametrize("case", CASES)
def test_case_is_visible(seen: Callable[[str], Seen], case: str) -> None:
    """The contact of the case shows what the case says."""
    found = seen(case)
    assert CHECKS[case](found), found
