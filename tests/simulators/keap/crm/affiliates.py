"""`GET /v2/affiliates`: referral partners. They have no time of change."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.custom_fields import custom_filters, values_view
from tests.simulators.keap.crm.rows import Affiliate
from tests.simulators.keap.filters import ALL, choice, number, text
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.wording import Json, Wording


def affiliate_view(account: Account, row: Affiliate, say: Wording) -> Json:
    """A RestAffiliate; parent "0" means none."""
    return say.known(
        {
            "id": str(row.id),
            "code": row.code,
            "name": row.name,
            "status": row.status,
            "contact_id": str(row.contact_id) if row.contact_id else None,
            "parent_affiliate_id": str(row.parent_id),
            "date_created": say.time(row.create_time),
            "notify_on_sale": row.notify_on_sale,
            "notify_on_lead": row.notify_on_lead,
            "track_leads_days": row.track_leads_days,
            "custom_fields": values_view(account, "affiliate", row.id, say),
        }
    )


AFFILIATES = Resource[Affiliate](
    key="affiliates",
    noun="Affiliate",
    table=lambda account: account.crm.affiliates,
    view=affiliate_view,
    id_field="id",
    filters={
        "id": number(lambda row: row.id, ALL),
        "name": text(lambda row: row.name, wildcard=True),
        "contact_id": number(lambda row: row.contact_id),
        "referral_contact_id": number(lambda _: 0),
        "status": choice(lambda row: row.status, ("ACTIVE", "INACTIVE")),
        "code": text(lambda row: row.code),
    },
    orders={
        "id": lambda row: row.id,
        "date_created": lambda row: row.create_time,
        "name": lambda row: row.name.casefold(),
        "status": lambda row: row.status,
        "code": lambda row: row.code.casefold(),
    },
    custom_filter=custom_filters("affiliate"),
)
