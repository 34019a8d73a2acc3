"""The parts that several pictures have: places along the axis, amounts, names of series, tips of a month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import altair as alt

from reconciliation.charts.picture import SPOKEN, Says, rows

MOST_LABELS = 13
SMALL = 10  # below this amount an axis shows cents
LETTER = 7  # pixels of a letter, about


def months(days: Iterable[date]) -> list[str]:
    """Names of the months, as places along the axis."""
    return [f"{day:%b %y}" for day in days]


def places(labels: Sequence[str], *, each: bool = False) -> alt.X:
    """Names along the axis: not more than fit, the last one always; or `each`, aslant where they must be."""
    step = 1 + len(labels) // MOST_LABELS
    shown = list(labels if each else labels[::-1][::step])
    axis = alt.Axis(values=shown, labelOverlap=False, ticks=False, labelAngle=-40 if each and step > 1 else 0)
    scale = alt.Scale(domain=list(labels), paddingInner=0.1)
    return alt.X("place:O", sort=list(labels), scale=scale, axis=axis)


def money_axis(highest: float) -> alt.Axis:
    """Whole amounts, cents where they are small, and zero alone where there is nothing else."""
    if not highest:
        return alt.Axis(format=",.0f", values=[0])
    return alt.Axis(format=",.2f" if highest < SMALL else ",.0f")


def amounts(highest: float, column: str = "amount:Q", **scale: Any) -> alt.Y:
    """Amounts, none of which is larger than `highest` without its sign; with zero where no scale is given."""
    chosen = scale or ({} if highest else {"domain": [-1, 1]})
    return alt.Y(column, axis=money_axis(highest), scale=alt.Scale(**chosen))


def columns(labels: Sequence[str], texts: Iterable[str], says: Says) -> Any:
    """Everything above one place says the place's text."""
    table = [{"place": label, **says(text)} for label, text in zip(labels, texts, strict=True)]
    return rows(table).mark_rect(opacity=0).encode(x=places(labels), **SPOKEN)


def line_at_zero() -> Any:
    """Where gains and losses part."""
    return rows([{"zero": 0}]).mark_rule(color="#444c52", strokeWidth=0.8).encode(y="zero:Q")


def legend(names: Mapping[str, str], *, switches: bool = True) -> Any:
    """Coloured names above the drawing, from its left edge; a click on one takes its series away."""
    entries: list[dict[str, Any]] = []
    left = 0
    for number, (name, colour) in enumerate(names.items()):
        mark = f"legend-{number}" if switches else f"name of {name}"
        entries.append({"name": f"\u25a0 {name}", "left": left, "colour": colour, "mark": mark})
        left += LETTER * (len(name) + 4)
    marks = [
        rows([entry])
        .mark_text(align="left", baseline="bottom", fontSize=11, fill=entry["colour"], fontWeight="bold")
        .encode(x=alt.value(entry["left"]), y=alt.value(-2), text="name:N", description="mark:N")
        for entry in entries
    ]
    return alt.layer(*marks)


def major(cents: int, digits: int = 2) -> float:
    """For the picture only: the position of a point, not an amount."""
    return float(Decimal(cents).scaleb(-digits))
