"""MRR movements by month and type: Keap beside ChartMogul."""

from __future__ import annotations

import altair as alt

from reconciliation.charts.axes import amounts, legend, line_at_zero, major, months, places
from reconciliation.charts.picture import SPOKEN, Picture, Says, picture, rows
from reconciliation.money import signed
from reconciliation.report import Reconciliation

NAMES = {
    "new_biz": "new business",
    "expansion": "expansion",
    "reactivation": "reactivation",
    "contraction": "contraction",
    "churn": "churn",
}
COLOURS = dict(zip(NAMES, ("#1b6f4a", "#74b08f", "#4666a8", "#e6a867", "#b3261e"), strict=True))
SIDES = {"keap": "Keap", "chartmogul": "ChartMogul"}
STRENGTH = {"Keap": 1.0, "ChartMogul": 0.62}


def movements(result: Reconciliation) -> Picture:
    """Two stacks a month, gains above and losses below the line: Keap left, ChartMogul right and paler."""
    digits, says = result.tie_out.digits, Says()
    labels = months(month.day for month in result.totals)
    table = [
        {
            "place": months([row.day])[0],
            "side": side,
            "type": NAMES[row.type],
            "order": list(NAMES).index(row.type),
            "amount": major(cents, digits),
            **says(f"{row.day} {side}\n{NAMES[row.type]} {signed(cents, digits)}"),
        }
        for row in result.movements
        for side, cents in ((name, getattr(row, field)) for field, name in SIDES.items())
        if cents
    ]
    table = table or [
        {"place": labels[0], "side": "Keap", "type": "churn", "order": 0, "amount": 0.0, "mark": ""}
    ]
    highest = max(abs(float(str(row["amount"]))) for row in table)
    colour = alt.Color(
        "type:N", scale=alt.Scale(domain=list(NAMES.values()), range=list(COLOURS.values())), legend=None
    )
    sides = list(SIDES.values())
    strength = alt.Opacity(
        "side:N", scale=alt.Scale(domain=sides, range=[STRENGTH[side] for side in sides]), legend=None
    )
    bars = rows(table).mark_bar(stroke="white", strokeWidth=0.5)
    chart = alt.layer(
        bars.encode(
            x=places(labels),
            xOffset=alt.XOffset("side:N", sort=sides, scale=alt.Scale(domain=sides)),
            y=amounts(highest),
            color=colour,
            opacity=strength,
            order="order:Q",
            **SPOKEN,
        ),
        line_at_zero(),
        legend({NAMES[kind]: colour for kind, colour in COLOURS.items()}, switches=False),
    )
    title = f"MRR movements, left Keap, right and paler ChartMogul, {result.tie_out.currency}"
    return picture(title, chart, says, 320)
