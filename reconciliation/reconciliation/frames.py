"""The tables that the audit works on: columns and types are declared and checked.

Money is whole minor units (cents) in `Int64`, or Decimal in `object` columns; never float.
A calendar day is a `datetime64[ns]` without zone at midnight: a label for the day, not an instant.
An instant is `datetime64[ns, UTC]`. Ids are strings, as both vendors' APIs give them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from reconciliation.errors import ReconciliationError

ID = "string"
TEXT = "string"
CENTS = "Int64"
NUMBER = "Int64"
FLAG = "boolean"
DAY = "datetime64[ns]"
INSTANT = "datetime64[ns, UTC]"
EXACT = "object"

TABLES: Mapping[str, Mapping[str, str]] = {
    "subscriptions": {
        "id": ID,
        "customer_id": ID,
        "product_id": ID,
        "plan_id": ID,
        "active": FLAG,
        "quantity": NUMBER,
        "billing_amount": EXACT,
        "cycle": TEXT,
        "frequency": NUMBER,
        "start_date": DAY,
        "last_bill_date": DAY,
        "next_bill_date": DAY,
        "end_date": DAY,
        "modified_at": INSTANT,
    },
    "orders": {
        "id": ID,
        "customer_id": ID,
        "status": TEXT,
        "total": CENTS,
        "total_paid": CENTS,
        "refund_total": CENTS,
        "ordered_at": INSTANT,
        "instalments": NUMBER,
    },
    "items": {
        "order_id": ID,
        "id": ID,
        "position": NUMBER,
        "type": TEXT,
        "quantity": NUMBER,
        "price": CENTS,
        "discount": CENTS,
        "product_id": ID,
        "plan_id": ID,
        "plan_cycle": TEXT,
        "plan_frequency": NUMBER,
        "subscription_id": ID,
    },
    "contacts": {"id": ID},
    "customers": {"uuid": ID, "external_id": ID, "primary": FLAG, "mrr": CENTS},
    "activities": {
        "uuid": ID,
        "customer_uuid": ID,
        "subscription_id": ID,
        "happened_at": INSTANT,
        "type": TEXT,
        "movement": CENTS,
    },
    "totals": {"date": DAY, "mrr": CENTS},
    "customer_counts": {"date": DAY, "customers": NUMBER},
}


def build(table: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The declared table from rows of plain values; columns that no row has are empty."""
    columns = TABLES[table]
    records = list(rows)
    data = {name: _series([row.get(name) for row in records], dtype) for name, dtype in columns.items()}
    return pd.DataFrame(data, index=pd.RangeIndex(len(records)))


def _series(values: list[Any], dtype: str) -> pd.Series[Any]:
    if dtype == INSTANT:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), utc=True)).dt.as_unit("ns")
    if dtype == DAY:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601")).dt.as_unit("ns")
    return pd.Series(values, dtype=dtype)


def stamp(day: date) -> pd.Timestamp:
    """A day as the tables hold it."""
    return pd.Timestamp(day).as_unit("ns")


def check(table: str, frame: pd.DataFrame) -> None:
    """Raises ReconciliationError with a sentence that names the first missing or wrongly typed column."""
    for name, dtype in TABLES[table].items():
        if name not in frame.columns:
            wanted = ", ".join(TABLES[table])
            raise ReconciliationError(f"The table '{table}' has no column '{name}'; it needs: {wanted}.")
        found = str(frame[name].dtype)
        if found != dtype:
            raise ReconciliationError(
                f"The column '{name}' of the table '{table}' is {found}, but must be {dtype}."
            )


@dataclass(frozen=True)
class SourceFile:
    """One input file of the audit, so that the same audit can be repeated and proved."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class KeapFrames:
    """Keap's side: what the account said, one row per subscription, order, order item, contact."""

    time_zone: str
    currency: str
    subscriptions: pd.DataFrame
    orders: pd.DataFrame
    items: pd.DataFrame
    contacts: pd.DataFrame
    files: tuple[SourceFile, ...] = ()

    def __post_init__(self) -> None:
        for table in ("subscriptions", "orders", "items", "contacts"):
            check(table, getattr(self, table))


@dataclass(frozen=True)
class InvoiceHandling:
    """When an invoice makes MRR in ChartMogul (a setting of the data source)."""

    create_when: str = "open"
    update_when: str = "open"
    without_refunded: bool = False


@dataclass(frozen=True)
class ChartMogulSettings:
    """What was read of the account and of the data source before any number was compared."""

    currency: str
    time_zone: str
    data_source_name: str
    churn_recognition: str | None = None
    auto_churn_days: int | None = None
    invoice_handling: InvoiceHandling | None = None
    pending: int = 0
    failed: int = 0
    other_sources: int = 0
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ChartMogulFrames:
    """ChartMogul's side: customers of one data source, the account's activities, the monthly totals."""

    settings: ChartMogulSettings
    customers: pd.DataFrame
    activities: pd.DataFrame
    totals: pd.DataFrame
    customer_counts: pd.DataFrame
    start: date
    end: date
    files: tuple[SourceFile, ...] = field(default=())

    def __post_init__(self) -> None:
        for table in ("customers", "activities", "totals", "customer_counts"):
            check(table, getattr(self, table))
