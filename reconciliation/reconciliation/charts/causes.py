"""What the causes amount to, and how long the differences have been there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from reconciliation.charts.axes import major, money_axis
from reconciliation.charts.picture import GAP, QUIET, SPOKEN, Picture, Says, picture, rows
from reconciliation.money import money, signed
from reconciliation.report import Reconciliation

ROW = 30  # pixels
ROOM = 0.32  # of the longest bar, for what it says beside it


def by_cause(result: Reconciliation) -> Picture:
    """One bar per cause at the closing day, the unexplained rest last."""
    digits, says = result.tie_out.digits, Says()
    found = [(f"{cause.id}  {cause.title}", cause.cents, cause.subscriptions) for cause in result.causes]
    rest = sum(row.cause is None for row in result.differences if row.day == result.last.day)
    found.append(("Unexplained", result.last.unexplained, rest))
    table = [
        {"name": name, "amount": major(cents, digits), "label": signed(cents, digits)}
        | {"colour": GAP if name == "Unexplained" else QUIET}
        | says(f"{signed(cents, digits)}, {count} affected")
        for name, cents, count in found
    ]
    title = f"Difference by cause on {result.last.day}, {result.tie_out.currency}"
    return picture(title, _horizontal(table), says, 70 + ROW * len(table))


def ageing(result: Reconciliation) -> Picture:
    """Open differences by how long they have been open."""
    digits, says = result.tie_out.digits, Says()
    table = []
    for age in result.ages:
        text = f"{age.customers} customers, {money(age.cents, digits)}"
        row = {"name": age.name, "amount": major(age.cents, digits), "label": text, "colour": QUIET}
        table.append(row | says(f"{age.name}: {text}"))
    title = f"Open differences by age, amounts without sign, {result.tie_out.currency}"
    return picture(title, _horizontal(table), says, 70 + ROW * len(table))


def _horizontal(table: Sequence[dict[str, Any]]) -> Any:
    """Bars beside their names, each with what it says at its right end."""
    lowest, highest = (end(0.0, *(row["amount"] for row in table)) for end in (min, max))
    span = (highest - lowest) or 1.0
    domain = [lowest - 0.04 * span if lowest < 0 else 0, highest + ROOM * span]
    ends = [row | {"right": max(row["amount"], 0.0), "zero": 0} for row in table]
    names = alt.Y(
        "name:N",
        sort=[row["name"] for row in table],
        axis=alt.Axis(labelLimit=430, grid=False, minExtent=110),
    )
    axis = alt.Axis(**money_axis(max(-lowest, highest)).to_dict(), grid=True, tickCount=5, domain=False)
    x = alt.X("amount:Q", axis=axis, scale=alt.Scale(domain=domain, nice=False))
    base = rows(ends).encode(y=names)
    return alt.layer(
        base.mark_bar(height={"band": 0.6}, cornerRadius=2).encode(
            x=x, color=alt.Color("colour:N", scale=None), **SPOKEN
        ),
        base.mark_text(align="left", dx=6).encode(x="right:Q", text="label:N"),
        rows([{"zero": 0}]).mark_rule(color="#444c52", strokeWidth=0.8).encode(x="zero:Q"),
    )
