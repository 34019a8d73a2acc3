"""A full read of the simulated account: every row, once, unchanged, in as few calls as pages."""

import json
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from source_keap.protocol import SyncMode, Type
from source_keap.source import names
from tests.simulators import Server
from tests.source_keap.reading import Json, read

SCHEMAS = Path(__file__).parents[2] / "source-keap" / "source_keap" / "schemas"
LISTS = ["products", "subscriptions", "payments", "contacts", "orders"]
PATHS = {"payments": "sales/payments"}


def calls(keap: Server) -> dict[str, int]:
    """Calls by path below /crm/rest/v2."""
    return {name.rpartition("/v2/")[2]: sum(counts.values()) for name, counts in keap.control.calls().items()}


def test_records_are_keaps_own(keap: Server, config: Json) -> None:
    """Each stream gives every row of the account as Keap has it; the account has an id added."""
    result, held = read(config), keap.control.dump()
    assert result.records["account"] == [{**held["account"], "id": "account"}]
    for name in LISTS:
        by_id = {row["id"]: row for row in result.records[name]}
        assert len(by_id) == len(result.records[name])
        assert by_id == {row["id"]: row for row in held[name]}


def test_a_small_account_is_six_calls(keap: Server, config: Json) -> None:
    """One call a stream, and none besides."""
    read(config)
    assert calls(keap) == dict.fromkeys(["businessProfile", *(PATHS.get(name, name) for name in LISTS)], 1)


@pytest.mark.parametrize("page_size", [1, 7, 60])
def test_one_call_a_page(keap: Server, config: Json, page_size: int) -> None:
    """⌈N / page size⌉ calls a stream, whether the last page is full or not."""
    keap.control.switch("rate_limits", "off")
    chosen = ["subscriptions", "contacts"] if page_size == 1 else LISTS
    result = read({**config, "page_size": page_size}, chosen)
    expected = {PATHS.get(name, name): ceil(len(result.records[name]) / page_size) for name in chosen}
    assert calls(keap) == expected


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("next_page_token_form", "url"),
        ("end_of_list", "absent"),
        ("tie_order", "id_descending"),
        ("datetime_form", "offset"),
        ("unset_fields", "null"),
        ("tenant_throttle_headers", "piped"),
    ],
)
def test_every_doubtful_form_of_answers(keap: Server, config: Json, switch: str, value: str) -> None:
    """Whichever way Keap writes tokens, times and empty values, the same rows come, and then nothing."""
    keap.control.switch(switch, value)
    keap.control.switch("rate_limits", "off")
    result, held = read({**config, "page_size": 50}), keap.control.dump()
    for name in LISTS:
        assert sorted(result.ids(name)) == sorted(row["id"] for row in held[name])
    again = read({**config, "page_size": 50}, state=result.state)
    assert [len(again.records[name]) for name in LISTS[1:]] == [0, 0, 0, 0]


def test_streams_come_in_their_order(config: Json) -> None:
    """Orders are last, whatever the order of the catalog, so that a destination has the rest by then."""
    result = read(config, reversed(names(optional=False)))
    seen = [message.record.stream for message in result.messages if message.type == Type.RECORD]
    assert list(dict.fromkeys(seen)) == [
        "account",
        "products",
        "subscriptions",
        "payments",
        "contacts",
        "orders",
    ]


def test_each_stream_says_how_it_went(config: Json) -> None:
    """STARTED, RUNNING, COMPLETE for each stream, and a state after it."""
    result = read(config, ["contacts"])
    told = [
        message.trace.stream_status.status.value if message.type == Type.TRACE else message.type.value
        for message in result.messages
        if message.type in (Type.TRACE, Type.STATE)
    ]
    assert told == ["STARTED", "RUNNING", "STATE", "COMPLETE", "STATE"]


@pytest.mark.parametrize("name", ["account", *LISTS])
@pytest.mark.parametrize("unset", ["absent", "null"])
def test_records_match_their_schema(keap: Server, config: Json, name: str, unset: str) -> None:
    """Each record is valid, and the schema knows each of its attributes."""
    keap.control.switch("unset_fields", unset)
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    validator = Draft7Validator(schema)
    for record in read(config, [name]).records[name]:
        assert not list(validator.iter_errors(record))
        assert unknown(record, schema) == []


def unknown(value: Any, schema: Any, where: str = "") -> list[str]:
    """Attributes of a value that its schema does not describe."""
    if isinstance(value, list):
        return [found for item in value for found in unknown(item, schema.get("items", {}), where)]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    return [
        found
        for key, item in value.items()
        for found in (
            unknown(item, schema["properties"][key], f"{where}.{key}")
            if key in schema["properties"]
            else [f"{where}.{key}"]
        )
    ]


def test_start_date_leaves_out_what_did_not_change_since(keap: Server, config: Json) -> None:
    """Contacts and orders last changed before it do not come; the other streams come whole."""
    result = read({**config, "start_date": "2026-06-01T00:00:00Z"})
    assert {row["modification_time"] >= "2026-06-01" for row in result.records["orders"]} == {True}
    assert 0 < len(result.records["contacts"]) < len(keap.control.dump()["contacts"])
    assert len(result.records["payments"]) == len(keap.control.dump()["payments"])


def test_a_full_refresh_ignores_the_state(config: Json) -> None:
    """A stream that is configured as full refresh is read from the start, whatever the state says."""
    first = read(config, ["orders", "subscriptions"])
    again = read(config, ["orders", "subscriptions"], first.state, SyncMode.full_refresh)
    assert again.ids("orders") == first.ids("orders")
    assert again.ids("subscriptions") == first.ids("subscriptions")


@pytest.mark.parametrize("name", ["subscriptions", "payments", "contacts", "orders"])
def test_a_full_refresh_that_broke_off_goes_on(keap: Server, config: Json, name: str) -> None:
    """With the state that it left, it reads the rest; with the state of a finished one, everything."""
    keap.control.switch("rate_limits", "off")
    small = {**config, "page_size": 10}
    path = f"/crm/rest/v2/{PATHS.get(name, name)}"
    keap.control.faults([{"path": path, "nth": 4, "status": 400}])
    broken = read(small, [name], mode=SyncMode.full_refresh)
    assert broken.failure is not None
    keap.control.faults([])
    rest = read(small, [name], broken.state, SyncMode.full_refresh)
    whole = {row["id"] for row in keap.control.dump()[name]}
    assert {*broken.ids(name), *rest.ids(name)} == whole
    assert len(rest.ids(name)) <= len(whole) - 20 or name == "subscriptions"
    again = read(small, [name], rest.state, SyncMode.full_refresh)
    assert set(again.ids(name)) == whole
