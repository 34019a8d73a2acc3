"""The audit's tables as pandas frames for notebooks, money in Decimal of the currency's major unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

import pandas as pd

from reconciliation.audit import Examination
from reconciliation.customer import Story
from reconciliation.frames import rows
from reconciliation.keap_mrr.lines import day_in
from reconciliation.policy import zone_named
from reconciliation.report import Reconciliation

LONG = 40  # letters from which a cell may wrap
FIGURES = ["Keap", "would be sent", "ChartMogul", "difference"]


def months(result: Reconciliation) -> pd.DataFrame:
    """One row per closing day, latest first."""
    found = [
        (
            month.day,
            *_amounts(result, month.keap, month.expected, month.chartmogul, month.difference),
            *_amounts(result, month.explained, month.faults, month.unexplained),
            month.keap_customers,
            month.chartmogul_customers,
        )
        for month in reversed(result.totals)
    ]
    amounts = [*FIGURES, "by rule", "by fault", "unexplained"]
    return _table(["day", *amounts, "customers in Keap", "customers in ChartMogul"], found)


def differences(result: Reconciliation) -> pd.DataFrame:
    """One row per customer and closing day that is not equal, latest day and largest difference first."""
    found = [
        (
            row.day,
            row.customer_id,
            row.match,
            *_amounts(result, row.keap, row.expected, row.chartmogul, row.difference),
            row.cause or "unexplained",
            row.where or "",
            "; ".join(row.evidence),
            row.since,
        )
        for row in result.differences
    ]
    return _table(["day", "customer", "match", *FIGURES, "cause", "arises", "evidence", "since"], found)


def plans(result: Reconciliation) -> pd.DataFrame:
    """One row per plan at the closing day of the audit, the largest first."""
    found = [
        (row.plan, row.name, *_amounts(result, row.keap, row.expected, row.chartmogul, row.difference))
        for row in result.plans
    ]
    return _table(["plan", "name", *FIGURES], found)


def movements(result: Reconciliation) -> pd.DataFrame:
    """One row per closing day and type of movement, latest first."""
    found = [
        (row.day, row.type, *_amounts(result, row.keap, row.expected, row.chartmogul, row.difference))
        for row in sorted(result.movements, key=lambda row: row.day, reverse=True)
    ]
    return _table(["up to", "movement", *FIGURES], found)


def events(story: Story) -> pd.DataFrame:
    """One customer's events in time order."""
    found = [(row.day.date(), row.system, row.what, row.id, row.says) for row in rows(story.events)]
    return _table(["day", "system", "what", "id", "says"], found)


def subscriptions(found: Examination, customer_id: str) -> pd.DataFrame:
    """The customer's subscriptions as Keap has them, without empty columns."""
    table = found.case.keap.subscriptions
    return table[table["customer_id"] == customer_id].dropna(axis=1, how="all")


def invoice_lines(found: Examination, customer_id: str) -> pd.DataFrame:
    """What ChartMogul holds of the customer's orders, line by line, latest first; days in its own zone."""
    case = found.case
    orders = case.keap.orders.loc[case.keap.orders["customer_id"] == customer_id, "id"]
    held = case.chartmogul.lines[case.chartmogul.lines["order_id"].isin(orders)]
    zone = zone_named(case.chartmogul.settings.time_zone)
    amounts: dict[str, Any] = {
        name: [None if pd.isna(cents) else Decimal(int(cents)).scaleb(-digits) for cents in held[name]]
        for digits in [case.digits]
        for name in ("amount", "tax", "discount")
    }
    days = {name: day_in(zone, held[f"{name}_at"]) for name in ("starts", "ends")}
    about = held[["order_id", "type", "subscription_id", "plan_id", "quantity", "by_hand"]]
    return about.assign(**amounts, **days).sort_values("starts", ascending=False)


def in_major(table: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Cents as Decimal of the currency's major unit; the days of its index as the first column."""
    amounts = table.map(lambda cents: None if pd.isna(cents) else Decimal(int(cents)).scaleb(-digits))
    return amounts.rename_axis("day").reset_index()


def causes(result: Reconciliation) -> pd.DataFrame:
    """One row per cause that occurs, and the unexplained rest, at the closing day of the audit."""
    found = [
        (cause.id, cause.title, cause.kind, *_amounts(result, cause.cents), cause.all_months)
        for cause in result.causes
    ]
    rest = sum(row.cause is None for row in result.differences)
    found.append(("", "Unexplained", "", *_amounts(result, result.last.unexplained), rest))
    return _table(["cause", "title", "kind", "amount", "in all months"], found)


def inputs(result: Reconciliation) -> pd.DataFrame:
    """The files that were compared, with their hashes."""
    found = [(file.name, file.size, file.sha256) for file in result.tie_out.files]
    return _table(["file", "bytes", "SHA-256"], found)


def settings(result: Reconciliation) -> pd.DataFrame:
    """Zones, currency, and the settings of both systems that change MRR."""
    about = result.tie_out
    found = [
        ("as of", about.as_of.isoformat()),
        ("currency", about.currency),
        ("days end in, Keap", about.keap_zone),
        ("days end in, ChartMogul", about.chartmogul_zone),
        *about.settings,
    ]
    return _table(["setting", "value"], found)


def _amounts(result: Reconciliation, *cents: int | None) -> tuple[Decimal | None, ...]:
    """Exact: 1234 cents are Decimal("12.34"); a figure that was not computed stays None."""
    digits = result.tie_out.digits
    return tuple(None if amount is None else Decimal(amount).scaleb(-digits) for amount in cents)


def _table(header: Sequence[str], given: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(given, columns=list(header))


@dataclass(frozen=True)
class Shown:
    """A table as a notebook shows it."""

    table: pd.DataFrame
    empty: str

    def _repr_html_(self) -> str:
        if self.table.empty:
            return f"<p><em>{escape(self.empty)}</em></p>"
        numbers = [_is_number(self.table[name]) for name in self.table]
        head = "".join(_cell("th", name, number) for name, number in zip(self.table, numbers, strict=True))
        body = "".join(
            f"<tr>{''.join(_cell('td', *pair) for pair in zip(row, numbers, strict=True))}</tr>"
            for row in rows(self.table)
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def shown(table: pd.DataFrame, empty: str = "Nothing.") -> Shown:
    """For a notebook: text to the left, amounts to the right with separators, no index; `empty` is what
    stands there when the table has no rows.
    """
    return Shown(table, empty)


def _is_number(column: pd.Series[Any]) -> bool:
    known = column.dropna()
    return len(known) > 0 and all(isinstance(value, Decimal | int | float) for value in known)


def _cell(tag: str, value: object, number: bool) -> str:
    text = _text(value)
    narrow = "nowrap" if len(text) < LONG else "normal"
    side = "right" if number else "left"
    return f'<{tag} style="text-align:{side};white-space:{narrow}">{escape(text)}</{tag}>'


def _text(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:,}" if isinstance(value, Decimal | int | float) else str(value)
