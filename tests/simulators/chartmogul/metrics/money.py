"""Rounding and exchange rates."""

import math
from collections.abc import Mapping
from datetime import date
from fractions import Fraction

Amount = int | Fraction
Rates = Mapping[date, Mapping[str, Fraction]]


def whole_cents(amount: Amount) -> int:
    """The nearest whole cent, ties away from zero.

    Source: https://dev.chartmogul.com/docs/how-mrr-is-calculated-from-prorated-invoices ("rounded to the
    closest integer value, in cents").
    """
    nearest = math.floor(abs(Fraction(amount)) + Fraction(1, 2))
    return nearest if amount >= 0 else -nearest


def divided(amount: int, by: int) -> int:
    """`whole_cents` of a division by a positive whole number, in whole numbers only."""
    nearest = (2 * abs(amount) + by) // (2 * by)
    return nearest if amount >= 0 else -nearest


def shown(amount: Amount) -> int:
    """What the API prints of a converted amount: it truncates, as recorded (10908.61 became 10908)."""
    return math.trunc(amount)


def rate(rates: Rates, currency: str, account_currency: str, day: date) -> Amount:
    """Units of the account's currency for one unit of `currency`: the latest rates on or before the day.

    Rates are units for one USD. Without any rate for the day, the earliest later one counts; without any at
    all, one to one.
    """
    if currency == account_currency:
        return 1
    into, out_of = _per_dollar(rates, account_currency, day), _per_dollar(rates, currency, day)
    return Fraction(into) / out_of


def _per_dollar(rates: Rates, currency: str, day: date) -> Amount:
    if currency == "USD":
        return 1
    known = sorted(each for each, table in rates.items() if currency in table)
    if not known:
        return 1
    past = [each for each in known if each <= day]
    return rates[past[-1] if past else known[0]][currency]
