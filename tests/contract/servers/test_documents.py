"""The simulators' documents say what the code says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import requests

from tests.simulators import Simulators, reference, running
from tests.simulators.chartmogul.switches import SWITCHES as CHARTMOGUL_SWITCHES
from tests.simulators.http import Fault, Switch
from tests.simulators.keap.switches import SWITCHES as KEAP_SWITCHES
from tests.simulators.scenarios import NAMES

TEST_FOLDERS = [
    each for each in reference.FOLDER.parent.iterdir() if each.is_dir() and each != reference.FOLDER
]
README = (reference.FOLDER / "README.md").read_text()


@pytest.mark.parametrize("name", reference.DOCUMENTS)
def test_what_is_written_is_what_the_code_says(name: str) -> None:
    """Writing the document again changes nothing; the command at its end renews it."""
    text = (reference.FOLDER / name).read_text()
    assert text == reference.DOCUMENTS[name](), f"renew it: {reference.COMMAND}"


@pytest.mark.parametrize("switch", [*KEAP_SWITCHES, *CHARTMOGUL_SWITCHES], ids=lambda each: each.name)
def test_each_switch_is_a_choice_with_a_reason(switch: Switch) -> None:
    """Two values at least, or a number; a default among them, a sentence, and the section of its doubt."""
    assert switch.accepts(switch.default)
    assert len(set(switch.values)) != 1
    assert len(switch.says.split()) > 3
    assert switch.says.endswith(".")
    assert re.fullmatch(r"\d+(\.\d+)*", switch.section)


def code(*folders: Path) -> str:
    """All Python below these folders, but for the tables of switches themselves."""
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    return "\n".join(file.read_text() for file in files if file.name != "switches.py")


@pytest.mark.parametrize(("server", "table"), [("keap", KEAP_SWITCHES), ("chartmogul", CHARTMOGUL_SWITCHES)])
def test_each_switch_is_read_and_tried(server: str, table: tuple[Switch, ...]) -> None:
    """The server's code asks for it, and some test turns it."""
    ours, tests = code(reference.FOLDER / server), code(*TEST_FOLDERS)
    assert [each.name for each in table if f'"{each.name}"' not in ours] == []
    assert [each.name for each in table if not re.search(rf'"{each.name}"|\b{each.name}=', tests)] == []


def test_no_switch_stands_twice() -> None:
    """Names are unique on each server."""
    for table in (KEAP_SWITCHES, CHARTMOGUL_SWITCHES):
        names = [each.name for each in table]
        assert len(names) == len(set(names))


def named_in_readme(pattern: str) -> set[str]:
    """What stands in backticks at the start of a table's line."""
    return set(re.findall(rf"^\| `({pattern})`", README, re.MULTILINE))


@pytest.fixture(scope="module")
def simulators() -> Iterator[Simulators]:
    with running() as both:
        yield both


def test_the_readme_names_every_control_route(simulators: Simulators) -> None:
    """Each line of the table is a route of one of the servers, and no route is left out."""
    served = set()
    for server in (simulators.keap, simulators.chartmogul):
        served |= set(server.control.routes()["control"])
    assert named_in_readme(r"[A-Z]+ /_control/\w+") == served


def test_the_readme_names_every_key_of_a_fault_rule() -> None:
    """Each key that a rule may have, and no other."""
    section = README[README.index("## Faults") :]
    keys = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert keys == {each.name for each in fields(Fault)} - {"seen"}


def test_the_readme_names_every_scenario() -> None:
    """Each name that `--scenario` takes."""
    section = README[README.index("## Scenarios") : README.index("## Control routes")]
    lines = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
    names = {name for line in lines for name in re.findall(r"`(\w+)", line)}
    assert names == {name.partition("[")[0] for name in NAMES}


def test_the_files_that_the_readme_links_exist() -> None:
    """Each link and each file named in the README is there."""
    linked = {reference.FOLDER / each for each in re.findall(r"\]\(([^)]+)\)", README)}
    named = {Path(__file__).parents[3] / each for each in re.findall(r"`(tests/[\w/.]+)`", README)}
    assert [each for each in linked | named if not each.exists()] == []


def test_the_readmes_fault_rule_works(simulators: Simulators) -> None:
    """The rule of the example is taken as it stands, and hits the call that it names."""
    rule = re.search(r"curl -d '(.+?)' \S+/_control/faults", README)
    assert rule
    server = simulators.chartmogul
    requests.post(f"{server.url}/_control/faults", data=rule[1], timeout=10).raise_for_status()
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{server.url}/v1/customers", json={}, auth=(server.api_key, ""), timeout=10)
