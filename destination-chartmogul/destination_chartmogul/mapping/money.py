"""Money in integer minor units; Decimal at the borders, never float arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.vocabulary import MINOR_DIGITS


def minor(value: Mapping[str, Any] | None) -> int:
    """Keap CurrencyValue → its amount in the smallest unit; absent is 0.

    Source: Keap REST v2 schema CurrencyValue, "amount in the smallest unit". Raises UnwritableError
    `bad_money`.
    """
    if not value or value.get("amount") is None:
        return 0
    try:
        amount = Decimal(str(value["amount"]))
        if amount == amount.to_integral_value():
            return int(amount)
    except (InvalidOperation, ArithmeticError):
        pass
    raise UnwritableError("bad_money", "an amount is not a whole number of the smallest currency unit")


def major_to_minor(amount: object, currency: str) -> int:
    """Keap payment amount (a double in major units) → minor units of `currency`, half up."""
    try:
        scaled = Decimal(str(amount)).scaleb(MINOR_DIGITS.get(currency, 2))
        return int(scaled.to_integral_value(rounding=ROUND_HALF_UP))
    except (InvalidOperation, ArithmeticError, ValueError) as error:
        raise UnwritableError("bad_money", "a payment amount is not a number") from error


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights`, to the unit, by largest remainder (ties: first comes first).

    Weights that sum to zero put everything on the first part; no weights give an empty list.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: -((total * weights[i]) % whole))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
