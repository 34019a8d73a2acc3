"""Lead and conversion charts: both systems by month."""

from __future__ import annotations

import pandas as pd

from reconciliation.charts.picture import CHARTMOGUL, KEAP, Picture, label_places, picture


def per_month(table: pd.DataFrame, title: str) -> Picture:
    """Two bars a month; `table` is what `signups.both` gives. A missing ratio has no bar."""
    drawn = picture(title, 2.5)
    for offset, side, colour in ((-0.2, "Keap", KEAP), (0.2, "ChartMogul", CHARTMOGUL)):
        known = [(place, float(value)) for place, value in enumerate(table[side]) if pd.notna(value)]
        places = [place + offset for place, _ in known]
        drawn.axes.bar(places, [value for _, value in known], width=0.36, color=colour, label=side)
    drawn.axes.set_ylim(0, 1.12 * max(1.0, float(table.max().max()) if len(table) else 1.0))
    label_places(drawn.axes, [month.strftime("%b %y") for month in table.index])
    drawn.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    for place, month in enumerate(table.index):
        said = [f"{side} {_said(table[side].iloc[place])}" for side in ("Keap", "ChartMogul")]
        drawn.column(place, "\n".join([month.strftime("%B %Y"), *said]))
    return drawn


def _said(value: float) -> str:
    return "none" if pd.isna(value) else f"{value:,.1f}".removesuffix(".0")
