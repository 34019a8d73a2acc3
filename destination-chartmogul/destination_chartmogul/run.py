"""The command line: spec, check, write, plan, rejects."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from destination_chartmogul.configuration import read_json, spec
from destination_chartmogul.errors import DestinationError, Refused
from destination_chartmogul.messages import Printer

_HELP = {
    "spec": "print the specification of the configuration",
    "check": "can the configured account be written to, and which of its settings matter?",
    "write": "write the Airbyte messages of standard input to ChartMogul",
    "plan": "as write, but print what would be changed and change nothing",
    "rejects": "print the records of a file of rejects as messages, to be written again",
}

FOR_PEOPLE = ("plan", "rejects")


def parser() -> argparse.ArgumentParser:
    """Arguments as every Airbyte destination takes them, plus `plan`, `rejects`, `--state-file`
    and `--rejects-file`."""
    main = argparse.ArgumentParser(
        prog="destination-chartmogul", description="Airbyte destination for ChartMogul."
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="{" + ",".join(_HELP) + "}")
    for name, text in _HELP.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == "rejects":
            command.add_argument("file", metavar="FILE", help="what rejects_path of the configuration names")
        if name not in ("spec", "rejects"):
            command.add_argument("--config", required=True, metavar="FILE", help="configuration, JSON")
        if name in ("write", "plan"):
            command.add_argument("--catalog", required=True, metavar="FILE", help="configured catalog, JSON")
        if name == "plan":
            command.add_argument(
                "--format", choices=("table", "json"), default="table", help="default: table"
            )
        if name == "write":
            text = "keep the acknowledged state here, in the form that the source's --state takes"
            command.add_argument("--state-file", metavar="FILE", help=text)
            text = "put rejected records here, whatever rejects_path says"
            command.add_argument("--rejects-file", metavar="FILE", help=text)
    return main


def run(args: Sequence[str] | None = None) -> None:
    """Entry point of the package and of main.py; exits 1 after a TRACE ERROR."""
    arguments = parser().parse_args(args)
    out: TextIO = sys.stdout
    if hasattr(out, "reconfigure"):
        out.reconfigure(line_buffering=True)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    printer = Printer(people=arguments.command in FOR_PEOPLE)
    try:
        _dispatch(arguments, printer)
    except DestinationError as error:
        _fail(printer, error.kind, str(error), code=error.code)
    except Refused as refused:
        text = f"ChartMogul refuses a request that the sync relies on. {refused}"
        _fail(printer, "system_error", text, code="refused")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # the last resort: one sentence for the user, the type for the developer
        _fail(printer, "system_error", "The destination met something unexpected and stopped.", _where(error))


def _fail(printer: Printer, kind: str, text: str, where: str | None = None, code: str = "unexpected") -> None:
    """The sentence for the user; `code` begins the internal message, for programs that run this one."""
    print(text if where is None else f"{text} ({where})", file=sys.stderr, flush=True)  # noqa: T201
    printer.trace_error(kind, text, f"{code}: {where or text}")
    sys.exit(1)


def _where(error: Exception) -> str:
    """Type and place, without values (they may be personal data)."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}"


def _dispatch(arguments: argparse.Namespace, printer: Printer) -> None:
    if arguments.command == "spec":
        printer.emit({"type": "SPEC", "spec": spec()})
        return
    if arguments.command == "rejects":
        from destination_chartmogul.rejects import replay

        replay(arguments.file, sys.stdout, sys.stderr)
        return
    config = read_json(arguments.config, "configuration")
    if arguments.command == "check":
        from destination_chartmogul.check import check

        check(config, printer)
        return
    _with_input(arguments, config, printer)


def _with_input(arguments: argparse.Namespace, config: dict[str, Any], printer: Printer) -> None:
    from destination_chartmogul.layouts import LAYOUTS
    from destination_chartmogul.preview import preview
    from destination_chartmogul.write import write

    catalog = read_json(arguments.catalog, "catalog")
    if arguments.command == "plan":
        preview(config, catalog, sys.stdin.buffer, printer, LAYOUTS[arguments.format](sys.stdout))
    else:
        chosen = {"rejects_path": arguments.rejects_file} if arguments.rejects_file else {}
        write({**config, **chosen}, catalog, sys.stdin.buffer, printer, arguments.state_file)
