"""Declared tables."""

from __future__ import annotations

import pytest

from reconciliation.errors import ReconciliationError
from reconciliation.frames import TABLES, build, check


@pytest.mark.parametrize("table", list(TABLES))
def test_a_built_table_is_as_declared(table: str) -> None:
    """Also when there are no rows at all, and when a row says nothing."""
    check(table, build(table, []))
    check(table, build(table, [{}]))


def test_a_missing_column_is_named() -> None:
    """One sentence with the table, the column, and what is needed."""
    with pytest.raises(ReconciliationError, match="'totals' has no column 'mrr'; it needs: date, mrr"):
        check("totals", build("totals", []).drop(columns="mrr"))


def test_a_wrong_type_is_named() -> None:
    """Floating money is refused before anything is computed with it."""
    with pytest.raises(
        ReconciliationError, match="'mrr' of the table 'totals' is float64, but must be Int64"
    ):
        check("totals", build("totals", []).astype({"mrr": "float64"}))
