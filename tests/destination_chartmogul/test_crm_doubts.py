"""Doubts about ChartMogul's CRM: whichever way they turn out, the same stands there, sent once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.destination_chartmogul.accounts import differences, writes
from tests.destination_chartmogul.accounts import held as everything
from tests.destination_chartmogul.pipe import Json
from tests.destination_chartmogul.relations import NOTE, TASK, changed, of_ben, people, relations, sync_crm

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
