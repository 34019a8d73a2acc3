"""How a customer is printed.

Source: recordings of March 2025: kebab and snake keys mixed, `""` for email and company, null for the rest.
Those of September 2026 tell four statuses apart; of those only what a new lead has is recorded.
"""

from typing import TYPE_CHECKING

from tests.simulators.chartmogul import moments
from tests.simulators.chartmogul.customers.geography import country_name, currency_sign, state_name
from tests.simulators.chartmogul.records import Customer
from tests.simulators.http import Json

if TYPE_CHECKING:
    from tests.simulators.chartmogul.reports.analytics import Standing
    from tests.simulators.chartmogul.world import World


def shape(world: "World", customer: Customer) -> dict[str, Json]:
    """A customer of /customers."""
    seen, is_new = world.analytics.standing(customer), world.switches["answers_of"] != "2025"
    source, external_id = customer.identities[0]
    currency = world.settings.account_currency
    # A state of another country than the United States was recorded as null (2023).
    state = (customer.state or None) if customer.country in (None, "", "US") else None
    label = (customer.company or customer.name or "").replace(" ", "_")
    return {
        "id": customer.number,
        "uuid": customer.uuid,
        "external_id": external_id,
        "name": customer.name,
        "email": customer.email or "",
        "status": seen.status or customer.lead_status,
        "customer-since": moments.analytics_side(seen.since),
        "attributes": {"custom": dict(customer.custom), "stripe": {}, "tags": list(customer.tags)},
        "data_source_uuid": source,
        "data_source_uuids": [each for each, _ in customer.identities],
        "external_ids": [each for _, each in customer.identities],
        "company": customer.company or "",
        "country": customer.country or None,
        "state": state,
        "city": customer.city or None,
        "zip": customer.zip or None,
        "lead_created_at": moments.import_side(customer.lead_created_at),
        "free_trial_started_at": moments.import_side(customer.free_trial_started_at),
        **(_statuses(customer, seen) if is_new else {}),
        "address": {
            "country": country_name(customer.country),
            "state": state_name(state),
            "city": customer.city or None,
            "address_zip": customer.zip or None,
        },
        "mrr": seen.mrr,
        "arr": 12 * seen.mrr,
        "billing-system-url": None,
        "chartmogul-url": f"https://app.chartmogul.com/#/customers/{customer.number}-{label}",
        "billing-system-type": world.switches["source_system"],
        "currency": currency,
        "currency-sign": currency_sign(currency),
        "owner": customer.owner,
        "website_url": customer.website_url,
        **({"last_seen": None} if is_new else {}),
    }


def _statuses(customer: Customer, seen: "Standing") -> dict[str, Json]:
    return {
        "lead_status": customer.lead_status,
        "free_subscriber_status": "Never a Free Subscriber",
        "trial_subscriber_status": "Never had Trial",
        "paid_subscriber_status": seen.status or "Never a Paid Subscriber",
    }


def old_shape(customer: Customer) -> dict[str, Json]:
    """A customer of /import/customers, as recorded in 2016."""
    source, external_id = customer.identities[0]
    return {
        "uuid": customer.uuid,
        "external_id": external_id,
        "name": customer.name,
        "company": customer.company or "",
        "email": customer.email or "",
        "city": customer.city or "",
        "state": customer.state or "",
        "country": customer.country or "",
        "zip": customer.zip or "",
        "lead_created_at": moments.import_side(customer.lead_created_at),
        "free_trial_started_at": moments.import_side(customer.free_trial_started_at),
        "data_source_uuid": source,
    }
