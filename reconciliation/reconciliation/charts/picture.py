"""A drawing that says its figures: SVG text with a tip on each mark, and legends that hide what they name.

Without scripts (a printed page, a mail, an untrusted notebook) the tips are the browser's own and everything
is visible. With them a tip follows the pointer, and a click on a legend entry hides that series.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

KEAP = "#1b6f4a"
EXPECTED = "#5b6b8c"
CHARTMOGUL = "#d9822b"
GAP = "#b3261e"
QUIET = "#8a949b"
SERIES = ("#1b6f4a", "#d9822b", "#4666a8", "#8e4b8a", "#7a7a2b")
WIDTH = 9.5  # inches at 72 points
MOST_LABELS = 13
SMALL = 10  # below this amount an axis shows cents

SCRIPT = f"<script>{Path(__file__).with_name('tips.js').read_text(encoding='utf-8')}</script>"
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "reconciliation",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
}
STYLE |= {"font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"]}


@dataclass
class Picture:
    """A matplotlib figure and what its marks say. `title` is read out by screen readers."""

    figure: Figure
    axes: Axes
    title: str
    tips: list[str] = field(default_factory=list)

    def tip(self, artist: Artist, says: str) -> None:
        """What the mark says when the pointer is on it."""
        artist.set_gid(f"tip-{len(self.tips)}")
        self.tips.append(says)

    def column(self, place: float, says: str, width: float = 1.0) -> None:
        """The same for everything above one place of the axis."""
        low, high = self.axes.get_ylim()
        band = self.axes.bar(place, high - low, bottom=low, width=width, color="#000000", alpha=0, zorder=9)
        self.axes.set_ylim(low, high)
        self.tip(band.patches[0], says)

    def legend(self, **where: Any) -> Legend:
        """A legend whose entries hide their series; series are the artists with a label."""
        legend = self.axes.legend(frameon=False, fontsize=9, borderaxespad=0, **where)
        names = [text.get_text() for text in legend.get_texts()]
        for number, text in enumerate(legend.get_texts()):
            text.set_gid(f"legend-{number}")
        for artist in self.axes.get_children():
            if artist.get_label() in names and artist.get_gid() is None:
                artist.set_gid(f"series-{names.index(str(artist.get_label()))}")
        return legend

    def svg(self) -> str:
        """The drawing as an `<svg>` element: the same text for the same figure."""
        text = io.StringIO()
        with mpl.rc_context(STYLE):
            self.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        whole = re.sub(r"<metadata>.*?</metadata>", "", text.getvalue(), flags=re.DOTALL)
        drawn = re.sub(r'<g id="(tip|series|legend)-(\d+)">', self._marked, whole[whole.index("<svg") :])
        label = f'<svg class="picture" role="img" aria-label="{escape(self.title)}"'
        return drawn.replace("<svg", label, 1)

    def _marked(self, found: re.Match[str]) -> str:
        kind, number = found[1], found[2]
        if kind != "tip":
            return f'<g class="{kind}" data-series="{number}">'
        return f'<g class="tip"><title>{escape(self.tips[int(number)])}</title>'

    def _repr_html_(self) -> str:
        return f"<figure style='margin:0'>{self.svg()}</figure>{SCRIPT}"


def picture(title: str, height: float, *, left: float = 0.08, bottom: float = 0.3) -> Picture:
    """An empty picture; `left` is a share of the width, `bottom` inches."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.subplots()
    figure.subplots_adjust(left=left, right=0.99, top=1 - 0.34 / height, bottom=bottom / height)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.45)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=9)
    axes.set_title(title, loc="left", fontsize=11)
    return Picture(figure, axes, title)


def label_places(axes: Axes, labels: Sequence[str]) -> None:
    """Names under the places 0, 1, 2...; not more than fit, the last one always."""
    axes.set_xlim(-0.5, max(len(labels), 1) - 0.5)
    step = 1 + len(labels) // MOST_LABELS
    ticks = range(len(labels) - 1, -1, -step)
    axes.set_xticks(list(ticks), [labels[place] for place in ticks])


def money_axis(axes: Axes, highest: float) -> None:
    """Whole amounts, or cents where they are small."""
    axes.yaxis.set_major_formatter("{x:,.2f}" if 0 < highest < SMALL else "{x:,.0f}")


def major(cents: int, exponent: int = 2) -> float:
    """For the picture only: the position of a point, not an amount."""
    return float(Decimal(cents).scaleb(-exponent))
