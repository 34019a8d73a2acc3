"""The command `reconcile CONFIGURATION.json`, and the same from Python.

Exit codes: 0 both sides agree (or differ only by documented rules), 1 they differ, 2 the audit could not run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from reconciliation import render
from reconciliation.audit import Examination, examine, reconcile
from reconciliation.configuration import chartmogul_side, keap_side, read_configuration
from reconciliation.errors import ReconciliationError
from reconciliation.load import both_from_folder
from reconciliation.progress import shown
from reconciliation.report import UNFINISHED, Reconciliation

__all__ = ["from_configuration", "main", "open_audit", "reconcile", "run", "write"]

AGREE, DIFFER, COULD_NOT_RUN = 0, 1, 2


def from_configuration(path: str | Path) -> Examination:
    """The audit that a configuration file describes; writes nothing but the snapshots that it asks for."""
    chosen = read_configuration(path)
    return examine(
        keap_side(chosen),
        chartmogul_side(chosen),
        chosen.as_of,
        chosen.months,
        policy=chosen.policy,
        tolerance=chosen.tolerance,
        progress=shown,
    )


def open_audit(source: str | Path, months: int) -> Examination:
    """The audit of a folder that holds both sides (as `make demo` leaves it), as of the last day read, or of
    a configuration file of this command, which says its own day and months.
    """
    if Path(source).suffix == ".json":
        return from_configuration(source)
    keap, chartmogul = both_from_folder(source)
    return examine(keap, chartmogul, chartmogul.end, months, progress=shown)


def write(result: Reconciliation, html: str | Path | None = None, json: str | Path | None = None) -> None:
    """Writes the report in the forms that have a path."""
    if html is not None:
        _written(Path(html), render.html(result))
    if json is not None:
        _written(Path(json), render.json(result))


def _written(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="reconcile", description=__doc__)
    parser.add_argument("configuration", type=Path, help="JSON file; see the README of this package")
    chosen = parser.parse_args(arguments).configuration
    try:
        result = from_configuration(chosen).report
        output = read_configuration(chosen)
        paths = {form: output.path(output.output[form]) for form in ("html", "json") if form in output.output}
        write(result, **paths)
    except ReconciliationError as error:
        print(f"reconcile: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    print(render.text(result), end="")
    if result.verdict == UNFINISHED:
        return COULD_NOT_RUN
    return AGREE if result.agrees else DIFFER


def run() -> None:
    """Entry point of the console script."""
    sys.exit(main(sys.argv[1:]))
