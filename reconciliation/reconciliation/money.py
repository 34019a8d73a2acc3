"""Cents as people read them, and how many digits a currency's smallest unit has."""

from __future__ import annotations

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


def signed(cents: int, currency: str) -> str:
    """As `money`, with a plus sign when positive."""
    return ("+" if cents > 0 else "") + money(cents, currency)
