"""What README, BEHAVIOR and the metadata say is what the code does."""

import json
import re
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from source_keap.budget import Budget
from source_keap.config import specification
from source_keap.fingerprints import ROWS_IN_STRIPE
from source_keap.recent import MOST_RECENT_ROWS, OVERLAP
from tests.source_keap.reading import best_modes

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "source-keap"
README, BEHAVIOR = (PACKAGE / "README.md").read_text("utf-8"), (PACKAGE / "BEHAVIOR.md").read_text("utf-8")
MANIFEST = safe_load_yaml((PACKAGE / "source_keap" / "manifest.yaml").read_text("utf-8"))
METADATA = safe_load_yaml((PACKAGE / "metadata.yaml").read_text("utf-8"))["data"]
CONTRACT = HERE.parents[2] / "shared" / "contracts" / "keap-rest-v2.openapi.json"
needs_contract = pytest.mark.skipif(not CONTRACT.exists(), reason="Keap's description is not at hand")
ROWS = [row["$parameters"] for row in MANIFEST["streams"]]
sys.path.insert(0, str(PACKAGE))
stream_table = import_module("stream_table")


def table(text: str, header: str) -> list[list[str]]:
    """The rows of the Markdown table whose first column has this header, without the backticks."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {header} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


@pytest.mark.parametrize("document", stream_table.DOCUMENTS, ids=lambda path: path.name)
def test_the_tables_of_streams_are_written_from_the_manifest(document: Path) -> None:
    """`python stream_table.py` would change nothing, and each stream has a row in each table."""
    text = document.read_text("utf-8")
    assert stream_table.written(text) == text
    tables = [made for name, made in stream_table.TABLES.items() if f"<!-- {name} -->" in text]
    assert tables
    for made in tables:
        assert [row[0].strip("`*") for row in list(made())[1:]] == [row["name"] for row in ROWS]


def test_the_catalog_is_the_manifest() -> None:
    """Keys, cursor fields and order of the streams."""
    assert [
        (each.stream.name, each.primary_key, each.cursor_field or []) for each in best_modes().streams
    ] == [
        (
            row["name"],
            [[name] for name in row["primary_key"]],
            [row["cursor_field"]] if "cursor_field" in row else [],
        )
        for row in stream_table.rows()
    ]


def test_the_table_of_the_configuration_is_the_spec() -> None:
    """Each key of the spec, in its order, with its default."""
    properties: dict[str, Any] = specification()["connectionSpecification"]["properties"]
    described = [(row[0], row[1]) for row in table(README, "key")]
    assert described == [
        (key, {"credentials": "", "start_date": "none"}.get(key, str(value.get("default"))))
        for key, value in properties.items()
    ]
    assert [value["order"] for value in properties.values()] == list(range(len(properties)))


def test_the_table_of_files_is_complete() -> None:
    """Each module of the package is named, but for those that only name things."""
    described = {
        name for row in table(README, "file") for name in re.findall(r"[a-z_]+\.(?:py|yaml)", row[0])
    }
    there = {path.name for path in (PACKAGE / "source_keap").iterdir() if path.suffix in (".py", ".yaml")}
    assert described == there - {"__init__.py", "protocol.py"}


def test_behaviour_is_numbered_and_tested() -> None:
    """Entries are numbered without gaps, and each names a test that exists."""
    entries = re.split(r"^(?=\d+\. \*\*)", BEHAVIOR, flags=re.MULTILINE)[1:]
    assert [int(entry.split(".")[0]) for entry in entries] == list(range(1, len(entries) + 1))
    for entry in entries:
        named = re.search(r"Test:\s+`(test_\w+\.py)::(test_\w+)`", entry)
        if named is None:
            assert "There is no test" in entry
        else:
            (file,) = (
                each
                for part in (HERE.name, "security", "fuzz")
                for each in HERE.parent.glob(f"{part}/{named[1]}")
            )
            assert f"def {named[2]}(" in file.read_text("utf-8")


def test_numbers_in_the_behaviour_are_those_of_the_code() -> None:
    """Five minutes, a thousand rows, a hundred rows, 45 days."""
    assert OVERLAP.total_seconds() == 5 * 60
    assert (MOST_RECENT_ROWS, ROWS_IN_STRIPE) == (1000, 100)
    properties = specification()["connectionSpecification"]["properties"]
    assert properties["payments_lookback_days"]["default"] == 45


@pytest.mark.parametrize(("per_minute", "per_second"), [(None, 9), (1, 9), (240, 9), (1500, 22.5)])
def test_the_budget_keeps_below_keaps_limits(per_minute: int | None, per_second: float) -> None:
    """Half of a key's calls a minute unless more is asked for, and nine tenths of the spike arrest."""
    budget = Budget({} if per_minute is None else {"requests_per_minute": per_minute})
    assert (budget.per_minute, budget.per_second) == (per_minute or 120, per_second)
    assert specification()["connectionSpecification"]["properties"]["requests_per_minute"]["default"] == 120


LEFT_OUT = (
    "notes links fax_numbers social_accounts spouse_name assistant_name assistant_phone billing_information "
    "account_id groups created_by last_updated_by"
)


def asked_of(resource: str) -> dict[str, str]:
    """Keap's descriptions of the query parameters of a list."""
    described = json.loads(CONTRACT.read_text("utf-8"))["paths"][f"/rest/v2/{resource}"]["get"]
    return {each["name"]: each["description"] for each in described.get("parameters", [])}


@needs_contract
def test_contact_columns_left_out_are_named() -> None:
    """What is asked for plus what BEHAVIOR names is what Keap offers."""
    listed = asked_of("contacts")["fields"].split("Available fields are:")[1]
    asked = next(row["fields"] for row in ROWS if row["name"] == "contacts").split(",")
    assert set(re.findall(r"\w+", listed)) - set(asked) == set(LEFT_OUT.split())
    assert set(asked) <= set(re.findall(r"\w+", listed))


NOT_DESCRIBED = ("tags/-/contacts",)  # newer than the description
BY_ID = ("changed_since", "new_and_recent", "newest_first", "every_id", "order_payments")


def filters_of(row: dict[str, Any]) -> set[str]:
    by_id = {row.get("id_filter", "id")} if row["kind"] in BY_ID or row.get("sorted_by_id") else set()
    always = set(re.findall(r"(\w+)==", row.get("always", "")))
    return by_id | always | ({row["since_filter"]} if "since_filter" in row else set())


def orders_of(row: dict[str, Any]) -> set[str]:
    by_id = {"id"} if row["kind"] in BY_ID or row.get("sorted_by_id") else set()
    newest = {row["cursor_field"]} if row["kind"] == "newest_first" else set()
    return by_id | newest | set(row.get("order_by", "").split()[:1])


@needs_contract
def test_filters_and_orders_are_keaps() -> None:
    """Each filter and order field that the manifest uses is in Keap's description of that list."""
    checked = 0
    for row in stream_table.rows():
        if row["resource"] in NOT_DESCRIBED or row["kind"] in ("one_object", "models"):
            continue
        for part in row.get("parts", "").split() or [""]:
            described = asked_of(f"{row['resource']}/{part}".rstrip("/"))
            assert filters_of(row) <= set(re.findall(r"`(\w+)`", described.get("filter", "")))
            assert orders_of(row) <= set(re.findall(r"`(\w+)`", described["order_by"]))
            checked += 1
    assert checked == 25


def test_versions_agree() -> None:
    """pyproject, metadata and changelog name the same version."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text("utf-8"))["project"]
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (PACKAGE / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert project["version"] == METADATA["dockerImageTag"] == released[0]
    assert METADATA["license"] == project["license"]


def test_the_image_is_airbytes() -> None:
    """Dockerfile and metadata build on the same base image."""
    dockerfile = (PACKAGE / "Dockerfile").read_text()
    assert f"FROM {METADATA['connectorBuildOptions']['baseImage']}\n" in dockerfile
