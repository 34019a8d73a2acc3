"""The two connectors as folders, and an environment that holds their dependencies but not them."""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulators import Simulators

ROOT = Path(__file__).parents[2]
HIDDEN = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")


def _keap(simulators: Simulators) -> dict[str, Any]:
    key = simulators.keap.api_key
    credentials = {"auth_type": "personal_access_token", "personal_access_token": key}
    return {
        "base_url": simulators.keap.url,
        "credentials": credentials,
        "requests_per_minute": 100_000,
        "max_retries": 1,
    }


def _chartmogul(simulators: Simulators) -> dict[str, Any]:
    return {"base_url": simulators.chartmogul.url, "api_key": simulators.chartmogul.api_key}


@dataclass(frozen=True)
class Connector:
    """One connector's folder; `configuration` makes one for the simulators."""

    name: str
    configuration: Callable[[Simulators], dict[str, Any]]

    @property
    def folder(self) -> Path:
        return ROOT / self.name

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")


CONNECTORS = (Connector("source-keap", _keap), Connector("destination-chartmogul", _chartmogul))


def surroundings() -> dict[str, str]:
    """This machine's environment variables, without those that change how Python runs."""
    return {name: value for name, value in os.environ.items() if name not in HIDDEN}


def python_without_the_project(folder: Path) -> Path:
    """The Python of a new environment: the installed dependencies, none of the project's packages.

    The packages are installed by way of `.pth` files, which count only in an environment's own folder.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    Path(own, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def said(command: list[str | Path], cwd: Path) -> list[dict[str, Any]]:
    """The Airbyte messages that a command prints; it must end well."""
    done = subprocess.run(
        command, cwd=cwd, env=surroundings(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
