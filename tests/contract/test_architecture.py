"""Imports go one way, so that each part can be read, installed and replaced alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "source_keap": ROOT / "source-keap" / "source_keap",
    "destination_chartmogul": ROOT / "destination-chartmogul" / "destination_chartmogul",
    "reconciliation": ROOT / "reconciliation" / "reconciliation",
    "keap_chartmogul_sync": ROOT / "standalone" / "keap_chartmogul_sync",
}
FORBIDDEN = {
    "source_keap": {"destination_chartmogul", "reconciliation", "keap_chartmogul_sync", "tests"},
    "destination_chartmogul": {"source_keap", "reconciliation", "keap_chartmogul_sync", "tests"},
    "reconciliation": {"keap_chartmogul_sync", "tests"},
    "keap_chartmogul_sync": {
        "source_keap",
        "destination_chartmogul",
        "reconciliation",
        "airbyte_cdk",
        "tests",
    },
}
MAY_USE_OF_DESTINATION = {"client", "configuration", "errors", "own_events", "pacing"}
"""The HTTP door with its errors and its pace, the check of a configuration, which events the connector wrote:
nothing that has an opinion on MRR.
"""
WHAT_IS_SENT = {"forms", "mapping", "mrr", "policy", "rules", "samples"}
SENDING = {"expected.py", "ruled.py", "sending.py"}


def imported(file: Path) -> set[str]:
    """Dotted names of every module that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names |= imported_by(node)
    return names


def imported_by(node: ast.AST) -> set[str]:
    """The same of one statement."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return set()


def files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found, f"{folder} holds no Python"
    return found


def top(name: str) -> str:
    return name.split(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_one_way(package: str) -> None:
    """Neither connector imports the other, what runs them imports neither, no product code imports tests."""
    for file in files(PACKAGES[package]):
        crossed = {top(name) for name in imported(file)} & FORBIDDEN[package]
        assert not crossed, f"{file.relative_to(ROOT)} imports {sorted(crossed)}"


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_import_one_way(package: str) -> None:
    """No module needs itself by way of others, not for types or inside functions either."""
    folder = PACKAGES[package]
    known = {dotted(file, folder): file for file in files(folder)}
    needs = {name: inside(file, known) - {name} for name, file in known.items()}
    TopologicalSorter(needs).prepare()  # CycleError names the circle


def dotted(file: Path, folder: Path) -> str:
    """The module's name as it is imported."""
    parts = file.relative_to(folder.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def inside(file: Path, known: Collection[str]) -> set[str]:
    """The modules of its own package that a file imports; a package only where its own is meant."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = imported_by(node) & set(known)
        found |= {name for name in names if not any(each.startswith(f"{name}.") for each in names)}
    return found


@pytest.mark.parametrize("part", ["mapping", "policy.py", "mrr.py"])
def test_the_mapping_is_pure(part: str) -> None:
    """Mapping, policy and MRR use the standard library, pendulum, pycountry: no HTTP, no files, no clock."""
    place = PACKAGES["destination_chartmogul"] / part
    unwanted = {"os", "pathlib", "requests", "socket", "sqlite3", "subprocess", "time", "urllib"}
    allowed = (sys.stdlib_module_names - unwanted) | {"pendulum", "pycountry", "destination_chartmogul"}
    for file in files(place) if place.is_dir() else [place]:
        strange = {top(name) for name in imported(file)} - allowed
        assert not strange, f"{file.relative_to(ROOT)} imports {sorted(strange)}"


def test_the_audit_shares_no_opinion_with_the_destination() -> None:
    """The audit computes MRR itself: of the destination it takes nothing that does.

    But for those about what the destination would send, and which records the user's rules leave out.
    """
    for file in files(PACKAGES["reconciliation"]):
        taken = {name.split(".")[1] for name in imported(file) if name.startswith("destination_chartmogul.")}
        allowed = MAY_USE_OF_DESTINATION | (WHAT_IS_SENT if file.name in SENDING else set())
        assert taken <= allowed, f"{file.relative_to(ROOT)} imports {sorted(taken)}"


def test_simulators_share_no_code_with_the_product() -> None:
    """A simulator that used the product's own rules would agree with its mistakes."""
    for file in files(ROOT / "tests" / "simulators"):
        used = {top(name) for name in imported(file)} & set(PACKAGES)
        assert not used, f"{file.relative_to(ROOT)} imports {sorted(used)}"


def test_the_doctor_needs_nothing_installed() -> None:
    """Nothing beyond the standard library is imported when a module of the runner is: only in functions."""
    for file in files(PACKAGES["keap_chartmogul_sync"]):
        tree = ast.parse(file.read_text())
        outside = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {top(name) for node in outside for name in imported_by(node)}
        assert names <= sys.stdlib_module_names | {"keap_chartmogul_sync"}, file.relative_to(ROOT)
