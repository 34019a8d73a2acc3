"""Lead and conversion charts: both systems by month."""

from __future__ import annotations

import altair as alt
import pandas as pd

from reconciliation.charts.axes import columns, legend, months, places
from reconciliation.charts.picture import CHARTMOGUL, KEAP, Picture, Says, picture, rows

FEW = 5  # below it every whole number has a tick
SIDES = {"Keap": KEAP, "ChartMogul": CHARTMOGUL}


def per_month(table: pd.DataFrame, title: str) -> Picture:
    """Two bars a month; `table` is what `signups.both` gives. A missing ratio has no bar."""
    says, sides = Says(), list(SIDES)
    labels = months(month.start_time for month in table.index)
    given = [
        {"place": label, "side": side, "value": float(value), "mark": f"series-{number}"}
        for number, side in enumerate(sides)
        for label, value in zip(labels, table[side], strict=True)
        if pd.notna(value)
    ]
    highest = max([1.0, *(float(str(row["value"])) for row in given)])
    offset = alt.XOffset("side:N", sort=sides, scale=alt.Scale(domain=sides))
    colour = alt.Color("side:N", scale=alt.Scale(domain=sides, range=list(SIDES.values())), legend=None)
    axis = alt.Axis(values=list(range(FEW)), format="d") if highest < FEW else alt.Axis()
    y = alt.Y("value:Q", axis=axis, scale=alt.Scale(domain=[0, 1.08 * highest], nice=False))
    blank = [
        {"place": label, "side": side, "value": 0.0, "mark": ""} for label in labels[:1] for side in sides
    ]
    bars = rows(given or blank or [{"place": "", "side": "Keap", "value": 0.0, "mark": ""}]).mark_bar()
    texts = [_said_of(month, table.loc[month]) for month in table.index]
    layers = [bars.encode(x=places(labels), xOffset=offset, y=y, color=colour, description="mark:N")]
    layers += [columns(labels, texts, says)] if labels else []
    return picture(title, alt.layer(*layers, legend(SIDES)), says, 230)


def _said_of(month: pd.Period, row: pd.Series[float]) -> str:
    said = [f"{side} {_said(row[side])}" for side in SIDES]
    return "\n".join([month.strftime("%B %Y"), *said])


def _said(value: float) -> str:
    return "none" if pd.isna(value) else f"{value:,.1f}".removesuffix(".0")
