"""What REST v1 shows of orders, of transactions with the orders inside, and of an order's payments."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.declines import DECLINES
from tests.simulators.keap.billing.rows import OrderPayment, Transaction
from tests.simulators.keap.billing.transactions import signed
from tests.simulators.keap.order_views import (
    INVOICE_ID_STEP,
    product_of_item,
    shown_discount,
    shown_subscription,
)
from tests.simulators.keap.rows import Contact, Order, OrderItem, PaymentPlan, Plan
from tests.simulators.keap.v1.wording import CYCLE_CODES, time
from tests.simulators.keap.wording import Json, Wording

PERCENT, AMOUNT = 1, 0
SOURCES = {"QUICKBOOKS": "QBO_SYNC"}


def order(account: Account, row: Order, say: Wording) -> Json:
    """An EcommerceReportingOrder."""
    paid = row.total_paid - (row.refund_total if say.total_paid == "net" else 0)
    return say.known(
        {
            "id": row.id,
            "title": row.title,
            "status": row.status,
            "recurring": any(item.subscription_id is not None for item in row.items),
            "source_type": SOURCES.get(row.source_type, row.source_type),
            "order_type": "Online",
            "contact": buyer(account.contacts.get(row.contact_id), row.contact_id, say),
            "contact_id": str(row.contact_id),
            "order_date": time(row.order_time),
            "creation_date": time(row.creation_time),
            "modification_date": time(row.modification_time),
            "total": say.major(row.total),
            "total_due": say.major(row.total),
            "total_paid": say.major(paid),
            "refund_total": say.major(row.refund_total),
            "lead_affiliate_id": 0,
            "sales_affiliate_id": 0,
            "allow_payment": True,
            "allow_paypal": False,
            "order_items": [item(account, each, say) for each in row.items],
            "payment_plan": payment_plan(row.payment_plan, say) if row.payment_plan else None,
        }
    )


def buyer(contact: Contact | None, contact_id: int, say: Wording) -> Json:
    """The order's contact; only the id when that contact was deleted."""
    if contact is None:
        return {"id": contact_id}
    names = {"first_name": contact.given_name, "last_name": contact.family_name}
    return say.known({"id": contact.id, "email": contact.email, **names, "company_name": contact.company})


def item(account: Account, row: OrderItem, say: Wording) -> Json:
    """An EcommerceReportingOrderItem, with the names in camel case that v1 leaks."""
    is_discount = row.item_type.startswith("DISCOUNT")
    discount, price = shown_discount(row, say) if is_discount else (0, row.price)
    bought = shown_subscription(row, say)
    of_plan = account.plans.get(row.plan_id) if row.plan_id else None
    product = product_of_item(account, row)
    return say.known(
        {
            "id": row.id,
            "name": row.name,
            "type": row.item_type,
            "quantity": row.quantity,
            "price": say.major(price),
            "cost": 0.0,
            "discount": say.major(discount),
            "product": {**product, "id": int(product["id"])} if product else None,
            "jobRecurringId": int(bought) if bought else None,
            "subscriptionPlan": plan(of_plan, say) if of_plan else None,
            **(special(row, say) if is_discount else {}),
        }
    )


def special(row: OrderItem, say: Wording) -> Json:
    """What a discount takes off: percent, or an amount in major units."""
    if row.special_percent is not None:
        return {"specialId": 0, "specialAmount": float(row.special_percent), "specialPctOrAmt": PERCENT}
    return {"specialId": 0, "specialAmount": say.major(row.discount), "specialPctOrAmt": AMOUNT}


def plan(row: Plan, say: Wording) -> Json:
    """The plan inside an order item."""
    return {
        "id": row.id,
        "active": row.active,
        "cycle": CYCLE_CODES[row.cycle],
        "frequency": row.frequency,
        "number_of_cycles": row.cycles,
        "plan_price": say.major(row.price),
        "prorate": False,
        "subscription_plan_index": 0,
        "subscription_plan_name": row.name,
    }


def payment_plan(row: PaymentPlan, say: Wording) -> Json:
    """How an order is paid in parts; v1 does not show the parts."""
    return {
        "auto_charge": True,
        "days_between_payments": row.days_between_payments,
        "days_between_retries": 2,
        "max_charge_attempts": 3,
        "number_of_payments": len(row.instalments),
        "initial_payment_amount": say.major(row.instalments[0].amount_due),
        "initial_payment_date": row.start_date.isoformat(),
        "plan_start_date": row.start_date.isoformat(),
    }


def transaction(account: Account, row: Transaction, say: Wording) -> Json:
    """An EcommerceReportingTransaction: `order_ids` is a text, the orders themselves are inside."""
    decline = DECLINES.get(row.reason)
    paid_for = account.orders.get(row.order_id)
    return say.known(
        {
            "id": row.id,
            "amount": say.major(signed(row, say.refund_sign == "negative")),
            "currency": account.profile.currency_code,
            "contact_id": row.contact_id,
            "status": row.status,
            "type": row.method,
            "gateway": "Stripe",
            "gateway_account_name": "Stripe",
            "errors": decline.details if decline else None,
            "test": False,
            "order_ids": str(row.order_id),
            "orders": [order(account, paid_for, say)] if paid_for else [],
            "paymentDate": time(row.time),
            "transaction_date": time(row.time),
        }
    )


def order_payment(row: OrderPayment, say: Wording) -> Json:
    """An InvoicePayment."""
    sign = -1 if row.refunds is not None and say.refund_sign == "negative" else 1
    return say.known(
        {
            "id": row.id,
            "amount": sign * say.major(row.amount),
            "invoice_id": row.order_id + INVOICE_ID_STEP,
            "payment_id": row.payment_id,
            "refund_invoice_payment_id": row.refunds,
            "pay_status": row.status,
            "pay_date": time(row.time),
            "last_updated": time(row.update_time),
            "note": row.note,
            "skip_commission": False,
        }
    )
