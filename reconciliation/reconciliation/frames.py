"""The tables that the audit works on: columns and types are declared and checked.

Money is whole minor units (cents) in `Int64`, or Decimal in `object` columns; never float.
A calendar day is a `datetime64[ns]` without zone at midnight: a label for the day, not an instant.
An instant is `datetime64[ns, UTC]`. Ids are strings, as both vendors' APIs give them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
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
        "refund_status": TEXT,
        "ordered_at": INSTANT,
        "instalments": NUMBER,
        "currency": TEXT,
    },
    "items": {
        "order_id": ID,
        "id": ID,
        "position": NUMBER,
        "type": TEXT,
        "quantity": NUMBER,
        "price": CENTS,
        "discount": CENTS,
        "special": CENTS,
        "product_id": ID,
        "plan_id": ID,
        "plan_cycle": TEXT,
        "plan_frequency": NUMBER,
        "subscription_id": ID,
    },
    "payments": {
        "id": ID,
        "order_id": ID,
        "paid_at": INSTANT,
        "amount": EXACT,
        "settled": FLAG,
        "refund": FLAG,
    },
    "plans": {"id": ID, "cycles": NUMBER},
    "contacts": {"id": ID, "created_at": INSTANT, "name": TEXT},
    "customers": {
        "uuid": ID,
        "external_id": ID,
        "primary": FLAG,
        "mrr": CENTS,
        "lead_at": INSTANT,
        "trial_at": INSTANT,
        "since": INSTANT,
        "sources": NUMBER,
        "page": TEXT,
    },
    "activities": {
        "uuid": ID,
        "customer_uuid": ID,
        "subscription_id": ID,
        "plan_id": ID,
        "source_uuid": ID,
        "happened_at": INSTANT,
        "type": TEXT,
        "movement": CENTS,
        "currency": TEXT,
    },
    "lines": {
        "order_id": ID,
        "item_id": ID,
        "customer_uuid": ID,
        "type": TEXT,
        "subscription_id": ID,
        "plan_id": ID,
        "currency": TEXT,
        "amount": CENTS,
        "tax": CENTS,
        "discount": CENTS,
        "fees": CENTS,
        "quantity": NUMBER,
        "invoiced_at": INSTANT,
        "starts_at": INSTANT,
        "ends_at": INSTANT,
        "prorated": FLAG,
        "by_hand": FLAG,
        "disabled": FLAG,
    },
    "totals": {
        "date": DAY,
        "mrr": CENTS,
        "new_biz": CENTS,
        "expansion": CENTS,
        "contraction": CENTS,
        "churn": CENTS,
        "reactivation": CENTS,
    },
    "customer_counts": {"date": DAY, "customers": NUMBER},
}


def build(
    table: str, given: Iterable[Mapping[str, Any]], unreadable: list[str] | None = None
) -> pd.DataFrame:
    """The declared table from rows of plain values; columns that no row has are empty.

    A value that its column cannot hold (a day that does not exist, an amount that is no number) becomes
    missing and is named in `unreadable`; without such a list it raises ValueError or TypeError.
    """
    columns = TABLES[table]
    records = list(given)
    data: dict[str, pd.Series[Any]] = {}
    for name, dtype in columns.items():
        values = [row.get(name) for row in records]
        try:
            data[name] = _series(values, dtype)
        except (ValueError, TypeError, ArithmeticError):
            if unreadable is None:
                raise
            kept = [value if _fits(value, dtype) else None for value in values]
            bad = [row for row, value in zip(records, values, strict=True) if not _fits(value, dtype)]
            unreadable += [f"{table} {row.get('order_id') or row.get('id')} ({name})" for row in bad]
            data[name] = _series(kept, dtype)
    return pd.DataFrame(data, index=pd.RangeIndex(len(records)))


def _fits(value: Any, dtype: str) -> bool:
    try:
        _series([value], dtype)
    except (ValueError, TypeError, ArithmeticError):
        return False
    return True


def _series(values: list[Any], dtype: str) -> pd.Series[Any]:
    if dtype == INSTANT:
        return _times(values, utc=True)
    if dtype == DAY:
        return _times(values, utc=False)
    if dtype == EXACT and not all(value is None or isinstance(value, Decimal) for value in values):
        raise ValueError("an exact amount must be a Decimal")
    return pd.Series(values, dtype=dtype)


def rows(table: pd.DataFrame) -> Iterator[Any]:
    """The table's rows as named tuples, without the index."""
    yield from table.itertuples(index=False)


def _times(values: list[Any], *, utc: bool) -> pd.Series[Any]:
    """ISO 8601 in any of its forms, also mixed."""
    column = pd.Series(values, dtype="object")
    return pd.Series(pd.to_datetime(column, format="ISO8601", utc=utc)).dt.as_unit("ns")


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


Records = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Keap's own records as the source emits them, by stream and id."""


@dataclass(frozen=True)
class KeapFrames:
    """Keap's side: what the account said, one row per subscription, order, order item, payment, contact.

    `records` are the same in Keap's own form, for the second opinion of `reconciliation.expected`; without
    them that figure is not computed. `unfinished` names streams whose last read broke off, `unreadable`
    values that could not be read. `gone_orders`: orders that a later read of all orders did not bring, None
    when that is not known.
    """

    time_zone: str
    currency: str
    subscriptions: pd.DataFrame
    orders: pd.DataFrame
    items: pd.DataFrame
    contacts: pd.DataFrame
    payments: pd.DataFrame = field(default_factory=lambda: build("payments", ()))
    plans: pd.DataFrame = field(default_factory=lambda: build("plans", ()))
    files: tuple[SourceFile, ...] = ()
    records: Records = field(default_factory=dict, repr=False)
    unfinished: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    gone_orders: frozenset[str] | None = None

    def __post_init__(self) -> None:
        for table in ("subscriptions", "orders", "items", "contacts", "payments", "plans"):
            check(table, getattr(self, table))

    def without_gone_orders(self) -> KeapFrames:
        """The account without orders that Keap no longer has."""
        gone = self.gone_orders or frozenset()
        if not gone:
            return self
        kept = {key: row for key, row in self.records.get("orders", {}).items() if key not in gone}
        return replace(
            self,
            orders=_but(self.orders, "id", gone),
            items=_but(self.items, "order_id", gone),
            payments=_but(self.payments, "order_id", gone),
            records={**self.records, "orders": kept},
        )


def _but(table: pd.DataFrame, column: str, left_out: frozenset[str]) -> pd.DataFrame:
    return table[~table[column].isin(left_out)].reset_index(drop=True)


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
    source_uuid: str | None = None
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ChartMogulFrames:
    """ChartMogul's side: customers and invoice lines of one data source, the account's activities, the
    monthly totals. `read_at`: when, by its own clock; None where a snapshot does not say.
    """

    settings: ChartMogulSettings
    customers: pd.DataFrame
    activities: pd.DataFrame
    totals: pd.DataFrame
    customer_counts: pd.DataFrame
    start: date
    end: date
    files: tuple[SourceFile, ...] = field(default=())
    lines: pd.DataFrame = field(default_factory=lambda: build("lines", ()))
    read_at: datetime | None = None

    def __post_init__(self) -> None:
        for table in ("customers", "activities", "totals", "customer_counts", "lines"):
            check(table, getattr(self, table))
