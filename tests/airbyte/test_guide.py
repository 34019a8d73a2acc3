"""docs/airbyte.md says what is so."""

from __future__ import annotations

import re
import tomllib

from destination_chartmogul.catalog import STREAMS
from tests.airbyte.fields import GUIDE, ROOT, written

TEXT = GUIDE.read_text()


def test_its_tables_of_fields_are_those_of_the_connectors() -> None:
    """`make format` writes them anew."""
    assert written(TEXT) == TEXT


def test_its_modes_name_every_stream_that_can_be_written() -> None:
    """Each stream of the destination once, and the file for the one command agrees."""
    section = TEXT.split("| stream | sync mode |")[1].split("\n\n")[0]
    rows = [row.split("|") for row in section.splitlines()[2:]]
    modes = {name: row[2].strip() for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    assert sorted(modes) == sorted(STREAMS)
    known = {
        "Full refresh, Append": "full_refresh_append",
        "Incremental, Append + Deduped": "incremental_deduped_history",
    }
    connection = tomllib.loads((ROOT / "deploy" / "airbyte" / "connection.toml").read_text())
    assert {name: known[modes[name]] for name in connection["streams"]} == connection["streams"]
    assert connection["schedule"] in TEXT


def test_its_links_and_versions_are_there() -> None:
    """Files that it links to exist, and the tags are the connectors' versions."""
    for target in re.findall(r"\]\((\.\./[^)#]+|[a-z]+\.md)", TEXT):
        assert (GUIDE.parent / target).exists(), target
    for name in ("source-keap", "destination-chartmogul"):
        version = re.search(r'^version = "(.*)"', (ROOT / name / "pyproject.toml").read_text(), re.MULTILINE)
        assert version
        assert set(re.findall(rf"{name}:(\d[\w.]*)", TEXT)) == {version[1]}
        assert f"{name}:{version[1]}" in (ROOT / "deploy" / "airbyte" / "connection.toml").read_text()
