"""What the report says of leads and trials: the five charts by month, and customers whose dates differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from reconciliation import signups
from reconciliation.explain.case import Case
from reconciliation.frames import rows

FIGURES = (
    "leads",
    "free trials",
    "non-trial leads",
    "trial-to-paid conversion, percent",
    "average sales cycle, days",
)
MOST = 500
PLACES = 2
NAMES = {"lead": "lead created", "trial": "free trial started", "paid": "first payment"}


@dataclass(frozen=True)
class LeadMonth:
    """One figure of one month, None where there is nothing to divide by."""

    figure: str
    month: str
    keap: float | None
    chartmogul: float | None

    @property
    def differs(self) -> bool:
        """By more than the rounding of what is shown."""
        return self.keap != self.chartmogul


@dataclass(frozen=True)
class LeadDate:
    """A day of a customer that differs; None where one side has none."""

    customer_id: str
    what: str
    keap: date | None
    chartmogul: date | None


@dataclass(frozen=True)
class LeadFindings:
    """`differing` counts the days that differ, of which `differences` hold the first; `invented`: trials in
    ChartMogul that Keap does not bear out, when all there carry the day of the lead; `merged`: contacts that
    are gone from Keap and one customer with another in ChartMogul, and are counted on neither side;
    `by_zone`: of the days that differ, those that are one day apart while days begin elsewhere; `elsewhere`:
    contacts who pay in another data source, whose earlier days there count on both sides.
    """

    months: tuple[LeadMonth, ...]
    differences: tuple[LeadDate, ...]
    differing: int
    invented: int
    merged: int = 0
    by_zone: int = 0
    elsewhere: int = 0

    @property
    def sentence(self) -> str:
        """What there is to say, in one to five sentences."""
        merged = f" Contacts merged into another one, not counted: {self.merged}." if self.merged else ""
        if self.elsewhere:
            merged += f" Contacts who pay in another data source, with its days: {self.elsewhere}."
        if not self.differing:
            return f"Leads and trials agree: every customer has the same days on both sides.{merged}"
        apart = len({month.month for month in self.months if month.differs})
        said = f"Lead, trial or first payment days that differ: {self.differing}, in {apart} months.{merged}"
        if self.by_zone:
            said += f" One day apart, as days begin at different times on the two sides: {self.by_zone}."
        made_up = (
            " All trials in ChartMogul begin on the day of the lead, and Keap does not bear out "
            f"{self.invented} of them: the sender made them up."
        )
        return said + (made_up if self.invented else "")


def lead_findings(case: Case, since: date, until: date) -> LeadFindings | None:
    """Of the months from `since` to `until`; None where Keap's contacts did not come."""
    if case.keap.contacts.empty:
        return None
    sides = signups.dates(case)
    apart = signups.differences(sides)
    off = 1 if case.sending_zone or str(case.zone) != case.chartmogul.settings.time_zone else 0
    near = (apart["keap"] - apart["chartmogul"]).abs() <= pd.Timedelta(days=off)
    months = [month for figure in FIGURES for month in _months(sides, figure, since, until)]
    return LeadFindings(
        tuple(months),
        tuple(_date(row) for row in rows(apart.head(MOST))),
        len(apart),
        signups.invented_trials(sides, off),
        len(sides.merged),
        int(near.sum()),
        len(sides.elsewhere),
    )


def _months(sides: signups.Dates, figure: str, since: date, until: date) -> list[LeadMonth]:
    table = signups.both(sides, figure)
    wanted = [
        month for month in table.index if since <= month.end_time.date() and month.start_time.date() <= until
    ]
    figures = table.loc[wanted, ["Keap", "ChartMogul"]].to_numpy(dtype="float64", na_value=float("nan"))
    return [
        LeadMonth(figure, str(month), _number(keap), _number(chartmogul))
        for month, (keap, chartmogul) in zip(wanted, figures, strict=True)
    ]


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), PLACES)


def _date(row: Any) -> LeadDate:
    return LeadDate(str(row.customer_id), NAMES[row.date], _day(row.keap), _day(row.chartmogul))


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else value.date()
