"""The application's configuration: `GET /settings/applications:getConfiguration`.

Only `application` comes by itself, other modules when `fields` names them
(https://developer.keap.com, REST v2).
"""

from __future__ import annotations

from collections.abc import Callable

from tests.simulators.http import Answer, Call
from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.merchants import default_merchant
from tests.simulators.keap.billing.offers import promo_codes
from tests.simulators.keap.errors import refuse
from tests.simulators.keap.wording import Json

SURE = 100
RETRIES = {"default_charge_max_retry_attempts": 3, "default_number_of_days_between_charge_attempts": 2}


def application(account: Account) -> Json:
    """Who the account belongs to, and where it is."""
    profile = account.profile
    return {
        "company": {"name": profile.name, "email": profile.email, "country": "USA", "city": "Denver"},
        "time_zone": profile.time_zone,
        "default_view_locale": "en_US",
        "features_enabled": {"marketing": True},
    }


def ecommerce(account: Account) -> Json:
    """Currency, charges and promo codes, which are one string here."""
    return {
        "currency": account.profile.currency_code,
        "default_country": "USA",
        "default_merchant": default_merchant(account).get("default_merchant_account_id", "0"),
        "credit_card_types": "American Express,MasterCard,Visa",
        "default_tax": "0",
        "payment_types": "Cash,Check,Credit,Credit Card,Money Order",
        "default_to_auto_charge": True,
        **RETRIES,
        "merchant_account_max_retry_attempts": 3,
        "promo_codes": ",".join(promo_codes(account)),
        "track_cost_per_unit": False,
        "track_inventory": False,
    }


def task_types(_: Account) -> Json:
    """What notes, tasks and appointments can be."""
    return {
        "appointment_types": "Appointment,Call,Email,Fax,Letter,Other",
        "share_opportunity_with_related_user": False,
    }


def affiliate(_: Account) -> Json:
    """Commissions of referral partners."""
    commission = {"levels": 1, "calculation_type": "PERCENT", "participant_types": "Affiliate"}
    return {"commission": commission, "choose_affiliate": False, "skip_pay_if_unused": False}


def contact(_: Account) -> Json:
    """The choices of a contact's form."""
    return {
        "title_types": "Dr.,Mr.,Mrs.,Ms.",
        "suffix_types": "Jr,Sr,II,III",
        "contact_types": "Customer,Lead,Other",
        "phone_types": "Home,Mobile,Work",
        "fax_types": "Home,Work",
        "disable_contact_edit_in_client_login": False,
    }


def opportunity(account: Account) -> Json:
    """Where a new opportunity starts, and which stages mean won (sure) and lost (the last hopeless one)."""
    stages = sorted(account.crm.stages, key=lambda stage: stage.order)
    won = [stage.id for stage in stages if stage.probability == SURE]
    lost = [stage.id for stage in stages if stage.probability == 0]
    open_ids = [stage.id for stage in stages if stage.id not in (*won[-1:], *lost[-1:])]
    states = {
        "active": {"stages": ",".join(map(str, open_ids))},
        "win": {"stage": named(won[-1:]), "reasons": "Price,Product"},
        "loss": {"stage": named(lost[-1:]), "reasons": "No budget,No answer"},
    }
    return {"states": states, "default_stage": named(open_ids[:1])}


def named(ids: list[int]) -> str:
    """The only id of a list; "0" when there is none."""
    return str(ids[0]) if ids else "0"


MODULES: dict[str, Callable[[Account], Json]] = {
    "AFFILIATE": affiliate,
    "APPOINTMENT": task_types,
    "CONTACT": contact,
    "ECOMMERCE": ecommerce,
    "EMAIL": lambda _: {"append_contact_key_to_links": False},
    "FORMS": lambda _: {"spam_filters_enabled": True},
    "FULFILLMENT": lambda _: {"default_message_to": ""},
    "INVOICE": lambda _: {"tax_label": "Sales tax"},
    "NOTE": task_types,
    "OPPORTUNITY": opportunity,
    "TASK": task_types,
    "TEMPLATE": lambda _: {"default_country_code": 1, "default_user_id": "1"},
}


def configuration(call: Call, account: Account) -> Answer:
    """`application`, and each module that `fields` names; 400 for one that there is not."""
    named = [name for value in call.query_all("fields") for name in value.split(",") if name]
    unknown = sorted(set(named) - set(MODULES))
    if unknown:
        raise refuse(call, f"fields: {', '.join(unknown)} is not available")
    modules = {name.lower(): MODULES[name](account) for name in named}
    return Answer(200, {"application": application(account), **modules})


def application_enabled(_: Call) -> Answer:
    """`GET /settings/applications:isEnabled`."""
    return Answer(200, {"isEnabled": True})
