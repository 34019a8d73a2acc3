"""Amounts as people read them, and how many digits stand behind the point.

Keap states amounts in the currency's smallest unit. ChartMogul counts hundredths of every currency, yen and
dinars too, unless the destination's `amounts` says `smallest_unit`; the audit's figures are in its units.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

HUNDREDTHS = 2

# ISO 4217: currencies whose smallest unit is not a hundredth.
WHOLE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV")
THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
EXPONENTS = {
    **dict.fromkeys((*WHOLE, "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(THOUSANDTHS, 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def exponent(currency: str) -> int:
    """Digits behind the point of Keap's amounts: 2 for USD, 0 for JPY."""
    return EXPONENTS.get(currency.upper(), HUNDREDTHS)


def money(cents: int, digits: int) -> str:
    """`1,234.50` with two digits behind the point, without the currency's name; `0.00` has no sign."""
    major, minor = divmod(abs(cents), 10**digits)
    sign = "-" if cents < 0 else ""
    return f"{sign}{major:,}" + (f".{minor:0{digits}d}" if digits else "")


def plain(cents: int, digits: int) -> str:
    """`1234.50`: for programs, without separators."""
    return money(cents, digits).replace(",", "")


def cents_of(amount: str, digits: int) -> int:
    """`0.50` → 50. Raises ValueError for what is no amount, is below zero or has too many digits."""
    try:
        cents = Decimal(amount).scaleb(digits)
    except InvalidOperation as error:
        raise ValueError(f"'{amount}' is no amount") from error
    if not cents.is_finite() or cents < 0 or cents != cents.to_integral_value():
        raise ValueError(f"'{amount}' is no amount with at most {digits} decimals")
    return int(cents)


def signed(cents: int, digits: int) -> str:
    """As `money`, with a plus sign when positive."""
    return ("+" if cents > 0 else "") + money(cents, digits)
