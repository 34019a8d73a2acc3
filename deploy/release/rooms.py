"""Clean environments: one Python, the locked packages by hash, the wheels, and nothing of this repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.release.packages import ROOT, Package

SUPPORTED = ("3.11", "3.12", "3.13")
NOWHERE = "http://127.0.0.1:9"
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "source-keap": {
        "credentials": {"auth_type": "personal_access_token", "personal_access_token": "none"},
        "base_url": NOWHERE,
        "max_retries": 0,
    },
    "destination-chartmogul": {"api_key": "none", "base_url": NOWHERE},
}
"""Of nobody's account, at an address where nobody listens: `check` has to say so."""


class ReleaseError(Exception):
    """The release is not to be given to anybody."""


@dataclass(frozen=True)
class Room:
    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def run(self, *command: str | Path) -> str:
        """Its standard output. Raises ReleaseError."""
        done = subprocess.run(
            [self.folder / "bin" / command[0], *command[1:]],
            cwd=self.folder, env=surroundings(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode or "Traceback" in done.stderr:
            what = " ".join(map(str, command))
            raise ReleaseError(f"{what} ends with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout


def surroundings() -> dict[str, str]:
    """This process's environment without what would let the repository in."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def pythons() -> dict[str, Path]:
    """Each supported version that this machine has: what PYTHONS (a list of paths), PATH and pyenv name."""
    named = [Path(each) for each in os.environ.get("PYTHONS", "").split()]
    found: dict[str, Path] = {}
    for path in [Path(sys.executable), *named, *_on_this_machine()]:
        version = _version(path)
        if version in SUPPORTED and version not in found:
            found[version] = path
    return dict(sorted(found.items()))


def _on_this_machine() -> Iterator[Path]:
    for version in SUPPORTED:
        if path := shutil.which(f"python{version}"):
            yield Path(path)
        yield from sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))


def _version(python: Path) -> str | None:
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", ask], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return None
    return done.stdout.strip() or None


def opened(folder: Path, python: Path) -> Room:
    """A new environment of that Python. Raises ReleaseError."""
    uv(["venv", "--quiet", "--python", python, folder])
    return Room(folder)


def furnish(room: Room, lock: Path, wheels: Sequence[Path]) -> None:
    """Let it hold the lock's packages and these wheels, and nothing else. Raises ReleaseError."""
    uv(["pip", "sync", "--quiet", "--python", room.python, "--require-hashes",
        "--build-constraints", ROOT / "requirements" / "build.txt", lock])  # fmt: skip
    uv(["pip", "install", "--quiet", "--python", room.python, "--no-deps", "--no-index", *wheels])
    uv(["pip", "check", "--quiet", "--python", room.python])


def uv(arguments: Sequence[str | Path]) -> None:
    """Raises ReleaseError."""
    command = [Path(sys.executable).with_name("uv"), *arguments]
    done = subprocess.run(command, env=surroundings(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"uv {' '.join(map(str, arguments[:3]))}: {done.stderr.strip()[-2000:]}")


def tried(room: Room, package: Package) -> str:
    """What was seen. Raises ReleaseError when the package does not do what its users start with."""
    if not package.is_connector:
        room.run(package.program, "--help")
        return "--help"
    (said,) = _messages(room.run(package.program, "spec"), "SPEC")
    if "connectionSpecification" not in said["spec"]:
        raise ReleaseError(f"{package.program} spec prints no specification")
    config = room.folder / "nowhere.json"
    config.write_text(json.dumps(CONFIGURATIONS[package.folder]))
    (status,) = _messages(room.run(package.program, "check", "--config", config), "CONNECTION_STATUS")
    if status["connectionStatus"]["status"] != "FAILED":
        raise ReleaseError(f"{package.program} check succeeds where nobody listens")
    return "spec, check"


def _messages(output: str, kind: str) -> list[dict[str, Any]]:
    return [m for m in map(json.loads, output.splitlines()) if m["type"] == kind]
