"""A first sync's people, notes, tags and attributes go as files; what these do not bring comes by calls."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from destination_chartmogul.crm import uploads
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.keap import contact
from tests.destination_chartmogul.pipe import Json, Result
from tests.destination_chartmogul.relations import (
    EVERYTHING,
    NOTE,
    PERSON,
    STAFF,
    VALUES,
    plan_crm,
    relations,
    sync_crm,
    whole_but,
)
from tests.destination_chartmogul.relations import held as listed

MANY = 30
UPLOAD = "POST /v1/data_sources/{ds}/uploads"
BY_CALL = ("POST /v1/contacts", "POST /v1/customer_notes", "POST /v1/customers/{cus}/attributes/tags")
ATTRIBUTES = "POST /v1/customers/{cus}/attributes/custom"


@pytest.fixture(autouse=True)
def _early(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files from few rows on, which need not wait for their first rows."""
    del quick
    monkeypatch.setattr(uploads, "FEWEST", 20)
    monkeypatch.setattr(uploads, "TRIAL_SECONDS", 0.1)


def many(count: int = MANY) -> dict[str, list[Json]]:
    """So many leads, each with a note, one tag, an owner and five attributes; every tenth without any."""
    people = []
    for number in range(2001, 2001 + count):
        values = [VALUES[0] | {"content": number}, *VALUES[1:]]
        own = {**PERSON, "tag_ids": ["301"], "custom_fields": values} if number % 10 else {}
        address = [{"field": "EMAIL1", "email": f"p{number}@example.com"}]
        people.append(contact(id=str(number), company=None, email_addresses=address, **own))
    notes = [NOTE | {"id": f"7{row['id']}", "contact_id": row["id"], "text": 'a "b",\nc'} for row in people]
    return relations(contacts=people, notes=notes, tasks=[], opportunities=[], orders=[])


def synced(config: Json, records: dict[str, list[Json]]) -> Any:
    result = sync_crm(config | {"customers": "everyone"}, records, EVERYTHING | {"contacts": "own"})
    assert result.error is None
    return result


def held(chartmogul: Any) -> dict[str, list[str]]:
    """Without the times and places at which it was made."""
    dump = chartmogul.control.dump()
    rows = {"customers": dump["customers"], "contacts": dump["contacts"], "notes": dump["notes"]}
    gone = ("updated_at", "position")
    return {
        kind: sorted(str({k: v for k, v in sorted(row.items()) if k not in gone}) for row in found)
        for kind, found in rows.items()
    }


def test_files_bring_what_calls_would(chartmogul: Any, config: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same state, in two files of a kind instead of hundreds of calls; the same again writes nothing."""
    synced(config, many())
    by_file, before = held(chartmogul), writes(chartmogul)
    assert before[UPLOAD] == 6
    assert not any(before.get(path) for path in BY_CALL)
    assert before[ATTRIBUTES] == 1
    synced(config, many())
    assert writes(chartmogul) == before
    chartmogul.control.reset(keep_switches=True)
    monkeypatch.setattr(uploads, "FEWEST", 10_000)
    synced(config, many())
    assert held(chartmogul) == by_file


def test_the_first_value_of_an_attribute_sets_its_type(chartmogul: Any, config: Json) -> None:
    """A file has no types; the attributes come as numbers, times and flags all the same."""
    synced(config, many())
    custom = {str(row["external_id"]): row for row in _customers(chartmogul)}["2005"]["attributes"]["custom"]
    assert custom == {
        "team_size": 2005,
        "segment": "Studio",
        "renewal": "2026-09-03T06:00:00.000Z",
        "sms": True,
        "budget": 1200.5,
    }


def _customers(chartmogul: Any) -> list[Json]:
    return listed(chartmogul, "customers")


@pytest.mark.parametrize("choice", ["ignore", "refuse"])
def test_a_file_that_brings_nothing_is_made_up_for(choice: str, chartmogul: Any, config: Json) -> None:
    """Which columns ChartMogul knows is not documented; the calls that follow do not rely on it."""
    synced(config, many())
    expected = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    chartmogul.control.switch("enrichment_upload", choice)
    synced(config, many())
    assert held(chartmogul) == expected
    assert writes(chartmogul)[ATTRIBUTES] == MANY - MANY // 10


@pytest.mark.parametrize("fault", [{"lose_answer": True}, {"reset": True}, {"status": 502, "applied": True}])
def test_a_file_whose_answer_is_lost(fault: Json, chartmogul: Any, config: Json) -> None:
    """The lists tell whether it was taken; nothing comes twice."""
    synced(config, many())
    expected = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    chartmogul.control.faults([{"path": UPLOAD.split()[1], "method": "POST", **fault}])
    synced(config, many())
    assert held(chartmogul) == expected


def test_a_file_that_is_worked_on_late_leaves_nobody_twice(chartmogul: Any, config: Json) -> None:
    """Rows of a file that came after the calls are taken away by the next run."""
    chartmogul.control.switch("json_import_seconds", 0)
    synced(config, many())
    expected = held(chartmogul)
    _upload_again(chartmogul)
    assert held(chartmogul) != expected
    synced(config, many())
    assert held(chartmogul) == expected


def _upload_again(chartmogul: Any) -> None:
    """The rows of the notes' file once more."""
    source = _customers(chartmogul)[0]["data_source_uuid"]
    rows = ["Customer external ID,Type,Text"]
    text = 'call,"First call\na ""b"",\nc\n\n[Keap note {}]"'
    rows += [f"{row['contact_id']},{text.format(row['id'])}" for row in many()["notes"]]
    answer = requests.post(
        f"{chartmogul.url}/v1/data_sources/{source}/uploads",
        data={"type": "customer_note"},
        files={"file": ("n.csv", "\n".join(rows).encode(), "text/csv")},
        auth=(chartmogul.api_key, ""),
        timeout=10,
    )
    assert answer.status_code == 201


def test_several_tags_go_by_call(chartmogul: Any, config: Json) -> None:
    """How they stand in one cell is not documented; nor whether a cell replaces what a customer has."""
    records = many()
    for person in records["contacts"]:
        person["tag_ids"] = ["301", "305"]
    synced(config, records)
    assert {tuple(row["attributes"]["tags"]) for row in _customers(chartmogul)} == {("Lead", "Newsletter")}
    assert writes(chartmogul)["POST /v1/customers/{cus}/attributes/tags"] == MANY


def test_no_file_follows_one_that_brings_nothing(chartmogul: Any, config: Json) -> None:
    """Five rows tell what ChartMogul makes of the others."""
    chartmogul.control.switch("enrichment_upload", "ignore")
    synced(config, many())
    assert writes(chartmogul)[UPLOAD] == 5


def noted(config: Json, records: dict[str, list[Json]], asked: Json | None = None) -> Result:
    """Notes alone."""
    settings = config | {"customers": "everyone"}
    result = sync_crm(settings, records, {"notes": True, "calls": True}, asked)
    assert result.error is None
    return result


def test_uploads_that_no_status_counts(
    chartmogul: Any, config: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a file brings is waited for by looking for it, so nothing comes twice."""
    chartmogul.control.switch("upload_pending", "not_counted")
    chartmogul.control.switch("json_import_seconds", 1)
    monkeypatch.setattr(uploads, "TRIAL_SECONDS", 30)
    assert noted(config, many()).rejected == 0
    assert writes(chartmogul)[UPLOAD] == 2
    chartmogul.control.clock(advance_seconds=60)
    assert len(listed(chartmogul, "customer_notes")) == MANY


def test_a_file_that_is_not_worked_on_in_time(
    chartmogul: Any, config: Json, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its rows are rejects, which bring what is missing when they are sent again, and nothing twice."""
    monkeypatch.setattr(uploads, "TRIAL_SECONDS", 30)
    monkeypatch.setattr(uploads, "IDLE_SECONDS", 0.1)
    chartmogul.control.switch("json_import_seconds", 1)
    rejecting = config | {"rejects_path": str(tmp_path / "rejects.jsonl")}
    assert any("still working on uploads" in text for text in noted(rejecting, many()).logs)
    told = [orjson.loads(line) for line in (tmp_path / "rejects.jsonl").read_bytes().splitlines()]
    assert [row["rule"] for row in told] == ["upload_not_finished"] * (MANY - uploads.TRIAL)
    chartmogul.control.clock(advance_seconds=60)
    again = relations(contacts=[], notes=[row["record"] for row in told])
    assert noted(config, again, whole_but("notes")).rejected == 0
    assert len(listed(chartmogul, "customer_notes")) == MANY


def test_few_customers_need_no_file(chartmogul: Any, config: Json) -> None:
    """Waiting for a file to be worked on would take longer."""
    synced(config, many(15))
    assert UPLOAD not in writes(chartmogul)


def test_owners_come_with_the_file(chartmogul: Any, config: Json) -> None:
    """One who is no user is told by the calls that follow, asked once."""
    synced(config, many())
    assert Counter(row["owner"] for row in _customers(chartmogul))[STAFF] == MANY - MANY // 10
    assert "PATCH /v1/customers/{cus}" not in writes(chartmogul)


def test_plan_reads_whole_lists_where_that_takes_fewer_calls(chartmogul: Any, config: Json) -> None:
    """Not the notes and people of each customer by itself."""
    synced(config, many())
    before = chartmogul.control.calls()
    crm = EVERYTHING | {"contacts": "own"}
    assert plan_crm(config | {"customers": "everyone"}, many(), crm)["totals"]["changes"] == {}
    after = chartmogul.control.calls()
    lists = ("GET /v1/contacts", "GET /v1/customer_notes", "GET /v1/tasks", "GET /v1/opportunities")
    asked = [after[path]["200"] - before.get(path, {}).get("200", 0) for path in lists]
    assert asked == [2, 2, 2, 2]  # once to compare, once for what is gone from Keap
