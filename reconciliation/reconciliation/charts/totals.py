"""Both totals over time, their difference, and the bridge from one to the other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import altair as alt

from reconciliation.charts.axes import (
    MOST_LABELS,
    amounts,
    columns,
    legend,
    line_at_zero,
    major,
    months,
    places,
)
from reconciliation.charts.picture import CHARTMOGUL, GAP, KEAP, QUIET, SPOKEN, Picture, Says, picture, rows
from reconciliation.money import money, signed
from reconciliation.report import MonthTotal, Reconciliation

NEAR = 0.12  # a bridge whose causes are a smaller share of the totals begins above zero


def both_lines(result: Reconciliation) -> Picture:
    """Keap's and ChartMogul's MRR at each closing day."""
    digits, says, labels = result.tie_out.digits, Says(), _labels(result)
    table = [
        {"place": label, "keap": major(month.keap, digits), "chartmogul": major(month.chartmogul, digits)}
        for label, month in zip(labels, result.totals, strict=True)
    ]
    highest = major(max(max(month.keap, month.chartmogul) for month in result.totals), digits)
    y = amounts(highest, "keap:Q", domainMin=0, nice=True)
    base = rows(table).encode(x=places(labels))
    keap = base.mark_line(color=KEAP, strokeWidth=7, opacity=0.4, strokeCap="round", interpolate="linear")
    thin = base.mark_line(color=CHARTMOGUL, strokeWidth=2)
    dots = base.mark_point(color=CHARTMOGUL, filled=True, size=28, opacity=1)
    chart = alt.layer(
        keap.encode(y=y, description=alt.value("series-0")),
        thin.encode(y="chartmogul:Q", description=alt.value("series-1")),
        dots.encode(y="chartmogul:Q", description=alt.value("series-1")),
        _columns(result, labels, says),
        legend({"Keap": KEAP, "ChartMogul": CHARTMOGUL}),
    )
    return picture(f"MRR at the end of each month, {result.tie_out.currency}", chart, says, 280)


def difference(result: Reconciliation) -> Picture:
    """ChartMogul less Keap at each closing day."""
    digits, says, labels = result.tie_out.digits, Says(), _labels(result)
    gaps = [major(month.difference, digits) for month in result.totals]
    table = [{"place": label, "amount": gap} for label, gap in zip(labels, gaps, strict=True)]
    y = amounts(max(map(abs, gaps)))
    bars = rows(table).mark_bar(color=GAP, width={"band": 0.55}).encode(x=places(labels), y=y)
    chart = alt.layer(bars, line_at_zero(), _columns(result, labels, says))
    return picture(f"ChartMogul less Keap, {result.tie_out.currency}", chart, says, 160)


def _columns(result: Reconciliation, labels: list[str], says: Says) -> Any:
    """Everything above one month says the figures of that month."""
    return columns(labels, (_month(month, result.tie_out.digits) for month in result.totals), says)


def bridge(result: Reconciliation) -> Picture:
    """From Keap's MRR over each cause to ChartMogul's, at the closing day. Unexplained has its own bar."""
    digits, says = result.tie_out.digits, Says()
    keap, chartmogul = result.last.keap, result.last.chartmogul
    bars = [_end("Keap", keap, KEAP, digits, says), _end("ChartMogul", chartmogul, CHARTMOGUL, digits, says)]
    parts = [(cause.id, cause.title, cause.cents) for cause in result.causes if cause.cents]
    parts.append(("unexplained", "no cause gives this amount", result.last.unexplained))
    level, steps = keap, []
    for name, title, cents in parts:
        ends = sorted((major(level, digits), major(level + cents, digits)))
        says_this = says(f"{name}: {signed(cents, digits)}\n{title}")
        row = {"place": name, "from": ends[0], "to": ends[1], "label": signed(cents, digits), **says_this}
        steps.append(row | {"colour": GAP if name == "unexplained" else QUIET})
        level += cents
    table = [bars[0], *steps, bars[1]]
    labels = [str(row["place"]) for row in table]
    low, high = _levels(
        [major(keap, digits), *(float(str(row[end])) for row in steps for end in ("from", "to"))]
    )
    base = rows([row | {"from": max(float(str(row["from"])), low)} for row in table]).encode(
        x=places(labels, each=True)
    )
    y = amounts(high, "to:Q", domain=[low, high], nice=False, zero=False)
    colour = alt.Color("colour:N", scale=None)
    chart = alt.layer(
        base.mark_bar(width={"band": 0.7}, cornerRadius=2).encode(y=y, y2="from:Q", color=colour, **SPOKEN),
        base.mark_text(dy=-8, fontSize=12 if len(labels) < MOST_LABELS else 9).encode(
            y="to:Q", text="label:N"
        ),
        _joints(labels, keap, [cents for _, _, cents in parts], digits),
    )
    note = "" if low <= 0 else " (the axis does not begin at zero)"
    title = f"From Keap's MRR to ChartMogul's on {result.last.day}, {result.tie_out.currency}{note}"
    return picture(title, chart, says, 290)


def _end(name: str, cents: int, colour: str, digits: int, says: Says) -> dict[str, object]:
    said = money(cents, digits)
    return {"place": name, "from": 0.0, "to": major(cents, digits), "label": said, "colour": colour} | says(
        f"{name}: {said}"
    )


def _joints(labels: list[str], start: int, parts: list[int], digits: int) -> Any:
    """Thin lines from the level of one bar to the next."""
    level, table = start, []
    for (one, other), cents in zip(pairwise(labels), [*parts, 0], strict=True):
        table += [{"place": place, "level": major(level, digits), "joint": one} for place in (one, other)]
        level += cents
    line = rows(table).mark_line(color="#9aa3a9", strokeWidth=0.8, strokeDash=[3, 3])
    return line.encode(x=places(labels, each=True), y="level:Q", detail="joint:N")


def _levels(levels: list[float]) -> tuple[float, float]:
    """From zero when the causes are large enough to be seen there, else closer."""
    low, high = min(levels), max(levels)
    span = high - low
    if low <= 0 or span > NEAR * high or not span:
        return min(0.0, 1.15 * low), 1.15 * max(high, 1.0)
    return low - 2 * span, high + span


def _labels(result: Reconciliation) -> list[str]:
    return months(month.day for month in result.totals)


def _month(month: MonthTotal, digits: int) -> str:
    sent = "" if month.expected is None else f"\nwould be sent {money(month.expected, digits)}"
    return (
        f"{month.day}\nKeap {money(month.keap, digits)}{sent}"
        f"\nChartMogul {money(month.chartmogul, digits)}"
        f"\ndifference {signed(month.difference, digits)}"
    )
