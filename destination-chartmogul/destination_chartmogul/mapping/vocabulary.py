"""Keap's words as frozen tables; a word that is not in its table is a reject, never a guess.

Sources: Keap REST v2 description (https://developer.infusionsoft.com/docs/restv2/), schemas Subscription,
SubscriptionPlan, OrderItem, Payment; ChartMogul plans take day, month and year only
(https://help.chartmogul.com/hc/en-us/articles/207290919: a week is 7 days).
"""

from __future__ import annotations

from types import MappingProxyType

from destination_chartmogul.mapping.objects import ONE_TIME, SUBSCRIPTION, VOIDED, WRITTEN_OFF

# Subscription.billing_cycle and SubscriptionPlan.cycle_type / billing_cycle: (how many, of what)
CYCLES = MappingProxyType(
    {
        "YEAR": (1, "year"),
        "YEARLY": (1, "year"),
        "MONTH": (1, "month"),
        "MONTHLY": (1, "month"),
        "WEEK": (7, "day"),
        "WEEKLY": (7, "day"),
        "DAY": (1, "day"),
        "DAILY": (1, "day"),
    }
)

CHARGE, TAX, DISCOUNT = "charge", "tax", "discount"

# OrderItem.item_type: (what the item does to the order, kind of ChartMogul line or discount target)
ITEM_TYPES = MappingProxyType(
    {
        "SUBSCRIPTION": (CHARGE, SUBSCRIPTION),
        "PROGRAM": (CHARGE, SUBSCRIPTION),
        "PRODUCT": (CHARGE, ONE_TIME),
        "SERVICE": (CHARGE, ONE_TIME),
        "UPSELL": (CHARGE, ONE_TIME),
        "SHIPPING": (CHARGE, ONE_TIME),
        "FINANCE_CHARGE": (CHARGE, ONE_TIME),
        "TIP": (CHARGE, ONE_TIME),
        "OTHER": (CHARGE, ONE_TIME),
        "FEE": (CHARGE, ONE_TIME),
        "TAX": (TAX, ""),
        "DISCOUNT": (DISCOUNT, "product"),
        "DISCOUNT_PRODUCT": (DISCOUNT, "product"),
        "DISCOUNT_PRODUCT_CATEGORY": (DISCOUNT, "all"),
        "DISCOUNT_ORDER_TOTAL": (DISCOUNT, "all"),
        "DISCOUNT_SHIPPING": (DISCOUNT, "shipping"),
        "DISCOUNT_FREE_TRIAL": (DISCOUNT, "subscription"),
    }
)

# Order.status: may the order be a draft, which is no bill until somebody pays? Keap's description has these
# four alone; none says that an order is void, refunded or failed.
ORDER_STATUSES = MappingProxyType({"DRAFT": True, "SENT": False, "VIEWED": False, "PAID": False})

# Payment.status: is the money there? PENDING waits; a word that is not here rejects the payment.
PAYMENT_STATUSES = MappingProxyType({"COMPLETED": True, "APPROVED": True, "NONE": True, "PENDING": False})

# TransactionV2.status: FAILED and ERROR are attempts that brought nothing; the others show as payments.
ATTEMPT_FAILED = MappingProxyType(
    {"FAILED": True, "ERROR": True, "APPROVED": False, "PENDING": False, "NONE": False}
)

# Order.refund_status is a text without published values; XML-RPC knows written off and partly written off
# (https://developer.infusionsoft.com/docs/table-schema/, table Invoice, RefundStatus). The rest says nothing
# that transactions do not say; neither does a part that was written off.
INVOICE_STATUSES = MappingProxyType(
    dict.fromkeys(("WRITTEN_OFF", "WRITE_OFF", "WRITTENOFF", "3"), WRITTEN_OFF)
    | {"VOID": VOIDED, "VOIDED": VOIDED}
)

# ISO 4217 currencies whose smallest unit is not a hundredth.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
MINOR_DIGITS = MappingProxyType(dict.fromkeys(_WHOLE.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3))
