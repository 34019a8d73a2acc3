"""A CycloneDX bill of materials for each wheel, of what its clean environment holds: the lock, by hash.

cyclonedx-bom writes it from the environment (licences, who asks for what) and lives in one of its own; the
hashes come from the lock, which is what was installed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from deploy.release.packages import ROOT, Package
from deploy.release.rooms import ReleaseError, Room

TOOLS = Path(os.environ.get("RELEASE_BIN") or ROOT / ".venv-release" / "bin")


def write(package: Package, room: Room, target: Path) -> None:
    """Raises ReleaseError when the environment holds anything that is neither locked nor ours."""
    command: list[str | Path] = [
        TOOLS / "cyclonedx-py", "environment", room.python, "--pyproject", package.path / "pyproject.toml",
        "--mc-type", "application", "--output-reproducible", "--short-PURLs", "--output-format", "JSON",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"no bill of materials for {package.name}: {done.stderr.strip()[-2000:]}")
    found = json.loads(done.stdout)
    locked = hashes((ROOT / package.lock).read_text("utf-8"))
    target.write_text(json.dumps(completed(found, locked), indent=1, sort_keys=True) + "\n")


def hashes(lock: str) -> dict[tuple[str, str], list[str]]:
    """(name, version) → SHA-256 of its files."""
    found: dict[tuple[str, str], list[str]] = {}
    key = None
    for line in lock.splitlines():
        if start := re.match(r"([a-z0-9][\w.-]*)==([^\s;\\]+)", line):
            key = (start[1], start[2])
            found[key] = []
        if key and (value := re.search(r"--hash=sha256:([0-9a-f]{64})", line)):
            found[key].append(value[1])
    return found


def completed(found: dict[str, Any], locked: dict[tuple[str, str], list[str]]) -> dict[str, Any]:
    """With the lock's hashes, and without paths of this machine. Raises ReleaseError."""
    for component in found.get("components", []):
        name = re.sub(r"[-_.]+", "-", component["name"]).lower()
        known = locked.get((name, component["version"]))
        if known is None and not _ours(component):
            raise ReleaseError(f"{component['name']} {component['version']} is installed, but not locked")
        component.pop("externalReferences", None) if _ours(component) else None
        if known:
            component["hashes"] = [{"alg": "SHA-256", "content": value} for value in sorted(known)]
    return found


def _ours(component: dict[str, Any]) -> bool:
    from deploy.release.packages import PACKAGES

    return component["name"] in {package.name for package in PACKAGES}
