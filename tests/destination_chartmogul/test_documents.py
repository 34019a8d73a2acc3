"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from destination_chartmogul.catalog import STREAMS
from destination_chartmogul.configuration import spec

HERE = Path(__file__).parent
CONNECTOR = HERE.parents[1] / "destination-chartmogul"
README = (CONNECTOR / "README.md").read_text()
CODE = "".join(path.read_text() for path in (CONNECTOR / "destination_chartmogul").rglob("*.py"))


def table(after: str) -> list[str]:
    """First column, without backquotes, of the table that follows a text."""
    rows = re.findall(
        r"^\| `([^`]+)`", README.split(after, 1)[1].split("\n\n## ")[0].split("\n\nA *")[0], re.M
    )
    return sorted(rows)


def test_configuration_keys() -> None:
    """The table of README.md is that of spec.json."""
    assert table("## Configuration") == sorted(spec()["connectionSpecification"]["properties"])


def test_keys_of_leads() -> None:
    """So is the table of `leads`."""
    leads = spec()["connectionSpecification"]["properties"]["leads"]["properties"]
    assert table("## Leads and trials") == sorted(leads)


def test_rules_of_rejects_and_notices() -> None:
    """Each rule of the tables is in the code, and each rule of the code is in a table."""
    rejects = set(table("## Rejects and notices"))
    notices = set(table("A *notice*"))
    said = set(re.findall(r'Unwritable(?:Error)?\(\s*"(\w+)"', CODE))
    said |= set(re.findall(r'(?:reject|_reject|Reject)\([^")]*(?:"[^"]*",\s*)?[^")]*,\s*"(\w+)",', CODE))
    assert said - {"orders", "payments", "contacts", "subscriptions"} <= rejects
    assert {rule for rule in rejects | notices if f'"{rule}"' not in CODE} == set()
    assert set(re.findall(r'Notice\("(\w+)"', CODE)) <= notices


def test_streams() -> None:
    """README.md names the streams."""
    assert ", ".join(f"`{name}`" for name in STREAMS) in README


def test_numbered_behaviour_and_its_tests() -> None:
    """Numbers run on, and each named test exists."""
    text = (CONNECTOR / "BEHAVIOR.md").read_text()
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", text, re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    for file, test in re.findall(r"`(test_\w+\.py)::(\w+)`", text):
        found, *_ = (
            each
            for part in (HERE.name, "security", "fuzz", "pair")
            for each in HERE.parent.glob(f"{part}/{file}")
        )
        assert f"def {test}(" in found.read_text(), f"{file}::{test}"
    entries = re.split(r"^\d+\. ", text, flags=re.M)[1:]
    assert all("Test: `" in entry or "There is no test" in entry for entry in entries)


def test_modules() -> None:
    """The table of modules names only what is there."""
    rows = README.split("## How it is built")[1]
    names = [n for row in re.findall(r"^\| (`.*?) \|", rows, re.M) for n in re.findall(r"`(\w+)/?`", row)]
    package = CONNECTOR / "destination_chartmogul"
    assert [n for n in names if not (package / f"{n}.py").exists() and not (package / n).is_dir()] == []


def test_version() -> None:
    """One version in package, metadata and changelog."""
    version = re.search(r'^version = "(.*)"', (CONNECTOR / "pyproject.toml").read_text(), re.M)
    assert version
    assert f"dockerImageTag: {version.group(1)}\n" in (CONNECTOR / "metadata.yaml").read_text()
    assert f"## [{version.group(1)}]" in (CONNECTOR / "CHANGELOG.md").read_text()
