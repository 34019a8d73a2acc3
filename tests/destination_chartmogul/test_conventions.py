"""How Keap's plain numbers are read: decided by the account's records, or fixed by the configuration."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul.mapping.conventions import Conventions, decide
from tests.destination_chartmogul.keap import item, money, order, payment, subscription
from tests.destination_chartmogul.pipe import Json, keap_records, messages_of, run_write

SEATS = {"quantity": 3}


def billed(amount: Any, **more: Any) -> tuple[Json, Json]:
    """A subscription of three seats at 49.00 with that billing_amount, and its order's item."""
    return subscription(billing_amount=amount, **SEATS | more), item(**SEATS | more)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (49.0, ("unit", "major")),
        (147.0, ("line", "major")),
        (4900, ("unit", "minor")),
        (14700, ("line", "minor")),
    ],
)
def test_most_records_decide(amount: float, expected: tuple[str, str]) -> None:
    """One that was edited since its last order is outvoted; one seat says nothing about the basis."""
    single = billed(amount / (3 if expected[0] == "line" else 1), quantity=1)
    decision = decide([billed(amount), single, billed(amount), billed(13.0)], [], "USD", {})
    found = decision.conventions
    assert (found.billing_amount_per, found.billing_amount_in) == expected
    assert decision.subscriptions == (3, 3)


@pytest.mark.parametrize(("amount", "expected"), [(49.0, "major"), (4900.0, "minor")])
def test_payments_decide_by_the_orders_that_they_paid(amount: float, expected: str) -> None:
    """Partial payments say nothing."""
    pairs = [(payment(amount=amount), order()), (payment(amount=10.0), order())]
    decision = decide([], pairs, "USD", {})
    assert decision.conventions.payments_in == expected
    assert decision.payments == (1, 1)


def test_the_configuration_fixes_it() -> None:
    """Whatever the data says; a part that is not fixed is still decided."""
    fixed = {"billing_amount_in": "minor", "payments_in": "minor"}
    pairs = [(payment(amount=49.0), order())]
    found = decide([billed(147.0), billed(14700)], pairs, "USD", fixed).conventions
    assert found == Conventions("line", "minor", "minor")


def test_nothing_to_decide_by_leaves_the_defaults_and_says_nothing() -> None:
    """Nor does what cannot be read."""
    odd = ({"billing_amount": "much"}, {"price_per_unit": "much", "quantity": "some"})
    decision = decide([odd], [({"amount": None}, {"total": money(0)})], "USD", {})
    assert decision.conventions == Conventions()
    assert decision.sentences() == []


@pytest.mark.parametrize(
    ("switch", "value", "sentence"),
    [
        ("billing_amount_basis", "unit", "price of one unit in major units"),
        ("billing_amount_basis", "line", "price of the whole quantity in major units"),
        ("billing_amount_units", "minor", "price of one unit in minor units"),
    ],
)
def test_the_log_says_what_was_decided(
    switch: str, value: str, sentence: str, keap: Any, config: Json
) -> None:
    """With how many records agree."""
    keap.control.switch(switch, value)
    logs = run_write(config, messages_of(keap_records(keap))).logs
    assert any(sentence in line and "agree with their orders" in line for line in logs)
    assert any("Payment amounts are read in major units" in line for line in logs)
