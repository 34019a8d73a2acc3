"""Spreading discounts and taxes over lines."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from reconciliation.keap_mrr.shares import spread


def shares(amount: int, *weights: int) -> list[int]:
    pairs = pd.DataFrame(
        {"part": 1, "line": range(len(weights)), "amount": amount, "weight": list(weights)}, dtype="int64"
    )
    return [int(share) for share in spread(pairs)]


@pytest.mark.parametrize(
    ("amount", "weights", "expected"),
    [
        (100, (1, 1, 1), [34, 33, 33]),
        (101, (2, 1), [67, 34]),
        (500, (1000,), [500]),
        (7, (0, 0), [7, 0]),
        (-3, (1, 1), [-1, -2]),
        (0, (5, 5), [0, 0]),
    ],
)
def test_cents_go_to_the_largest_remainders(
    amount: int, weights: tuple[int, ...], expected: list[int]
) -> None:
    """Shares follow the weights, and cents that do not divide go to the largest remainders."""
    assert shares(amount, *weights) == expected


def test_shares_add_up_to_the_amount() -> None:
    """Whatever the weights, nothing is lost and nothing is added."""
    chance = random.Random(7)
    for _ in range(200):
        weights = [chance.randrange(0, 10_000) for _ in range(chance.randrange(1, 7))]
        amount = chance.randrange(0, 100_000)
        assert sum(shares(amount, *weights)) == amount


def test_parts_are_spread_apart() -> None:
    """Two discounts of one order do not see each other's cents."""
    pairs = pd.DataFrame(
        {"part": [1, 1, 2, 2], "line": [8, 9, 8, 9], "amount": [5, 5, 3, 3], "weight": [1, 1, 1, 1]}
    )
    assert list(spread(pairs)) == [3, 2, 2, 1]
