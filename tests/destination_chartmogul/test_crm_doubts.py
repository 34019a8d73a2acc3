"""Doubts about ChartMogul's CRM: whichever way they turn out, the same stands there, sent once."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.destination_chartmogul.accounts import differences, writes
from tests.destination_chartmogul.accounts import held as everything
from tests.destination_chartmogul.killing import happening
from tests.destination_chartmogul.pipe import Json
from tests.destination_chartmogul.relations import (
    NOTE,
    TASK,
    call,
    changed,
    held,
    of_ben,
    people,
    relations,
    sync_crm,
)

DOUBTS = [
    ("note_text", "html"),
    ("task_dates", "day"),
    ("contact_duplicate", "reject"),
    ("contact_custom", "drop"),
    ("custom_put_unknown", "ignore"),
    ("custom_put_unknown", "reject"),
    ("custom_type_change", "reject"),
    ("merged_filter", "primary"),
    ("patch_tags", "merge"),
    ("answers_of", "2026"),
]
ODD = NOTE | {"text": '5 < 6 & 7 > 6, <b>really</b> &amp; "so"\nit\'s <br/> &lt;i&gt; [Keap note 99]'}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("name", "value"), DOUBTS)
def test_a_doubt_about_the_crm(name: str, value: str, chartmogul: Any, config: Json) -> None:
    """Everything is written, written again for nothing, changed, and taken over by a colleague."""
    days = [
        relations(notes=[ODD], tasks=[TASK | {"due_time": "2026-07-09T01:00:00Z"}]),
        changed(),
        relations(orders=of_ben()),
    ]
    for turned in (False, True):
        chartmogul.control.reset(keep_switches=True)
        if turned:
            chartmogul.control.switch(name, value)
        states = []
        for records in days:
            assert sync_crm(config, records).rejected == 0
            before = writes(chartmogul)
            assert sync_crm(config, records).rejected == 0
            assert writes(chartmogul) == before
            states.append(everything(chartmogul))
        if not turned:
            expected = states
    for wanted, found in zip(expected, states, strict=True):
        assert differences(wanted, found) == []
    assert people(chartmogul) == {("1001", "1001"), ("1002", "1002")}


@pytest.mark.usefixtures("quick")
def test_a_change_whose_answer_was_lost_may_be_no_change_the_second_time(
    chartmogul: Any, config: Json
) -> None:
    """ChartMogul answers 304 to what it has already: the change is made, and nothing is sent any more."""
    chartmogul.control.switch("patch_same_values", "not_modified")
    assert sync_crm(config, relations()).rejected == 0
    paths = ("/v1/tasks/", "/v1/customer_notes/")
    lost = [{"path": path, "method": "PATCH", "times": 1, "lose_answer": True} for path in paths]
    chartmogul.control.faults(lost)
    run = sync_crm(config, changed())
    assert (run.error, run.rejected) == (None, 0)
    before = writes(chartmogul)
    assert sync_crm(config, changed()).rejected == 0
    assert writes(chartmogul) == before
    (task,), (note,) = held(chartmogul, "tasks"), held(chartmogul, "customer_notes")
    assert task["completed_at"] is not None
    assert "Wants to start in October." in note["text"]


def merged(chartmogul: Any) -> None:
    """A user merges Ben's customer into Ada's."""
    uuids = {row["external_id"]: row["uuid"] for row in held(chartmogul, "customers")}
    if len(uuids) == 2:
        pair = {"from": {"customer_uuid": uuids["1002"]}, "into": {"customer_uuid": uuids["1001"]}}
        call(chartmogul, "POST", "/customers/merges", pair)


def seen(chartmogul: Any) -> Json:
    """What users see: people, texts, and what stands on the customer."""
    (customer,) = held(chartmogul, "customers")
    return {
        "people": people(chartmogul),
        "notes": sorted(row["text"] for row in held(chartmogul, "customer_notes")),
        "tasks": [row["task_details"] for row in held(chartmogul, "tasks")],
        "deals": [row["custom"] for row in held(chartmogul, "opportunities")],
        "customer": (customer["attributes"], customer["owner"]),
    }


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("nobody", "first"), [("empty", 2), ("not_found", 3)])
def test_a_merge_at_any_moment_of_a_run(nobody: str, first: int, chartmogul: Any, config: Json) -> None:
    """The run ends well, and the next one leaves what a run after the merge would."""
    before = relations(orders=of_ben(), notes=[NOTE, NOTE | {"id": "72", "contact_id": "1002"}])
    after = changed() | {"orders": before["orders"]}
    after["notes"] = [{**row, "text": "Changed."} for row in before["notes"]]

    def run(at: int) -> int:
        chartmogul.control.reset(keep_switches=True)
        assert sync_crm(config, before).rejected == 0
        with happening(at, partial(merged, chartmogul)) as met:
            assert sync_crm(config, after).error is None, at
        assert sync_crm(config, after).error is None
        return met.requests

    chartmogul.control.switch("lists_of_nobody", nobody)
    last = run(1)
    expected = seen(chartmogul)
    for at in range(first, last + 1, 2):
        if run(at) >= at:  # several threads: it may need fewer requests this time
            assert seen(chartmogul) == expected, at
