"""Causes that turn Keap's amount into ChartMogul's amount: interval, tax, discount, quantity, rounding."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reconciliation.explain.case import Case, amount, latest_line, latest_period, true
from reconciliation.intervals import divide_half_away, monthly

TWO_YEARS = 24  # months

# Weeks or days of a month in other engines, as fractions of days: 4 and 4.33 weeks, 4.35, 52/12, 30, 31.
OTHER_MONTHS: dict[str, tuple[int, int]] = {
    "4 weeks": (28, 1),
    "4.33 weeks": (3031, 100),
    "52/12 weeks": (91, 3),
    "4.35 weeks": (609, 20),
    "365/12 days": (365, 12),
    "30 days": (30, 1),
    "30.44 days": (761, 25),
    "30.5 days": (61, 2),
    "31 days": (31, 1),
}


def prepaid(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C29: an amount for several years is divided by the shorter interval of the product's plan."""
    rows = latest_period(case, differences)
    months = rows["count"].astype("Int64") * rows["unit"].map({"year": 12, "month": 1}).astype("Int64")
    return interval(case, differences).where((months >= TWO_YEARS).fillna(False).astype(bool))


def interval(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C2: ChartMogul's amount is the same net divided by the interval of the product's plan."""
    rows = latest_period(case, differences)
    other = monthly(rows["net"].astype("Int64"), rows["plan_unit"], rows["plan_count"])
    text = (
        "order " + rows["order_id"] + " covers " + _interval(rows["count"], rows["unit"])
        + ", its plan says " + _interval(rows["plan_count"], rows["plan_unit"])
    )  # fmt: skip
    return text.where(_gives(other, rows) & ~_on_plan(case, differences, rows))


def day_factor(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C3: on a plan of days or weeks, ChartMogul's amount follows another length of the month."""
    rows = latest_period(case, differences)
    evidence = pd.Series(pd.NA, index=rows.index, dtype="string")
    net = rows["net"].astype("Int64").where(rows["unit"] == "day")
    for name, (days, parts) in OTHER_MONTHS.items():
        other = divide_half_away(net * days, parts * rows["count"].astype("Int64"))
        text = "order " + rows["order_id"] + f" with a month of {name} instead of 30.4375 days"
        evidence = evidence.where(evidence.notna() | ~_gives(other, rows), text)
    return evidence


def tax(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C4: ChartMogul's amount is Keap's with the tax."""
    rows = latest_period(case, differences)
    other = monthly((rows["net"] + rows["tax"]).astype("Int64"), rows["unit"], rows["count"])
    text = "order " + rows["order_id"] + " with its tax of " + amount(case, rows["tax"])
    apart = true(latest_line(case, differences)["line_tax"].eq(rows["tax"]) & _is_of(case, differences, rows))
    return text.where(_gives(other, rows) & (rows["tax"] != 0) & ~apart)


def discount(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C5: ChartMogul's amount is Keap's without the discount, or with the discount taken twice."""
    rows = latest_period(case, differences)
    ignored = monthly(rows["gross"].astype("Int64"), rows["unit"], rows["count"])
    twice = monthly((rows["net"] - rows["reduction"]).astype("Int64"), rows["unit"], rows["count"])
    text = "order " + rows["order_id"] + " has a discount of " + amount(case, rows["reduction"])
    free = true(rows["net"].eq(0) & rows["mrr"].eq(0)) & ~true(rows["until"] <= rows["date"])
    whole = free & true(ignored.eq(rows["chartmogul"])) & rows["keap"].eq(0)
    found = (text + ", not deducted").where(_gives(ignored, rows) | whole)
    found = found.fillna((text + ", deducted twice").where(_gives(twice, rows)))
    return found.where(rows["reduction"] != 0)


def quantity(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C7: ChartMogul's amount is Keap's times the quantity, which the amount already covers."""
    rows = latest_period(case, differences)
    text = "order " + rows["order_id"] + " has quantity " + rows["quantity"].astype("Int64").astype("string")
    times = rows["keap"] * rows["quantity"].astype("Int64")
    return text.where(_gives(times, rows) & (rows["quantity"] > 1).fillna(False))


def rounding(case: Case, differences: pd.DataFrame) -> pd.Series[str]:
    """C20: one cent, where the amount does not divide evenly by the interval."""
    rows = latest_period(case, differences)
    text = (
        "order "
        + rows["order_id"]
        + ": "
        + amount(case, rows["net"])
        + " "
        + _interval(rows["count"], rows["unit"])
    )
    uneven = (rows["unit"] != "month") | (rows["count"] > 1)
    running = (rows["keap"] != 0) & (rows["chartmogul"] != 0)
    return text.where(running & uneven.fillna(False) & (rows["difference"].abs() <= 1))


def _on_plan(case: Case, differences: pd.DataFrame, rows: pd.DataFrame) -> pd.Series[bool]:
    """ChartMogul's line for the order stands on a plan of the order's real interval."""
    interval = rows["count"].astype("Int64").astype("string") + "-" + rows["unit"].astype("string")
    plan = latest_line(case, differences)["line_plan"].astype("string").str.extract(r"([^:]*)$")[0]
    return true(plan.eq(interval)) & _is_of(case, differences, rows)


def _is_of(case: Case, differences: pd.DataFrame, rows: pd.DataFrame) -> pd.Series[bool]:
    """The line in force in ChartMogul is of the order in force in Keap."""
    return true(latest_line(case, differences)["line_order"].eq(rows["order_id"]))


def _gives(other: pd.Series[Any], rows: pd.DataFrame) -> pd.Series[bool]:
    """Whether the alternative is what ChartMogul holds, for a subscription that runs on both sides."""
    same = other.eq(rows["chartmogul"]).fillna(False).astype(bool)
    return same & (rows["keap"] != 0) & (rows["chartmogul"] != 0)


def _interval(count: pd.Series[Any], unit: pd.Series[Any]) -> pd.Series[str]:
    return count.astype("Int64").astype("string") + " " + unit.astype("string")
