"""The audit's tables as pandas frames for notebooks, money in Decimal of the currency's major unit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from reconciliation.money import exponent
from reconciliation.report import Reconciliation


def months(result: Reconciliation) -> pd.DataFrame:
    """One row per closing day, latest first."""
    rows = [
        (
            month.day,
            *_amounts(result, month.keap, month.chartmogul, month.difference),
            *_amounts(result, month.explained, month.faults, month.unexplained),
            month.keap_customers,
            month.chartmogul_customers,
        )
        for month in reversed(result.totals)
    ]
    amounts = ["Keap", "ChartMogul", "difference", "by rule", "by fault", "unexplained"]
    return _table(["day", *amounts, "customers in Keap", "customers in ChartMogul"], rows)


def differences(result: Reconciliation) -> pd.DataFrame:
    """One row per customer and closing day that is not equal, latest day and largest difference first."""
    rows = [
        (
            row.day,
            row.customer_id,
            row.match,
            *_amounts(result, row.keap, row.chartmogul, row.difference),
            row.cause or "unexplained",
            "; ".join(row.evidence),
            row.since,
        )
        for row in result.differences
    ]
    amounts = ["Keap", "ChartMogul", "difference"]
    return _table(["day", "customer", "match", *amounts, "cause", "evidence", "since"], rows)


def causes(result: Reconciliation) -> pd.DataFrame:
    """One row per cause that occurs, and the unexplained rest, at the closing day of the audit."""
    rows = [
        (cause.id, cause.title, cause.kind, *_amounts(result, cause.cents), cause.all_months)
        for cause in result.causes
    ]
    rest = sum(row.cause is None for row in result.differences)
    rows.append(("", "Unexplained", "", *_amounts(result, result.last.unexplained), rest))
    return _table(["cause", "title", "kind", "amount", "in all months"], rows)


def inputs(result: Reconciliation) -> pd.DataFrame:
    """The files that were compared, with their hashes."""
    rows = [(file.name, file.size, file.sha256) for file in result.tie_out.files]
    return _table(["file", "bytes", "SHA-256"], rows)


def settings(result: Reconciliation) -> pd.DataFrame:
    """Zones, currency, and the settings of both systems that change MRR."""
    about = result.tie_out
    rows = [
        ("as of", about.as_of.isoformat()),
        ("currency", about.currency),
        ("days end in, Keap", about.keap_zone),
        ("days end in, ChartMogul", about.chartmogul_zone),
        *about.settings,
    ]
    return _table(["setting", "value"], rows)


def _amounts(result: Reconciliation, *cents: int) -> tuple[Decimal, ...]:
    """Exact: 1234 cents are Decimal("12.34")."""
    return tuple(Decimal(amount).scaleb(-exponent(result.tie_out.currency)) for amount in cents)


def _table(header: Sequence[str], rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(header))
