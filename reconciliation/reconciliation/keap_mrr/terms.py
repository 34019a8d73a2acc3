"""The interval of each bill, the end of what it covers, and whether it is for a part of its interval.

Most bills are followed by the next one when their interval says so; only the others are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reconciliation.intervals import period_end
from reconciliation.keap_mrr.proration import Bill, Part, Whole, part_of, running
from reconciliation.keap_mrr.spacing import (
    LATE_IN_THE_MONTH,
    BillDay,
    Interval,
    Place,
    of_odd_gap,
    only_by_days,
    shown_twice,
)
from reconciliation.keap_mrr.spacing import fits as follows

KEYS = ["subscription_id", "customer_id"]
Line = Mapping[Any, Any]
Prices = Mapping[Any, Any]


def with_terms(lines: pd.DataFrame, prices: Prices) -> pd.DataFrame:
    """`lines` with unit and count as billed, `ends` (exclusive), and `part` (see `proration.Part.kind`).

    Columns used: subscription_id, customer_id, order_id, item_id, starts, ordered_at, line, unit, count,
    gross, quantity, plan_id, own_plan, next_bill_date. `prices`: of a whole interval by now, by subscription.
    """
    number = pd.to_numeric(lines["order_id"], errors="coerce")
    table = lines.assign(number=number).sort_values(["starts", "ordered_at", "number", "line"])
    table["ends"] = period_end(table["starts"], table["unit"], table["count"])
    table["part"] = pd.Series(pd.NA, index=table.index, dtype="string")
    for _, group in table[_to_look_at(table)].groupby(KEYS, sort=False):
        for place, found in _OneSubscription(group, prices).read():
            table.loc[place, ["unit", "count"]] = found.interval.unit, found.interval.count
            table.loc[place, "part"] = found.part.kind if found.part else pd.NA
            ends = found.part.ends if found.part else None
            table.loc[place, "ends"] = pd.Timestamp(ends) if ends else pd.NaT
    again = table["ends"].isna()
    table.loc[again, "ends"] = period_end(
        table.loc[again, "starts"], table.loc[again, "unit"], table.loc[again, "count"]
    )
    return table.drop(columns="number").loc[lines.index]


def _to_look_at(table: pd.DataFrame) -> pd.Series[bool]:
    """Lines of subscriptions with a bill that is not followed when it should be, or that gives money back."""
    days = table[table["gross"] >= 0].drop_duplicates([*KEYS, "starts"], keep="last")
    following = days.groupby(KEYS)["starts"].shift(-1)
    upcoming = days["next_bill_date"].where(days["next_bill_date"] > days["starts"])
    following = following.fillna(upcoming)
    odd = days[(following.notna() & ~_follows(days, following)) | days["unit"].isna()]
    strange = pd.concat([odd, table[table["gross"] < 0]])[KEYS].drop_duplicates()
    marked = table[KEYS].merge(strange.assign(odd=True), on=KEYS, how="left")["odd"]
    return pd.Series(marked.eq(True).to_numpy(), index=table.index)


def _follows(days: pd.DataFrame, following: pd.Series[Any]) -> pd.Series[bool]:
    """`spacing.fits` for many bills at once."""
    short = days["unit"].eq("day") & days["count"].lt(7)
    off = (following - days["ends"]).dt.days.abs()
    near = off.le(1) & (~short.fillna(False) | off.eq(0))
    late = days["starts"].dt.day.ge(LATE_IN_THE_MONTH) & following.dt.day.ge(LATE_IN_THE_MONTH)
    month = following.dt.to_period("M").eq(days["ends"].dt.to_period("M"))
    found: pd.Series[bool] = near | (late & month & days["unit"].ne("day").fillna(False))
    return found.fillna(False).astype(bool)


@dataclass(frozen=True)
class Found:
    """What a bill was for."""

    interval: Interval
    part: Part | None = None


class _OneSubscription:
    """Bills of one subscription under one contact, read in order of time."""

    def __init__(self, lines: pd.DataFrame, prices: Prices) -> None:
        self._lines: list[tuple[Any, Line]] = [*lines.to_dict("index").items()]
        self._prices = prices
        days = [_bill_day(day, group) for day, group in lines[lines["gross"] >= 0].groupby("starts")]
        upcoming = lines["next_bill_date"].iloc[-1]
        ahead = bool(days) and not _missing(upcoming) and upcoming.date() > days[-1].day
        self._places = {
            bill.day: Place(days, index, upcoming.date() if ahead else None)
            for index, bill in enumerate(days)
        }
        self._credited = set(lines.loc[lines["gross"] < 0, "order_id"])
        self._whole: list[Whole] = []

    def read(self) -> Iterator[tuple[Any, Found]]:
        """The label of each line that can be read, with what it was for."""
        order: Any = None
        fresh: list[Whole] = []
        for label, line in self._lines:
            if line["order_id"] != order:
                self._whole += fresh
                order, fresh = line["order_id"], []
            found = self._found(line)
            if found is None:
                continue
            yield label, found
            if found.part is None:
                ends = period_end_of(line["starts"], found.interval)
                fresh.append(Whole(line["starts"].date(), ends, int(line["gross"])))

    def _found(self, line: Line) -> Found | None:
        place = self._places.get(line["starts"].date()) if line["gross"] >= 0 else None
        if _missing(line["unit"]) or _missing(line["count"]):
            shown = only_by_days(place) if place else None
            return Found(shown) if shown else None
        recorded = Interval(str(line["unit"]), int(line["count"]))
        beside_credit = line["order_id"] in self._credited
        interval = (
            recorded if place is None or _is_followed(place, recorded) else shown_twice(recorded, place)
        )
        if beside_credit or interval is None:
            part = part_of(self._bill(line, recorded, place, beside_credit), self._running(line))
            if part:
                return Found(recorded, part)
        if interval is None and place is not None:
            interval = of_odd_gap(recorded, place)
        return Found(interval or recorded)

    def _running(self, line: Line) -> Whole | None:
        return running(self._whole, line["starts"].date())

    def _bill(self, line: Line, recorded: Interval, place: Place | None, beside_credit: bool) -> Bill:
        day, following = line["starts"].date(), place.following if place else []
        price = self._price(line, place)
        return Bill(day, int(line["gross"]), recorded, next(iter(following), None), price, beside_credit)

    def _price(self, line: Line, place: Place | None) -> int | None:
        """Of a whole interval on the line's plan: what the next bill costs, else what the record says."""
        plan = _plan(line)
        if place and place.after and place.after.plan_id == plan:
            return place.after.gross
        price = self._prices.get(line["subscription_id"])
        own = "" if _missing(line["own_plan"]) else str(line["own_plan"])
        return None if _missing(price) or own != plan else int(str(price))


def period_end_of(starts: pd.Timestamp, interval: Interval) -> Any:
    """The day after the last one of a period."""
    ends = period_end(pd.Series([starts]), pd.Series([interval.unit]), pd.Series([interval.count]))
    return ends.iloc[0].date()


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value  # NaN is not itself


def _is_followed(place: Place, recorded: Interval) -> bool:
    """Whether nothing contradicts the interval that the records say."""
    return not place.following or follows(place.bill.day, place.following[0], recorded)


def _bill_day(day: Any, lines: pd.DataFrame) -> BillDay:
    last = lines.iloc[-1].to_dict()
    price = int(last["gross"]) // int(last["quantity"] or 1)
    return BillDay(pd.Timestamp(day).date(), _plan(last), price, int(lines["gross"].sum()))


def _plan(line: Line) -> str:
    """The plan that the item names, else the subscription's."""
    named = (line["plan_id"], line["own_plan"])
    return next((str(plan) for plan in named if not _missing(plan)), "")
