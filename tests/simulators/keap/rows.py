"""What the simulated Keap account holds, one frozen dataclass per kind of record.

Money is an integer in the smallest unit of the account's currency; ids are integers (the views make the
strings of REST v2); instants are aware datetimes in UTC; pure dates are dates in the account's zone.
Fields marked "hidden" steer the billing engine and are never served: Keap has no such attribute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

CARD, CREDIT = "Credit Card", "Credit"
PAYMENT_TYPES = (CARD, CREDIT, "Cash", "Check", "Money Order")


@dataclass(frozen=True, slots=True)
class Declined:
    """How a gateway declines: a key of the table of reasons, and the retry that goes through (None: none)."""

    reason: str = "card_declined"
    recovers_at: int | None = None


class Row(Protocol):
    """A record with the id under which its table keeps it."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country_code` is ISO 3166-1 alpha-3, `region_code` ISO 3166-2."""

    line1: str
    locality: str
    region: str
    region_code: str
    country_code: str
    zip_code: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person: lead or customer, Keap does not tell the two apart."""

    id: int
    given_name: str
    family_name: str
    email: str
    company: str
    phone: str
    address: Address | None
    create_time: datetime
    update_time: datetime
    company_id: int = 0
    owner_id: int = 1
    lead_source_id: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A product's subscription plan: price for `frequency` cycles of `cycle` (DAY, WEEK, MONTH, YEAR)."""

    id: int
    product_id: int
    name: str
    cycle: str
    frequency: int
    price: int
    active: bool = True
    cycles: int = 0  # 0: without end


@dataclass(frozen=True, slots=True)
class Product:
    """Something sold, once or by subscription."""

    id: int
    name: str
    sku: str
    price: int
    description: str
    subscription_only: bool
    create_time: datetime
    update_time: datetime
    active: bool = True
    taxable: bool = True
    shippable: bool = False


@dataclass(frozen=True, slots=True)
class Discount:
    """A reduction of orders. Either `percent` or `amount`; `orders_left` None means for ever."""

    item_type: str
    percent: Decimal | None = None
    amount: int | None = None
    orders_left: int | None = None
    name: str = "Discount"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A recurring order of one contact. `price` is per unit and per bill, before discounts and tax."""

    id: int
    contact_id: int
    product_id: int
    plan_id: int
    quantity: int
    price: int
    cycle: str
    frequency: int
    start_date: date
    next_bill_date: date
    modification_time: datetime
    last_bill_date: date | None = None
    end_date: date | None = None
    active: bool = True
    auto_charge: bool = True
    reason_stopped: str = ""
    promo_code: str = ""
    tax_percent: Decimal | None = None
    bill_day: int = 1  # hidden: day of the month that billing returns to after a short month
    discounts: tuple[Discount, ...] = ()  # hidden
    charges_to_fail: int | None = 0  # hidden: how many next bills the card declines; None = until told
    declined: Declined = Declined()  # hidden: how it declines them
    max_charge_attempts: int = 3
    days_between_retries: int = 2
    card_id: int | None = None  # None: the contact's first card
    ends_by_plan: bool = False  # hidden: end_date follows from the number of cycles


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order. `discount` is the positive amount that a DISCOUNT_* line takes off."""

    id: int
    item_type: str
    name: str
    quantity: int
    price: int
    product_id: int | None = None
    plan_id: int | None = None
    subscription_id: int | None = None
    first_of_subscription: bool = False  # hidden: the line of the order that the subscription was bought with
    discount: int = 0
    special_percent: Decimal | None = None

    @property
    def amount(self) -> int:
        """What the line adds to the order's total: negative for a discount."""
        return self.price * self.quantity - self.discount


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a payment plan."""

    due_date: date
    amount_due: int
    amount_paid: int = 0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """How one order is paid in parts; not recurring revenue."""

    start_date: date
    days_between_payments: int
    instalments: tuple[Instalment, ...]
    auto_charge: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """An order, which in Keap is also the invoice. `total_paid` is gross of refunds."""

    id: int
    contact_id: int
    title: str
    order_time: datetime
    creation_time: datetime
    modification_time: datetime
    items: tuple[OrderItem, ...]
    total: int
    total_paid: int = 0
    refund_total: int = 0
    source_type: str = "CHECKOUT_FORM"
    promo_code: str = ""
    draft: bool = False
    payment_plan: PaymentPlan | None = None
    due_time: datetime | None = None
    credited: bool = False
    written_off: bool = False

    @property
    def status(self) -> str:
        """DRAFT, SENT (open) or PAID; Keap has no status for refunded, failed or void."""
        if self.draft:
            return "DRAFT"
        return "PAID" if self.total_paid >= self.total else "SENT"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that arrived (or went back: `refunds` names the payment that a refund returns)."""

    id: int
    contact_id: int
    order_id: int
    amount: int
    payment_time: datetime
    update_time: datetime
    status: str = "COMPLETED"
    refund_payment_id: int | None = None
    refunds: int | None = None  # hidden: a refund's row is known by its type label and its sign only
    kind: str = CARD
    card_id: int | None = None  # None: the contact's first card
    voided: bool = False  # hidden: a refund that the gateway made as a void

    @property
    def by_hand(self) -> bool:
        """Did no gateway take part, as with cash or a credit?"""
        return self.kind != CARD
