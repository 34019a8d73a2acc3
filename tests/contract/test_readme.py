"""The README tells the truth about tasks and dependencies."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
LISTED = {
    "setup",
    "demo",
    "test",
    "check",
    "simulators",
    "read",
    "write",
    "sync",
    "plan",
    "status",
    "doctor",
    "soak",
    "notebook",
    "bench",
    "clean",
}


def listed_targets() -> dict[str, str]:
    """What `make` alone prints: target and its line."""
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    return dict(re.findall(r"^  make ([a-z-]+)\s+(\S.*)$", shown, re.MULTILINE))


def test_make_alone_lists_each_task_with_a_line() -> None:
    """`make` without a target lists every task of the project, each with a sentence."""
    assert set(listed_targets()) >= LISTED


def test_each_make_command_in_the_readme_exists() -> None:
    """Every `make ...` that the README tells the reader to call is a target."""
    named = set(re.findall(r"^make ([a-z-]+)", README, re.MULTILINE)) | set(
        re.findall(r"`make ([a-z-]+)", README)
    )
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= known


def test_each_dependency_has_its_reason() -> None:
    """Every package that requirements/*.in asks for stands in the README's table."""
    section = README[README.index("## Dependencies") :]
    explained = set(re.findall(r"[\w-]+", " ".join(re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE))))
    asked = {
        re.split(r"[<=>~ ]", line)[0]
        for file in (ROOT / "requirements").glob("*.in")
        for line in file.read_text().splitlines()
        if line and not line.startswith(("#", "-"))
    }
    assert asked - explained == set()


def test_locks_name_no_address() -> None:
    """Locks hold versions and hashes only, so that any package index can serve them."""
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://|--index-url|--find-links", lock.read_text()), lock.name
