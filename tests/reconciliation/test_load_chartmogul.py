"""ChartMogul's side through its API, against a reader that behaves like the recorded API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciliation.errors import ReconciliationError
from reconciliation.frames import ChartMogulFrames
from reconciliation.load import Wait, chartmogul_from_api, chartmogul_from_snapshot, chartmogul_rows
from reconciliation.load.snapshots import source_file

START, END = date(2026, 1, 1), date(2026, 3, 31)


INVOICE = {
    "external_id": "20001",
    "customer_uuid": "cus_1",
    "customer_name": "Jane Doe",
    "date": "2026-01-10T13:00:00.000Z",
    "currency": "USD",
    "line_items": [
        {
            "external_id": "1",
            "type": "subscription",
            "subscription_external_id": "5001",
            "plan_external_id": "11:101:1-month",
            "amount_in_cents": 2160,
            "tax_amount_in_cents": 160,
            "service_period_start": "2026-01-10T07:00:00.000Z",
            "prorated": False,
            "user_created": True,
        }
    ],
}


EVENT = {
    "id": 7,
    "external_id": "5001:cancelled:2026-03-01",
    "customer_external_id": "1000",
    "subscription_external_id": "5001",
    "event_type": "subscription_cancelled",
    "effective_date": "2026-03-01T07:00:00Z",
}


class RecordedChartMogul:
    """Lists in pages, with the cursor of activities that names the next item and goes on after it."""

    def __init__(self, activities: int = 0, page: int = 3, pending: list[int] | None = None) -> None:
        self.page = page
        self.pending = pending or [0]
        self.calls: list[str] = []
        self.movements = [_movement(number) for number in range(activities)]
        self.customers = [_customer(number) for number in range(4)]

    def get(self, path: str, query: Mapping[str, str], /) -> Mapping[str, Any]:
        self.calls.append(path)
        if path == "/account":
            return {"currency": "USD", "time_zone": "UTC", "churn_recognition": "churn_at_period_end"}
        if path == "/data_sources":
            return {"data_sources": [{"uuid": "ds_1", "name": "Keap"}, {"uuid": "ds_2", "name": "Stripe"}]}
        if path == "/data_sources/ds_1":
            return self._source()
        if path == "/customers":
            return self._customers(query)
        if path == "/activities":
            return self._activities(query)
        if path == "/invoices":
            return {"invoices": [INVOICE], "has_more": False}
        if path == "/subscription_events":
            return {"subscription_events": [EVENT], "has_more": False}
        name = "mrr" if path.endswith("mrr") else "customers"
        return {"entries": [{"date": "2026-01-31", name: 100, "percentage-change": 0.0}], "summary": {}}

    def now(self) -> datetime:
        return datetime(2026, 2, 1, 12, tzinfo=UTC)

    def _source(self) -> Mapping[str, Any]:
        pending = self.pending.pop(0) if len(self.pending) > 1 else self.pending[0]
        return {
            "uuid": "ds_1",
            "name": "Keap",
            "processing_status": {"processed": 5, "pending": pending, "failed": 1},
            "auto_churn_subscription_setting": {"enabled": True, "interval": 30},
            "invoice_handling_setting": {"automatic": {"create_subscription_when_invoice_is": "paid"}},
        }

    def _customers(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        start = int(query.get("cursor", "0"))
        end = start + self.page
        return {
            "entries": self.customers[start:end],
            "has_more": end < len(self.customers),
            "cursor": str(end),
        }

    def _activities(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        uuids = [movement["uuid"] for movement in self.movements]
        start = uuids.index(query["cursor"]) + 1 if "cursor" in query else 0
        end = start + self.page
        following = self.movements[end : end + 1]
        return {
            "entries": self.movements[start:end],
            "has_more": bool(following),
            "cursor": following[0]["uuid"] if following else None,
        }


def _movement(number: int) -> dict[str, Any]:
    return {
        "uuid": f"7f1c2f0e-0000-0000-0000-{number:012d}",
        "customer-uuid": "cus_1",
        "customer-name": "Jane Doe",
        "subscription-external-id": "5001",
        "date": "2026-01-10T07:00:00+00:00",
        "type": "expansion",
        "activity-mrr-movement": 10,
    }


def _customer(number: int) -> dict[str, Any]:
    external = f"100{number}"
    return {"uuid": f"cus_{number}", "external_id": external, "external_ids": [external, "x"], "name": "Jane"}


def read(reader: RecordedChartMogul, seconds: float = 9, **options: Any) -> ChartMogulFrames:
    options["wait"] = Wait(seconds, poll_seconds=0)
    return chartmogul_from_api("http://unused", "unused", "Keap", START, END, reader=reader, **options)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 10])
def test_no_activity_is_lost_where_pages_turn(count: int) -> None:
    """The page's cursor would skip one movement at each turn; the last uuid received does not."""
    found = read(RecordedChartMogul(count))
    assert found.activities["uuid"].nunique() == len(found.activities) == count


def test_customers_of_all_pages_with_every_external_id() -> None:
    """A merged customer answers to each of its ids."""
    customers = read(RecordedChartMogul()).customers
    assert customers["uuid"].nunique() == 4
    assert customers.loc[customers["primary"], "external_id"].tolist() == ["1000", "1001", "1002", "1003"]


def test_settings_that_change_metrics_are_read() -> None:
    """They stand in the report, and some of them explain differences."""
    settings = read(RecordedChartMogul()).settings
    assert settings.churn_recognition == "churn_at_period_end"
    assert settings.auto_churn_days == 30
    assert settings.invoice_handling is not None
    assert settings.invoice_handling.create_when == "paid"
    assert (settings.failed, settings.other_sources) == (1, 1)


def test_invoice_lines_are_read() -> None:
    """What ChartMogul holds line by line is evidence for the causes."""
    line = read(RecordedChartMogul()).lines.iloc[0]
    assert (line["order_id"], line["amount"], line["tax"], line["by_hand"]) == ("20001", 2160, 160, True)
    assert line["starts_at"].isoformat() == "2026-01-10T07:00:00+00:00"


def test_subscription_events_are_read() -> None:
    """With whether the connector made them."""
    event = read(RecordedChartMogul()).events.iloc[0]
    assert (event["subscription_id"], event["type"], event["ours"]) == (
        "5001",
        "subscription_cancelled",
        True,
    )
    assert event["effective_at"].isoformat() == "2026-03-01T07:00:00+00:00"


def test_processing_must_be_quiet_twice() -> None:
    """A queued job may show nothing pending for a moment."""
    reader = RecordedChartMogul(pending=[5, 0, 3, 0, 0, 9])
    assert read(reader).settings.pending == 0
    assert reader.calls.count("/data_sources/ds_1") == 5


def test_the_wait_is_bounded_and_says_what_is_pending() -> None:
    """What is still pending at the end of the wait is told, not hidden."""
    assert read(RecordedChartMogul(pending=[7]), seconds=0.01).settings.pending == 7


def test_a_snapshot_gives_the_same_tables(tmp_path: Path) -> None:
    """What was saved is what was read, each file with its hash."""
    read(RecordedChartMogul(activities=5), save_to=tmp_path)
    again = chartmogul_from_snapshot(tmp_path)
    fresh = read(RecordedChartMogul(activities=5))
    assert again.activities.equals(fresh.activities)
    assert (again.start, again.end) == (START, END)
    assert {file.name for file in again.files} >= {"account.json", "activities.json", "mrr.json"}


def test_a_snapshot_holds_no_names(tmp_path: Path) -> None:
    """Ids, dates and amounts are enough."""
    read(RecordedChartMogul(activities=5), save_to=tmp_path)
    assert not any("Jane" in path.read_text() for path in tmp_path.iterdir())


def test_a_changed_snapshot_is_refused(tmp_path: Path) -> None:
    """A hash that does not match stops the audit."""
    read(RecordedChartMogul(), save_to=tmp_path)
    (tmp_path / "mrr.json").write_text(json.dumps([{"date": "2026-01-31", "mrr": 0}]))
    with pytest.raises(ReconciliationError, match="was changed after it was saved"):
        chartmogul_from_snapshot(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("manifest.json", "{", "manifest.json is no manifest of a snapshot"),
        ("account.json", "{}", "cannot be made into tables .KeyError: 'currency'"),
        ("mrr.json", '[{"date": "2026-01-31", "mrr": 10.5}]', "10.5 is no whole number"),
        ("activities.json", '[{"uuid": "a"}]', "cannot be made into tables .KeyError"),
    ],
)
def test_a_snapshot_of_another_shape_gets_one_sentence(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    """What is missing, or would be lost, is named; cents are never cut off."""
    read(RecordedChartMogul(activities=2), save_to=tmp_path)
    (tmp_path / name).write_text(text)
    if name != "manifest.json":
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        manifest["sha256"][name] = source_file(tmp_path / name).sha256
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReconciliationError, match=sentence):
        chartmogul_from_snapshot(tmp_path)


def test_an_absent_snapshot_or_source_is_named(tmp_path: Path) -> None:
    """One sentence says what to correct."""
    with pytest.raises(ReconciliationError, match="no ChartMogul snapshot"):
        chartmogul_from_snapshot(tmp_path)
    with pytest.raises(ReconciliationError, match="no data source named 'Kepa'"):
        chartmogul_from_api("http://unused", "x", "Kepa", START, END, reader=RecordedChartMogul())


def test_a_merged_customer_has_the_names_of_this_data_source_alone() -> None:
    """Those of the others may be anything, also the id of another contact; without sources all count."""
    merged = {"uuid": "cus_1", "external_id": "cus_A", "external_ids": ["cus_A", "1002", "1001"]}
    told = merged | {"data_source_uuids": ["ds_2", "ds_1", "ds_1"]}
    for entry, names in ((told, ["1002", "1001"]), (merged, ["cus_A", "1002", "1001"])):
        rows = list(chartmogul_rows.customers([entry], "ds_1"))
        assert [row["external_id"] for row in rows] == names
        assert [row["primary"] for row in rows] == [name == "cus_A" for name in names]
