"""Every locked package may be used, changed and sold with: its own metadata says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.contract import licences

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "0BSD", "Apache 2.0", "Apache License 2.0", "Apache License, Version 2.0", "Apache Software License",
    "Apache-2.0", "3-Clause BSD License", "BSD 3-Clause", "BSD License", "BSD-2-Clause", "BSD-3-Clause",
    "CC0-1.0", "CNRI-Python", "ISC", "ISC License (ISCL)", "MIT", "MIT License", "MIT-0", "MIT-CMU",
    "PSF-2.0", "Python Software Foundation License", "The Unlicense (Unlicense)", "Unlicense", "Zlib",
    # Copyleft of single files: changed files of the package itself would have to be published.
    "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)",
    # Copyleft of the library: it may be used by, and sold with, programs of any licence.
    "LGPL-2.1-only", "GNU Lesser General Public License v2 (LGPLv2)",
}  # fmt: skip
NO_LICENCES = {"DFSG approved", "Freely Distributable"}
EXCEPTIONS = {
    "unidecode": "GPL; airbyte-cdk asks for it and never imports it, nor do we (see the test below)",
}


def acceptable(statement: str) -> bool:
    """Is every part of an SPDX-like expression allowed, or one of the alternatives?"""
    if statement in ALLOWED:
        return True
    parts = re.sub(r"[()]", " ", statement).split(" AND ")
    return all(any(each.strip() in ALLOWED for each in part.split(" OR ")) for part in parts)


def unacceptable(stated: dict[str, list[str]], names: set[str]) -> dict[str, list[str]]:
    """The packages of whose statements one is not allowed, or that state nothing."""
    found = {}
    for name in sorted(names - EXCEPTIONS.keys()):
        licensed = [each for each in stated[name] if each not in NO_LICENCES]
        if not licensed or not all(acceptable(each) for each in licensed):
            found[name] = stated[name]
    return found


def locked(*locks: str) -> Iterator[str]:
    """The names that the locks install on this system with this Python."""
    for lock in locks:
        for line in (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines():
            if re.match(r"[a-z0-9]", line):
                requirement = Requirement(line.rstrip("\\ "))
                if requirement.marker is None or requirement.marker.evaluate():
                    yield requirement.name


def test_every_locked_package_may_be_used_commercially() -> None:
    """Its metadata names a permissive licence, or one that binds its own files only."""
    stated, names = licences.installed(), set(locked("connectors", "analysts", "dev", "uv"))
    assert names - stated.keys() == set(), "`make setup` installs what is locked"
    assert unacceptable(stated, names) == {}


def test_the_exceptions_are_still_needed_and_never_imported() -> None:
    """A package that may not be used is locked because another asks for it, and no code of either uses it."""
    assert EXCEPTIONS.keys() <= set(locked("connectors"))
    cdk = find_spec("airbyte_cdk")
    assert cdk
    assert cdk.origin
    own = [ROOT / name for name in ("source-keap", "destination-chartmogul", "reconciliation")]
    using = [
        str(file)
        for folder in (Path(cdk.origin).parent, *own)
        for file in folder.rglob("*.py")
        if re.search(rf"^\s*(?:from|import) (?:{'|'.join(EXCEPTIONS)})\b", file.read_text(), re.MULTILINE)
    ]
    assert using == []


@pytest.mark.parametrize(
    ("statement", "fine"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0", True),
        ("MIT AND GPL-3.0", False),
        ("(BSD-2-Clause OR X) AND MIT", True),
        ("", False),
    ],
)
def test_expressions_are_read(statement: str, fine: bool) -> None:
    """One allowed alternative is enough; of parts that hold together every one must be allowed."""
    assert acceptable(statement) is fine
