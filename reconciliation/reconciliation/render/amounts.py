"""Cents as people read them."""

from __future__ import annotations

from reconciliation.keap_mrr.contracted import EXPONENTS


def money(cents: int, currency: str) -> str:
    """`1,234.50`, without the currency's name; `0.00` has no sign."""
    exponent = EXPONENTS.get(currency, 2)
    major, minor = divmod(abs(cents), 10**exponent)
    sign = "-" if cents < 0 else ""
    return f"{sign}{major:,}" + (f".{minor:0{exponent}d}" if exponent else "")


def signed(cents: int, currency: str) -> str:
    """As `money`, with a plus sign when positive."""
    return ("+" if cents > 0 else "") + money(cents, currency)
