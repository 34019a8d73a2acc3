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


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Nobody wants to mend one column, run again, and learn of the next."""
    wrong = build("orders", [{"id": "1"}]).drop(columns="status").astype({"total": "float64"})
    with pytest.raises(ReconciliationError) as raised:
        check("orders", wrong)
    assert "no column 'status'" in str(raised.value)
    assert "'total' of the table 'orders' is float64, but must be Int64." in str(raised.value)


@pytest.mark.parametrize("table", ["orders", "subscriptions", "contacts"])
def test_an_id_that_stands_there_twice_is_named(table: str) -> None:
    """An order that is there twice would be billed twice."""
    with pytest.raises(
        ReconciliationError, match=f"'id' of the table '{table}' has values more than once: 7"
    ):
        check(table, build(table, [{"id": "7"}, {"id": "8"}, {"id": "7"}]))
