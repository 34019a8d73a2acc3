"""Intervals, monthly shares and rounding."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from reconciliation.intervals import count_of, divide_half_away, monthly, period_end, unit_of


def one(value: object, dtype: str) -> pd.Series[Any]:
    return pd.Series([value], dtype=dtype)


@pytest.mark.parametrize(
    ("cents", "cycle", "frequency", "mrr"),
    [
        (1000, "MONTH", 1, 1000),
        (3000, "MONTH", 3, 1000),
        (200_000, "YEAR", 1, 16_667),
        (240_000, "YEARLY", 2, 10_000),
        (1000, "WEEK", 1, 4348),
        (1000, "WEEKLY", 2, 2174),
        (100, "DAY", 1, 3044),
        (18, "YEAR", 1, 2),
        (6, "YEAR", 1, 1),
        (-6, "YEAR", 1, -1),
        (0, "MONTH", 1, 0),
    ],
)
def test_the_monthly_share_is_rounded_half_away_from_zero(
    cents: int, cycle: str, frequency: int, mrr: int
) -> None:
    """A year is 12 months, a week is 7 days of a month of 30.4375 days."""
    unit = unit_of(one(cycle, "string"))
    count = count_of(one(cycle, "string"), one(frequency, "Int64"))
    assert monthly(one(cents, "Int64"), unit, count)[0] == mrr


def test_an_unknown_cycle_has_no_share() -> None:
    """A word that Keap has not documented, or a frequency of zero, gives nothing rather than a guess."""
    assert unit_of(one("FORTNIGHT", "string")).isna().all()
    assert count_of(one("MONTH", "string"), one(0, "Int64")).isna().all()


def test_division_never_loses_cents_to_floats() -> None:
    """Amounts beyond the precision of a float are divided exactly."""
    large = 90_071_992_547_409_931
    assert divide_half_away(one(large, "Int64"), one(2, "Int64"))[0] == (large + 1) // 2


@pytest.mark.parametrize(
    ("start", "unit", "count", "end"),
    [
        ("2026-01-31", "month", 1, "2026-02-28"),
        ("2024-01-31", "month", 1, "2024-02-29"),
        ("2024-02-29", "year", 1, "2025-02-28"),
        ("2026-03-05", "day", 7, "2026-03-12"),
        ("2025-11-30", "month", 3, "2026-02-28"),
    ],
)
def test_a_period_ends_by_the_calendar(start: str, unit: str, count: int, end: str) -> None:
    """Month ends clamp to the last day that the month has."""
    starts = pd.Series(pd.to_datetime([start])).dt.as_unit("ns")
    ends = period_end(starts, one(unit, "string"), one(count, "Int64"))
    assert ends[0] == pd.Timestamp(end)
