"""What Keap's description leaves open about its amounts, decided from the account's own data.

`billing_amount` of a subscription is a plain number: of one unit or of all, in dollars or in cents; the
`amount` of a payment likewise. Orders state their money in the smallest unit, so each subscription with an
order, and each order with one payment, is a vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from destination_chartmogul.mapping.money import digits_of

Record = Mapping[str, Any]
MAJOR, MINOR = "major", "minor"
UNIT, LINE = "unit", "line"
BILLING_READINGS = ((UNIT, MAJOR), (LINE, MAJOR), (UNIT, MINOR), (LINE, MINOR))


@dataclass(frozen=True)
class Conventions:
    """How the plain numbers are read; the defaults hold when the data shows nothing."""

    billing_amount_per: str = UNIT
    billing_amount_in: str = MAJOR
    payments_in: str = MAJOR


@dataclass(frozen=True)
class Decision:
    """Conventions with how many records agree with them, of how many that could tell."""

    conventions: Conventions
    subscriptions: tuple[int, int] = (0, 0)
    payments: tuple[int, int] = (0, 0)

    def sentences(self) -> list[str]:
        """What was decided, for the log; nothing where no record could tell."""
        chosen, found = self.conventions, []
        if self.subscriptions[1]:
            per = "one unit" if chosen.billing_amount_per == UNIT else "the whole quantity"
            text = f"billing_amount is read as the price of {per} in {chosen.billing_amount_in} units"
            found.append(f"{text}: {_share(self.subscriptions)} subscriptions agree with their orders.")
        if self.payments[1]:
            text = f"Payment amounts are read in {chosen.payments_in} units"
            found.append(f"{text}: {_share(self.payments)} payments agree with their orders.")
        return found


def decide(
    subscriptions: Iterable[tuple[Record, Record]],
    payments: Iterable[tuple[Record, Record]],
    currency: str,
    fixed: Mapping[str, str],
) -> Decision:
    """`subscriptions`: (subscription, a subscription item of its orders); `payments`: (payment, its order).

    `fixed` holds what the configuration says, by field of Conventions.
    """
    bills = Counter[tuple[str, str]]()
    money = Counter[str]()
    told_bills = told_money = 0
    for subscription, item in subscriptions:
        fitting = _fitting_readings(subscription, _price(item), currency)
        told_bills += bool(fitting)
        bills.update(fitting)
    for payment, order in payments:
        units = _fitting_units(payment, _money(order.get("total")), currency)
        told_money += bool(units)
        money.update(units)
    per, unit = max((r for r in BILLING_READINGS if _is_allowed(r, fixed)), key=lambda r: bills[r])
    paid_in = fixed.get("payments_in") or max((MAJOR, MINOR), key=lambda u: money[u])
    chosen = Conventions(per, unit, paid_in)
    return Decision(chosen, (bills[per, unit], told_bills), (money[paid_in], told_money))


def _fitting_readings(subscription: Record, price: int | None, currency: str) -> list[tuple[str, str]]:
    """The readings of billing_amount that give the price of the subscription's order."""
    if not price:
        return []
    return [each for each in BILLING_READINGS if billing_amount(subscription, each, currency) == price]


def _fitting_units(payment: Record, total: int | None, currency: str) -> list[str]:
    """The units in which a payment is the total of the order that it alone paid."""
    if not total:
        return []
    return [unit for unit in (MAJOR, MINOR) if _smallest(payment.get("amount"), unit, currency) == total]


def _share(agreeing: tuple[int, int]) -> str:
    return f"{agreeing[0]} of {agreeing[1]}"


def _is_allowed(reading: tuple[str, str], fixed: Mapping[str, str]) -> bool:
    wanted = fixed.get("billing_amount_per"), fixed.get("billing_amount_in")
    return all(want in (None, is_) for want, is_ in zip(wanted, reading, strict=True))


def billing_amount(subscription: Record, reading: tuple[str, str], currency: str) -> int | None:
    """A subscription's price of one interval for all units, in the smallest currency unit."""
    per, unit = reading
    amount = _smallest(subscription.get("billing_amount"), unit, currency)
    quantity = _quantity(subscription)
    return amount if amount is None or per == LINE else amount * quantity


def _smallest(amount: Any, unit: str, currency: str) -> int | None:
    """A plain number in the smallest unit; None when it is none or has a fraction of that unit."""
    try:
        scaled = Decimal(str(amount)).scaleb(digits_of(currency) if unit == MAJOR else 0)
        return int(scaled) if scaled == scaled.to_integral_value() else None
    except (InvalidOperation, ArithmeticError, ValueError):
        return None


def _price(item: Record) -> int | None:
    amount = _money(item.get("price_per_unit"))
    return None if amount is None else amount * _quantity(item)


def _money(value: Any) -> int | None:
    return _smallest(value.get("amount"), MINOR, "") if isinstance(value, Mapping) else None


def _quantity(record: Record) -> int:
    quantity = record.get("quantity")
    return quantity if isinstance(quantity, int) and quantity else 1
