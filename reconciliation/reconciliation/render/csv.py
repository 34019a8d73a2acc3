"""The customers that differ as CSV: amounts in the currency's major unit, one row per closing day."""

from __future__ import annotations

import io
from csv import writer

from reconciliation.money import plain
from reconciliation.report import Reconciliation

HEADER = (
    "day", "customer", "name", "match", "keap", "would_be_sent", "chartmogul", "difference", "cause", "parts",
    "arises", "since", "evidence",
)  # fmt: skip


def csv(result: Reconciliation) -> str:
    """Every customer and closing day that is not equal."""
    text = io.StringIO()
    out = writer(text, lineterminator="\n")
    out.writerow(HEADER)
    digits = result.tie_out.digits
    for row in result.differences:
        amounts = [
            "" if cents is None else plain(cents, digits)
            for cents in (row.keap, row.expected, row.chartmogul, row.difference)
        ]
        parts = "; ".join(f"{cause or 'unexplained'} {plain(cents, digits)}" for cause, cents in row.parts)
        about = (row.day.isoformat(), _cell(row.customer_id), _cell(row.name or ""), row.match)
        why = (row.cause or "unexplained", parts, row.where or "", row.since.isoformat())
        out.writerow([*about, *amounts, *why, _cell("; ".join(row.evidence))])
    return text.getvalue()


def _cell(text: str) -> str:
    """A spreadsheet must not take text from an account for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
