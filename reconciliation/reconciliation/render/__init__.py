"""An audit for readers: a self-contained HTML page, a text table for terminals, JSON for programs."""

from reconciliation.render.html import html
from reconciliation.render.json import json
from reconciliation.render.text import text

__all__ = ["html", "json", "text"]
