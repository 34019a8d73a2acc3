"""The command `reconcile CONFIGURATION.json`, and the same from Python.

Exit codes: 0 both sides agree (or differ only by documented rules or by nothing material), 1 they differ,
2 the audit could not run.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from reconciliation import render
from reconciliation.audit import Examination, examine, reconcile, with_history
from reconciliation.configuration import (
    Configuration,
    changed,
    chartmogul_side,
    keap_side,
    read_configuration,
    tolerance_of,
)
from reconciliation.errors import ReconciliationError
from reconciliation.load import both_from_folder
from reconciliation.progress import shown
from reconciliation.report import UNFINISHED, Reconciliation

__all__ = ["from_configuration", "main", "open_audit", "reconcile", "run", "write"]

AGREE, DIFFER, COULD_NOT_RUN = 0, 1, 2
FORMS = ("html", "json", "csv")
SAYS = "Compare Keap's MRR with ChartMogul's. Exit codes: 0 they agree, 1 they differ, 2 it could not run."


def from_configuration(path: str | Path) -> Examination:
    """The audit that a configuration file describes; writes nothing but the snapshots that it asks for."""
    return audited(read_configuration(path))


def audited(chosen: Configuration, *, names: bool = False) -> Examination:
    """The audit of a configuration; kept in its history when it has one."""
    keap = keap_side(chosen)
    found = examine(
        keap,
        chartmogul_side(chosen),
        chosen.as_of,
        chosen.months,
        policy=chosen.policy,
        tolerance=tolerance_of(chosen, keap.currency),
        names=names,
        keap_page=chosen.keap.get("contact_page"),
        progress=shown,
    )
    return with_history(found, chosen.path(chosen.history)) if chosen.history else found


def open_audit(source: str | Path, months: int) -> Examination:
    """The audit of a folder that holds both sides (as `make demo` leaves it), as of the last day read, or of
    a configuration file of this command, which says its own day and months.
    """
    if Path(source).suffix == ".json":
        return from_configuration(source)
    keap, chartmogul = both_from_folder(source)
    return examine(keap, chartmogul, chartmogul.end, months, progress=shown)


def write(
    result: Reconciliation,
    html: str | Path | None = None,
    json: str | Path | None = None,
    csv: str | Path | None = None,
) -> None:
    """Writes the report in the forms that have a path."""
    for form, path in (("html", html), ("json", json), ("csv", csv)):
        if path is not None:
            _written(Path(path), render.FORMATS[form](result))


def _written(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise ReconciliationError(f"{path} cannot be written: {error.strerror}.") from error


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        result = _reported(options)
    except ReconciliationError as error:
        print(f"reconcile: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    except Exception as error:  # Python would end with 1, which says that the two sides differ
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        text = f"the audit broke off by a fault of its own ({place}); please report it."
        print(f"reconcile: {text}", file=sys.stderr)
        return COULD_NOT_RUN
    if result.verdict == UNFINISHED:
        print(f"reconcile: {result.sentence}", file=sys.stderr)
        return COULD_NOT_RUN
    return AGREE if result.agrees else DIFFER


def _reported(options: argparse.Namespace) -> Reconciliation:
    """The audit, after its report was written and printed as asked for."""
    chosen = changed(read_configuration(options.configuration), options)
    result = audited(chosen, names=options.names).report
    write(result, **{form: chosen.path(chosen.output[form]) for form in FORMS if form in chosen.output})
    said = render.FORMATS[options.format](result)
    if options.output:
        _written(options.output, said)
    else:
        print(said, end="")
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reconcile", description=SAYS, allow_abbrev=False)
    parser.add_argument("configuration", type=Path, help="JSON file; see the README of this package")
    parser.add_argument("--as-of", help="last day of the audit, instead of the file's")
    parser.add_argument("--tolerance", help="amount by which a customer may differ, for example 0.01")
    parser.add_argument("--materiality", help="amount up to which faults do not matter, for example 5.00")
    parser.add_argument("--format", choices=sorted(render.FORMATS), default="text", help="what is printed")
    parser.add_argument("--output", type=Path, help="a file instead of standard output")
    parser.add_argument("--names", action="store_true", help="name customers (personal data); else ids only")
    return parser


def run() -> None:
    """Entry point of the console script."""
    sys.exit(main(sys.argv[1:]))
