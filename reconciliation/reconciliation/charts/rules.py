"""MRR and churn under several rules for the churn date."""

from __future__ import annotations

import pandas as pd

from reconciliation.charts.picture import Picture, label_places, major, money_axis, picture
from reconciliation.churn_rules import SideBySide, churn, mrr
from reconciliation.money import money, signed

COLOURS = ("#1b6f4a", "#d9822b", "#4666a8", "#8e4b8a", "#7a7a2b", "#b3261e")
DASHES = ((), (6, 2), (2, 2), (8, 2, 2, 2), (1, 1), (4, 1))


def mrr_under_rules(found: SideBySide) -> Picture:
    """One line per rule. Lines that agree lie on each other; a click on a name takes a line away."""
    table = mrr(found)
    drawn = picture(f"MRR under each rule, {found.currency}", 3.8, bottom=0.6)
    axes, digits = drawn.axes, found.digits
    for (name, column), colour, dash in zip(table.items(), COLOURS, DASHES, strict=False):
        amounts = [major(int(cents), digits) for cents in column]
        axes.plot(amounts, color=colour, dashes=dash, linewidth=1.8, label=str(name))
    _finish(drawn, table, "{}", found.digits)
    return drawn


def churn_under_rules(found: SideBySide) -> Picture:
    """Churned MRR per month, one bar per rule."""
    table = churn(found)
    drawn = picture(f"Churned MRR per month under each rule, {found.currency}", 3.4, bottom=0.6)
    width = 0.84 / max(len(table.columns), 1)
    for number, (name, column) in enumerate(table.items()):
        amounts = [major(int(cents), found.digits) for cents in column]
        places = [place - 0.42 + width * (number + 0.5) for place in range(len(amounts))]
        drawn.axes.bar(places, amounts, width=width, color=COLOURS[number % len(COLOURS)], label=str(name))
    drawn.axes.axhline(0, color="#444444", linewidth=0.8)
    if not table.to_numpy().any():
        drawn.axes.set_ylim(-1, 1)
    _finish(drawn, table, "churn {}", found.digits)
    return drawn


def _finish(drawn: Picture, table: pd.DataFrame, says: str, digits: int) -> None:
    axes = drawn.axes
    label_places(axes, [f"{day:%b %y}" for day in table.index])
    money_axis(axes, float(abs(table.to_numpy()).max(initial=0)))
    drawn.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncols=len(table.columns))
    written = signed if "churn" in says else money
    for place, (day, row) in enumerate(table.iterrows()):
        lines = [f"{name} {written(int(cents), digits)}" for name, cents in row.items()]
        drawn.column(place, "\n".join([f"{day:%Y-%m-%d}", *lines]))
