"""What `make release` and `make audit` rely on, without building or asking anything."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.release import audit, bill, packages, rooms
from deploy.release.packages import PACKAGES, ROOT, faults, unreleased

LOCK = f"""# made by a tool
alpha==1.0 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
beta-x==2.0.1 ; python_version < '3.12' \\
    --hash=sha256:{"c" * 64}
"""


def test_all_versions_agree() -> None:
    """pyproject, changelog, metadata, image label, the connection as code and the guide."""
    assert faults() == []


def test_a_version_that_differs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place and both versions, for each place that was forgotten."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package.folder, tmp_path / package.folder, ignore=lambda folder, names: {
            name for name in names if Path(folder, name).is_dir()
        })  # fmt: skip
    for folder in ("deploy/airbyte", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    project = tmp_path / "source-keap" / "pyproject.toml"
    project.write_text(
        re.sub(r'^version = ".*"', 'version = "9.0.0"', project.read_text(), flags=re.MULTILINE)
    )
    assert sorted(line.split(":")[0] for line in faults()) == [
        "deploy/airbyte/connection.toml",
        "docs/airbyte.md",
        "source-keap/CHANGELOG.md",
        "source-keap/Dockerfile",
        "source-keap/metadata.yaml",
    ]


def test_every_package_has_a_lock_and_a_changelog() -> None:
    """Its lock is there, its program is declared, and its changelog can be read for unreleased lines."""
    for package in PACKAGES:
        assert (ROOT / package.lock).exists()
        assert f"\n{package.program} = " in (package.path / "pyproject.toml").read_text()
        assert unreleased(package) in (True, False)
    folders = {file.parent.name for file in ROOT.glob("*/pyproject.toml")}
    assert folders == {package.folder for package in PACKAGES}


def test_a_bill_has_the_locks_hashes_and_nothing_else() -> None:
    """A component that is not locked stops the release; names are compared as indexes do."""
    locked = bill.hashes(LOCK)
    assert list(locked) == [("alpha", "1.0"), ("beta-x", "2.0.1")]
    made = bill.completed({"components": [{"name": "Beta_X", "version": "2.0.1"}]}, locked)
    assert made["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "c" * 64}]
    with pytest.raises(rooms.ReleaseError, match=r"alpha 1\.1 is installed, but not locked"):
        bill.completed({"components": [{"name": "alpha", "version": "1.1"}]}, locked)


def test_weaknesses_are_told_unless_they_are_accepted_with_a_reason() -> None:
    """By id or alias; a line without a reason is refused."""
    weakness = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}
    found: list[dict[str, Any]] = [
        {"name": "alpha", "version": "1", "vulns": [weakness]},
        {"name": "beta", "version": "1", "vulns": []},
        {"name": "gamma", "version": "1", "skip_reason": "not found"},
    ]
    fine = audit.accepted("# why\nCVE-1 alpha only on a system that we do not support\n")
    assert audit.judged(found, set()) == (["alpha 1: PYSEC-1, mended in 2"], 1)
    assert audit.judged(found, fine) == ([], 1)
    with pytest.raises(ValueError, match="has no reason"):
        audit.accepted("CVE-1 alpha")
    audit.accepted(audit.ACCEPTED.read_text())


def test_what_cannot_be_looked_up_is_not_called_good(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the database: an exit code of its own (or none, if asked for), and a sentence either way."""
    unknown = {"version": "1", "skip_reason": "not found"}
    monkeypatch.setattr(audit, "_audited", lambda pinned: [{"name": each, **unknown} for each in pinned])
    assert (audit.main([]), audit.main(["--if-reachable"])) == (audit.UNKNOWN, 0)
    assert capsys.readouterr().err.count("cannot be reached") == 2
    monkeypatch.setattr(audit, "_audited", lambda pinned: [{"name": p, "vulns": []} for p in pinned])
    assert audit.main([]) == 0
    assert len(audit.locked()) > 100


def test_this_python_is_among_those_that_are_tried() -> None:
    """Whatever else the machine has."""
    assert "{}.{}".format(*sys.version_info[:2]) in rooms.pythons()
