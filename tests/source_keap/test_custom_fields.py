"""Custom fields as columns: named and typed whatever form Keap's values have, without a call in a read."""

import logging
from typing import Any

import pytest
from jsonschema import Draft7Validator

from source_keap.catalog import configured_catalog
from source_keap.custom_fields import MARK, CustomField, columns_of
from source_keap.protocol import ConfiguredAirbyteCatalog, Type
from source_keap.source import SourceKeap
from tests.simulators import Server
from tests.source_keap.reading import Json, read
from tests.source_keap.test_more_streams import calls

STREAMS = [
    "affiliates",
    "companies",
    "contacts",
    "notes",
    "opportunities",
    "orders",
    "subscriptions",
    "tasks",
]


@pytest.fixture
def with_columns(keap: Server, config: Json) -> Json:
    keap.control.switch("rate_limits", "off")
    return {**config, "custom_field_columns": True}


def catalog_of(config: Json) -> ConfiguredAirbyteCatalog:
    """What `source-keap catalog` prints for the streams that have custom fields."""
    return configured_catalog(SourceKeap(config=config).streams(config), STREAMS)


def records(config: Json, catalog: ConfiguredAirbyteCatalog) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for message in SourceKeap(catalog, config, []).read(logging.getLogger("airbyte"), config, catalog, []):
        if message.type == Type.RECORD and message.record:
            found.setdefault(message.record.stream, []).append(message.record.data)
    return found


def columns(row: Json) -> Json:
    return {name: value for name, value in row.items() if name.startswith("custom_field_")}


def test_discovery_names_and_types_the_columns(keap: Server, with_columns: Json) -> None:
    """One call for each stream that has custom fields."""
    schemas = {each.stream.name: each.stream.json_schema for each in catalog_of(with_columns).streams}
    assert calls(keap) == len(STREAMS)
    contacts = schemas["contacts"]["properties"]
    assert contacts["custom_field_TeamSize"]["type"] == ["null", "integer"]
    assert contacts["custom_field_ContractRenewal"]["format"] == "date"
    assert contacts["custom_field_Goals"]["items"] == {"type": ["null", "string"]}
    assert "Team size" in contacts["custom_field_TeamSize"]["description"]
    assert "custom_field_PurchaseOrderNumber" in schemas["orders"]["properties"]
    assert "custom_field_Channel" in schemas["tasks"]["properties"]


def test_a_read_takes_the_names_from_the_catalog(keap: Server, with_columns: Json) -> None:
    """One call a stream, as without columns; each record fits the discovered schema."""
    catalog = catalog_of(with_columns)
    before = calls(keap)
    found = records(with_columns, catalog)
    assert calls(keap) == before + len(STREAMS)
    for each in catalog.streams:
        validator = Draft7Validator(each.stream.json_schema)
        rows = found[each.stream.name]
        assert any(columns(row) for row in rows), each.stream.name
        assert not [error for row in rows for error in validator.iter_errors(row)]
    assert {row["custom_field_TeamSize"] for row in found["contacts"]} == {None, 3, 11, 12}


def test_without_names_in_the_catalog_a_read_asks_once(keap: Server, with_columns: Json) -> None:
    """A catalog from before the option was turned on: one more call for the stream, the same columns."""
    named = records(with_columns, only(catalog_of(with_columns), "contacts"))
    before = calls(keap)
    asked = read({**with_columns, "page_size": 20}, ["contacts"]).records["contacts"]
    assert calls(keap) == before + 1 + 4
    assert [columns(row) for row in asked] == [columns(row) for row in named["contacts"]]


def only(catalog: ConfiguredAirbyteCatalog, name: str) -> ConfiguredAirbyteCatalog:
    return ConfiguredAirbyteCatalog([each for each in catalog.streams if each.stream.name == name])


@pytest.mark.parametrize(
    "switches",
    [
        {"custom_field_content": "text", "custom_date_form": "midnight"},
        {"unset_custom_fields": "absent"},
        {"unset_fields": "null"},
    ],
    ids=str,
)
def test_columns_are_the_same_in_each_form(
    keap: Server, with_columns: Json, switches: dict[str, str]
) -> None:
    """Numbers and lists as strings, dates with midnight, fields without a value listed or not."""
    catalog = catalog_of(with_columns)
    expected = {name: list(map(columns, rows)) for name, rows in records(with_columns, catalog).items()}
    for switch, value in switches.items():
        keap.control.switch(switch, value)
    again = {name: list(map(columns, rows)) for name, rows in records(with_columns, catalog).items()}
    assert again == expected


def test_without_the_option_nothing_changes(keap: Server, config: Json) -> None:
    """No calls, no columns, no marks in the schemas."""
    catalog = catalog_of(config)
    assert calls(keap) == 0
    assert MARK not in str(catalog)
    assert not any(columns(row) for row in read(config, ["contacts"]).records["contacts"])


def test_a_model_that_is_missing_means_no_columns(keap: Server, with_columns: Json) -> None:
    """The records come as Keap has them."""
    keap.control.faults([{"path": "/crm/rest/v2/notes/model", "status": 404}])
    result = read(with_columns, ["notes"])
    assert len(result.records["notes"]) == 12
    assert not any(columns(row) for row in result.records["notes"])


@pytest.mark.parametrize(
    ("kind", "content", "value"),
    [
        ("WHOLE_NUMBER", "7", 7),
        ("WHOLE_NUMBER", 7.0, 7),
        ("WHOLE_NUMBER", "many", None),
        ("CURRENCY", "12.50", 12.5),
        ("CURRENCY", "12,50", None),
        ("YES_NO", "1", True),
        ("YES_NO", 0, False),
        ("YES_NO", False, False),
        ("YES_NO", "maybe", None),
        ("DATE", "2026-05-31T00:00:00.000Z", "2026-05-31"),
        ("DATE", "31.05.2026", None),
        ("LIST_BOX", "Strength,Balance", ["Strength", "Balance"]),
        ("LIST_BOX", ["Strength"], ["Strength"]),
        ("TEXT", 5, "5"),
        ("TEXT", "", None),
        ("SOMETHING_NEW", "x", "x"),
        ("SOMETHING_NEW", {"a": 1}, '{"a":1}'),
    ],
)
def test_values_become_the_type_of_their_column(kind: str, content: Any, value: Any) -> None:
    """What does not fit is null in the column; `custom_fields` keeps it."""
    assert CustomField("1", "custom_field_x", kind).value(content) == value


@pytest.mark.parametrize("listed", [None, [], [None], [{}], [{"id": "1"}], [{"id": "1", "content": None}]])
def test_nulls_anywhere_in_the_list_are_no_values(listed: Any) -> None:
    """The column is there and null, whatever is missing in the list."""
    fields = [CustomField("1", "custom_field_x", "TEXT")]
    assert columns_of({"custom_fields": listed}, fields) == {"custom_field_x": None}
