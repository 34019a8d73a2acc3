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


def whole(value: object) -> int:
    """A count, as a number or as text. Raises UnwritableError `malformed_record` for a fraction or a truth
    value.
    """
    try:
        exact = Decimal(str(value))
        if exact == exact.to_integral_value():
            return int(exact)
    except (InvalidOperation, ArithmeticError):
        pass
    raise UnwritableError("malformed_record", f"{value!r} is not a whole number")


def scaled(amount: object, digits: int) -> int:
    """A plain number (a double or text) times 10 to the power of `digits`, half away from zero."""
    try:
        exact = Decimal(str(amount)).scaleb(digits)
        return int(exact.to_integral_value(rounding=ROUND_HALF_UP))
    except (InvalidOperation, ArithmeticError, ValueError) as error:
        raise UnwritableError("bad_money", "a payment amount is not a number") from error


def digits_of(currency: str) -> int:
    """How many digits the currency has after the point: 2, 0 for the yen, 3 for the dinar."""
    return MINOR_DIGITS.get(currency, 2)


def rescaled(amount: int, digits: int, wanted: int) -> int:
    """An amount of a currency with `digits` after the point, with `wanted` instead; half away from zero."""
    return scaled(amount, wanted - digits)


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
