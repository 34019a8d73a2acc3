"""The columns of every table that the audit works on, their types, and what must hold of them.

Money is whole minor units (cents) in `Int64`, or Decimal in `object` columns; never float.
A calendar day is a `datetime64[ns]` without zone at midnight: a label for the day, not an instant.
An instant is `datetime64[ns, UTC]`. Ids are strings, as both vendors' APIs give them.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

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
        "plan_price": CENTS,
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
    "contacts": {"id": ID, "created_at": INSTANT, "name": TEXT, "lead_source_id": ID},
    "applied_tags": {"customer_id": ID, "tag_id": ID, "applied_at": INSTANT},
    "opportunities": {"id": ID, "customer_id": ID, "created_at": INSTANT},
    "tags": {"id": ID, "name": TEXT},
    "lead_sources": {"id": ID, "name": TEXT},
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
        "status": TEXT,
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
    "events": {
        "external_id": ID,
        "customer_id": ID,
        "subscription_id": ID,
        "type": TEXT,
        "effective_at": INSTANT,
        "ours": FLAG,
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

ONE_ROW_EACH = ("subscriptions", "orders", "contacts")
"""Tables with one row for each id: an order that stands there twice would be billed twice."""

MOST_KEYS = 5


def _schema(table: str, columns: Mapping[str, str]) -> pa.DataFrameSchema:
    """Columns beyond those declared are allowed."""
    once = table in ONE_ROW_EACH
    return pa.DataFrameSchema(
        {
            name: pa.Column(dtype, nullable=True, unique=once and name == "id")
            for name, dtype in columns.items()
        }
    )


SCHEMAS = {table: _schema(table, columns) for table, columns in TABLES.items()}


def check(table: str, frame: pd.DataFrame) -> None:
    """Raises ReconciliationError with one sentence for everything that is wrong with the table."""
    try:
        SCHEMAS[table].validate(frame, lazy=True)
    except SchemaErrors as found:
        raise ReconciliationError(" ".join(_sentences(table, found.failure_cases))) from None


def _sentences(table: str, wrong: pd.DataFrame) -> list[str]:
    """`wrong`: pandera's failure cases, one row for each column, or for each value of one."""
    said = []
    for (kind, column), rows in wrong.groupby(
        ["check", wrong["column"].fillna(wrong["failure_case"])], sort=False
    ):
        cases = rows["failure_case"]
        if kind == "column_in_dataframe":
            needs = ", ".join(TABLES[table])
            said.append(f"The table '{table}' has no column '{column}'; it needs: {needs}.")
        elif str(kind).startswith("dtype"):
            must = TABLES[table][str(column)]
            said.append(
                f"The column '{column}' of the table '{table}' is {cases.iloc[0]}, but must be {must}."
            )
        else:
            keys = ", ".join(map(str, cases.drop_duplicates().head(MOST_KEYS)))
            said.append(f"The column '{column}' of the table '{table}' has values more than once: {keys}.")
    return said
