"""What an order's lines come to: discounts, tax and total, in integer minor units.

Keap adds discounts and tax to an order as lines of their own (item types DISCOUNT_* and TAX,
https://developer.keap.com, schema OrderItem).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from tests.simulators.keap.rows import Discount, OrderItem

SUBSCRIPTION_ONLY = {"DISCOUNT_FREE_TRIAL", "DISCOUNT_PRODUCT"}


@dataclass(frozen=True, slots=True)
class Basket:
    """Lines without ids, the discounts that apply to them, and the tax rate in percent."""

    lines: tuple[OrderItem, ...]
    discounts: tuple[Discount, ...] = ()
    tax_percent: Decimal | None = None


def share(amount: int, percent: Decimal) -> int:
    """`percent` of an amount, rounded half up to the smallest unit."""
    return int((amount * percent / 100).to_integral_value(ROUND_HALF_UP))


def priced(basket: Basket) -> tuple[OrderItem, ...]:
    """The lines with their discount lines and tax line."""
    items = list(basket.lines)
    for discount in basket.discounts:
        items.append(discount_line(discount, items))
    if basket.tax_percent is not None:
        items.append(tax_line(basket.tax_percent, total(items)))
    return tuple(items)


def total(items: Iterable[OrderItem]) -> int:
    """The sum of lines, less discounts, with tax."""
    return sum(item.amount for item in items)


def discount_line(discount: Discount, items: list[OrderItem]) -> OrderItem:
    """The line that a discount becomes; it never takes off more than is left."""
    chosen = discounted_lines(discount, items)
    base = total(chosen)
    wanted = share(base, discount.percent) if discount.percent is not None else discount.amount or 0
    line = OrderItem(0, discount.item_type, discount.name, 1, 0, discount=min(wanted, total(items)))
    line = replace(line, special_percent=discount.percent)
    if discount.item_type == "DISCOUNT_PRODUCT":
        return replace(line, product_id=chosen[0].product_id)
    return line


def discounted_lines(discount: Discount, items: list[OrderItem]) -> list[OrderItem]:
    """The lines that a discount looks at: the subscription's, or all of them."""
    if discount.item_type in SUBSCRIPTION_ONLY:
        return [item for item in items if item.item_type == "SUBSCRIPTION"]
    return items


def tax_line(percent: Decimal, net: int) -> OrderItem:
    """The tax on the net sum, as one line."""
    return OrderItem(0, "TAX", f"Sales tax {percent}%", 1, share(net, percent))
