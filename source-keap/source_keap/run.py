"""The command line: spec, check, discover, read as Airbyte defines them, and catalog."""

import argparse
import gc
import logging
import os
import sys
from collections.abc import Iterator

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap import inputs
from source_keap.catalog import configured_catalog
from source_keap.config import checked
from source_keap.protocol import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalogSerializer,
    FailureType,
    Status,
    Type,
)
from source_keap.source import SourceKeap, names

LOGGER = logging.getLogger("airbyte")
PREAMBLE = "Exhausted available request attempts. Please see logs for more details. Exception: "
"""What the CDK puts before the last failure of a call that it tried several times."""


def run() -> None:
    """Exit code 0, or 1 after a TRACE ERROR (2: the command line itself is wrong)."""
    arguments = parser().parse_args()
    quiet_bodies()
    tune_garbage_collection()
    said: list[str] = []
    try:
        with PRINT_BUFFER:
            for line in lines(arguments, said):
                print(line)  # noqa: T201 (standard output is the protocol)
                if line.startswith('{"type":"STATE"'):
                    PRINT_BUFFER.flush()  # it looks at its age on the next line only, which may take long
        sys.stdout.flush()
    except BaseException as problem:
        stop(problem, said)


def parser() -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser(prog="source-keap", description="Airbyte source for Keap.")
    choices = commands.add_subparsers(dest="command", required=True, metavar="COMMAND")
    described = {
        "spec": "print the configuration that is needed",
        "check": "try the configuration",
        "discover": "print the streams and their schemas",
        "read": "print records and states",
        "catalog": "print a configured catalog for `read`: all streams, incremental where possible",
    }
    for command, text in described.items():
        options = choices.add_parser(command, help=text, description=text)
        options.add_argument("--debug", action="store_true", help="log more")
        if command != "spec":
            options.add_argument("--config", required=True, metavar="FILE", help="the configuration, JSON")
        if command == "read":
            options.add_argument(
                "--catalog", required=True, metavar="FILE", help="the configured catalog, JSON"
            )
            options.add_argument("--state", metavar="FILE", help="the states of the last sync, JSON")
        if command == "catalog":
            options.add_argument("--streams", metavar="A,B", help="only these streams")
    return commands


def lines(arguments: argparse.Namespace, said: list[str]) -> Iterator[str]:
    """What goes to standard output, one message a line; what went wrong is kept in `said` too."""
    if arguments.command == "catalog":
        yield catalog_line(arguments)
        return
    for message in messages(arguments):
        in_own_words(message, said)
        yield AirbyteEntrypoint.airbyte_message_to_string(message)


def in_own_words(message: AirbyteMessage, said: list[str]) -> None:
    """Take the CDK's preamble off what the user reads, and remember what failed.

    The first failure is the true one: the CDK ends with a summary of all streams.
    """
    if message.trace and message.trace.error:
        message.trace.error.message = message.trace.error.message.removeprefix(PREAMBLE)
        said.append(message.trace.error.message)
    if message.connectionStatus and message.connectionStatus.message:
        message.connectionStatus.message = message.connectionStatus.message.removeprefix(PREAMBLE)


def messages(arguments: argparse.Namespace) -> Iterator[AirbyteMessage]:
    if arguments.command == "spec":
        yield AirbyteMessage(type=Type.SPEC, spec=SourceKeap().spec(LOGGER))
        return
    try:
        yield from with_config(arguments)
    except AirbyteTracedException as problem:
        if arguments.command != "check" or problem.failure_type != FailureType.config_error:
            raise
        failed = AirbyteConnectionStatus(status=Status.FAILED, message=str(problem))
        yield AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=failed)


def with_config(arguments: argparse.Namespace) -> Iterator[AirbyteMessage]:
    config = checked(inputs.read_config(arguments.config))
    if arguments.command != "read":
        source = SourceKeap(config=config)
        entrypoint, spec = entry(source, arguments), source.spec(LOGGER)
        yield from (entrypoint.check if arguments.command == "check" else entrypoint.discover)(spec, config)
        return
    catalog = inputs.read_catalog(arguments.catalog, names())
    state = inputs.read_state(arguments.state)
    source = SourceKeap(catalog, config, state)
    yield from entry(source, arguments).read(source.spec(LOGGER), config, catalog, state)


def entry(source: SourceKeap, arguments: argparse.Namespace) -> AirbyteEntrypoint:
    entrypoint = AirbyteEntrypoint(source)
    if arguments.debug:
        LOGGER.setLevel(logging.DEBUG)
    return entrypoint


def catalog_line(arguments: argparse.Namespace) -> str:
    config = checked(inputs.read_config(arguments.config))
    chosen = arguments.streams.split(",") if arguments.streams else names()
    for name in chosen:
        inputs.require_known("--streams names", name, names())
    catalog = configured_catalog(SourceKeap(config=config).streams(config), chosen)
    return orjson.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog)).decode()


def stop(problem: BaseException, said: list[str]) -> None:
    """Say why, and end at once: worker threads may wait for ever for a reader of the queue that is gone."""
    code = 130 if isinstance(problem, KeyboardInterrupt) else 1
    try:
        if isinstance(problem, Exception) and not isinstance(problem, BrokenPipeError):
            traced(problem).emit_message()
            sys.stdout.flush()
            print(f"source-keap: {[*said, str(traced(problem))][0]}", file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        code = 1  # nobody is left to be told why
    finally:
        os._exit(code)


def traced(problem: Exception) -> AirbyteTracedException:
    if isinstance(problem, AirbyteTracedException):
        return problem
    text = f"source-keap stopped on an error of its own ({type(problem).__name__}); please report it."
    return AirbyteTracedException.from_exception(problem, message=text)


def quiet_bodies() -> None:
    """The CDK's client logs whole bodies at DEBUG; they hold names and addresses."""
    logging.getLogger("airbyte.HttpRequester").setLevel(logging.INFO)


def tune_garbage_collection() -> None:
    """Records are trees of many small objects without cycles; scanning them all the time costs a third."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
