"""The lead and conversion charts of what was sent are those of Keap, under each policy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
import requests

from reconciliation import keap_mrr, render, signups
from reconciliation.audit import examine
from reconciliation.errors import ReconciliationError
from reconciliation.explain.case import Case
from reconciliation.frames import ChartMogulFrames, KeapFrames, build
from reconciliation.lead_findings import FIGURES, lead_findings
from reconciliation.leads import lead_policy
from reconciliation.load import READ_BY_RULES, Wait, chartmogul_from_api
from reconciliation.load.keap import keap_from_records
from reconciliation.load.messages import KEYS
from reconciliation.policy import from_configuration
from tests.destination_chartmogul.conftest import _quick_readings  # noqa: F401
from tests.destination_chartmogul.pipe import (
    STREAMS,
    Json,
    config_for,
    keap_records,
    messages_of,
    run_write,
)
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, line
from tests.simulators import Simulators, running
from tests.simulators.scenarios.small import CASES

AS_OF = date(2026, 7, 1)
FIRST = date(2024, 6, 1)
EVIDENCE = ("tags", "opportunities", "lead_sources", "applied_tags")
POLICIES: dict[str, Json] = {
    "as it comes": {},
    "dated by a tag": {"leads": {"created_at": "tag_applied", "created_at_tags": ["newsletter", "303"]}},
    "opportunities": {
        "customers": "chosen_leads",
        "leads": {"opportunity": True, "created_at": "opportunity_opened"},
    },
    "tags and sources": {
        "customers": "chosen_leads",
        "leads": {"tags": ["Coaching"], "lead_sources": ["Search ads", "55"]},
    },
    "trials as lines": {"trial_line_items": True, "customers": "payers_and_trials"},
    "dates as others make them": {
        "leads": {"trial_started_at": "contact_created"},
        "customers": "payers_only",
    },
}


def rule(on: str, when: str, **does: Any) -> Json:
    return {"on": on, "when": when, **does}


RULES: dict[str, Json] = {
    "monthly": rule("contact", "contact.id == '{id}'", exclude=True),
    "annual": rule("contact", "contact.id == '{id}'", route="Elsewhere"),
    "quarterly": rule("order", "contact.id == '{id}'", route="Elsewhere"),
    "weekly": rule("subscription", "contact.id == '{id}'", exclude=True),
    "seats": rule("item", "contact.id == '{id}'", classify="one_time"),
    "one_off": rule("item", "contact.id == '{id}'", classify="subscription", interval="1 year"),
    "trial_by_discount": rule("order", "contact.id == '{id}' and order.total == 0", exclude=True),
    "trial_not_converted": rule("order", "contact.id == '{id}'", exclude=True),
    "lead": rule("contact", "contact.id == '{id}'", set={"lead_created_at": "2026-02-03"}),
    "tax": rule("contact", "contact.id == '{id}'", set={"free_trial_started_at": "2025-02-12"}),
}
"""Of one customer each, which changes a day or that there is a customer at all."""
NAMES = dict(
    zip(
        FIGURES,
        (
            "leads",
            "free-trials",
            "non-trial-leads",
            "trial-to-paid-conversion-rate",
            "average-sales-cycle-length",
        ),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def servers() -> Iterator[Simulators]:
    with running("small") as both:
        yield both


@pytest.fixture(scope="module")
def records(servers: Simulators) -> dict[str, list[Json]]:
    """Keap's records of all streams that are needed, as the source emits them."""
    found = keap_records(servers.keap)
    for stream, path in (
        ("tags", "tags"),
        ("opportunities", "opportunities"),
        ("lead_sources", "leadSources"),
    ):
        found[stream] = rows_at(servers, path, stream)
    ids = ",".join(str(tag["id"]) for tag in found["tags"])
    found["applied_tags"] = rows_at(servers, f"tags/-/contacts?filter=tag_ids=={ids}", "contacts")
    return found


def rows_at(servers: Simulators, path: str, root: str) -> list[Json]:
    headers = {"X-Keap-API-Key": servers.keap.api_key}
    answer = requests.get(f"{servers.keap.url}/crm/rest/v2/{path}", headers=headers, timeout=10)
    answer.raise_for_status()
    page: Json = answer.json()
    assert not page.get("next_page_token")
    rows: list[Json] = page[root]
    return rows


def synced(servers: Simulators, records: dict[str, list[Json]], policy: Json) -> None:
    control = servers.chartmogul.control
    control.reset()
    control.settings({"account_currency": "USD", "time_zone": "America/Denver"})
    control.switch("analytics_delay_seconds", 0)
    control.switch("json_import_seconds", 0)
    config = config_for(servers.chartmogul, **policy)
    result = run_write(config, messages_of(records), streams=(*STREAMS, *EVIDENCE), mode="full_refresh")
    assert (result.error, result.rejected) == (None, 0)


def both_sides(servers: Simulators, records: dict[str, list[Json]]) -> tuple[KeapFrames, ChartMogulFrames]:
    by_key = {
        stream: {":".join(str(row[name]) for name in KEYS.get(stream, ("id",))): row for row in rows}
        for stream, rows in records.items()
    }
    simulator, wait = servers.chartmogul, Wait(seconds=5, poll_seconds=0.01)
    first = AS_OF.replace(day=1)
    held = chartmogul_from_api(simulator.url, simulator.api_key, "Keap", first, AS_OF, wait=wait)
    return keap_from_records(by_key, also=READ_BY_RULES), held


def case_of(keap: KeapFrames, chartmogul: ChartMogulFrames, given: Json) -> Case:
    """What the charts are computed from, without the audit of MRR."""
    policy = from_configuration(given)
    zone = policy.zone(keap.time_zone)
    lines, billed = keap_mrr.figure(keap, zone, policy, AS_OF)
    nothing, nobody = pd.DataFrame(), frozenset[str]()
    return Case(keap, chartmogul, policy, zone, lines, billed, nothing, nobody, nobody, None, AS_OF)


def of_keap(case: Case, figure: str) -> dict[str, float]:
    series = signups.CHARTS[figure](signups.keap_dates(case))
    return {str(month): round(float(value), 2) for month, value in series.items() if value}


def of_chartmogul(servers: Simulators, figure: str) -> dict[str, float]:
    entries = servers.chartmogul.control.lead_charts(str(FIRST), str(AS_OF))
    return {each["date"][:7]: each[NAMES[figure]] for each in entries if each[NAMES[figure]]}


@pytest.mark.parametrize("name", POLICIES)
def test_the_figures_of_what_was_sent_are_keaps(
    servers: Simulators, records: dict[str, list[Json]], name: str
) -> None:
    """Leads, free trials, non-trial leads, trial-to-paid and sales cycle, month by month, and each day."""
    synced(servers, records, POLICIES[name])
    case = case_of(*both_sides(servers, records), POLICIES[name])
    for figure in FIGURES:
        keap, chartmogul = of_keap(case, figure), of_chartmogul(servers, figure)
        assert keap.keys() == chartmogul.keys(), figure
        assert all(math.isclose(keap[month], chartmogul[month], abs_tol=0.011) for month in keap), figure
    leads = lead_findings(case, FIRST, AS_OF)
    assert leads is not None
    assert (leads.differing, leads.differences) == (0, ())
    assert of_keap(case, "leads"), "a policy that finds no lead shows nothing"


def test_a_planted_difference_is_found(servers: Simulators, records: dict[str, list[Json]]) -> None:
    """A lead date moved by two months, a trial taken for another day, and a customer that is missing: each is
    named, the months are marked, and the verdict on MRR stays what it is.
    """
    synced(servers, records, {})
    customers = {row["external_id"]: row for row in customers_of(servers)}
    trial = next(row for row in customers.values() if row["free_trial_started_at"])
    lead = next(row for row in customers.values() if not row["customer-since"] and row is not trial)
    gone = next(r for r in customers.values() if not r["customer-since"] and r not in (trial, lead))
    send(servers, "PATCH", trial["uuid"], {"free_trial_started_at": "2024-07-03T12:00:00Z"})
    send(servers, "PATCH", lead["uuid"], {"lead_created_at": "2024-07-04T12:00:00Z"})
    send(servers, "DELETE", gone["uuid"])
    report = examine(*both_sides(servers, records), AS_OF, 25, policy=from_configuration({})).report
    assert report.leads is not None
    named = {(row.customer_id, row.what) for row in report.leads.differences}
    expected = {(trial["external_id"], "free trial started"), (lead["external_id"], "lead created")}
    assert named >= expected | {(gone["external_id"], "lead created")}
    assert {row.customer_id for row in report.leads.differences} == {
        row["external_id"] for row in (trial, lead, gone)
    }
    assert any(month.differs for month in report.leads.months if month.figure == "leads")
    assert report.agrees
    assert report.leads.sentence in render.text(report)
    assert report.leads.sentence in render.html(report)
    assert f"<td>{lead['external_id']}</td><td>lead created</td>" in render.html(report)


def ruled() -> Json:
    """A configuration with all of RULES."""
    return {
        "rules": [
            {**each, "name": case, "when": each["when"].format(id=CASES[case].contact_id)}
            for case, each in RULES.items()
        ]
    }


@pytest.mark.parametrize(
    ("customers", "unpaid"), [("everyone", set()), ("payers_only", {"lead", "trial_not_converted"})]
)
def test_leads_follow_the_rules_of_the_destination(
    servers: Simulators, records: dict[str, list[Json]], customers: str, unpaid: set[str]
) -> None:
    """What was sent under rules has no difference; without them exactly the customers of the rules differ."""
    given = ruled() | {"customers": customers}
    synced(servers, records, given)
    sides = both_sides(servers, records)
    agreed, apart = (
        examine(*sides, AS_OF, 25, policy=from_configuration(policy)).report.leads
        for policy in (given, {"customers": customers})
    )
    assert agreed is not None
    assert agreed.differences == ()
    assert apart is not None
    changed = {str(CASES[case].contact_id) for case in RULES.keys() - unpaid}
    assert {row.customer_id for row in apart.differences} == changed


def customers_of(servers: Simulators) -> list[Json]:
    rows: list[Json] = send(servers, "GET", "")["entries"]
    return rows


def send(servers: Simulators, method: str, uuid: str, body: Any = None) -> Json:
    url = f"{servers.chartmogul.url}/v1/customers" + (f"/{uuid}" if uuid else "")
    answer = requests.request(method, url, json=body, auth=(servers.chartmogul.api_key, ""), timeout=10)
    answer.raise_for_status()
    found: Json = answer.json() if answer.content else {}
    return found


def test_a_policy_of_no_meaning_is_refused() -> None:
    """Before anything is compared by it."""
    with pytest.raises(ReconciliationError, match="'bought' is no value of 'created_at'"):
        lead_policy({"leads": {"created_at": "bought"}})


def test_without_contacts_leads_are_not_compared() -> None:
    """An audit of orders alone says nothing of leads, in no form."""
    keap = KeapAccount().subscription("5001", "1001").order("20001", "1001", "2026-01-10", line("5001", 500))
    frames = replace(keap.frames(), contacts=build("contacts", ()))
    held = ChartMogulAccount().moves("1001", "5001", ("2026-01-10", 500)).frames([date(2026, 1, 31)])
    report = examine(frames, held, date(2026, 1, 31), 1).report
    assert report.leads is None
    assert "Leads and trials" not in render.html(report)
