"""What REST v2 shows of contacts, products, subscriptions and payments: one function per schema.

Field names and types: the vendor's OpenAPI description of REST v2 (SDK 2.0.21); a test validates against it.
"""

from __future__ import annotations

from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.custom_fields import values_view
from tests.simulators.keap.rows import Address, Contact, Payment, Plan, Product, Subscription
from tests.simulators.keap.wording import Json, Wording

COUNTRY_NAMES = {"USA": "United States", "CAN": "Canada", "GBR": "United Kingdom", "DEU": "Germany"}
CYCLE_TYPES = {"DAY": "DAILY", "WEEK": "WEEKLY", "MONTH": "MONTHLY", "YEAR": "YEARLY"}
MERCHANT = {"merchant_account_id": "3", "merchant_account_type": "STRIPE"}
NO_MERCHANT = {"merchant_account_id": "0"}


def contact_view(account: Account, contact: Contact, say: Wording) -> Json:
    """A Contact with every attribute that the account knows."""
    return say.known(
        {
            "id": str(contact.id),
            "given_name": contact.given_name,
            "family_name": contact.family_name,
            "email_addresses": emails(contact),
            "phone_numbers": phones(contact),
            "addresses": [address_view(contact.address, say)] if contact.address else [],
            "company": company_view(contact, say),
            "contact_type": "Customer",
            "source_type": "WEBFORM",
            "owner_id": str(contact.owner_id),
            "leadsource_id": str(contact.lead_source_id) if contact.lead_source_id else None,
            "tag_ids": account.crm.tag_ids(contact.id),
            "custom_fields": values_view(account, "contact", contact.id, say),
            "create_time": say.time(contact.create_time),
            "update_time": say.time(contact.update_time),
        }
    )


def emails(contact: Contact) -> list[Json]:
    """The e-mail address as it was typed in: Keap keeps invalid ones."""
    if not contact.email:
        return []
    status = "SINGLE_OPT_IN" if " " not in contact.email else "INVALID"
    return [
        {
            "email": contact.email,
            "field": "EMAIL1",
            "is_opt_in": status != "INVALID",
            "email_opt_status": status,
        }
    ]


def phones(contact: Contact) -> list[Json]:
    """The phone number, if there is one."""
    return [{"number": contact.phone, "field": "PHONE1", "type": "Work"}] if contact.phone else []


def company_view(contact: Contact, say: Wording) -> Json | None:
    """A BasicCompany."""
    company_id = str(contact.company_id) if contact.company_id else None
    return say.known({"id": company_id, "company_name": contact.company}) if contact.company else None


def address_view(address: Address, say: Wording) -> Json:
    """The billing address."""
    return say.known(
        {
            "field": "BILLING",
            "line1": address.line1,
            "locality": address.locality,
            "region": address.region,
            "region_code": address.region_code,
            "country": COUNTRY_NAMES.get(address.country_code),
            "country_code": address.country_code,
            "zip_code": address.zip_code,
            "postal_code": address.postal_code,
        }
    )


def product_view(account: Account, product: Product, say: Wording) -> Json:
    """A RestV2Product_List (and _Detail: the fields are the same)."""
    return {
        "id": str(product.id),
        "name": product.name,
        "description": product.description,
        "short_description": product.description,
        "sku": product.sku,
        "price": say.money(product.price),
        "active": product.active,
        "subscription_only": product.subscription_only,
        "taxable": product.taxable,
        "shippable": product.shippable,
        "categories": categories_of(account, product.id),
        "options": [],
        "subscription_plans": [
            product_plan_view(plan, place, say) for place, plan in enumerate(plans_of(account, product.id))
        ],
        "create_time": say.time(product.create_time),
        "update_time": say.time(product.update_time),
    }


def categories_of(account: Account, product_id: int) -> list[str]:
    """The ids of the categories that a product is in."""
    return [str(row.id) for row in account.billing.categories if product_id in row.product_ids]


def plans_of(account: Account, product_id: int) -> list[Plan]:
    """The plans of a product by id."""
    return [plan for plan in account.plans if plan.product_id == product_id]


def product_plan_view(plan: Plan, place: int, say: Wording) -> Json:
    """A plan inside a product: SubscriptionPlan_List."""
    endless = {} if say.endless_cycles == "absent" else {"number_of_cycles": 0}
    return {
        "id": str(plan.id),
        "active": plan.active,
        "prorate": False,
        "billing_cycle": CYCLE_TYPES[plan.cycle],
        "billing_frequency": plan.frequency,
        **({"number_of_cycles": plan.cycles} if plan.cycles else endless),
        "plan_price": say.money(plan.price),
        "order_index": place,
    }


def plan_view(_: Account, plan: Plan, say: Wording) -> Json:
    """A plan on its own or inside an order item: SubscriptionPlan, with other names for the same things."""
    return {
        "id": str(plan.id),
        "active": plan.active,
        "subscription_plan_name": plan.name,
        "cycle_type": CYCLE_TYPES[plan.cycle],
        "frequency": plan.frequency,
        "total_cycles": plan.cycles,
        "plan_price": say.money(plan.price),
        "display_order_index": 0,
    }


def subscription_view(account: Account, row: Subscription, say: Wording) -> Json:
    """A Subscription. Pure dates stay dates; money is a plain number here."""
    return say.known(
        {
            "id": str(row.id),
            "contact_id": str(row.contact_id),
            "product_id": str(row.product_id),
            "subscription_plan_id": str(row.plan_id),
            "quantity": row.quantity,
            "active": row.active,
            "billing_amount": billing_amount(row, say),
            "billing_cycle": row.cycle,
            "billing_frequency": row.frequency,
            "start_date": row.start_date.isoformat(),
            "last_bill_date": row.last_bill_date.isoformat() if row.last_bill_date else None,
            "next_bill_date": row.next_bill_date.isoformat(),
            "end_date": shown_end(row, say),
            "reason_stopped": row.reason_stopped,
            "auto_charge": row.auto_charge,
            "allow_tax": row.tax_percent is not None,
            "max_charge_attempts": row.max_charge_attempts,
            "days_between_retries": row.days_between_retries,
            "lead_affiliate_id": "0",
            "sale_affiliate_id": "0",
            "merchant_account_id": MERCHANT["merchant_account_id"],
            "payment_method_id": str(row.card_id or row.contact_id),
            "promo_code": row.promo_code,
            "modification_time": say.time(row.modification_time),
            "custom_fields": values_view(account, "subscription", row.id, say),
        }
    )


def shown_end(row: Subscription, say: Wording) -> str | None:
    """The last bill date, unless it follows from the number of cycles and Keap does not write that down."""
    if row.end_date is None or (row.ends_by_plan and say.end_of_cycles == "hidden"):
        return None
    return row.end_date.isoformat()


def billing_amount(row: Subscription, say: Wording) -> float:
    """The price per bill, per unit or per line, in dollars or cents."""
    minor = row.price * (row.quantity if say.amount_basis == "line" else 1)
    return float(minor) if say.amount_units == "minor" else say.major(minor)


def payment_view(_: Account, row: Payment, say: Wording) -> Json:
    """A Payment; a refund is a row of its own."""
    is_refund = row.refunds is not None
    amount = say.major(row.amount)
    return say.known(
        {
            "id": str(row.id),
            "type": say.refund_label if is_refund else row.kind,
            "amount": -amount if is_refund and say.refund_sign == "negative" else amount,
            "note": "Refund" if is_refund else "",
            "status": row.status,
            "commissioned": False,
            "synced": False,
            "payment_time": say.time(row.payment_time),
            "update_time": say.time(row.update_time),
            "refund_payment_id": str(row.refund_payment_id) if row.refund_payment_id else None,
            "contact_id": str(row.contact_id),
            "order_ids": [str(row.order_id)],
            "external_transaction_id": external_id(row),
            **merchant_of(by_hand=row.by_hand),
        }
    )


def external_id(row: Payment) -> str | None:
    """What the gateway calls a payment; nothing for one that was written by hand."""
    return None if row.by_hand else f"ch_{row.id}"


def merchant_of(*, by_hand: bool) -> dict[str, str]:
    """The merchant account of a payment; 0 where no gateway took part."""
    return NO_MERCHANT if by_hand else MERCHANT


def profile_view(account: Account) -> Json:
    """GetBusinessProfileResponse."""
    profile = account.profile
    return {
        "name": profile.name,
        "email": profile.email,
        "website": "https://example.com",
        "phone": "",
        "address": {"line1": "1 Example Plaza", "locality": "Denver", "region": "Colorado", **USA},
        "time_zone": profile.time_zone,
        "currency_code": profile.currency_code,
        "language_tag": "en-US",
        "business_type": "Coaching",
        "business_goals": [],
    }


USA = {"country_code": "USA", "postal_code": "80202"}


def profile_view_v1(account: Account) -> Json:
    """REST v1 AccountProfile: the same, with an address of another shape."""
    address = {"field": "BILLING", "line1": "1 Example Plaza", "locality": "Denver", "region": "Colorado"}
    return {
        **profile_view(account),
        "phone_ext": "",
        "address": {**address, "country_code": "USA", "zip_code": "80202"},
    }


def user_view(account: Account) -> Json:
    """GetUserInfoResponse: the user that the token acts for."""
    user: dict[str, Any] = {"email": account.profile.email, "sub": "1", "id": "1"}
    return {
        **user,
        "keap_id": account.profile.email,
        "given_name": "Sim",
        "family_name": "User",
        "is_admin": True,
        "tenant_id": account.profile.tenant,
    }
