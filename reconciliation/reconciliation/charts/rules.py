"""MRR and churn under several rules for the churn date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from reconciliation.charts.axes import amounts, columns, legend, line_at_zero, major, months, places
from reconciliation.charts.picture import Picture, Says, picture, rows
from reconciliation.churn_rules import SideBySide, churn, mrr
from reconciliation.money import money, signed

COLOURS = ("#1b6f4a", "#d9822b", "#4666a8", "#8e4b8a", "#7a7a2b", "#b3261e")
DASHES = ([1, 0], [9, 3], [3, 3], [10, 3, 2, 3], [2, 2], [6, 2])
WIDTHS = (5.0, 2.5, 2.2, 2.0, 2.0, 2.0)


def mrr_under_rules(found: SideBySide) -> Picture:
    """One line per rule. Lines that agree lie on each other; a click on a name takes a line away."""
    table, says = mrr(found), Says()
    labels = _labels(table)
    lines = []
    for number, (_, column) in enumerate(table.items()):
        given = [
            {"place": label, "amount": major(int(cents), found.digits)}
            for label, cents in zip(labels, column, strict=True)
        ]
        style = number % len(COLOURS)
        line = rows(given).mark_line(
            color=COLOURS[style], strokeDash=DASHES[style], strokeWidth=WIDTHS[style], opacity=0.85
        )
        y = amounts(_highest(table, found), zero=False)
        lines.append(line.encode(x=places(labels), y=y, description=alt.value(f"series-{number}")))
    chart = alt.layer(*lines, _columns(found, table, says, money, "{}"), _legend(table))
    return picture(f"MRR under each rule, {found.currency}", chart, says, 320)


def churn_under_rules(found: SideBySide) -> Picture:
    """Churned MRR per month, one bar per rule."""
    table, says = churn(found), Says()
    labels, names = _labels(table), [str(name) for name in table]
    given = [
        {"place": label, "rule": name, "amount": major(int(cents), found.digits), "mark": f"series-{number}"}
        for number, name in enumerate(names)
        for label, cents in zip(labels, table[name], strict=True)
    ]
    colours = alt.Scale(domain=names, range=[COLOURS[n % len(COLOURS)] for n in range(len(names))])
    bars = rows(given).mark_bar().encode(
        x=places(labels),
        xOffset=alt.XOffset("rule:N", sort=names, scale=alt.Scale(domain=names)),
        y=amounts(_highest(table, found)),
        color=alt.Color("rule:N", scale=colours, legend=None),
        description="mark:N",
    )  # fmt: skip
    chart = alt.layer(bars, line_at_zero(), _columns(found, table, says, signed, "{} churn"), _legend(table))
    return picture(f"Churned MRR per month under each rule, {found.currency}", chart, says, 300)


def _labels(table: pd.DataFrame) -> list[str]:
    return months(pd.DatetimeIndex(table.index))


def _highest(table: pd.DataFrame, found: SideBySide) -> float:
    return major(int(abs(table.to_numpy()).max(initial=0)), found.digits)


def _legend(table: pd.DataFrame) -> Any:
    return legend({str(name): COLOURS[n % len(COLOURS)] for n, name in enumerate(table)})


def _columns(
    found: SideBySide, table: pd.DataFrame, says: Says, written: Callable[[int, int], str], about: str
) -> Any:
    """Everything above one month says the figures of that month."""
    texts = []
    for day, row in table.iterrows():
        lines = [about.format(f"{name} {written(int(cents), found.digits)}") for name, cents in row.items()]
        texts.append("\n".join([f"{day:%Y-%m-%d}", *lines]))
    return columns(_labels(table), texts, says)
