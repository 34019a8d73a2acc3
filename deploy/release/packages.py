"""The packages of a release, and what each must agree with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Package:
    """`lock`: what is installed for it; `program`: its command; `is_connector`: it has an image."""

    folder: str
    lock: str
    program: str
    is_connector: bool = False

    @property
    def path(self) -> Path:
        return ROOT / self.folder

    @property
    def project(self) -> dict[str, str]:
        """`[project]` of its pyproject.toml."""
        return dict(tomllib.loads((self.path / "pyproject.toml").read_text("utf-8"))["project"])

    @property
    def name(self) -> str:
        return self.project["name"]

    @property
    def version(self) -> str:
        return self.project["version"]


PACKAGES = (
    Package("source-keap", "source-keap/requirements.txt", "source-keap", is_connector=True),
    Package(
        "destination-chartmogul",
        "destination-chartmogul/requirements.txt",
        "destination-chartmogul",
        is_connector=True,
    ),
    Package("reconciliation", "requirements/analysts.txt", "reconcile"),
    Package("standalone", "requirements/connectors.txt", "keap-chartmogul-sync"),
)


def faults() -> list[str]:
    """Each place whose version is not that of pyproject.toml."""
    return [
        f"{place}: {said or 'no version'}, but {package.folder}/pyproject.toml says {package.version}"
        for package in PACKAGES
        for place, said in versions(package)
        if said != package.version
    ]


def versions(package: Package) -> Iterator[tuple[str, str | None]]:
    """(place, the version that it names) for every other place. A changelog's newest dated section counts."""
    yield (
        f"{package.folder}/CHANGELOG.md",
        _said(package.path / "CHANGELOG.md", r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$"),
    )
    if package.is_connector:
        image = rf"{package.folder}:(\d[\w.-]*)"
        yield (
            f"{package.folder}/metadata.yaml",
            _said(package.path / "metadata.yaml", r"^  dockerImageTag: (\S+)$"),
        )
        yield (
            f"{package.folder}/Dockerfile",
            _said(package.path / "Dockerfile", r"io\.airbyte\.version=(\S+)"),
        )
        yield "deploy/airbyte/connection.toml", _said(ROOT / "deploy" / "airbyte" / "connection.toml", image)
        yield "docs/airbyte.md", _said(ROOT / "docs" / "airbyte.md", image)


def _said(file: Path, pattern: str) -> str | None:
    found = re.search(pattern, file.read_text("utf-8"), re.MULTILINE)
    return found[1] if found else None


def unreleased(package: Package) -> bool:
    """Whether the changelog has lines that no version has yet."""
    text = (package.path / "CHANGELOG.md").read_text("utf-8")
    section = re.search(r"^## \[Unreleased\]$(.*?)(?=^## \[|\Z)", text, re.MULTILINE | re.DOTALL)
    return bool(section and section[1].strip())
