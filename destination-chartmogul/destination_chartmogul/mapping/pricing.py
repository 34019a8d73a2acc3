"""What each item of a Keap order costs: net of discounts, with its share of tax, summing to the order's
total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from destination_chartmogul.mapping.money import minor, spread
from destination_chartmogul.mapping.objects import SUBSCRIPTION
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.vocabulary import CHARGE, DISCOUNT, ITEM_TYPES, TAX

Item = Mapping[str, Any]


@dataclass(frozen=True)
class PricedItem:
    """A charge of the order. All money in minor units; `amount` = gross − discount + tax."""

    item: Item
    kind: str
    gross: int
    discount: int = 0
    tax: int = 0
    trial: bool = False

    @property
    def net(self) -> int:
        """Without tax."""
        return self.gross - self.discount

    @property
    def amount(self) -> int:
        """With tax."""
        return self.net + self.tax


def price_items(order: Mapping[str, Any]) -> list[PricedItem]:
    """Keap order → its charges, priced.

    Raises UnwritableError `unknown_item_type` and `order_total_differs`.
    """
    items = list(order.get("order_items") or [])
    for item in items:
        if item.get("item_type") not in ITEM_TYPES:
            raise UnwritableError(
                "unknown_item_type", f"order item type {item.get('item_type')!r} is not known"
            )
    for own_discount in (True, False):
        priced = _priced(items, bool(_instalments(order)), own_discount)
        if _adds_up(priced, order):
            return priced
    raise UnwritableError(
        "order_total_differs",
        f"lines add up to {sum(p.amount for p in priced)}, the order's total is {minor(order['total'])}",
    )


def _priced(items: Sequence[Item], instalments: bool, own_discount: bool) -> list[PricedItem]:
    charges = [_charge(item, instalments, own_discount) for item in items if _role(item) == CHARGE]
    discounts = [item for item in items if _role(item) == DISCOUNT and discount_amount(item)]
    for item in sorted(discounts, key=lambda d: not _named_targets(d, charges)):
        charges = _with_discount(charges, item)
    return _with_tax(charges, sum(line_value(item) for item in items if _role(item) == TAX))


def _adds_up(priced: Sequence[PricedItem], order: Mapping[str, Any]) -> bool:
    return order.get("total") is None or sum(p.amount for p in priced) == minor(order["total"])


def _role(item: Item) -> str:
    return ITEM_TYPES[item["item_type"]][0]


def _instalments(order: Mapping[str, Any]) -> bool:
    return int((order.get("payment_plan") or {}).get("number_of_payments") or 0) > 1


def quantity_of(item: Item) -> int:
    """ChartMogul refuses a zero quantity, so absent and 0 are 1."""
    return int(item.get("quantity") or 1)


def line_value(item: Item) -> int:
    """Price × quantity in minor units."""
    return minor(item.get("price_per_unit")) * quantity_of(item)


def discount_amount(item: Item) -> int:
    """A discount item's size, positive: its `discount` when it has one, else its price.

    Keap's description leaves the sign and the place open, so both are read.
    """
    return abs(minor(item.get("discount"))) or abs(line_value(item))


def kind_of(item: Item, instalments: bool) -> str:
    """subscription or one_time. Instalments of a product are never recurring revenue."""
    kind = ITEM_TYPES[item["item_type"]][1]
    if item.get("subscription_id") and not (instalments and item["item_type"] == "PRODUCT"):
        return SUBSCRIPTION
    return kind


def _charge(item: Item, instalments: bool, own_discount: bool) -> PricedItem:
    """A charge item; Keap does not say whether its own `discount` is in the price, so the total decides."""
    discount = abs(minor(item.get("discount"))) if own_discount else 0
    return PricedItem(item, kind_of(item, instalments), gross=line_value(item), discount=discount)


def _product_id(item: Item) -> str | None:
    return (item.get("product") or {}).get("id")


def _named_targets(discount: Item, charges: Sequence[PricedItem]) -> list[int]:
    """Indexes of the charges that a discount names; empty when it is for the whole order."""
    target = ITEM_TYPES[discount["item_type"]][1]
    if target == "product" and _product_id(discount):
        return [i for i, c in enumerate(charges) if _product_id(c.item) == _product_id(discount)]
    if target == "shipping":
        return [i for i, c in enumerate(charges) if c.item["item_type"] == "SHIPPING"]
    if target == "subscription":
        return [i for i, c in enumerate(charges) if c.kind == SUBSCRIPTION]
    return []


def _with_discount(charges: Sequence[PricedItem], discount: Item) -> list[PricedItem]:
    targets = _named_targets(discount, charges) or list(range(len(charges)))
    shares = dict(
        zip(targets, spread(discount_amount(discount), [charges[i].net for i in targets]), strict=True)
    )
    trial = discount["item_type"] == "DISCOUNT_FREE_TRIAL"
    return [
        replace(c, discount=c.discount + shares[i], trial=c.trial or trial) if i in shares else c
        for i, c in enumerate(charges)
    ]


def _with_tax(charges: Sequence[PricedItem], tax: int) -> list[PricedItem]:
    shares = spread(tax, [c.net for c in charges])
    return [replace(c, tax=share) for c, share in zip(charges, shares, strict=True)]
