"""Merchant accounts, and which of them is the default."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.billing.rows import Merchant
from tests.simulators.keap.filters import choice, number, text
from tests.simulators.keap.resource import Resource
from tests.simulators.keap.wording import Json, Wording

TYPES = ("PAYPAL", "UNSUPPORTED", "AUTHORIZE", "EWAY", "WEPAY", "STRIPE", "KEAP_PAY")


def merchant_view(_: Account, row: Merchant, __: Wording) -> Json:
    """A ListMerchantAccountResponse."""
    return {"id": str(row.id), "name": row.name, "type": row.type, "is_test": row.is_test}


def default_merchant(account: Account) -> Json:
    """What the answer holds besides the rows: the first merchant account is the default."""
    ids = account.billing.merchants.ids
    return {"default_merchant_account_id": str(ids[0])} if ids else {}


MERCHANTS = Resource[Merchant](
    key="merchant_accounts",
    noun="Merchant Account",
    table=lambda account: account.billing.merchants,
    view=merchant_view,
    id_field="id",
    filters={
        "id": number(lambda row: row.id),
        "name": text(lambda row: row.name),
        "type": choice(lambda row: row.type, TYPES),
    },
    orders={"id": lambda row: row.id, "name": lambda row: row.name.casefold()},
    besides=default_merchant,
)
