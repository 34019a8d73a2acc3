"""The audit as one HTML file: styles, scripts and pictures inside, nothing fetched."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import ModuleType

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reconciliation.explain import CAUSES, MOVEMENT_CAUSES
from reconciliation.lead_findings import FIGURES, LeadMonth
from reconciliation.money import money, signed
from reconciliation.report import Reconciliation

FOLDER = Path(__file__).parent
TEMPLATE = "report.html.j2"
MOST_ROWS = 5000  # a page with more is slow to sort


def html(result: Reconciliation) -> str:
    """The page."""
    from reconciliation import charts  # its libraries take a second to load, which other forms need not wait

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    digits = result.tie_out.digits
    environment.filters["money"] = partial(money, digits=digits)
    environment.filters["figures"] = _both_figures
    environment.filters["signed"] = partial(signed, digits=digits)
    return environment.get_template(TEMPLATE).render(
        audit=result,
        titles={cause.id: cause.title for cause in CAUSES}
        | {cause.id: cause.title for cause in MOVEMENT_CAUSES},
        latest=any(row.day == result.last.day for row in result.differences),
        used_causes=sorted({row.cause or "unexplained" for row in result.differences}),
        days=sorted({row.day for row in result.differences}, reverse=True),
        most=MOST_ROWS,
        lead_figures=FIGURES,
        lead_months=_lead_months(result),
        pictures=_pictures(result, charts),
        css=(FOLDER / "report.css").read_text(encoding="utf-8"),
        js=(FOLDER / "report.js").read_text(encoding="utf-8"),
        tips=charts.SCRIPT,
    )


def _pictures(result: Reconciliation, charts: ModuleType) -> dict[str, str]:
    drawn = {
        "bridge": charts.bridge(result),
        "lines": charts.both_lines(result),
        "gap": charts.difference(result),
        "ageing": charts.ageing(result),
        "movements": charts.movements(result),
    }
    return {name: picture.svg() for name, picture in drawn.items()}


def _lead_months(result: Reconciliation) -> dict[str, dict[str, LeadMonth | None]]:
    """The figures of each month by name; a figure that has none in that month is missing."""
    found: dict[str, dict[str, LeadMonth | None]] = {}
    for row in sorted(result.leads.months if result.leads else (), key=lambda row: row.month):
        found.setdefault(row.month, dict.fromkeys(FIGURES))[row.figure] = row
    return found


def _both_figures(row: LeadMonth | None) -> str:
    if row is None:
        return "–"
    return " / ".join(
        "–" if value is None else f"{value:,.2f}".removesuffix(".00") for value in (row.keap, row.chartmogul)
    )
