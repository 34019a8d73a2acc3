"""What REST v2 shows of orders: OrderV2, OrderItem, PaymentPlan."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.custom_fields import values_view
from tests.simulators.keap.rows import Contact, Instalment, Order, OrderItem, PaymentPlan
from tests.simulators.keap.views import plan_view
from tests.simulators.keap.wording import Json, Wording

INVOICE_ID_STEP = 1_000_000


def order_view(account: Account, order: Order, say: Wording) -> Json:
    """An OrderV2. `total_due` is what the order asks for, not the open balance (the vendor says so)."""
    paid = order.total_paid - (order.refund_total if say.total_paid == "net" else 0)
    return say.known(
        {
            "id": str(order.id),
            "invoice_id": str(order.id + INVOICE_ID_STEP),
            "title": order.title,
            "status": order.status,
            "order_type": "ONLINE",
            "source_type": order.source_type,
            "contact": basic_contact(account.contacts.get(order.contact_id), order.contact_id, say),
            "order_time": say.time(order.order_time),
            "creation_time": say.time(order.creation_time),
            "modification_time": say.time(order.modification_time),
            "total": say.money(order.total),
            "total_due": say.money(order.total),
            "total_paid": say.money(paid),
            "refund_total": say.money(order.refund_total),
            "refund_status": refund_status(order, say),
            "credit_status": "CREDIT" if order.credited else "NONE",
            "due_time": say.time(order.due_time) if order.due_time else None,
            "lead_affiliate_id": "0",
            "sales_affiliate_id": "0",
            "allow_payment": True,
            "allow_paypal": False,
            "order_items": [item_view(account, item, say) for item in order.items],
            "payment_plan": payment_plan_view(order.payment_plan, say) if order.payment_plan else None,
            "promo_code": order.promo_code,
            "synced": False,
            "custom_fields": values_view(account, "order", order.id, say),
        }
    )


def basic_contact(contact: Contact | None, contact_id: int, say: Wording) -> Json:
    """The order's contact; only the id when that contact was deleted."""
    if contact is None:
        return {"id": str(contact_id)}
    names = {"given_name": contact.given_name, "family_name": contact.family_name}
    return say.known({"id": str(contact.id), "email": contact.email, **names})


REFUND_STATUSES = ("NONE", "PARTIAL", "FULL", "WRITTEN_OFF", "PARTIAL_WRITTEN_OFF")


def refund_status(order: Order, say: Wording) -> str:
    """What went back or was given up; the vendor gives NONE as the only example.

    The others are named after the numbers of XML-RPC: 1 part, 2 all, 3 written off, 4 partly written off.
    """
    if order.written_off:
        number = 4 if order.total_paid else 3
    elif order.refund_total:
        number = 2 if order.refund_total >= order.total_paid else 1
    else:
        number = 0
    return str(number) if say.refund_status == "codes" else REFUND_STATUSES[number]


def item_view(account: Account, item: OrderItem, say: Wording) -> Json:
    """An OrderItem; product, plan and discount appear where the item has them."""
    is_discount = item.item_type.startswith("DISCOUNT")
    field, price = shown_discount(item, say) if is_discount else (None, item.price)
    plan = account.plans.get(item.plan_id) if item.plan_id else None
    return say.known(
        {
            "id": str(item.id),
            "name": item.name,
            "item_type": item.item_type,
            "quantity": item.quantity,
            "price_per_unit": say.money(price),
            "cost_per_unit": say.money(0),
            "discount": say.money(field) if field is not None else None,
            "special": special_view(item, say) if is_discount else None,
            "product": product_of_item(account, item),
            "subscription_id": shown_subscription(item, say),
            "subscription_plan": plan_view(account, plan, say) if plan else None,
        }
    )


def shown_discount(item: OrderItem, say: Wording) -> tuple[int, int]:
    """`discount` and `price_per_unit` of a discount line, as the switch says."""
    shown = {
        "discount_field": (item.discount, 0),
        "negative_price": (0, -item.discount),
        "both": (item.discount, -item.discount),
    }
    return shown[say.discount_lines]


def special_view(item: OrderItem, say: Wording) -> Json:
    """The Discount of a discount line: percent, or an amount in major units."""
    if item.special_percent is not None:
        return {"amount": float(item.special_percent), "discount_method": "PERCENT"}
    return {"amount": say.major(item.discount), "discount_method": "AMOUNT"}


def product_of_item(account: Account, item: OrderItem) -> Json | None:
    """The OrderItemProduct; a deleted product leaves only its id."""
    if item.product_id is None:
        return None
    product = account.products.get(item.product_id)
    if product is None:
        return {"id": str(item.product_id)}
    return {
        "id": str(product.id),
        "name": product.name,
        "sku": product.sku,
        "description": product.description,
        "shippable": product.shippable,
        "taxable": product.taxable,
    }


def shown_subscription(item: OrderItem, say: Wording) -> str | None:
    """The subscription that the item belongs to, unless the first order hides it."""
    if item.subscription_id is None or (item.first_of_subscription and say.first_order_link == "empty"):
        return None
    return str(item.subscription_id)


def payment_plan_view(plan: PaymentPlan, say: Wording) -> Json:
    """A PaymentPlan with its instalments."""
    return {
        "auto_charge": plan.auto_charge,
        "max_charge_attempts": 3,
        "days_between_retries": 2,
        "number_of_payments": len(plan.instalments),
        "days_between_payments": plan.days_between_payments,
        "plan_start_date": plan.start_date.isoformat(),
        "initial_payment_date": plan.start_date.isoformat(),
        "initial_payment_amount": say.money(plan.instalments[0].amount_due),
        "payment_plan_items": [instalment_view(each, plan, say) for each in plan.instalments],
    }


def instalment_view(instalment: Instalment, plan: PaymentPlan, say: Wording) -> Json:
    """A PaymentPlanItem; the due date is a date in the account's zone."""
    return {
        "status": instalment_status(instalment, plan),
        "due_date": instalment.due_date.isoformat(),
        "amount_due": say.money(instalment.amount_due),
        "amount_paid": say.money(instalment.amount_paid),
    }


def instalment_status(instalment: Instalment, plan: PaymentPlan) -> str:
    """PAID, FAILED after a declined charge, else what is to happen on the due date."""
    if instalment.amount_paid >= instalment.amount_due:
        return "PAID"
    if instalment.failed:
        return "FAILED"
    return "UNPAID_AUTOCHARGE" if plan.auto_charge else "UNPAID_MANUAL"
