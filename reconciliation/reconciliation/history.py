"""Audits kept on disk: what an earlier one said, and what has been restated since, by what.

Each run has a folder of its own, `{day}-{number}`, with the report, the balances per customer, a fingerprint
of every record that makes MRR, and a manifest with the hash of each file and of the manifest before it: a
chain that shows when an old run was changed.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from reconciliation.errors import ReconciliationError
from reconciliation.load.snapshots import MANIFEST, canonical, source_file
from reconciliation.restatement import Comparison, compared
from reconciliation.run_record import RunRecord

REPORT, BALANCES, RECORDS = "report.json", "balances.csv", "records.csv"
RUN = re.compile(r"\d{4}-\d{2}-\d{2}-(\d{3,})")


def compare_with_latest(now: RunRecord, folder: str | Path) -> Comparison | None:
    """What has changed since the latest run in the folder; None when there is none."""
    runs = _runs(Path(folder))
    return compared(load(runs[-1]), now) if runs else None


def keep(now: RunRecord, folder: str | Path) -> Path:
    """Writes the run into a new folder inside, and gives that."""
    target = Path(folder)
    runs = _runs(target)
    number = 1 + max(map(_number, runs), default=0)
    place = target / f"{now.as_of}-{number:03}"
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise ReconciliationError(f"The history {target} cannot be written: {error.strerror}.") from error
    (place / REPORT).write_text(canonical(now.report), encoding="utf-8")
    _write(place / BALANCES, ("day", "customer_id", "keap", "chartmogul"), now.balance_rows())
    _write(place / RECORDS, ("customer_id", "record", "fingerprint"), now.record_rows())
    hashes = {name: source_file(place / name).sha256 for name in (REPORT, BALANCES, RECORDS)}
    before = source_file(runs[-1] / MANIFEST).sha256 if runs else None
    (place / MANIFEST).write_text(canonical({"previous": before, "sha256": hashes}), encoding="utf-8")
    return place


def load(run: Path) -> RunRecord:
    """A kept run. Raises ReconciliationError when one of its files is absent or was changed."""
    manifest = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    for name, digest in manifest["sha256"].items():
        if not (run / name).is_file() or source_file(run / name).sha256 != digest:
            raise ReconciliationError(f"{run / name} is absent or was changed after the audit was kept.")
    _check_chain(run, manifest["previous"])
    balances = {
        (date.fromisoformat(row["day"]), row["customer_id"]): (int(row["keap"]), int(row["chartmogul"]))
        for row in _read(run / BALANCES)
    }
    records: dict[str, dict[str, str]] = {}
    for row in _read(run / RECORDS):
        records.setdefault(row["customer_id"], {})[row["record"]] = row["fingerprint"]
    return RunRecord(json.loads((run / REPORT).read_text(encoding="utf-8")), balances, records)


def _check_chain(run: Path, previous: str | None) -> None:
    """The run before must be the one that stood there when this one was kept."""
    earlier = [each for each in _runs(run.parent) if _number(each) < _number(run)]
    found = source_file(earlier[-1] / MANIFEST).sha256 if earlier else None
    if found != previous:
        raise ReconciliationError(f"The run before {run} was changed or removed after this one was kept.")


def _runs(folder: Path) -> list[Path]:
    """The kept runs, oldest first."""
    found = [path for path in folder.glob("*") if RUN.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=_number)


def _number(run: Path) -> int:
    """Runs are counted, whatever day they are of."""
    return int(run.name.rpartition("-")[2])


def _write(path: Path, header: Iterable[str], table: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(table)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
