"""Pictures: every mark says its figures, legends hide what they name, nothing is fetched."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from reconciliation import charts, tables
from reconciliation.audit import Examination, examine
from reconciliation.charts import Picture
from reconciliation.customer import most_telling, story
from reconciliation.errors import ReconciliationError
from reconciliation.frames import build
from reconciliation.report import Reconciliation
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, line

AS_OF = date(2026, 3, 31)
DAYS = [date(2026, 1, 31), date(2026, 2, 28), AS_OF]


@pytest.fixture(scope="module")
def found() -> Examination:
    """A customer who was upgraded and left, known to both; ChartMogul lacks the upgrade."""
    keap = KeapAccount().subscription("5001", "1001", active=False, end_date="2026-03-20")
    keap.order("20001", "1001", "2026-01-10", line("5001", 2000))
    keap.order("20002", "1001", "2026-02-10", line("5001", 2600), total_paid=600)
    paid = {
        "paid_at": "2026-02-12T13:00:00Z",
        "amount": Decimal("6.00"),
        "order_id": "20002",
        "settled": True,
    }
    keap.payments += [paid | {"id": "1"}, paid | {"id": "2", "amount": Decimal("-1.00")}]
    held = ChartMogulAccount().moves("1001", "5001", ("2026-01-10", 2000), ("2026-03-20", -2000))
    held.line("20001", "1001", "5001", 2000, "2026-01-10")
    end = {"external_id": "e-1", "customer_id": "1001", "subscription_id": "5001"}
    end |= {"type": "subscription_cancelled", "effective_at": "2026-03-20T07:00:00Z"}
    frames = dataclasses.replace(held.frames(DAYS), events=build("events", [end]))
    return examine(keap.frames(), frames, AS_OF, 3)


def pictures(found: Examination) -> list[Picture]:
    report = found.report
    drawn = [charts.both_lines(report), charts.difference(report), charts.bridge(report)]
    drawn += [charts.movements(report), charts.by_cause(report), charts.ageing(report)]
    return [*drawn, charts.timeline(story(found, "1001"))]


def test_every_picture_is_plain_svg_with_its_tips(found: Examination) -> None:
    """It parses, fetches nothing, has each tip once, and is the same each time."""
    for drawn in pictures(found):
        text = drawn.svg()
        ElementTree.fromstring(text)  # noqa: S314 (our own)
        assert text.count("<title>") == len(drawn.tips) > 0
        assert not re.search(r'(?:src|href)="(?!#)', text)
    assert [drawn.svg() for drawn in pictures(found)] == [drawn.svg() for drawn in pictures(found)]


def test_a_notebook_gets_the_script_with_the_picture(found: Examination) -> None:
    """So that tips follow the pointer in an export without network too."""
    bundle = charts.both_lines(found.report)._repr_mimebundle_()
    shown = bundle["text/html"]
    assert "<svg" in shown
    assert shown.count("<script>") == 1


def test_what_shows_no_html_gets_an_image(found: Examination) -> None:
    """A PDF or a preview shows the same picture, a little larger than the screen needs."""
    image = charts.both_lines(found.report)._repr_mimebundle_()["image/png"]
    assert image.startswith(b"\x89PNG")
    assert int.from_bytes(image[16:20]) > 1500


def test_an_analyst_can_change_a_picture(found: Examination) -> None:
    """It is an altair chart, whose own tooltips say the same."""
    spec = charts.both_lines(found.report).chart.to_dict()
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert any(
        layer["encoding"].get("tooltip", {}).get("field") == "says"
        for layer in spec["layer"]
        if "encoding" in layer
    )


def test_tips_are_text(found: Examination) -> None:
    """What comes from the accounts is never markup."""
    drawn = charts.both_lines(found.report)
    spoken = dataclasses.replace(drawn, tips=["<b>&", *drawn.tips[1:]])
    assert "<title>&lt;b&gt;&amp;</title>" in spoken.svg()


def test_a_name_switches_its_series(found: Examination) -> None:
    """Each name of a legend and what it names carry the same number."""
    text = charts.timeline(story(found, "1001")).svg()
    named, drawn = (
        set(re.findall(rf'<g class="{kind}" data-series="(\d)">', text)) for kind in ("legend", "series")
    )
    assert named == drawn == {"0", "1", "2"}


def test_the_bridge_leads_from_keap_to_chartmogul(found: Examination) -> None:
    """One bar per cause with its amount, the unexplained rest last."""
    february = dataclasses.replace(found.report, totals=found.report.totals[:2])
    cause = dataclasses.replace(found.report.causes[0], cents=-600)
    tips = charts.bridge(dataclasses.replace(february, causes=(cause,))).tips
    assert tips[:2] == ["Keap: 26.00", "ChartMogul: 20.00"]
    assert tips[2].startswith("C22: -6.00")
    assert tips[3].startswith("unexplained: 0.00")


def test_every_bar_of_the_bridge_has_its_name(found: Examination) -> None:
    """However many causes there are."""
    many = [
        dataclasses.replace(found.report.causes[0], id=f"C{number}", cents=100) for number in range(40, 56)
    ]
    text = charts.bridge(dataclasses.replace(found.report, causes=tuple(many))).svg()
    assert [
        name for name in ("Keap", "ChartMogul", *(cause.id for cause in many)) if f">{name}<" not in text
    ] == []


def test_the_time_line_shows_what_happened(found: Examination) -> None:
    """Orders, payments, refunds, the end, movements, and the steps of all three figures."""
    tips = charts.timeline(story(found, "1001")).tips
    for said in (
        "2026-01-10 Keap\norder of 20.00",
        "2026-02-10 Keap\norder of 26.00, 6.00 of it paid",
        "2026-02-12 Keap\nrefund of 1.00 for order 20002",
        "2026-03-20 Keap\nsubscription 5001 ends by end_date",
        "2026-03-20 ChartMogul\nchurn of -20.00, subscription 5001",
        "2026-03-20 ChartMogul\nsubscription 5001 cancelled",
        "2026-02-10 what would be sent\nMRR 26.00",
    ):
        assert said in tips


def test_the_most_telling_customer_is_the_one_that_differs(found: Examination) -> None:
    """Else the one with most movements; an unknown one is named in a sentence."""
    assert most_telling(found) == "1001"
    with pytest.raises(ReconciliationError, match="knows a customer '7'"):
        story(found, "7")


def test_tables_for_one_customer(found: Examination) -> None:
    """Events in time order, and what ChartMogul holds line by line in major units."""
    events = tables.events(story(found, "1001"))
    assert events["what"].tolist() == [
        "order", "new_biz", "order", "payment", "refund", "cancellation", "end", "churn",
    ]  # fmt: skip
    assert [str(amount) for amount in tables.invoice_lines(found, "1001")["amount"]] == ["20.00"]


def test_a_shown_table_is_aligned_and_escaped(found: Examination) -> None:
    """Amounts to the right with separators, text to the left, markup as text, words for an empty table."""
    table = tables.months(found.report).assign(note="<i>")
    shown = tables.shown(table)._repr_html_()
    assert '<td style="text-align:right;white-space:nowrap">26.00</td>' in shown
    assert "&lt;i&gt;" in shown
    assert "None here." in tables.shown(table.iloc[:0], "None here.")._repr_html_()


def test_an_equal_account_has_pictures_too() -> None:
    """No difference, no cause, no movement: empty, not broken."""
    keap = KeapAccount().subscription("5001", "1001").order("20001", "1001", "2025-01-10", line("5001", 2000))
    held = ChartMogulAccount().moves("1001", "5001", ("2025-01-10", 2000)).frames(DAYS)
    report: Reconciliation = examine(keap.frames(), held, AS_OF, 3).report
    assert report.agrees
    for drawn in (charts.bridge(report), charts.difference(report), charts.movements(report)):
        ElementTree.fromstring(drawn.svg())  # noqa: S314 (our own)
    assert "unexplained: 0.00" in charts.bridge(report).tips[2]
    numbers = re.findall(r">([−0-9.,]+)</text>", charts.difference(report).svg())
    assert numbers == ["0"], "an axis of nothing has no ticks of parts of one"
