"""What the tests of the Keap simulator's money side ask for, contact by contact."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.contract.keap.contract import Json, Keap

DAY = 86400
TRANSACTIONS = "/v2/sales/transactions"
PAYMENTS = "/v2/sales/payments"


def days_pass(keap: Keap, days: int) -> None:
    keap.server.control.clock(advance_seconds=days * DAY)


def transactions(keap: Keap, contact_id: int, **params: Any) -> list[Json]:
    return keap.rows("transactions", TRANSACTIONS, filter=f"contact_id=={contact_id}", **params)


def orders(keap: Keap, contact_id: int) -> list[Json]:
    return keap.rows("orders", filter=f"contact_id=={contact_id}")


def payments(keap: Keap, contact_id: int) -> list[Json]:
    return keap.rows("payments", PAYMENTS, filter=f"contact_id=={contact_id}")


def subscription(keap: Keap, contact_id: int) -> Json:
    return keap.rows("subscriptions", filter=f"contact_id=={contact_id}")[-1]


def order_payments(keap: Keap, order_id: str, **params: Any) -> list[Json]:
    return keap.rows("invoice_order_payments", f"/v2/orders/{order_id}/payments", **params)


def tries(keap: Keap, contact_id: int, since: str = "2026-07-02") -> list[tuple[str, str]]:
    """Day and status of the transactions of a contact since a day."""
    rows = [(row["transaction_time"][:10], row["status"]) for row in transactions(keap, contact_id)]
    return [row for row in rows if row[0] >= since]


def refusal(keap: Keap, kind: str, **fields: Any) -> str:
    with pytest.raises(requests.HTTPError) as refused:
        keap.event(kind, **fields)
    assert refused.value.response.status_code == 422
    return str(refused.value)
