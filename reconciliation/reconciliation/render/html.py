"""The audit as one HTML file: styles and pictures inside, nothing fetched."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reconciliation import charts
from reconciliation.explain import CAUSES
from reconciliation.money import money, signed
from reconciliation.report import Reconciliation

TEMPLATE = "report.html.j2"


def html(result: Reconciliation) -> str:
    """The page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    currency = result.tie_out.currency
    environment.filters["money"] = partial(money, currency=currency)
    environment.filters["signed"] = partial(signed, currency=currency)
    return environment.get_template(TEMPLATE).render(
        audit=result,
        titles={cause.id: cause.title for cause in CAUSES},
        latest=[row for row in result.differences if row.day == result.last.day],
        earlier=[row for row in result.differences if row.day != result.last.day],
        lines=charts.both_lines(result).svg(),
        gap=charts.difference(result).svg(),
    )
