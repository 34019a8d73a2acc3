"""What each order item type of Keap means for MRR (https://developer.keap.com/docs/restv2/, OrderItem)."""

from __future__ import annotations

RECURRING = "recurring"
ONE_TIME = "one time"
SHIPPING = "shipping"
TAX = "tax"
DISCOUNT = "discount"

ITEM_KINDS: dict[str, str] = {
    "SUBSCRIPTION": RECURRING,
    "PROGRAM": RECURRING,
    "PRODUCT": ONE_TIME,
    "SERVICE": ONE_TIME,
    "UPSELL": ONE_TIME,
    "FINANCE_CHARGE": ONE_TIME,
    "TIP": ONE_TIME,
    "OTHER": ONE_TIME,
    "FEE": ONE_TIME,
    "SHIPPING": SHIPPING,
    "TAX": TAX,
    "DISCOUNT": DISCOUNT,
    "DISCOUNT_PRODUCT": DISCOUNT,
    "DISCOUNT_PRODUCT_CATEGORY": DISCOUNT,
    "DISCOUNT_ORDER_TOTAL": DISCOUNT,
    "DISCOUNT_SHIPPING": DISCOUNT,
    "DISCOUNT_FREE_TRIAL": DISCOUNT,
}

CHARGES = frozenset({RECURRING, ONE_TIME, SHIPPING})
CREDIT = "CREDIT"  # ours: a one-off item below zero
FOR_ONE_PRODUCT = frozenset({"DISCOUNT", "DISCOUNT_PRODUCT", CREDIT})

VOID = frozenset({"WRITTEN_OFF", "WRITE_OFF", "WRITTENOFF", "3", "VOID", "VOIDED"})
"""Order.refund_status of an order that is not asked for any more; ChartMogul leaves it out. v2 publishes no
values, XML-RPC has numbers: https://developer.infusionsoft.com/docs/table-schema/ (Invoice, RefundStatus).
"""
