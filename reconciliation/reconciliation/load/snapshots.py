"""Inputs frozen on disk, each with its SHA-256, so that an audit can be repeated on the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciliation.errors import ReconciliationError
from reconciliation.frames import SourceFile

MANIFEST = "manifest.json"


def source_file(path: Path) -> SourceFile:
    """Name, hash and size of a file."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return SourceFile(path.name, digest, path.stat().st_size)


def save(folder: str | Path, documents: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """One JSON file per document and a manifest that holds their hashes and `about`."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        (target / f"{name}.json").write_text(canonical(document), encoding="utf-8")
    hashes = {f"{name}.json": source_file(target / f"{name}.json").sha256 for name in documents}
    (target / MANIFEST).write_text(canonical({"about": about, "sha256": hashes}), encoding="utf-8")


def load(folder: str | Path) -> tuple[dict[str, Any], dict[str, Any], tuple[SourceFile, ...]]:
    """Documents, `about`, and the files. Raises ReconciliationError when a file is absent or was changed."""
    source = Path(folder)
    if not (source / MANIFEST).is_file():
        raise ReconciliationError(f"There is no ChartMogul snapshot in {source}: {MANIFEST} is absent.")
    try:
        manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        hashes, about = manifest["sha256"], manifest["about"]
    except (ValueError, LookupError, TypeError) as error:
        raise ReconciliationError(f"{source / MANIFEST} is no manifest of a snapshot.") from error
    files = tuple(_verified(source / name, digest) for name, digest in sorted(hashes.items()))
    documents = {
        file.name.removesuffix(".json"): json.loads((source / file.name).read_text("utf-8")) for file in files
    }
    return documents, about, files


def _verified(path: Path, digest: str) -> SourceFile:
    if not path.is_file():
        raise ReconciliationError(f"The snapshot file {path} is absent.")
    file = source_file(path)
    if file.sha256 != digest:
        raise ReconciliationError(f"The snapshot file {path} was changed after it was saved.")
    return file


def canonical(document: object) -> str:
    """The same JSON text for the same content."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
