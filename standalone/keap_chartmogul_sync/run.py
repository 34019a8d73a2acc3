"""The command line: run, plan, status, doctor, restore."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keap_chartmogul_sync.exits import CONFIGURATION, EXITS, OK, UNEXPECTED, SyncError, own_error
from keap_chartmogul_sync.folder import Folder
from keap_chartmogul_sync.options import DESTINATION, SOURCE, Options, executable

HELP = {
    "run": "sync once: read Keap from the last state on, write ChartMogul",
    "plan": "say what `run` would change in ChartMogul, and what that does to MRR; change nothing",
    "status": "say how the connection is: last sync, lag, rejects, calls left, next step",
    "doctor": "say what is missing on this machine, and what to do about it",
    "restore": "put an earlier state in place of the present one",
}


def run(args: Sequence[str] | None = None) -> None:
    """Entry point of the package and of main.py."""
    arguments = parser().parse_args(args)
    command: Callable[[argparse.Namespace], int] = COMMANDS[arguments.command]
    try:
        code = command(arguments)
        sys.stdout.flush()
    except SyncError as problem:
        say(str(problem))
        code = problem.end.code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = UNEXPECTED.code
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # the last resort: one sentence for the user, the place for whoever mends it
        say(own_error(error))
        code = UNEXPECTED.code
    sys.exit(code)


def parser() -> argparse.ArgumentParser:
    """Every option has a default that suits `make`."""
    codes = "\n".join(f"  {end.code:>3}  {end.means}" for end in EXITS)
    main = argparse.ArgumentParser(
        prog="keap-chartmogul-sync",
        description="Runs source-keap and destination-chartmogul unattended.",
        epilog=f"exit codes of run:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="{" + ",".join(HELP) + "}")
    for name, text in HELP.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "--folder", type=Path, default=Path("build/sync"), metavar="DIR",
            help="where state, logs and rejects of this connection are (build/sync)",
        )  # fmt: skip
        text = "the acknowledged state (FOLDER/state.json)"
        command.add_argument("--state", type=Path, metavar="FILE", help=text)
        for add in OPTIONS[name]:
            add(command)
    return main


def files(command: argparse.ArgumentParser) -> None:
    """Configurations and executables."""
    command.add_argument("--source-config", type=Path, default=Path("secrets/keap.json"), metavar="FILE")
    command.add_argument(
        "--destination-config", type=Path, default=Path("secrets/chartmogul.json"), metavar="FILE"
    )
    command.add_argument("--source", type=Path, metavar="PROGRAM", help="source-keap, if not on the PATH")
    command.add_argument("--destination", type=Path, metavar="PROGRAM", help="destination-chartmogul, too")
    command.add_argument(
        "--catalog", type=Path, metavar="FILE", help="which streams (default: FOLDER/catalog.json)"
    )


def limits(command: argparse.ArgumentParser) -> None:
    """What `run` keeps, and for how long it works."""
    command.add_argument("--keep-runs", type=positive, default=1000, metavar="N", help="logs kept (1000)")
    command.add_argument("--keep-megabytes", type=positive, default=50, metavar="N", help="of logs (50)")
    command.add_argument(
        "--time-limit", type=positive, metavar="MINUTES", help="stop then; the next run goes on"
    )
    command.add_argument(
        "--metrics", type=Path, metavar="FILE", help="write a Prometheus text file after the run"
    )
    command.add_argument(
        "--with-rejects", action="store_true", help="send the rejects of earlier runs again, first"
    )


def form(command: argparse.ArgumentParser) -> None:
    """For people or for programs."""
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def layout(command: argparse.ArgumentParser) -> None:
    """How the destination prints a plan."""
    command.add_argument("--format", choices=("table", "json"), default="table", help="default: table")


def lag(command: argparse.ArgumentParser) -> None:
    """When `status` says that it is broken."""
    text = "how far ChartMogul may be behind (60)"
    command.add_argument("--max-lag", type=positive, default=60, metavar="MINUTES", help=text)


def offline(command: argparse.ArgumentParser) -> None:
    """For `doctor`."""
    text = "leave out the network and the credentials"
    command.add_argument("--offline", action="store_true", help=text)


def kept(command: argparse.ArgumentParser) -> None:
    """Which state."""
    command.add_argument(
        "name", nargs="?", metavar="STATE", help="a name in FOLDER/states (default: the newest)"
    )


OPTIONS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], ...]] = {
    "run": (files, limits),
    "plan": (files, layout),
    "status": (form, lag),
    "doctor": (files, form, offline),
    "restore": (kept,),
}


def positive(text: str) -> int:
    """A whole number from 1. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def folder_of(arguments: argparse.Namespace) -> Folder:
    """The files of the connection."""
    return Folder(arguments.folder, arguments.state)


def options_of(arguments: argparse.Namespace) -> Options:
    """Absolute paths where another process gets them as ours; nothing is looked at."""
    folder = folder_of(arguments)
    given = vars(arguments)
    return Options(
        folder=folder,
        source_config=arguments.source_config,
        destination_config=arguments.destination_config,
        source=arguments.source or executable(SOURCE),
        destination=arguments.destination or executable(DESTINATION),
        catalog=arguments.catalog or folder.catalog,
        keep_runs=given.get("keep_runs") or 1000,
        keep_bytes=(given.get("keep_megabytes") or 50) * 1_000_000,
        time_limit=60.0 * given["time_limit"] if given.get("time_limit") else None,
        metrics=given.get("metrics"),
        with_rejects=bool(given.get("with_rejects")),
    )


def sync_once(arguments: argparse.Namespace) -> int:
    """`run`."""
    from keap_chartmogul_sync import metrics, sync

    options = options_of(arguments)
    made = sync.sync(options)
    for sentence in made.sentences:
        say(sentence)
    if made.exit != OK:
        say(f"See {options.folder.runs / made.name}.log.")
    seconds = round((made.finish - made.start).total_seconds())
    records, rejected = sum(made.records.values()), sum(made.rejected.values())
    print(f"{made.name} {made.end}: {records:,} records read, {rejected:,} rejected, {seconds} s.")
    if options.metrics:
        metrics.write(options.metrics, options.folder, made)
    return made.exit.code


def plan_once(arguments: argparse.Namespace) -> int:
    """`plan`."""
    from keap_chartmogul_sync.plan import plan

    return plan(options_of(arguments), arguments.format).code


def show_status(arguments: argparse.Namespace) -> int:
    """`status`."""
    from keap_chartmogul_sync.status import status

    found = status(folder_of(arguments), datetime.now(UTC), timedelta(minutes=arguments.max_lag))
    print(found.as_json() if arguments.format == "json" else found.as_text())
    return found.level


def examine(arguments: argparse.Namespace) -> int:
    """`doctor`."""
    from keap_chartmogul_sync import doctor

    findings = doctor.examine(options_of(arguments), online=not arguments.offline)
    print(doctor.as_json(findings) if arguments.format == "json" else doctor.as_text(findings))
    return 1 if any(finding.level == doctor.MISSING for finding in findings) else 0


def restore(arguments: argparse.Namespace) -> int:
    """`restore`."""
    from keap_chartmogul_sync import lock, states

    folder = folder_of(arguments)
    if not folder.path.is_dir():
        raise SyncError(CONFIGURATION, f"{folder.path} does not exist.")
    now = datetime.now(UTC)
    folder.make()
    with lock.held(folder, now) as mine:
        try:
            chosen = states.restore(folder, arguments.name, now)
        finally:
            if not mine.after_a_kill:  # else the next run still has to tidy up
                mine.done()
    print(f"{folder.state} is now {chosen.name}; the next run reads from there. Nothing is written twice.")
    return OK.code


COMMANDS = {
    "run": sync_once,
    "plan": plan_once,
    "status": show_status,
    "doctor": examine,
    "restore": restore,
}


def say(sentence: str) -> None:
    """To standard error."""
    print(sentence, file=sys.stderr, flush=True)
