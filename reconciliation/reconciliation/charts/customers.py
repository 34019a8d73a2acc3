"""One customer's life in both systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from reconciliation import frames
from reconciliation.charts.axes import legend, major, money_axis
from reconciliation.charts.picture import (
    CHARTMOGUL,
    EXPECTED,
    GAP,
    KEAP,
    SPOKEN,
    WIDTH,
    Picture,
    Says,
    picture,
    rows,
)
from reconciliation.customer import Story
from reconciliation.money import money

LINES: Mapping[str, dict[str, Any]] = {
    "Keap": {"color": KEAP, "strokeWidth": 7, "opacity": 0.4},
    "what would be sent": {"color": EXPECTED, "strokeWidth": 1.6, "strokeDash": [5, 4]},
    "ChartMogul": {"color": CHARTMOGUL, "strokeWidth": 2},
}
MARKS: Mapping[str, tuple[str, str, str]] = {
    "order": ("orders", "square", KEAP),
    "payment": ("payments", "circle", KEAP),
    "refund": ("payments", "triangle-down", GAP),
    "cancellation": ("ends", "cross", KEAP),
    "pause": ("ends", "stroke", KEAP),
    "end": ("ends", "cross", CHARTMOGUL),
}
MOVEMENT = ("movements", "diamond", CHARTMOGUL)
ROWS = ("orders", "payments", "ends", "movements")
NAMES_WIDTH = 100
PLOT = WIDTH - NAMES_WIDTH - 20


def timeline(story: Story) -> Picture:
    """MRR steps of all figures; below them orders, payments, ends in Keap, and ChartMogul's movements."""
    says = Says()
    days = _span(story)
    above = _steps(story, days, says).properties(width=PLOT, height=210)
    below = _events(story, days, says).properties(width=PLOT, height=120)
    chart = alt.vconcat(above, below, spacing=8)
    return picture(f"Customer {story.customer_id}: MRR and what made it, {story.currency}", chart, says)


def _span(story: Story) -> list[str]:
    """From the first to the last day on which anything happened, and a little more."""
    days = [day for table in story.mrr.values() for day in table["day"]]
    days += list(story.events["day"].dropna())
    first, last = min(days, default=pd.Timestamp(2000, 1, 1)), max(days, default=pd.Timestamp(2000, 2, 1))
    more = pd.Timedelta(days=15)
    return [_instant(first - more), _instant(last + more)]


def _instant(day: Any) -> str:
    """A day of the axis; Vega reads a time without a zone as the reader's own."""
    return f"{day:%Y-%m-%dT%H:%M:%S}Z"


def _x(days: list[str], *, labels: bool) -> alt.X:
    axis = alt.Axis(format="%b %y", tickCount=8, labels=labels, ticks=labels, grid=True, domain=labels)
    scale = alt.Scale(type="utc", domain=[alt.DateTime(**_parts(day)) for day in days], nice=False)
    return alt.X("day:T", axis=axis, scale=scale)


def _parts(day: str) -> dict[str, Any]:
    moment = pd.Timestamp(day)
    return {"year": moment.year, "month": moment.month, "date": moment.day, "utc": True}


def _steps(story: Story, days: list[str], says: Says) -> Any:
    """The balance after each change; a mark where the line bends says it."""
    lines, bends, highest = [], [], 1.0
    for number, (name, table) in enumerate(story.mrr.items()):
        amounts = [
            (day, major(int(cents), story.digits))
            for day, cents in zip(table["day"], table["mrr"], strict=True)
        ]
        highest = max([highest, *(amount for _, amount in amounts)])
        if amounts:
            whole = [(amounts[0][0], 0.0), *amounts]
            given = [{"day": _instant(day), "mrr": amount} for day, amount in whole]
            given.append({"day": days[1], "mrr": amounts[-1][1]})
            line = rows(given).mark_line(interpolate="step-after", **LINES[name])
            lines.append((line, number))
        for day, cents in zip(table["day"], table["mrr"], strict=True):
            row = {"day": _instant(day), "mrr": major(int(cents), story.digits)}
            bends.append(row | says(f"{day:%Y-%m-%d} {name}\nMRR {money(int(cents), story.digits)}"))
    y = alt.Y("mrr:Q", axis=_axis(highest), scale=alt.Scale(domain=[0, 1.1 * highest], nice=False))
    x = _x(days, labels=False)
    drawn = [line.encode(x=x, y=y, description=alt.value(f"series-{n}")) for line, n in lines]
    drawn += (
        [rows(bends).mark_point(size=160, opacity=0, filled=True).encode(x=x, y=y, **SPOKEN)] if bends else []
    )
    return alt.layer(*drawn, legend({name: LINES[name]["color"] for name in story.mrr}))


def _axis(highest: float) -> alt.Axis:
    axis = money_axis(highest)
    return alt.Axis(**{**axis.to_dict(), "minExtent": NAMES_WIDTH})


def _events(story: Story, days: list[str], says: Says) -> Any:
    given = []
    for event in frames.rows(story.events.dropna(subset=["day"])):
        row, shape, colour = MARKS.get(str(event.what), MOVEMENT)
        about = {"day": _instant(event.day), "row": row, "shape": shape, "colour": colour}
        given.append(about | says(f"{event.day:%Y-%m-%d} {event.system}\n{event.says}"))
    shapes = sorted({shape for _, shape, _ in (*MARKS.values(), MOVEMENT)})
    names = alt.Y(
        "row:N",
        sort=list(ROWS),
        scale=alt.Scale(domain=list(ROWS)),
        axis=alt.Axis(minExtent=NAMES_WIDTH, grid=True),
    )
    marks = rows(
        given or [{"day": days[0], "row": ROWS[0], "shape": "square", "colour": "white", "mark": ""}]
    )
    return marks.mark_point(filled=True, size=64, opacity=1).encode(
        x=_x(days, labels=True),
        y=names,
        shape=alt.Shape("shape:N", scale=alt.Scale(domain=shapes, range=shapes), legend=None),
        color=alt.Color("colour:N", scale=None),
        **SPOKEN,
    )
