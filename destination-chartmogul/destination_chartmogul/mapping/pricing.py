"""What each item of a Keap order costs: net of discounts, with its share of tax, summing to the order's
total.

Keap's description leaves open where a discount stands, which sign it has, and whether tax is in the prices.
The order's total settles it: the readings are tried in a fixed order, and the first that adds up counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from destination_chartmogul.mapping.money import minor, spread, whole
from destination_chartmogul.mapping.objects import ONE_TIME, SUBSCRIPTION
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


@dataclass(frozen=True)
class Reading:
    """One way to read an order: which field holds a charge's own discount, and whether tax is on top."""

    own_discount: str
    tax_on_top: bool


READINGS = tuple(
    Reading(own_discount, tax_on_top)
    for tax_on_top in (True, False)
    for own_discount in ("discount", "", "special")
)


def price_items(order: Mapping[str, Any]) -> list[PricedItem]:
    """Keap order → its charges, priced.

    Raises UnwritableError `unknown_item_type`, `credit_without_charge`, `order_total_differs`, `bad_money`,
    `malformed_record`.
    """
    items = list(order.get("order_items") or [])
    for item in items:
        if item.get("item_type") not in ITEM_TYPES:
            raise UnwritableError(
                "unknown_item_type", f"order item type {item.get('item_type')!r} is not known"
            )
    if order.get("total") is None:
        return _without_total(items, _instalments(order))
    for reading in READINGS:
        priced = _priced(items, _instalments(order), reading)
        if _adds_up(priced, order):
            return priced
    first = _priced(items, _instalments(order), READINGS[0])
    if items and not first:
        raise UnwritableError("credit_without_charge", "the order holds credits or discounts alone")
    raise UnwritableError(
        "order_total_differs",
        f"lines add up to {sum(p.amount for p in first)}, the order's total is {minor(order['total'])}",
    )


def _without_total(items: Sequence[Item], instalments: bool) -> list[PricedItem]:
    """The charges of an order that tells no total: written when there is but one way to read them."""
    for item in items:
        if (item.get("price_per_unit") or {}).get("amount") is None and _role(item) == CHARGE:
            raise UnwritableError("bad_money", "an order item has no price, and the order no total")
    ways = [_priced(items, instalments, reading) for reading in READINGS]
    if any(way != ways[0] for way in ways):
        text = "the order has no total, without which its lines can be read in several ways"
        raise UnwritableError("order_total_differs", text)
    return ways[0]


def _priced(items: Sequence[Item], instalments: bool, reading: Reading) -> list[PricedItem]:
    priced = [_charge(item, instalments, reading) for item in items if _role(item) == CHARGE]
    charges = [charge for charge in priced if not _is_credit(charge)]
    for credit in filter(_is_credit, priced):
        charges = _taken_off(charges, -credit.net, _same_product(credit.item, charges))
    discounts = [item for item in items if _role(item) == DISCOUNT and discount_amount(item)]
    for item in sorted(discounts, key=lambda d: not _named_targets(d, charges)):
        charges = _with_discount(charges, item)
    tax = sum(line_value(item) for item in items if _role(item) == TAX)
    return _with_tax(charges, tax, reading.tax_on_top)


def _adds_up(priced: Sequence[PricedItem], order: Mapping[str, Any]) -> bool:
    return sum(p.amount for p in priced) == minor(order["total"])


def _role(item: Item) -> str:
    return ITEM_TYPES[item["item_type"]][0]


def _instalments(order: Mapping[str, Any]) -> bool:
    return int((order.get("payment_plan") or {}).get("number_of_payments") or 0) > 1


def quantity_of(item: Item) -> int:
    """ChartMogul refuses a zero quantity, so absent and 0 are 1; the order's total tells whether that is so.

    Raises UnwritableError `malformed_record`.
    """
    quantity = item.get("quantity")
    return 1 if quantity is None else whole(quantity) or 1


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


def _charge(item: Item, instalments: bool, reading: Reading) -> PricedItem:
    """A charge item; Keap does not say whether its own discount is in the price, so the total decides."""
    gross = line_value(item)
    discount = _own_discount(item, gross, reading.own_discount)
    return PricedItem(item, kind_of(item, instalments), gross=gross, discount=discount)


def _own_discount(item: Item, gross: int, field: str) -> int:
    """What the item itself says it is reduced by, at most its price.

    `special` holds an amount, or a percentage when `discount_method` says PERCENT (schema OrderItem).
    """
    if field == "special":
        special = item.get("special") or {}
        amount = Decimal(str(special.get("amount") or 0))
        if special.get("discount_method") == "PERCENT":
            amount = gross * amount / 100
        size = int(abs(amount).to_integral_value(ROUND_HALF_UP))
    else:
        size = abs(minor(item.get(field))) if field else 0
    return min(size, max(gross, 0))


def _is_credit(charge: PricedItem) -> bool:
    """A one-off item below zero is a credit, which ChartMogul takes as a reduction of other lines only."""
    return charge.kind == ONE_TIME and charge.net < 0


def _product_id(item: Item) -> str | None:
    return (item.get("product") or {}).get("id")


def _same_product(item: Item, charges: Sequence[PricedItem]) -> list[int]:
    product = _product_id(item)
    return [i for i, c in enumerate(charges) if product and _product_id(c.item) == product]


def _named_targets(discount: Item, charges: Sequence[PricedItem]) -> list[int]:
    """Indexes of the charges that a discount names; empty when it is for the whole order."""
    target = ITEM_TYPES[discount["item_type"]][1]
    if target == "product" and _product_id(discount):
        return _same_product(discount, charges)
    if target == "shipping":
        return [i for i, c in enumerate(charges) if c.item["item_type"] == "SHIPPING"]
    if target == "subscription":
        return [i for i, c in enumerate(charges) if c.kind == SUBSCRIPTION]
    return []


def _with_discount(charges: Sequence[PricedItem], discount: Item) -> list[PricedItem]:
    targets = _named_targets(discount, charges)
    reduced = _taken_off(charges, discount_amount(discount), targets)
    if discount["item_type"] != "DISCOUNT_FREE_TRIAL":
        return reduced
    on_trial = targets or list(range(len(charges)))
    return [replace(c, trial=True) if i in on_trial else c for i, c in enumerate(reduced)]


def _taken_off(charges: Sequence[PricedItem], amount: int, targets: Sequence[int]) -> list[PricedItem]:
    """`amount` off the targets (none: all) in proportion; what is more than they cost comes off the others.

    A reduction beyond the whole order is cut: no line sinks below zero.
    """
    reduced = list(charges)
    for indexes in (list(targets), list(range(len(charges)))):
        weights = [max(reduced[i].net, 0) for i in indexes]
        part = min(amount, sum(weights))
        for i, share in zip(indexes, spread(part, weights), strict=True):
            reduced[i] = replace(reduced[i], discount=reduced[i].discount + share)
        amount -= part
    return reduced


def _with_tax(charges: Sequence[PricedItem], tax: int, on_top: bool) -> list[PricedItem]:
    """Each charge with its share of the tax, in proportion to what it costs; not on top: out of its price."""
    if not tax:
        return list(charges)
    shares = spread(tax, [max(c.net, 0) for c in charges])
    return [
        replace(c, tax=share, gross=c.gross if on_top else c.gross - share) if share else c
        for c, share in zip(charges, shares, strict=True)
    ]
