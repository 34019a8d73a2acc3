"""The documents say what the code does, and the examples are what the system takes."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from keap_chartmogul_sync.exits import EXITS, LOCKED, QUOTA
from keap_chartmogul_sync.run import parser

PACKAGE = Path(__file__).parents[2] / "standalone"
README = (PACKAGE / "README.md").read_text()
UNITS = PACKAGE / "examples" / "systemd"


def options() -> set[str]:
    """Every option of every command, but for --help."""
    (commands,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    flags = {
        flag for command in commands.choices.values() for a in command._actions for flag in a.option_strings
    }
    return {flag for flag in flags if flag.startswith("--")} - {"--help"}


def test_the_table_of_exit_codes_is_that_of_the_code() -> None:
    """Code, name, meaning and what to do."""
    rows = [f"| {end.code} | `{end.name}` | {end.means} | {end.then} |" for end in EXITS]
    assert "\n".join(rows) in README


def test_every_option_is_explained() -> None:
    """And no other."""
    table = README.split("## Options")[1].split("##")[0]
    assert set(re.findall(r"--[a-z][a-z-]+", table)) == options()


def test_numbered_behaviour_and_its_tests() -> None:
    """Numbers run on, and each named test exists."""
    text = (PACKAGE / "BEHAVIOR.md").read_text()
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    named = re.findall(r"`(test_\w+\.py)::(\w+)`", text)
    assert len(named) >= len(numbers)
    for file, test in named:
        found = [*Path(__file__).parent.glob(file), *(Path(__file__).parents[1] / "upgrades").glob(file)]
        assert any(f"def {test}(" in path.read_text() for path in found), f"{file}::{test}"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Not a word of objection, once the program is one that exists."""
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/opt/keap-chartmogul/bin/keap-chartmogul-sync", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    units = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)  # noqa: S607
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("example", ["systemd/keap-chartmogul-sync.service", "cron/keap-chartmogul-sync"])
def test_the_examples_call_what_there_is(example: str) -> None:
    """Each option of an example is one of `run`."""
    text = (PACKAGE / "examples" / example).read_text().replace("\\\n", " ")
    call = re.search(r"keap-chartmogul-sync run (.*)", text)
    assert call
    parser().parse_args(["run", *re.findall(r"--[a-z-]+ \S+", call.group(1))[0].split()])
    assert set(re.findall(r"--[a-z-]+", call.group(1))) <= options()


def test_systemd_takes_what_passes_by_itself_for_no_failure() -> None:
    """A run that finds another one under way, and one without calls left."""
    text = (UNITS / "keap-chartmogul-sync.service").read_text()
    assert f"SuccessExitStatus={LOCKED.code} {QUOTA.code}\n" in text


@pytest.mark.parametrize("code", range(4))
def test_cron_mails_once_an_hour_when_a_person_is_needed(code: int, tmp_path: Path) -> None:
    """What `status` says of a connection that is broken or has never run; nothing of one that is well."""
    text = (PACKAGE / "examples" / "cron" / "keap-chartmogul-sync").read_text()
    runs, asks = (line.split(maxsplit=6)[-1] for line in text.splitlines() if " keap-chartmogul " in line)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho told\nexit {code}\n")
    program.chmod(0o755)
    told = []
    for command in (runs, asks):
        here = command.replace("/opt/keap-chartmogul/bin/keap-chartmogul-sync", str(program))
        here = here.replace("/var/lib/keap-chartmogul", str(tmp_path))
        done = subprocess.run(["/bin/sh", "-c", here], capture_output=True, text=True, check=False)
        told.append(done.stdout + done.stderr)
    assert told == ["", "told\n" if code >= 2 else ""]


def test_alerts_name_metrics_that_are_written() -> None:
    """The names of the example are those of metrics.py."""
    known = (PACKAGE / "keap_chartmogul_sync" / "metrics.py").read_text()
    text = (PACKAGE / "examples" / "prometheus" / "alerts.yml").read_text()
    named = set(re.findall(r"keap_chartmogul_sync_(\w+)", text))
    assert named
    assert {name for name in named if f'"{name}"' not in known} == set()


def test_version() -> None:
    """The one of the package is in the changelog."""
    version = re.search(r'^version = "(.*)"', (PACKAGE / "pyproject.toml").read_text(), re.M)
    assert version
    assert f"## [{version.group(1)}]" in (PACKAGE / "CHANGELOG.md").read_text()
