"""Run the pair against the simulators, let a month of business happen, and prove that MRR agrees.

Exit codes: 0 MRR agrees or every difference is explained, 1 a difference is not explained, 2 the demo could
not run, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from reconciliation.errors import ReconciliationError
from reconciliation.report import Reconciliation
from reconciliation.run import write
from tests.demo import business_month, servers, stages, table
from tests.pair.connection import Connection
from tests.pair.fixtures import destination_config, set_up_chartmogul, source_config
from tests.simulators import Simulators

DATA = Path("build/demo")


def main() -> int:
    """The whole demo; its exit code."""
    shutil.rmtree(DATA, ignore_errors=True)
    try:
        with servers.simulators("small") as running:
            return show(play(running))
    except KeyboardInterrupt:
        print("\nStopped; the simulators are stopped too.", file=sys.stderr)
        return 130
    except (RuntimeError, ReconciliationError) as error:
        print(f"The demo could not run: {error}", file=sys.stderr)
        return 2


def play(running: Simulators) -> list[stages.Stage]:
    """Check, sync and reconcile; a month of business, again; and once more with nothing to do."""
    set_up_chartmogul(running)
    connection = Connection.create(DATA, source_config(running), destination_config(running))
    for name, status in connection.check().items():
        say(f"check {name}: {status['status']} {status.get('message') or ''}")
    done = [play_stage("first sync", connection, running)]
    for sentence in business_month.happen(running):
        say(f"meanwhile: {sentence}")
    done.append(play_stage("a month later", connection, running))
    done.append(play_stage("nothing new", connection, running))
    return done


def play_stage(title: str, connection: Connection, running: Simulators) -> stages.Stage:
    """One sync and its reconciliation, announced."""
    say(f"{title}: source-keap | destination-chartmogul, then the reconciliation ...")
    return stages.run(title, connection, running, DATA)


def show(done: list[stages.Stage]) -> int:
    """Print the table, write the report of the last stage; the exit code."""
    report = DATA / "report.html"
    write(done[-1].reconciliation, html=report, json=DATA / "report.json")
    write_configuration(done[-1].reconciliation)
    print(f"\n{table.table(done)}\n\nreport: {report.resolve()}")
    failed = [stage for stage in done if not stage.reconciliation.agrees]
    for stage in failed:
        print(f"{stage.title}: {stage.reconciliation.sentence}", file=sys.stderr)
    if not failed:
        print(done[-1].reconciliation.sentence)
    return 1 if failed else 0


def write_configuration(result: Reconciliation) -> None:
    """A configuration with which `reconcile` repeats the last audit, to look at and to begin with."""
    about = result.tie_out
    chosen = {
        "keap": {"messages": sorted(path.name for path in DATA.glob("messages-*.jsonl"))},
        "chartmogul": {"snapshot": "chartmogul"},
        "as_of": about.as_of.isoformat(),
        "months": about.months,
        "output": {"html": "report.html", "json": "report.json"},
    }
    (DATA / "reconcile.json").write_text(json.dumps(chosen, indent=2) + "\n", encoding="utf-8")


def say(sentence: str) -> None:
    """Progress, as it happens."""
    print(sentence.rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
