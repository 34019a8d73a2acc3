"""The interval of each bill, the end of what it covers, and whether it is for a part of its interval.

Most bills are followed by the next one when their interval says so; only the others are looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from reconciliation.intervals import period_end
from reconciliation.keap_mrr.proration import Bill, Part, Whole, part_of, running
from reconciliation.keap_mrr.spacing import (
    LATE_IN_THE_MONTH,
    BillDay,
    Interval,
    Place,
    later,
    of_odd_gap,
    only_by_days,
    paid_for,
    shown_twice,
)
from reconciliation.keap_mrr.spacing import fits as follows

KEYS = ["subscription_id", "customer_id"]
Line = Mapping[Any, Any]
Prices = Mapping[Any, Any]


def with_terms(lines: pd.DataFrame, prices: Prices) -> pd.DataFrame:
    """`lines` with unit and count as billed, `ends` (exclusive), and `part` (see `proration.Part.kind`).

    Columns used: subscription_id, customer_id, order_id, item_id, starts, ordered_at, line, unit, count,
    price, gross, quantity, plan_id, own_plan, plan_unit, plan_count, plan_price, next_bill_date, changed_on.
    `prices`: of a whole interval by now, by subscription.
    """
    number = pd.to_numeric(lines["order_id"], errors="coerce")
    table = lines.assign(number=number).sort_values(["starts", "ordered_at", "number", "line"])
    table["ends"] = period_end(table["starts"], table["unit"], table["count"])
    table["part"] = pd.Series(pd.NA, index=table.index, dtype="string")
    found = pd.DataFrame(_looked_at(table, prices), columns=["place", "unit", "count", "part", "ends"])
    found = found.set_index("place").astype({name: table[name].dtype for name in ("unit", "count", "part")})
    found["ends"] = pd.to_datetime(found["ends"]).astype(table["ends"].dtype)
    for name in found:
        table.loc[found.index, name] = found[name]
    again = table["ends"].isna()
    table.loc[again, "ends"] = period_end(
        table.loc[again, "starts"], table.loc[again, "unit"], table.loc[again, "count"]
    )
    return table.drop(columns="number").loc[lines.index]


def _looked_at(table: pd.DataFrame, prices: Prices) -> Iterator[tuple[Any, ...]]:
    """Label, unit, count, kind of part and its end, of every line that can be read."""
    held: dict[tuple[str, str], list[tuple[Any, Line]]] = defaultdict(list)
    for label, line in table[_to_look_at(table)].to_dict("index").items():
        held[line["subscription_id"], line["customer_id"]].append((label, line))
    for lines in held.values():
        for label, found in _OneSubscription(lines, prices).read():
            part = found.part
            kind, ends = (part.kind, pd.Timestamp(part.ends)) if part else (pd.NA, pd.NaT)
            yield label, found.interval.unit, found.interval.count, kind, ends


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

    def __init__(self, lines: list[tuple[Any, Line]], prices: Prices) -> None:
        self._lines = lines
        self._prices = prices
        charged = (line for _, line in self._lines if line["gross"] >= 0)
        days = [_bill_day(list(same)) for _, same in groupby(charged, key=lambda line: line["starts"])]
        upcoming = lines[-1][1]["next_bill_date"]
        ahead = bool(days) and not _missing(upcoming) and upcoming.date() > days[-1].day
        changed = lines[-1][1]["changed_on"]
        edited = bool(days) and not _missing(changed) and changed.date() > days[-1].day
        self._places = {
            bill.day: Place(days, index, upcoming.date() if ahead else None, edited)
            for index, bill in enumerate(days)
        }
        self._credited = {line["order_id"] for _, line in self._lines if line["gross"] < 0}
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
                starts = line["starts"].date()
                fresh.append(Whole(starts, later(starts, found.interval), int(line["gross"])))

    def _found(self, line: Line) -> Found | None:
        place = self._places.get(line["starts"].date()) if line["gross"] >= 0 else None
        if _missing(line["unit"]) or _missing(line["count"]):
            shown = only_by_days(place) if place else None
            return Found(shown) if shown else None
        recorded = Interval(str(line["unit"]), int(line["count"]))
        beside_credit = line["order_id"] in self._credited
        interval: Interval | None = recorded
        if place is not None and not _is_followed(place, recorded):
            interval = shown_twice(recorded, place) or paid_for(_sold(line), place)
        if beside_credit or interval is None:
            part = part_of(self._bill(line, recorded, place, beside_credit), self._running(line))
            if part:
                return Found(recorded, part)
        if interval is None and place is not None:
            interval = of_odd_gap(recorded, place, self._price(line, place), _sold(line))
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


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value  # NaN is not itself


def _sold(line: Line) -> Interval | None:
    """The interval of the item's own plan, when the item costs what that plan costs."""
    told = (line["plan_unit"], line["plan_count"], line["plan_price"])
    if any(map(_missing, told)) or not line["plan_price"] or line["price"] != line["plan_price"]:
        return None
    return Interval(str(line["plan_unit"]), int(line["plan_count"]))


def _is_followed(place: Place, recorded: Interval) -> bool:
    """Whether nothing contradicts the interval that the records say."""
    return not place.following or follows(place.bill.day, place.following[0], recorded)


def _bill_day(lines: Sequence[Line]) -> BillDay:
    last = lines[-1]
    price = int(last["gross"]) // int(last["quantity"] or 1)
    return BillDay(last["starts"].date(), _plan(last), price, sum(int(line["gross"]) for line in lines))


def _plan(line: Line) -> str:
    """The plan that the item names, else the subscription's."""
    named = (line["plan_id"], line["own_plan"])
    return next((str(plan) for plan in named if not _missing(plan)), "")
