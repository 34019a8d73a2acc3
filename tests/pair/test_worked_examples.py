"""What both connectors' figures and the audit's are for billing that was worked out by hand."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import requests

from destination_chartmogul import registry
from reconciliation import keap_mrr
from reconciliation.expected import expected
from reconciliation.keap_mrr.steps import steps
from reconciliation.load.keap import keap_from_records
from reconciliation.policy import from_configuration
from tests.destination_chartmogul.pipe import config_for, run_whole
from tests.pair.worked_examples import Example, examples
from tests.simulators import Simulators, running

TODAY = date(2026, 6, 30)
PRODUCTS: list[dict[str, Any]] = [
    {"id": "11", "name": "Gold", "subscription_plans": [{"id": "109", "number_of_cycles": 3}]},
    {"id": "12", "name": "Book"},
]
ALIKE: dict[str, list[Example]] = defaultdict(list)
for each in examples():
    ALIKE[json.dumps(each.settings, sort_keys=True)].append(each)
Figure = Mapping[str, Sequence[tuple[str, int]]]
Records = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def servers() -> Iterator[Simulators]:
    with running("small") as simulators:
        yield simulators


@pytest.fixture(autouse=True)
def _quick_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator begins to process what was imported at once."""
    monkeypatch.setattr(registry, "BETWEEN_READINGS", 0.01)


@pytest.mark.parametrize("some", ALIKE.values(), ids=ALIKE)
def test_mrr_is_as_worked_out_by_hand(some: list[Example], servers: Simulators) -> None:
    """In ChartMogul after a sync, by Keap's own records, and by what the destination would send."""
    records = records_of(some)
    figures = {"chartmogul": in_chartmogul(some[0], records, servers), **in_the_audit(some[0], records)}
    wrong = [
        f"{example.name}, {day}: {amount} by hand, {seen} by {name}"
        for example in some
        for day, amount in example.mrr.items()
        for name, figure in figures.items()
        if (seen := sum(change for moved, change in figure.get(example.contact, ()) if moved <= day))
        != amount
    ]
    assert wrong == []


def test_every_kind_of_example_is_there() -> None:
    """The file was read whole."""
    assert len({example.name for example in examples()}) == len(examples()) >= 143
    assert all(example.mrr for example in examples())


def records_of(some: Sequence[Example]) -> Records:
    """One Keap account of all of them."""
    profile = {"id": "account", "time_zone": some[0].zone, "currency_code": some[0].currency}
    people: list[dict[str, Any]] = [{"id": each.contact, "given_name": "Ada"} for each in some]
    return {
        "account": [profile],
        "products": PRODUCTS,
        "contacts": people,
        "subscriptions": [row for each in some for row in each.subscriptions],
        "orders": [row for each in some for row in each.orders],
        "payments": [row for each in some for row in each.payments],
    }


def in_chartmogul(example: Example, records: Records, servers: Simulators) -> Figure:
    """Movements (day of the account, change) by contact, after a sync into an empty account."""
    control = servers.chartmogul.control
    control.reset()
    control.switch("rate_limit", "off")
    for name in ("analytics_delay_seconds", "json_import_seconds"):
        control.switch(name, 0)
    control.settings({"time_zone": example.zone, "account_currency": example.currency})
    control.clock(now=f"{TODAY}T20:00:00Z")
    written = run_whole(config_for(servers.chartmogul, **example.policy), records)
    assert (written.error, written.rejected) == (None, 0), written.logs
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in activities(servers):
        day = datetime.fromisoformat(row["date"]).astimezone(ZoneInfo(example.zone)).date()
        found[row["customer-external-id"]].append((str(day), row["activity-mrr-movement"]))
    return found


def activities(servers: Simulators) -> Iterator[dict[str, Any]]:
    """All of the account."""
    asked: dict[str, Any] = {"per-page": 200}
    while True:
        address, key = f"{servers.chartmogul.url}/v1/activities", (servers.chartmogul.api_key, "")
        page = requests.get(address, params=asked, auth=key, timeout=30).json()
        yield from page["entries"]
        if not page["has_more"]:
            return
        asked["cursor"] = page["cursor"]


def in_the_audit(example: Example, records: Records) -> dict[str, Figure]:
    """The two figures of the audit, of the same form."""
    keap = keap_from_records({name: {row["id"]: row for row in rows} for name, rows in records.items()})
    policy, zone = from_configuration(example.policy), ZoneInfo(example.zone)
    lines = keap_mrr.subscription_lines(keap, zone, policy)
    paid = {"payments": keap.payments, "plans": keap.plans}
    own = steps(keap_mrr.periods(lines, keap.subscriptions, policy, TODAY, zone, **paid))
    sent = expected(keap, policy, TODAY, zone)
    assert sent is not None
    return {"keap": _by_contact(own), "expected": _by_contact(sent.steps)}


def _by_contact(table: pd.DataFrame) -> Figure:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for day, contact, change in table[["day", "customer_id", "change"]].itertuples(index=False):
        found[contact].append((str(day.date()), int(change)))
    return found
