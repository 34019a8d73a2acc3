"""A company of three customers as files: message files of two syncs and a ChartMogul snapshot."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from reconciliation.load import snapshots

AS_OF = date(2026, 3, 31)
MONTHS = 4
CLOSING_DAYS = ("2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31")

# Subscription, contact, cycle, days of orders, price of each order, MRR.
LIVES: tuple[tuple[str, str, str, tuple[str, ...], int, int], ...] = (
    ("5001", "1001", "MONTH", ("2025-12-05", "2026-01-05", "2026-02-05", "2026-03-05"), 4900, 4900),
    ("5002", "1002", "YEAR", ("2026-01-20",), 59_000, 4917),
    ("5003", "1003", "WEEK", ("2026-03-16", "2026-03-23", "2026-03-30"), 1200, 5218),
)


def write_folder(folder: Path, wrong_cents: int = 0, pending: int = 0) -> None:
    """The folder as a demo leaves it. `wrong_cents` are too many in ChartMogul for the first customer."""
    records = [("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})]
    for life in LIVES:
        records += _records(*life)
    split = len(records) - 3
    for number, part in enumerate((records[:split], records[split:]), start=1):
        lines = [_message(stream, data) for stream, data in part]
        (folder / f"messages-{number:03}.jsonl").write_text("".join(lines))
    about = {"start": "2025-12-01", "end": AS_OF.isoformat()}
    snapshots.save(folder / "chartmogul", _documents(wrong_cents, pending), about)


def _message(stream: str, data: dict[str, Any]) -> str:
    return json.dumps({"type": "RECORD", "record": {"stream": stream, "data": data, "emitted_at": 0}}) + "\n"


def _records(
    subscription: str, contact: str, cycle: str, days: tuple[str, ...], price: int, _: int
) -> list[tuple[str, dict[str, Any]]]:
    plan = {"id": f"1{subscription}", "cycle_type": f"{cycle}LY", "frequency": 1}
    held = {"id": subscription, "contact_id": contact, "subscription_plan_id": plan["id"], "active": True}
    held |= {"quantity": 1, "billing_amount": price / 100, "billing_cycle": cycle, "billing_frequency": 1}
    held |= {"start_date": days[0], "last_bill_date": days[-1], "modification_time": f"{days[-1]}T13:00:00Z"}
    item = {"item_type": "SUBSCRIPTION", "quantity": 1, "price_per_unit": {"amount": price}}
    item |= {"subscription_id": subscription, "subscription_plan": plan}
    orders = [
        ("orders", _order(f"{subscription}{place:02}", contact, day, price, item))
        for place, day in enumerate(days)
    ]
    return [
        ("subscriptions", held),
        ("contacts", {"id": contact, "given_name": "Jane", "family_name": "Doe"}),
        *orders,
    ]


def _order(id_: str, contact: str, day: str, price: int, item: dict[str, Any]) -> dict[str, Any]:
    amount = {"amount": price, "currency_code": "USD"}
    order = {"id": id_, "contact": {"id": contact}, "status": "PAID", "total": amount, "total_paid": amount}
    return order | {"order_time": f"{day}T13:00:00Z", "order_items": [item | {"id": f"{id_}1"}]}


def _documents(wrong_cents: int, pending: int) -> dict[str, Any]:
    activities = [
        _movement(subscription, contact, days[0], mrr + (wrong_cents if contact == "1001" else 0))
        for subscription, contact, _, days, _, mrr in LIVES
    ]
    held = {entry["customer-uuid"]: entry["activity-mrr-movement"] for entry in activities}
    totals = [
        {"date": day, "mrr": sum(e["activity-mrr-movement"] for e in activities if e["date"][:10] <= day)}
        for day in CLOSING_DAYS
    ]
    return {
        "account": {
            "currency": "USD",
            "time_zone": "America/Denver",
            "churn_recognition": "churn_at_period_end",
        },
        "data_source": {"name": "Keap", "processing_status": {"pending": pending, "failed": 0}},
        "customers": [
            {
                "uuid": uuid,
                "external_id": uuid.removeprefix("cus_"),
                "mrr": mrr,
                "page": "https://app.chartmogul.com/#/customers/77",
            }
            for uuid, mrr in held.items()
        ],
        "activities": activities,
        "mrr": totals,
        "customer_count": [{"date": day, "customers": 0} for day in CLOSING_DAYS],
    }


def _movement(subscription: str, contact: str, day: str, cents: int) -> dict[str, Any]:
    return {
        "uuid": f"act-{subscription}",
        "customer-uuid": f"cus_{contact}",
        "subscription-external-id": subscription,
        "date": f"{day}T07:00:00+00:00",
        "type": "new_biz",
        "activity-mrr-movement": cents,
    }
