"""Cents as people read them, and how many digits a currency's smallest unit has."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

# ISO 4217: currencies whose smallest unit is not a hundredth.
EXPONENTS = {
    **dict.fromkeys(("JPY", "KRW", "CLP", "VND", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF", "RWF"), 0),
    **dict.fromkeys(("BHD", "KWD", "OMR", "JOD", "TND", "IQD", "LYD"), 3),
}


def exponent(currency: str) -> int:
    """Digits behind the point: 2 for USD, 0 for JPY."""
    return EXPONENTS.get(currency, 2)


def money(cents: int, currency: str) -> str:
    """`1,234.50`, without the currency's name; `0.00` has no sign."""
    digits = exponent(currency)
    major, minor = divmod(abs(cents), 10**digits)
    sign = "-" if cents < 0 else ""
    return f"{sign}{major:,}" + (f".{minor:0{digits}d}" if digits else "")


def plain(cents: int, currency: str) -> str:
    """`1234.50`: for programs, without separators."""
    return money(cents, currency).replace(",", "")


def cents_of(amount: str, currency: str) -> int:
    """`0.50` → 50. Raises ValueError for what is no amount, is below zero or has too many digits."""
    try:
        cents = Decimal(amount).scaleb(exponent(currency))
    except InvalidOperation as error:
        raise ValueError(f"'{amount}' is no amount") from error
    if not cents.is_finite() or cents < 0 or cents != cents.to_integral_value():
        raise ValueError(f"'{amount}' is no amount in {currency} with at most {exponent(currency)} decimals")
    return int(cents)


def signed(cents: int, currency: str) -> str:
    """As `money`, with a plus sign when positive."""
    return ("+" if cents > 0 else "") + money(cents, currency)
