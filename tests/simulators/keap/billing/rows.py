"""What the account holds of the money side, one frozen dataclass per kind of record.

Money is an integer in the smallest unit of the account's currency; instants are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Attempt:
    """A charge that the gateway declined; `reason` is a key of the table of declines."""

    id: int
    order_id: int
    contact_id: int
    amount: int
    at: datetime
    reason: str
    card_id: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """One thing asked of a gateway, or written by hand: computed from a payment or a declined charge.

    `amount` is never negative; `id` is unknown to REST v2 and shown by REST v1 only.
    """

    id: int
    contact_id: int
    order_id: int
    amount: int
    time: datetime
    method: str
    status: str
    card_id: int
    payment_id: int | None = None
    reason: str = ""
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class OrderPayment:
    """How one payment was applied to one order, or, if the account shows them, a declined charge."""

    id: int
    order_id: int
    amount: int
    time: datetime
    update_time: datetime
    status: str
    payment_id: int | None = None
    refunds: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A payment method; the only type that Keap names is a card. `update_time` is not served."""

    id: int
    contact_id: int
    created_time: datetime
    brand: str
    last_four: str
    expiration_year: int
    expiration_month: int
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant account: where cards are charged."""

    id: int
    name: str
    type: str
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A product category; `parent_id` None for one at the top."""

    id: int
    name: str
    display_order: int
    product_ids: tuple[int, ...] = ()
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """A condition of an offered discount, such as a promo code: `fields` by their names in REST v2."""

    id: int
    type: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount that the shop offers. Which fields count depends on the list (`kind`) that it is in."""

    id: int
    kind: str
    name: str
    description: str = ""
    criteria: tuple[Criterion, ...] = ()
    discount_type: str = "PERCENT"
    discount_value: Decimal = Decimal(0)
    strategy: str = "GROSS"
    apply_to_commissions: bool = False
    product_id: int | None = None
    category_ids: tuple[int, ...] = field(default=())
    plan_id: int | None = None
    free_trial_days: int = 0
    hide_price: bool = False
