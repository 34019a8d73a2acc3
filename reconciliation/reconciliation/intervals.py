"""Billing intervals: the two vocabularies of cycles in Keap, the end of a period, the monthly share.

Keap says YEAR, MONTH, WEEK, DAY on subscriptions and YEARLY, MONTHLY, WEEKLY, DAILY on plans
(https://developer.keap.com/docs/restv2/). ChartMogul knows day, month and year; a week is 7 days, and a
month has 30.4375 days (365.25 / 12), which reproduces the answers recorded by ChartMogul's own clients.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

CYCLES: dict[str, tuple[str, int]] = {
    "YEAR": ("year", 1),
    "YEARLY": ("year", 1),
    "MONTH": ("month", 1),
    "MONTHLY": ("month", 1),
    "WEEK": ("day", 7),
    "WEEKLY": ("day", 7),
    "DAY": ("day", 1),
    "DAILY": ("day", 1),
}

CENTURY = {"year": 100, "month": 1200, "day": 36_525}
TOO_LATE = pd.Timestamp(2100, 1, 1).as_unit("ns")  # a century later is still a day that the tables can hold

# The monthly share of an amount that covers one unit, as an exact fraction: 30.4375 = 487/16.
MONTHLY_SHARE: dict[str, tuple[int, int]] = {"year": (1, 12), "month": (1, 1), "day": (487, 16)}


def unit_of(cycle: pd.Series[Any]) -> pd.Series[Any]:
    """day, month or year of each cycle word, in any case; missing for an unknown word."""
    return (
        cycle.astype("string")
        .str.upper()
        .map({word: unit for word, (unit, _) in CYCLES.items()})
        .astype("string")
    )


def count_of(cycle: pd.Series[Any], frequency: pd.Series[Any]) -> pd.Series[Any]:
    """How many units one bill covers; missing when the word is unknown, the frequency is not positive, or the
    interval would be longer than a century. Without a frequency a bill covers one cycle.
    """
    size = (
        cycle.astype("string")
        .str.upper()
        .map({word: size for word, (_, size) in CYCLES.items()})
        .astype("Int64")
    )
    longest = unit_of(cycle).map(CENTURY).astype("Int64")
    times = frequency.fillna(1)
    return size * times.where((times > 0) & (times <= longest))


def divide_half_away(numerator: pd.Series[Any], denominator: pd.Series[Any]) -> pd.Series[Any]:
    """Whole-number division, halves away from zero, exact: cents never pass through a float."""
    size = (numerator.abs() * 2 + denominator) // (denominator * 2)
    return size.where(numerator >= 0, -size)


def monthly(amount: pd.Series[Any], unit: pd.Series[Any], count: pd.Series[Any]) -> pd.Series[Any]:
    """The MRR, in cents, of an amount that covers `count` units; missing where the interval is."""
    share = unit.map({name: num for name, (num, _) in MONTHLY_SHARE.items()}).astype("Int64")
    parts = unit.map({name: den for name, (_, den) in MONTHLY_SHARE.items()}).astype("Int64")
    return divide_half_away(amount * share, parts * count)


def period_end(start: pd.Series[Any], unit: pd.Series[Any], count: pd.Series[Any]) -> pd.Series[Any]:
    """The day after the last covered day: calendar arithmetic, the 31st clamps to the month's last day.
    Missing for what begins in the next century.
    """
    start = start.where(start < TOO_LATE)
    end = pd.Series(pd.NaT, index=start.index, dtype="datetime64[ns]")
    intervals = pd.DataFrame({"unit": unit, "count": count}).dropna().drop_duplicates()
    for name, size in intervals.itertuples(index=False):
        same = ((unit == name) & (count == size)).fillna(False).astype(bool)
        end[same] = start[same] + step(str(name), int(size))
    return end


def step(unit: str, count: int) -> pd.DateOffset:
    """The length of an interval as calendar arithmetic."""
    if unit == "year":
        return pd.DateOffset(years=count)
    return pd.DateOffset(months=count) if unit == "month" else pd.DateOffset(days=count)


def phrase(unit: str, count: int) -> str:
    """`every 3 months`, `every month`."""
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"
