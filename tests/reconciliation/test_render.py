"""The report as HTML, text and JSON."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from reconciliation import render
from reconciliation.money import money, signed
from reconciliation.report import Reconciliation


class Page(HTMLParser):
    """Collects tags and everything that a browser would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [
            str(value) for name, value in attrs if name in ("src", "href", "xlink:href") and value
        ]


def test_the_page_fetches_nothing(audit: Reconciliation) -> None:
    """Styles and pictures are inside; only references within the page remain."""
    page = Page(render.html(audit))
    assert page.tags.count("svg") == 5
    assert not {"link", "img", "iframe"} & set(page.tags)
    assert all(target.startswith("#") for target in page.fetched)
    assert "http" not in render.html(audit).replace("http://www.w3.org/", "").replace(
        "https://www.w3.org/", ""
    )


def test_the_page_says_what_finance_asks(audit: Reconciliation) -> None:
    """Totals, causes with evidence, the unexplained line, zones and settings."""
    page = render.html(audit)
    for said in (
        "1,259.56", "1,260.49", "+0.93", "Tax inside ChartMogul", "order 20002 with its tax of 1.60 USD",
        "unexplained", "-0.67", "America/Denver", "churn date by", "1 equal, 0 within tolerance, 2 different",
    ):  # fmt: skip
        assert said in page


def test_ids_are_escaped(audit: Reconciliation) -> None:
    """What comes from the accounts is text, never markup."""
    page = render.html(audit)
    assert page.count("<script>") == 2
    assert "&lt;script&gt;" in page


def test_the_page_is_the_same_for_the_same_audit(audit: Reconciliation) -> None:
    """No clock and no chance in the report."""
    assert render.html(audit) == render.html(audit)


def test_the_text_is_an_aligned_table(audit: Reconciliation) -> None:
    """Columns line up and the verdict is the last line."""
    text = render.text(audit)
    months = [row for row in text.splitlines() if re.match(r"2026-0", row)]
    assert len({len(row) for row in months}) == 1
    assert text.splitlines()[-1] == audit.sentence
    assert re.search(r"1002 .* C4 .* \+1.60$", text, re.MULTILINE)


def test_the_json_holds_cents(audit: Reconciliation) -> None:
    """Whole cents and ISO days, ready for another program."""
    content = json.loads(render.json(audit))
    assert content["totals"][-1]["difference"] == 93
    assert content["tie_out"]["as_of"] == "2026-02-28"
    assert content["verdict"] == "differs"


@pytest.mark.parametrize(
    ("cents", "digits", "text"),
    [
        (0, 2, "0.00"),
        (-5, 2, "-0.05"),
        (123_456_789, 2, "1,234,567.89"),
        (1234, 0, "1,234"),
        (1234, 3, "1.234"),
    ],
)
def test_money_is_written_by_its_digits(cents: int, digits: int, text: str) -> None:
    """Two decimals, except where the amounts have none or three."""
    assert money(cents, digits) == text
    assert signed(abs(cents) + 1, digits).startswith("+")
