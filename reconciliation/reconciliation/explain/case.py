"""What a cause may look at when it tries to explain a difference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.expected import Expected
from reconciliation.explain.zones import zone_of
from reconciliation.frames import ChartMogulFrames, KeapFrames
from reconciliation.keap_mrr.lines import Lines, day_in
from reconciliation.keap_mrr.units import in_units
from reconciliation.money import HUNDREDTHS, exponent, money
from reconciliation.policy import Policy, zone_named

AMOUNTS = ("gross", "reduction", "net", "tax")
LINE = {
    "order_id": "line_order",
    "item_id": "line_item",
    "plan_id": "line_plan",
    "amount": "line_amount",
    "tax": "line_tax",
    "fees": "line_fees",
    "currency": "line_currency",
    "prorated": "line_prorated",
    "by_hand": "line_by_hand",
    "disabled": "line_disabled",
    "starts_at": "line_starts_at",
    "ends_at": "line_ends_at",
}


@dataclass(frozen=True)
class Case:
    """Both sides as read, and what was computed of them.

    `lines`, `periods`: of `keap_mrr`; `movements`: of `chartmogul_mrr.movements`, in ChartMogul's zone;
    `expected`: what would be sent, where Keap's own records are at hand.
    """

    keap: KeapFrames
    chartmogul: ChartMogulFrames
    policy: Policy
    zone: ZoneInfo
    lines: Lines
    periods: pd.DataFrame
    movements: pd.DataFrame
    contacts: frozenset[str]
    customers: frozenset[str]
    expected: Expected | None
    as_of: date

    @property
    def digits(self) -> int:
        """How many digits of ChartMogul's amounts, and of all figures, stand behind the point."""
        return HUNDREDTHS if self.policy.hundredths else exponent(self.keap.currency)

    @cached_property
    def periods_by_start(self) -> pd.DataFrame:
        """`periods` in order of time, their owner as `owner`, amounts in the units of the figures."""
        known = self.periods.sort_values("starts", kind="stable").rename(columns={"customer_id": "owner"})
        amounts = {name: in_units(known[name], self.keap.currency, self.digits) for name in AMOUNTS}
        return known.assign(**amounts)

    @cached_property
    def sending_zone(self) -> str | None:
        """The zone in which most of ChartMogul's lines of Keap's orders begin at midnight; None where that is
        Keap's own, or where they begin at no zone's midnight.
        """
        lines, own = self.chartmogul.lines, str(self.zone)
        ours = lines["order_id"].isin(self.keap.orders["id"]) & lines["type"].eq("subscription")
        found = zone_of(lines.loc[ours, "starts_at"], (own, "UTC", self.chartmogul.settings.time_zone))
        return None if found == own else found

    @cached_property
    def lines_by_day(self) -> pd.DataFrame:
        """`held_lines` in order of time."""
        return held_lines(self).sort_values("line_day", kind="stable")


def latest_period(case: Case, differences: pd.DataFrame, of: pd.Series[bool] | None = None) -> pd.DataFrame:
    """Each difference with the subscription's latest begun period in Keap, also when that has ended; the
    period's amounts are in the units of the figures. `of`: only of these of `periods_by_start`.
    """
    rows = differences.sort_values("date", kind="stable")
    known = case.periods_by_start if of is None else case.periods_by_start[of]
    joined = pd.merge_asof(rows, known, left_on="date", right_on="starts", by="subscription_id")
    joined.index = rows.index
    return joined.sort_index()


def latest_line(case: Case, differences: pd.DataFrame) -> pd.DataFrame:
    """Each difference with the subscription line that ChartMogul holds in force on that day: line_order,
    line_item, line_plan, line_amount, line_tax, line_fees, line_currency, line_day and line_until (in
    ChartMogul's zone), line_starts_at, line_ends_at, line_prorated, line_by_hand, line_disabled. Missing
    where ChartMogul holds none.
    """
    held = case.lines_by_day
    rows = differences.sort_values("date", kind="stable")
    joined = pd.merge_asof(rows, held, left_on="date", right_on="line_day", by="subscription_id")
    joined.index = rows.index
    return joined.sort_index()


def held_lines(case: Case) -> pd.DataFrame:
    """ChartMogul's subscription lines with the days of their service periods, see `latest_line`."""
    zone = zone_named(case.chartmogul.settings.time_zone)
    lines = case.chartmogul.lines
    lines = lines[lines["type"].eq("subscription") & lines["starts_at"].notna()].rename(columns=LINE)
    dated = {"line_day": lines["line_starts_at"], "line_until": lines["line_ends_at"]}
    lines = lines.assign(**{name: day_in(zone, moments) for name, moments in dated.items()})
    return lines[["subscription_id", "line_day", "line_until", *LINE.values()]]


def amount(case: Case, cents: pd.Series[Any]) -> pd.Series[str]:
    """Amounts as a reader knows them: `1.60 USD`."""
    known = cents.astype("Int64").fillna(0)
    said = [f"{money(int(value), case.digits)} {case.keap.currency}" for value in known]
    return pd.Series(said, index=cents.index, dtype="string")


def nothing(rows: pd.DataFrame) -> pd.Series[str]:
    """No claim at all."""
    return pd.Series(pd.NA, index=rows.index, dtype="string")


def true(flags: pd.Series[Any]) -> pd.Series[bool]:
    """Flags of which a missing one is no."""
    return flags.astype("boolean").fillna(False).astype(bool)


def days(column: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Days as text."""
    return column.dt.strftime("%Y-%m-%d").astype("string")
