"""The report in a real browser: it sorts, filters, prints, fits a phone, and complains about nothing."""

from __future__ import annotations

import html
import re
from datetime import date
from pathlib import Path

import pytest

from reconciliation import render
from reconciliation.report import Reconciliation
from reconciliation.run import reconcile
from tests.reconciliation import browser
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, line

pytestmark = pytest.mark.skipif(browser.found() is None, reason="no browser here")

PHONE = 390  # pixels

ROWS = "const shown = () => [...document.querySelectorAll('#customers tbody tr')].filter(r => !r.hidden);"
ROWS += "const ids = () => shown().map(r => r.cells[0].dataset.value);"
ROWS += "const input = (id, text) => { const f = document.getElementById(id); f.value = text;"
ROWS += " f.dispatchEvent(new Event('input')); };"


def test_it_sorts_and_filters(audit: Reconciliation, tmp_path: Path) -> None:
    """By number and back, by words, by cause, by day; the count follows; nothing is complained about."""
    script = (
        ROWS
        + """
      const out = {start: ids(), count: document.getElementById('count').textContent};
      const buttons = [...document.querySelectorAll('#customers th button')];
      const button = buttons.find(b => b.textContent === 'difference');
      button.click(); out.up = ids();
      button.click(); out.down = ids(); out.aria = button.parentElement.getAttribute('aria-sort');
      input('words', 'TAX OF 1.60'); out.words = ids(); input('words', '');
      input('cause', 'unexplained'); out.cause = ids(); input('cause', '');
      input('day', ''); out.all = shown().length; out.allCount = document.getElementById('count').textContent;
      const mark = document.querySelector('g.tip'); out.tip = mark.dataset.tip;
      mark.dispatchEvent(new PointerEvent('pointermove', {clientX: 5, clientY: 5}));
      out.box = document.getElementById('picture-tip').style.display;
      return out;"""
    )
    seen = browser.probe(render.html(audit), script, tmp_path)
    assert seen.console == []
    assert seen.value["start"] == ["1002", "<script>"]
    assert seen.value["count"] == "2 of 4"
    assert seen.value["up"] == ["<script>", "1002"]
    assert (seen.value["down"], seen.value["aria"]) == (["1002", "<script>"], "descending")
    assert (seen.value["words"], seen.value["cause"]) == (["1002"], ["<script>"])
    assert (seen.value["all"], seen.value["allCount"]) == (4, "4 of 4")
    assert seen.value["tip"] == "Keap: 1,259.56"
    assert seen.value["box"] == "block"


def test_it_fits_a_phone(audit: Reconciliation, tmp_path: Path) -> None:
    """At the width of a phone the page does not scroll sideways; wide tables do so by themselves."""
    page = html.escape(render.html(audit), quote=True)
    outer = f'<!doctype html><body><iframe width="{PHONE}" height="800" srcdoc="{page}"></iframe></body>'
    script = """
      const inner = document.querySelector('iframe').contentDocument.documentElement;
      return [inner.clientWidth, inner.scrollWidth];"""
    told = f"document.getElementById('seen').textContent = JSON.stringify((() => {{{script}}})())"
    waiting = f"addEventListener('load', () => {{ {told}; }}); return null;"
    seen = browser.probe(outer, waiting, tmp_path)
    width, scrolled = seen.value
    assert width <= PHONE
    assert scrolled <= width


def test_everything_is_printed(tmp_path: Path) -> None:
    """What is folded on the screen is not on paper, also where no customer differs."""
    keap = KeapAccount().subscription("5001", "1001").order("20001", "1001", "2026-01-10", line("5001", 2000))
    held = ChartMogulAccount().moves("1001", "5001", ("2026-01-10", 2000)).frames([date(2026, 1, 31)])
    equal = reconcile(keap.frames(), held, date(2026, 1, 31), 1)
    script = """
      const parts = [...document.querySelectorAll('details')];
      const open = () => parts.map(part => part.open);
      const before = open(); dispatchEvent(new Event('beforeprint'));
      const printed = open(); dispatchEvent(new Event('afterprint'));
      return [before, printed, open()];"""
    before, printed, after = browser.probe(render.html(equal), script, tmp_path).value
    assert printed == [True] * len(before)
    assert after == before
    assert False in before


def test_it_prints(audit: Reconciliation, tmp_path: Path) -> None:
    """As a PDF of a few pages."""
    printed = browser.print_to_pdf(render.html(audit), tmp_path)
    assert printed.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 12
