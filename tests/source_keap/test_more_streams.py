"""The streams besides the six that billing needs: every row as Keap has it, in as few calls as there are."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft7Validator

from source_keap.source import names
from tests.simulators import Server
from tests.source_keap.reading import Json, Read, best_modes, read
from tests.source_keap.test_full_read import SCHEMAS, unknown

CALL_BY_CALL = "order_payments"
MORE = [name for name in names() if name not in {*names(optional=False), CALL_BY_CALL}]
ONE_CALL = [name for name in MORE if name not in ("discounts", "custom_fields", "applied_tags")]
KEYS = {each.stream.name: [key for (key,) in each.primary_key or []] for each in best_modes().streams}
LEGACY = ("monthly_revenue", "order_revenue", "objection", "status", "stage_entrance_time")
DISCOUNTS = ("freeTrials", "orderTotals", "products", "productCategories", "shipping")
TRANSACTIONS = ["transactions"]


@pytest.fixture
def fast(keap: Server, config: Json) -> Json:
    """Small pages, and a Keap that does not count calls."""
    keap.control.switch("rate_limits", "off")
    return {**config, "page_size": 10}


def calls(keap: Server) -> int:
    return sum(sum(counts.values()) for counts in keap.control.calls().values())


def comparable(rows: Iterable[Json]) -> list[str]:
    """Rows without order, without what is empty, and with times in one form."""
    return sorted(json.dumps(plain(row), sort_keys=True) for row in rows)


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str) and len(value) > 18 and value[10] == "T":
        return datetime.fromisoformat(value).isoformat()
    return value


def held(keap: Server) -> dict[str, list[Json]]:
    """What the account holds, under the names of the streams."""
    dump = keap.control.dump()
    return {
        **{name: dump[name] for name in MORE if name in dump},
        "applied_tags": dump["contact_tags"],
        "opportunities": [
            {key: value for key, value in row.items() if key not in LEGACY} for row in dump["opportunities"]
        ],
        "discounts": [
            {**row, "discount_list": kind} for kind in DISCOUNTS for row in dump[f"discounts_{kind}"]
        ],
    }


def test_records_are_keaps_own(keap: Server, config: Json) -> None:
    """Every row of the account, once, with nothing changed; transactions get an id."""
    keap.control.switch("rate_limits", "off")
    result, expected = read(config, MORE), held(keap)
    assert result.errors() == []
    for name in MORE:
        rows = result.records[name]
        assert len({tuple(row[key] for key in KEYS[name]) for row in rows}) == len(rows) > 0
        if name == "custom_fields":
            continue
        given = [{k: v for k, v in row.items() if name != "transactions" or k != "id"} for row in rows]
        assert comparable(given) == comparable(expected[name])


def test_custom_fields_say_whose_they_are(config: Json) -> None:
    """One record for each field and kind of record, whose fields notes and tasks share."""
    rows = read(config, ["custom_fields"]).records["custom_fields"]
    found = [(row["record_kind"], row["field_name"]) for row in rows]
    assert len(found) == 16
    assert {("contacts", "TeamSize"), ("orders", "PurchaseOrderNumber"), ("notes", "Channel")} <= set(found)
    assert ("tasks", "Channel") in found


def test_a_small_account_is_one_call_a_stream(keap: Server, config: Json) -> None:
    """Five for the lists of discounts, eight for the kinds of record, two for applied tags."""
    keap.control.switch("rate_limits", "off")
    first = read(config, ONE_CALL)
    assert calls(keap) == len(ONE_CALL)
    read(config, ["discounts", "custom_fields", "applied_tags"])
    assert calls(keap) == len(ONE_CALL) + 5 + 8 + 2
    before = calls(keap)
    again = read(config, ONE_CALL, first.state)
    assert calls(keap) == before + len(ONE_CALL)
    whole = {"merchants", "users", "affiliates", "opportunity_stages"}
    assert {name for name in ONE_CALL if again.records[name]} == whole


@pytest.mark.parametrize(
    "switches",
    [
        {
            "next_page_token_form": "url",
            "end_of_list": "absent",
            "company_fields": "only",
            "bulk_tag_filter": "any",
            "notes_since_basis": "create_time",
            "tasks_since_basis": "create_time",
        },
        {
            "tie_order": "id_descending",
            "unset_fields": "null",
            "users_shown": "active",
            "legacy_opportunities": "on",
            "tasks_since_basis": "due_time",
        },
        {
            "datetime_form": "offset",
            "time_bounds": "exclusive",
            "unset_custom_fields": "absent",
            "tag_touches_contact": "yes",
            "stage_moves_of_deleted": "gone",
        },
        {"bulk_tag_lists": "missing", "paging": "snapshot"},
    ],
    ids=["pages", "values", "times", "lists"],
)
def test_every_doubtful_form_of_answers(keap: Server, fast: Json, switches: dict[str, str]) -> None:
    """Whichever way Keap does it, the same rows come, and in the next sync none of those that can wait."""
    expected = held(keap)
    for switch, value in switches.items():
        keap.control.switch(switch, value)
    chosen = [name for name in MORE if name not in ("transactions", "custom_fields")]
    result = read(fast, chosen)
    assert result.errors() == []
    for name in chosen:
        rows = [without_empty_fields(row) for row in result.records[name]]
        assert comparable(rows) == comparable(map(without_empty_fields, expected[name]))
    cursored = [name for name in chosen if KEYS[name] and name in incremental()]
    assert not any(read(fast, cursored, result.state).records.values())


def without_empty_fields(row: Json) -> Json:
    """A row without the custom fields that have no value."""
    fields = [field for field in row.get("custom_fields") or [] if field.get("content") is not None]
    return {**row, "custom_fields": fields} if "custom_fields" in row else row


def incremental() -> set[str]:
    return {each.stream.name for each in best_modes().streams if each.cursor_field}


@pytest.mark.parametrize("unset", ["absent", "null"])
def test_records_match_their_schema(keap: Server, config: Json, unset: str) -> None:
    """Each record is valid, and the schema knows each of its attributes."""
    keap.control.switch("rate_limits", "off")
    keap.control.switch("unset_fields", unset)
    result = read(config, MORE)
    for name in MORE:
        schema = json.loads((SCHEMAS / f"{name}.json").read_text())
        validator = Draft7Validator(schema)
        for record in result.records[name]:
            assert not list(validator.iter_errors(record))
            assert unknown(record, schema) == []


CHANGES: list[tuple[str, Json, dict[str, int]]] = [
    ("edit_company", {"company_id": 901001, "phone": "+1 303 555 0199"}, {"companies": 1}),
    ("new_company", {"name": "Example Mill"}, {"companies": 1}),
    ("edit_tag", {"tag_id": 301, "description": "New"}, {"tags": 1}),
    ("new_tag_category", {"name": "Seasons"}, {"tag_categories": 1}),
    ("tag_contact", {"contact_id": 1001, "tag_id": 312}, {"applied_tags": 1}),
    ("edit_note", {"note_id": 90001, "text": "Called again"}, {"notes": 1}),
    ("new_task", {"title": "Call"}, {"tasks": 1}),
    ("complete_task", {"task_id": 95004}, {"tasks": 1}),
    (
        "move_opportunity",
        {"opportunity_id": 8015, "stage_id": 43},
        {"opportunities": 1, "opportunity_stage_moves": 1},
    ),
    ("edit_lead_source", {"lead_source_id": 51, "vendor": "Example"}, {"lead_sources": 1}),
    ("card_updated", {"contact_id": 1001}, {"payment_methods": 1}),
]


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"time_bounds": "exclusive"},
        {"notes_since_basis": "create_time", "tasks_since_basis": "due_time", "datetime_form": "offset"},
        {"bulk_tag_lists": "missing"},
    ],
    ids=str,
)
def test_each_change_comes_exactly_once(keap: Server, fast: Json, switches: dict[str, str]) -> None:
    """One by one, whatever the time filters look at and whether they include their bound."""
    for switch, value in switches.items():
        keap.control.switch(switch, value)
    chosen = sorted(incremental() & set(MORE) - set(TRANSACTIONS))
    last: Read = read(fast, chosen)
    for event, fields, expected in CHANGES:
        keap.control.event(event, **fields)
        last = read(fast, chosen, last.state)
        assert {name: len(rows) for name, rows in last.records.items() if rows} == expected, event
        keap.control.clock(advance_seconds=100)
    keap.control.clock(advance_seconds=1000)
    assert not any(read(fast, chosen, last.state).records.values())


def test_a_first_read_by_id_goes_on_where_it_stopped(keap: Server, fast: Json) -> None:
    """Notes are read by id at first: after a failure on the second page, the rest comes and no more."""
    keap.control.faults([{"path": "/crm/rest/v2/notes", "nth": 2, "status": 400}])
    broken = read(fast, ["notes"])
    assert len(broken.records["notes"]) == 10
    rest = read(fast, ["notes"], broken.state)
    assert sorted(broken.ids("notes") + rest.ids("notes")) == sorted(
        row["id"] for row in keap.control.dump()["notes"]
    )


def test_a_list_of_discounts_that_is_missing(keap: Server, config: Json) -> None:
    """The other lists come, and a warning names the one that does not."""
    keap.control.faults([{"path": "/crm/rest/v2/discounts/products", "status": 501}])
    result = read(config, ["discounts"])
    assert {row["discount_list"] for row in result.records["discounts"]} == set(DISCOUNTS) - {"products"}
    assert "GET /crm/rest/v2/discounts/products answered 501" in result.logs("WARN")[0]


def test_an_ignored_order_is_noticed(keap: Server, config: Json) -> None:
    """When Keap does not sort by time of change, the whole list is looked through, and changes still come."""
    first = read(config, ["notes"])
    keap.control.event("edit_note", note_id=90001, text="Called again")
    rows = sorted(keap.control.dump()["notes"], key=lambda row: str(row["id"]))
    keap.control.faults([{"path": "/crm/rest/v2/notes", "status": 200, "body": {"notes": rows}}])
    result = read(config, ["notes"], first.state)
    assert result.ids("notes") == ["90001"]
    assert "did not sort notes" in result.logs("WARN")[0]
