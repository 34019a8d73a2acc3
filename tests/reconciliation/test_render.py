"""The report as HTML, text and JSON."""

from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from reconciliation import render
from reconciliation.money import money, signed
from reconciliation.report import Reconciliation
from reconciliation.run import reconcile
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, item, line

AS_OF = date(2026, 2, 28)


@pytest.fixture(scope="module")
def audit() -> Reconciliation:
    keap = (
        KeapAccount().subscription("5001", "1001").order("20001", "1001", "2026-01-10", line("5001", 123_456))
    )
    keap.subscription("5002", "1002")
    keap.order("20002", "1002", "2026-01-10", line("5002", 2000), item("TAX", price=160))
    keap.subscription("5003", "<script>").order("20003", "<script>", "2026-01-10", line("5003", 500))
    chartmogul = ChartMogulAccount().moves("1001", "5001", ("2026-01-10", 123_456))
    chartmogul.moves("1002", "5002", ("2026-01-10", 2160)).moves("<script>", "5003", ("2026-01-10", 433))
    return reconcile(keap.frames(), chartmogul.frames([date(2026, 1, 31), AS_OF]), AS_OF, 2)


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
    assert page.tags.count("svg") == 2
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert all(target.startswith("#") for target in page.fetched)


def test_the_page_says_what_finance_asks(audit: Reconciliation) -> None:
    """Totals, causes with evidence, the unexplained line, zones and settings."""
    page = render.html(audit)
    for said in (
        "1,259.56", "1,260.49", "+0.93", "Tax inside ChartMogul", "order 20002 with its tax of 160 cents",
        "unexplained", "-0.67", "America/Denver", "churn date by", "1 equal, 0 within tolerance, 2 different",
    ):  # fmt: skip
        assert said in page


def test_ids_are_escaped(audit: Reconciliation) -> None:
    """What comes from the accounts is text, never markup."""
    page = render.html(audit)
    assert "<script>" not in page
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
    ("cents", "currency", "text"),
    [
        (0, "USD", "0.00"),
        (-5, "USD", "-0.05"),
        (123_456_789, "USD", "1,234,567.89"),
        (1234, "JPY", "1,234"),
        (1234, "KWD", "1.234"),
    ],
)
def test_money_is_written_by_the_currency(cents: int, currency: str, text: str) -> None:
    """Two decimals, except where the currency has none or three."""
    assert money(cents, currency) == text
    assert signed(abs(cents) + 1, currency).startswith("+")
