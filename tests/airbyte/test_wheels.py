"""The wheels: built, installed without the project, run."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.airbyte.connectors import CONNECTORS, ROOT, Connector, said
from tests.simulators import Simulators

PACKAGES = {connector.name: connector.package for connector in CONNECTORS} | {
    "reconciliation": "reconciliation",
    "standalone": "keap_chartmogul_sync",
}
"""Folder → package."""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Package folder -> its wheel."""
    built: dict[str, Path] = {}
    for package in PACKAGES:
        folder = tmp_path_factory.mktemp(package)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(command, cwd=ROOT / package, check=True, capture_output=True)
        (built[package],) = folder.glob("*.whl")
    return built


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_its_package_whole(package: str, wheels: dict[str, Path]) -> None:
    """Every file of the package that git knows is in the wheel, and nothing but the package is."""
    name = PACKAGES[package]
    known = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", name],  # noqa: S607
        cwd=ROOT / package, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    inside = {entry for entry in zipfile.ZipFile(wheels[package]).namelist() if ".dist-info/" not in entry}
    assert inside == set(known)


def test_a_connector_runs_from_its_wheel(
    connector: Connector,
    wheels: dict[str, Path],
    bare_python: Path,
    simulators: Simulators,
    tmp_path: Path,
) -> None:
    """Unpacked next to its dependencies and nothing else, the connector checks an account."""
    zipfile.ZipFile(wheels[connector.name]).extractall(tmp_path / "installed")
    config = tmp_path / "config.json"
    config.write_text(json.dumps(connector.configuration(simulators)))
    start = f"import sys; sys.path.insert(0, 'installed'); from {connector.package}.run import run; run()"
    messages = said([bare_python, "-c", start, "check", "--config", config], cwd=tmp_path)
    (status,) = [m["connectionStatus"] for m in messages if m["type"] == "CONNECTION_STATUS"]
    assert status["status"] == "SUCCEEDED"
