"""Pictures of an audit, as matplotlib figures and as SVG text that needs no network."""

from __future__ import annotations

import io
from decimal import Decimal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconciliation.report import Reconciliation

KEAP_COLOUR = "#1b6f4a"
CHARTMOGUL_COLOUR = "#d9822b"
DIFFERENCE_COLOUR = "#b3261e"
MOST_LABELS = 13
SMALL = 10  # below this amount the axis shows cents


def both_lines(result: Reconciliation) -> Figure:
    """Keap's and ChartMogul's MRR at each closing day."""
    figure, axes = _axes(result, height=3.2)
    days = range(len(result.totals))
    keap = [_major(month.keap) for month in result.totals]
    chartmogul = [_major(month.chartmogul) for month in result.totals]
    axes.plot(days, keap, color=KEAP_COLOUR, linewidth=5, alpha=0.45, label="Keap", solid_capstyle="round")
    axes.plot(
        days,
        chartmogul,
        color=CHARTMOGUL_COLOUR,
        linewidth=1.6,
        marker="o",
        markersize=3.5,
        label="ChartMogul",
    )
    axes.set_ylim(bottom=0)
    axes.set_title(f"MRR at the end of each month, {result.tie_out.currency}", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    return figure


def difference(result: Reconciliation) -> Figure:
    """ChartMogul less Keap at each closing day."""
    figure, axes = _axes(result, height=1.9)
    cents = [_major(month.difference) for month in result.totals]
    axes.bar(range(len(cents)), cents, width=0.45, color=DIFFERENCE_COLOUR)
    axes.axhline(0, color="#444444", linewidth=0.8)
    if not any(cents):
        axes.set_ylim(-1, 1)
    if max(map(abs, cents)) < SMALL:
        axes.yaxis.set_major_formatter("{x:,.2f}")
    axes.set_title(f"ChartMogul less Keap, {result.tie_out.currency}", loc="left", fontsize=11)
    return figure


def svg(figure: Figure) -> str:
    """The figure as an `<svg>` element, the same text for the same figure."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "reconciliation", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]


def _axes(result: Reconciliation, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(9.5, height))
    axes = figure.subplots()
    figure.subplots_adjust(left=0.08, right=0.99, top=1 - 0.32 / height, bottom=0.28 / height)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.45)
    axes.set_axisbelow(True)
    axes.set_xlim(-0.5, len(result.totals) - 0.5)
    axes.tick_params(labelsize=9)
    step = 1 + len(result.totals) // MOST_LABELS
    ticks = range(len(result.totals) - 1, -1, -step)
    axes.set_xticks(list(ticks), [f"{result.totals[place].day:%b %y}" for place in ticks])
    axes.yaxis.set_major_formatter("{x:,.0f}")
    return figure, axes


def _major(cents: int) -> float:
    """For the picture only: the position of a point, not an amount."""
    return float(Decimal(cents) / 100)
