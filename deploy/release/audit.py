"""`make audit`: known weaknesses of everything that is locked, by pip-audit.

Exit code 0: none that is not accepted; 1: some; 3: the database of advisories cannot be reached, so that
nothing is known. pip-audit itself calls packages that it could not look up a success, which is why its answer
is read here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deploy.release.packages import ROOT

TOOLS = Path(os.environ.get("RELEASE_BIN") or ROOT / ".venv-release" / "bin")
LOCKS = ("connectors", "analysts", "dev", "uv", "build")
ACCEPTED = ROOT / "requirements" / "accepted-advisories.txt"
"""`ID  package  reason`, one a line: weaknesses that do not reach us, each with why."""
FOUND, UNKNOWN = 1, 3


def accepted(text: str) -> set[str]:
    """The ids. Raises ValueError for a line without a reason."""
    rows = [line.split(maxsplit=2) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for row in rows:
        if len(row) < 3:
            raise ValueError(f"{ACCEPTED.name}: {row[0]} has no reason")
    return {row[0] for row in rows}


def judged(dependencies: Iterable[dict[str, Any]], fine: set[str]) -> tuple[list[str], int]:
    """(sentences on weaknesses, number of packages of which nothing is known) of pip-audit's answer."""
    said, unknown = [], 0
    for each in dependencies:
        unknown += "skip_reason" in each
        for weakness in each.get("vulns", []):
            ids = {weakness["id"], *weakness.get("aliases", [])}
            if not ids & fine:
                mended = ", ".join(weakness.get("fix_versions", [])) or "no version yet"
                said.append(f"{each['name']} {each['version']}: {weakness['id']}, mended in {mended}")
    return said, unknown


def locked() -> list[str]:
    """`name==version` of everything that is locked."""
    return sorted({each for lock in LOCKS for each in _pinned(ROOT / "requirements" / f"{lock}.txt")})


def asked(pinned: list[str]) -> list[dict[str, Any]] | None:
    """pip-audit's answer for these; None when it could not ask. One is asked for first: hundreds of questions
    to a server that cannot answer help nobody.
    """
    first = _audited([each for each in pinned if each.startswith("urllib3==")])
    if not first or "skip_reason" in first[0]:
        return None
    return _audited(pinned)


def _audited(pinned: list[str]) -> list[dict[str, Any]] | None:
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder) / "all.txt"
        merged.write_text("\n".join(pinned) + "\n")
        command: list[str | Path] = [
            TOOLS / "pip-audit", "--requirement", merged, "--disable-pip", "--no-deps", "--format", "json",
            "--progress-spinner", "off", "--timeout", "10",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        return None


def _pinned(lock: Path) -> list[str]:
    """Without hashes and markers, so that all systems' packages are looked up."""
    lines = [line.split(";")[0].split("\\")[0].strip() for line in lock.read_text("utf-8").splitlines()]
    return [line for line in lines if "==" in line and not line.startswith(("#", "-"))]


def main(arguments: list[str]) -> int:
    """`--if-reachable`: not to know is no failure."""
    found = asked(locked())
    said, unknown = judged(found or [], accepted(ACCEPTED.read_text("utf-8")))
    for sentence in said:
        print(f"audit: {sentence}", file=sys.stderr)
    if said:
        return FOUND
    if not found or unknown == len(found):
        print("audit: the database of advisories cannot be reached; nothing was looked up", file=sys.stderr)
        return 0 if "--if-reachable" in arguments else UNKNOWN
    print(f"audit: {len(found) - unknown} packages without known weaknesses, {unknown} not known there")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
