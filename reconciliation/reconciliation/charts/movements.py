"""MRR movements by month and type: Keap beside ChartMogul."""

from __future__ import annotations

from reconciliation.charts.picture import CHARTMOGUL, KEAP, Picture, label_places, major, money_axis, picture
from reconciliation.money import signed
from reconciliation.movements import KINDS
from reconciliation.report import Reconciliation

NAMES = {
    "new_biz": "new business",
    "expansion": "expansion",
    "contraction": "contraction",
    "churn": "churn",
    "reactivation": "reactivation",
}
SHADES = dict(zip(KINDS, (1.0, 0.7, 0.45, 0.85, 0.3), strict=True))


def movements(result: Reconciliation) -> Picture:
    """Two stacks a month, gains above and losses below the line: Keap left, ChartMogul right."""
    currency, digits = result.tie_out.currency, result.tie_out.digits
    drawn = picture(f"MRR movements, left Keap (green), right ChartMogul (orange), {currency}", 3.4)
    axes = drawn.axes
    days = [month.day for month in result.totals]
    highest = 0.0
    for place, day in enumerate(days):
        rows = [row for row in result.movements if row.day == day]
        for offset, side, colour in ((-0.2, "keap", KEAP), (0.2, "chartmogul", CHARTMOGUL)):
            above = below = 0.0
            for row in rows:
                cents = getattr(row, side)
                amount = major(cents, digits)
                bar = axes.bar(
                    place + offset,
                    amount,
                    bottom=above if cents > 0 else below,
                    width=0.36,
                    color=colour,
                    alpha=SHADES[row.type],
                    edgecolor="white",
                    linewidth=0.4,
                )
                if cents:
                    name = "Keap" if side == "keap" else "ChartMogul"
                    drawn.tip(bar.patches[0], f"{day} {name}\n{NAMES[row.type]} {signed(cents, digits)}")
                above, below = above + max(amount, 0), below + min(amount, 0)
            highest = max(highest, above, -below)
    axes.axhline(0, color="#444444", linewidth=0.8)
    if not highest:
        axes.set_ylim(-1, 1)
    money_axis(axes, highest)
    label_places(axes, [f"{day:%b %y}" for day in days])
    return drawn
