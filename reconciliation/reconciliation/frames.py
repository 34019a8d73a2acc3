"""The tables that the audit works on, checked against `reconciliation.columns` when they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from reconciliation.columns import DAY, EXACT, INSTANT
from reconciliation.columns import TABLES as TABLES
from reconciliation.columns import check as check


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


@dataclass(frozen=True)
class SourceFile:
    """One input file of the audit, so that the same audit can be repeated and proved."""

    name: str
    sha256: str
    size: int


LEAD_TABLES = ("applied_tags", "opportunities", "tags", "lead_sources")
KEAP_TABLES = ("subscriptions", "orders", "items", "contacts", "payments", "plans", *LEAD_TABLES)

Records = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Keap's own records as the source emits them, by stream and id."""


@dataclass(frozen=True)
class KeapFrames:
    """Keap's side: what the account said, one row per subscription, order, order item, payment, contact.

    `records` are the same in Keap's own form, for the second opinion of `reconciliation.expected`; without
    them that figure is not computed. `unfinished` names streams whose last read broke off, `unreadable`
    values that could not be read, `absent` columns that a database does not have. `gone_orders`: orders that
    a later read of all orders did not bring, None when that is not known. `read_until`: up to when orders and
    subscriptions were read, by Keap's clock; None where the files do not say.
    """

    time_zone: str
    currency: str
    subscriptions: pd.DataFrame
    orders: pd.DataFrame
    items: pd.DataFrame
    contacts: pd.DataFrame
    payments: pd.DataFrame = field(default_factory=lambda: build("payments", ()))
    plans: pd.DataFrame = field(default_factory=lambda: build("plans", ()))
    applied_tags: pd.DataFrame = field(default_factory=lambda: build("applied_tags", ()))
    opportunities: pd.DataFrame = field(default_factory=lambda: build("opportunities", ()))
    tags: pd.DataFrame = field(default_factory=lambda: build("tags", ()))
    lead_sources: pd.DataFrame = field(default_factory=lambda: build("lead_sources", ()))
    files: tuple[SourceFile, ...] = ()
    records: Records = field(default_factory=dict, repr=False)
    unfinished: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    gone_orders: frozenset[str] | None = None
    read_until: datetime | None = None

    def __post_init__(self) -> None:
        for table in KEAP_TABLES:
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

    def of_customers(self, chosen: frozenset[str]) -> KeapFrames:
        """Their orders and subscriptions alone, without Keap's own records."""
        orders = self.orders[self.orders["customer_id"].isin(chosen)].reset_index(drop=True)
        items, payments = (
            table[table["order_id"].isin(orders["id"])].reset_index(drop=True)
            for table in (self.items, self.payments)
        )
        named = self.subscriptions["id"].isin(items["subscription_id"])
        own = self.subscriptions[named | self.subscriptions["customer_id"].isin(chosen)]
        return replace(
            self,
            orders=orders,
            items=items,
            payments=payments,
            subscriptions=own.reset_index(drop=True),
            records={},
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
    """ChartMogul's side: customers, invoice lines and subscription events of one data source, the account's
    activities, the monthly totals. `read_at`: when, by its own clock; None where a snapshot does not say.
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
    events: pd.DataFrame = field(default_factory=lambda: build("events", ()))
    read_at: datetime | None = None

    def __post_init__(self) -> None:
        for table in ("customers", "activities", "totals", "customer_counts", "lines", "events"):
            check(table, getattr(self, table))
