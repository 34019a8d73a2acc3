"""A drawing that says its figures: an altair chart, drawn once as SVG with a tip on each mark.

Without scripts (a printed page, a mail, an untrusted notebook) the tips are the browser's own and everything
is visible. With them a tip follows the pointer, and a click on a name takes what it names away. vl-convert
draws without a browser and without a network; `chart` is the altair chart, to change or to zoom.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

KEAP = "#1b6f4a"
EXPECTED = "#5b6b8c"
CHARTMOGUL = "#d9822b"
GAP = "#b3261e"
QUIET = "#8a949b"
INK = "#1d2327"
WIDTH = 860  # pixels, names of the axes included
PNG_SCALE = 2

SCRIPT = f"<script>{Path(__file__).with_name('tips.js').read_text(encoding='utf-8')}</script>"
MARK = re.compile(
    r'<(path|text)( aria-label="((?:(?:tip|series|legend)-\d+ ?)+)"[^>]*?)(/>|>[^<]*</\1>)', re.DOTALL
)
CLIP = re.compile(r"(?<=[#\"])clip\d+")
FITTING = 'style="max-width:100%;height:auto"'
FONT = "Verdana, 'DejaVu Sans', sans-serif"
STYLE: Mapping[str, Any] = {
    "font": FONT,
    "view": {"stroke": None},
    "title": {"anchor": "start", "fontSize": 14, "fontWeight": "normal", "color": INK, "offset": 12},
    "axis": {
        "title": None,
        "labelFontSize": 11,
        "labelColor": "#444c52",
        "gridColor": "#e6e9eb",
        "domainColor": "#9aa3a9",
        "tickColor": "#9aa3a9",
        "labelPadding": 5,
    },
    "axisX": {"grid": False, "labelAngle": 0},
    "axisY": {"domain": False, "ticks": False, "tickCount": 5},
    "text": {"fontSize": 11, "fill": INK},
}


@dataclass
class Says:
    """What the marks of one picture say, by the number in their description."""

    tips: list[str] = field(default_factory=list)

    def __call__(self, text: str, series: int | None = None) -> dict[str, str]:
        """Two columns of a mark's row: `mark` for the drawing, `says` for altair's own tooltip."""
        self.tips.append(text)
        belongs = "" if series is None else f" series-{series}"
        return {"mark": f"tip-{len(self.tips) - 1}{belongs}", "says": text}


@dataclass(frozen=True)
class Picture:
    """An altair chart and what its marks say. `title` is read out by screen readers."""

    chart: Any
    title: str
    tips: Sequence[str]

    def svg(self) -> str:
        """The drawing as an `<svg>` element: the same text for the same figures."""
        drawn = vl_convert.vegalite_to_svg(self._spec())
        label = f'<svg class="picture" {FITTING} role="img" aria-label="{escape(self.title)}"'
        marked = MARK.sub(self._marked, drawn[drawn.index("<svg") :])
        return self._with_own_ids(marked).replace(' class="marks"', "", 1).replace("<svg", label, 1)

    def png(self) -> bytes:
        """The same as an image."""
        return vl_convert.vegalite_to_png(self._spec(), scale=PNG_SCALE)

    def _spec(self) -> str:
        return json.dumps(self.chart.to_dict())

    def _with_own_ids(self, drawn: str) -> str:
        """Vega counts ids up from drawing to drawing; here they are this picture's, the same each time."""
        name = hashlib.sha256(self.title.encode()).hexdigest()[:8]
        numbers = {old: f"{name}-{n}" for n, old in enumerate(dict.fromkeys(CLIP.findall(drawn)))}
        return CLIP.sub(lambda found: numbers[found[0]], drawn)

    def _marked(self, found: re.Match[str]) -> str:
        """The mark in a group that has its tip, its series, or the name of one."""
        names = dict(name.split("-") for name in found[3].split())
        series = names.get("series", names.get("legend"))
        classes = " ".join(names)
        data = "" if series is None else f' data-series="{series}"'
        title = f"<title>{escape(self.tips[int(names['tip'])])}</title>" if "tip" in names else ""
        return f'<g class="{classes}"{data}>{title}<{found[1]}{found[2]}{found[4]}</g>'

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """HTML where HTML can be shown, an image elsewhere (a PDF, GitHub)."""
        return {
            "text/html": f"<figure style='margin:0'>{self.svg()}</figure>{SCRIPT}",
            "image/png": self.png(),
        }


def picture(title: str, chart: Any, says: Says, height: int | None = None) -> Picture:
    """A chart of layers, `height` pixels high with its axes; without one the chart has its own size."""
    if height is not None:
        autosize = alt.AutoSizeParams(type="fit", contains="padding")
        chart = chart.properties(width=WIDTH, height=height, autosize=autosize)
    return Picture(chart.properties(title=title, config=dict(STYLE), background="white"), title, says.tips)


def rows(given: Iterable[Mapping[str, Any]]) -> alt.Chart:
    """A chart of a table; `mark` and `says` of its rows are what `Says` gave."""
    return alt.Chart(pd.DataFrame(list(given)))


SPOKEN: Mapping[str, Any] = {"description": alt.Description("mark:N"), "tooltip": alt.Tooltip("says:N")}
"""Encodings of marks that say something."""
