"""Leads, trials and conversion from both systems."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from reconciliation import charts, signups
from reconciliation.audit import Examination, examine
from reconciliation.explain.case import Case
from reconciliation.frames import build
from reconciliation.lead_findings import LeadFindings, lead_findings
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, Row, item, line

AS_OF = date(2026, 4, 30)


@pytest.fixture(scope="module")
def found() -> Examination:
    """A lead who tried and paid, one who paid at once, one who never did."""
    keap = KeapAccount().subscription("5001", "1001", start_date="2026-02-01").subscription("5002", "1002")
    trial = (line("5001", 2000), item("DISCOUNT_FREE_TRIAL", discount=2000))
    keap.order("20001", "1001", "2026-01-10", *trial).order("20002", "1001", "2026-02-01", line("5001", 2000))
    keap.order("20003", "1002", "2026-02-03", line("5002", 3000))
    frames = keap.frames()
    created = {"1001": "2026-01-05", "1002": "2026-02-03", "1003": "2026-01-20"}
    contacts = [{"id": key, "created_at": f"{day}T15:00:00Z"} for key, day in created.items()]
    object.__setattr__(frames, "contacts", build("contacts", contacts))
    held = ChartMogulAccount().moves("1001", "5001", ("2026-02-01", 2000))
    held.moves("1002", "5002", ("2026-02-03", 3000)).customer("1003")
    for row in held.customers:
        row["lead_at"] = f"{created[row['external_id']]}T15:00:00Z"
    held.customers[0] |= {"trial_at": "2026-01-11T13:00:00Z", "since": "2026-02-01T07:00:00Z"}
    held.customers[1] |= {"since": "2026-02-03T07:00:00Z"}
    days = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), AS_OF]
    return examine(frames, held.frames(days), AS_OF, 4)


def test_days_that_begin_elsewhere_are_told(found: Examination) -> None:
    """In Tokyo each of these is of the day after: no trial is made up, and nothing else is wrong."""
    case = found.case
    settings = replace(case.chartmogul.settings, time_zone="Asia/Tokyo")
    elsewhere = replace(case, chartmogul=replace(case.chartmogul, settings=settings))
    said = leads_of(elsewhere)
    assert (said.differing, said.by_zone, said.invented) == (4, 4, 0)
    assert "as days begin at different times on the two sides: 4" in said.sentence


def test_who_pays_in_another_data_source_is_no_difference(found: Examination) -> None:
    """The lead was merged into a payer who had a date and a trial there before; what is later stays one."""
    case, since = found.case, {"since": "2026-02-10T12:00:00Z"}
    days = {"lead_at": "2020-03-01T12:00:00Z", "trial_at": "2020-03-02T12:00:00Z"}
    known = {(row.customer_id, row.what) for row in leads_of(case).differences}
    said = leads_of(pay_elsewhere(case, **days, **since))
    assert {(row.customer_id, row.what) for row in said.differences} == known
    assert "Contacts who pay in another data source, with its days: 1." in said.sentence
    late = leads_of(pay_elsewhere(case, lead_at="2026-02-20T12:00:00Z", **since))
    assert {(row.customer_id, row.what) for row in late.differences} - known == {("1003", "lead created")}


def leads_of(case: Case) -> LeadFindings:
    said = lead_findings(case, date(2026, 1, 1), AS_OF)
    assert said is not None
    return said


def pay_elsewhere(case: Case, **days: str) -> Case:
    """Contact 1003 as a customer whose only movement is of another data source."""
    held = case.chartmogul
    customers = [
        row | (days if row["external_id"] == "1003" else {}) for row in held.customers.to_dict("records")
    ]
    movement: Row = {
        "uuid": "act-x",
        "customer_uuid": "cus_1003",
        "subscription_id": "x",
        "source_uuid": "ds_2",
    }
    movement |= {"happened_at": days["since"], "source_uuid": "ds_2", "type": "new_biz", "movement": 700}
    frames = replace(
        held,
        settings=replace(held.settings, source_uuid="ds_1"),
        customers=build("customers", ({str(k): v for k, v in row.items()} for row in customers)),
        activities=pd.concat([held.activities, build("activities", [movement])], ignore_index=True),
    )
    return replace(case, chartmogul=frames)


def values(found: Examination, chart: str) -> dict[str, list[float | None]]:
    table = signups.both(signups.dates(found.case), chart)
    return {
        str(month): [None if pd.isna(v) else float(v) for v in row]
        for month, row in zip(table.index, table.to_numpy(), strict=True)
    }


def test_leads_and_trials_are_counted_by_their_month(found: Examination) -> None:
    """Both systems, month by month."""
    assert values(found, "leads") == {"2026-01": [2, 2], "2026-02": [1, 1]}
    assert values(found, "free trials") == {"2026-01": [1, 1]}


def test_conversion_and_sales_cycle(found: Examination) -> None:
    """Of the trials of January all pay; 27 and 0 days from lead to first payment make 13.5."""
    assert values(found, "trial-to-paid conversion, percent") == {"2026-01": [100, 100]}
    assert values(found, "average sales cycle, days") == {"2026-02": [13.5, 13.5]}


def test_the_funnel_follows_the_months_leads(found: Examination) -> None:
    """Two leads in January: one tried, one pays."""
    table = signups.funnel(signups.keap_dates(found.case))
    assert table.iloc[0].tolist() == [2, 1, 1]
    assert values(found, "leads of the month that pay by now") == {"2026-01": [1, 1], "2026-02": [1, 1]}


def test_a_date_that_differs_is_named(found: Examination) -> None:
    """The trial began a day later in ChartMogul."""
    table = signups.differences(signups.dates(found.case))
    assert table[["customer_id", "date"]].to_numpy().tolist() == [["1001", "trial"]]
    assert [str(day)[:10] for day in table.iloc[0][["keap", "chartmogul"]]] == ["2026-01-10", "2026-01-11"]


def test_invented_trials_are_counted(found: Examination) -> None:
    """When every trial begins on the day of the lead, and on none in Keap, the sender made them up."""
    assert signups.invented_trials(signups.dates(found.case)) == 0
    customers = found.case.chartmogul.customers
    made_up = customers.assign(trial_at=customers["lead_at"])
    object.__setattr__(found.case.chartmogul, "customers", made_up)
    assert signups.invented_trials(signups.dates(found.case)) == 3
    object.__setattr__(found.case.chartmogul, "customers", customers)


def test_the_picture_says_what_is_missing(found: Examination) -> None:
    """A ratio of nothing has no bar and says so."""
    table = signups.both(signups.dates(found.case), "leads")
    assert charts.per_month(table, "Leads").tips == [
        "January 2026\nKeap 2\nChartMogul 2",
        "February 2026\nKeap 1\nChartMogul 1",
    ]
    empty = table.astype("float64").mask(table > 0)
    assert "Keap none" in charts.per_month(empty, "Leads").tips[0]


def test_a_contact_that_was_merged_away_counts_once(found: Examination) -> None:
    """Keap's old record of it is still there; ChartMogul knows it as another name of a customer. A contact
    that owns something is nobody's other name.
    """
    frames = found.case.chartmogul
    for other, merged in (("1003", {"1003"}), ("1001", set())):
        named = frames.customers[frames.customers["external_id"].ne(other)]
        again = named[named["external_id"].eq("1002")].assign(external_id=other, primary=False)
        held = replace(frames, customers=pd.concat([named, again], ignore_index=True))
        dates = signups.dates(replace(found.case, chartmogul=held))
        assert dates.merged == merged
        assert not merged & set(dates.keap["customer_id"])
