"""An audit for readers: a self-contained HTML page, text for terminals, JSON for programs, CSV for sheets."""

from collections.abc import Callable, Mapping

from reconciliation.render.csv import csv
from reconciliation.render.html import html
from reconciliation.render.json import json
from reconciliation.render.text import text
from reconciliation.report import Reconciliation

__all__ = ["FORMATS", "csv", "html", "json", "text"]

FORMATS: Mapping[str, Callable[[Reconciliation], str]] = {
    "text": text,
    "html": html,
    "json": json,
    "csv": csv,
}
