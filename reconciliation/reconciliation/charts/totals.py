"""Both totals over time, their difference, and the bridge from one to the other."""

from __future__ import annotations

from reconciliation.charts.picture import (
    CHARTMOGUL,
    GAP,
    KEAP,
    QUIET,
    Picture,
    label_places,
    major,
    money_axis,
    picture,
)
from reconciliation.money import money, signed
from reconciliation.report import MonthTotal, Reconciliation


def both_lines(result: Reconciliation) -> Picture:
    """Keap's and ChartMogul's MRR at each closing day."""
    currency, digits = result.tie_out.currency, result.tie_out.digits
    drawn = picture(f"MRR at the end of each month, {currency}", 3.2)
    axes = drawn.axes
    keap = [major(month.keap, digits) for month in result.totals]
    chartmogul = [major(month.chartmogul, digits) for month in result.totals]
    axes.plot(keap, color=KEAP, linewidth=5, alpha=0.45, label="Keap", solid_capstyle="round")
    axes.plot(chartmogul, color=CHARTMOGUL, linewidth=1.6, marker="o", markersize=3.5, label="ChartMogul")
    axes.set_ylim(0, 1.08 * max([1, *keap, *chartmogul]))
    label_places(axes, _labels(result))
    money_axis(axes, max(map(abs, [*keap, *chartmogul])))
    drawn.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    for place, month in enumerate(result.totals):
        drawn.column(place, _month(month, digits))
    return drawn


def difference(result: Reconciliation) -> Picture:
    """ChartMogul less Keap at each closing day."""
    currency, digits = result.tie_out.currency, result.tie_out.digits
    drawn = picture(f"ChartMogul less Keap, {currency}", 1.9)
    axes = drawn.axes
    amounts = [major(month.difference, digits) for month in result.totals]
    axes.bar(range(len(amounts)), amounts, width=0.45, color=GAP)
    axes.axhline(0, color="#444444", linewidth=0.8)
    if not any(amounts):
        axes.set_ylim(-1, 1)
        axes.set_yticks([0])
    money_axis(axes, max(map(abs, amounts)))
    label_places(axes, _labels(result))
    for place, month in enumerate(result.totals):
        drawn.column(place, _month(month, digits))
    return drawn


def bridge(result: Reconciliation) -> Picture:
    """From Keap's MRR over each cause to ChartMogul's, at the closing day. Unexplained has its own bar."""
    currency, digits = result.tie_out.currency, result.tie_out.digits
    parts = [(cause.id, cause.title, cause.cents) for cause in result.causes if cause.cents]
    parts.append(("unexplained", "no cause gives this amount", result.last.unexplained))
    drawn = picture(f"From Keap's MRR to ChartMogul's on {result.last.day}, {currency}", 3.2)
    axes = drawn.axes
    ends = {"Keap": (result.last.keap, KEAP), "ChartMogul": (result.last.chartmogul, CHARTMOGUL)}
    labels = ["Keap", *(name for name, _, _ in parts), "ChartMogul"]
    for name, (cents, colour) in ends.items():
        bar = axes.bar(labels.index(name), major(cents, digits), width=0.6, color=colour)
        drawn.tip(bar.patches[0], f"{name}: {money(cents, digits)}")
    level = result.last.keap
    for place, (name, title, cents) in enumerate(parts, start=1):
        colour = GAP if name == "unexplained" else QUIET
        bar = axes.bar(place, major(cents, digits), bottom=major(level, digits), width=0.6, color=colour)
        drawn.tip(bar.patches[0], f"{name}: {signed(cents, digits)}\n{title}")
        axes.annotate(
            signed(cents, digits),
            (place, major(max(level, level + cents), digits)),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
        axes.plot(
            [place - 1, place + 1], [major(level, digits)] * 2, color="#bbbbbb", linewidth=0.6, zorder=0
        )
        level += cents
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.set_xticks(range(len(labels)), labels)
    _near(drawn, [result.last.keap, result.last.chartmogul, *_levels(result.last.keap, parts)], digits)
    return drawn


def _levels(start: int, parts: list[tuple[str, str, int]]) -> list[int]:
    levels = [start]
    for _, _, cents in parts:
        levels.append(levels[-1] + cents)
    return levels


def _near(drawn: Picture, levels: list[int], digits: int) -> None:
    """The axis from zero when causes are large enough to see there, else closer, and says so."""
    low, high = major(min(levels), digits), major(max(levels), digits)
    span = high - low
    if low <= 0 or span > 0.12 * high or not span:
        drawn.axes.set_ylim(min(0, 1.15 * low), 1.15 * max(high, 1))
    else:
        drawn.axes.set_ylim(low - 2 * span, high + span)
        drawn.axes.set_ylabel("the axis does not begin at zero", fontsize=8, color=QUIET)
    money_axis(drawn.axes, max(abs(low), abs(high)))


def _labels(result: Reconciliation) -> list[str]:
    return [f"{month.day:%b %y}" for month in result.totals]


def _month(month: MonthTotal, digits: int) -> str:
    sent = "" if month.expected is None else f"\nwould be sent {money(month.expected, digits)}"
    return (
        f"{month.day}\nKeap {money(month.keap, digits)}{sent}"
        f"\nChartMogul {money(month.chartmogul, digits)}"
        f"\ndifference {signed(month.difference, digits)}"
    )
