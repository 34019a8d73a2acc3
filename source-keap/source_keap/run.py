"""The command line: spec, check, discover, read as Airbyte defines them, and catalog."""

import argparse
import gc
import logging
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import Any

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap import inputs
from source_keap.catalog import configured_catalog
from source_keap.config import checked
from source_keap.config_file import CONFIG_FILE
from source_keap.protocol import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalogSerializer,
    FailureType,
    Status,
    Type,
)
from source_keap.records import RecordPage
from source_keap.source import SourceKeap, names
from source_keap.stopping import HungUp, Terminated, end_unread, listen, wait_until_stored
from source_keap.unexpected import traced

LOGGER = logging.getLogger("airbyte")
PREAMBLE = "Exhausted available request attempts. Please see logs for more details. Exception: "
"""What the CDK puts before the last failure of a call that it tried several times."""


UPDATE_CONFIG = "write renewed OAuth tokens back into the configuration file (platforms do that themselves)"


def run() -> None:
    """Exit code 0, or 1 after a TRACE ERROR (2: the command line itself is wrong; 129, 130, 143: stopped)."""
    arguments = parser().parse_args()
    listen()
    quiet_bodies()
    write_whole_lines()
    tune_garbage_collection()
    said: list[str] = []
    try:
        for line in lines(arguments, said):
            sys.stdout.buffer.write(line)
            if line.startswith(b'{"type":"STATE"'):
                sys.stdout.flush()  # what it covers must not wait in a buffer while the next page is read
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
        "catalog": "print a configured catalog for `read`: default streams, incremental where possible",
    }
    for command, text in described.items():
        options = choices.add_parser(command, help=text, description=text)
        options.add_argument("--debug", action="store_true", help="log more")
        if command != "spec":
            options.add_argument("--config", required=True, metavar="FILE", help="the configuration, JSON")
            options.add_argument("--update-config", action="store_true", help=UPDATE_CONFIG)
        if command == "read":
            options.add_argument(
                "--catalog", required=True, metavar="FILE", help="the configured catalog, JSON"
            )
            options.add_argument("--state", metavar="FILE", help="the states of the last sync, JSON")
        if command == "catalog":
            options.add_argument("--streams", metavar="A,B", help="these streams instead of the default ones")
            options.add_argument(
                "--full-refresh", metavar="A,B", help="these streams too, read in full each time"
            )
    return commands


def lines(arguments: argparse.Namespace, said: list[str]) -> Iterator[bytes]:
    """What goes to standard output, whole lines; what went wrong is kept in `said` too."""
    if arguments.command == "catalog":
        yield catalog_line(arguments) + b"\n"
        return
    for message in messages(arguments):
        if isinstance(message, RecordPage):
            yield message.lines
        else:
            in_own_words(message, said)
            yield AirbyteEntrypoint.airbyte_message_to_string(message).encode() + b"\n"


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
    config = configuration(arguments)
    if arguments.command != "read":
        source = SourceKeap(config=config)
        entrypoint, spec = entry(source, arguments), source.spec(LOGGER)
        yield from (entrypoint.check if arguments.command == "check" else entrypoint.discover)(spec, config)
        return
    catalog = inputs.read_catalog(arguments.catalog, names())
    state = inputs.read_state(arguments.state)
    source = SourceKeap(catalog, config, state)
    entry(source, arguments).set_up_secret_filter(config, source.spec(LOGGER).connectionSpecification)
    try:
        yield from counted(source.pages(LOGGER, config, catalog, state))
    except AirbyteTracedException:
        yield from source.figures()
        raise
    yield from source.figures()


def counted(messages: Iterable[AirbyteMessage]) -> Iterator[AirbyteMessage]:
    """Each state says how many records of its stream came since the state before, as the CDK does it."""
    counts: defaultdict[HashableStreamDescriptor, float] = defaultdict(float)
    for message in messages:
        if isinstance(message, RecordPage):
            counts[HashableStreamDescriptor(name=message.stream)] += message.count
            yield message
        else:
            yield AirbyteEntrypoint.handle_record_counts(message, counts)


def configuration(arguments: argparse.Namespace) -> dict[str, Any]:
    config = inputs.read_config(arguments.config)
    return checked(config | ({CONFIG_FILE: arguments.config} if arguments.update_config else {}))


def entry(source: SourceKeap, arguments: argparse.Namespace) -> AirbyteEntrypoint:
    entrypoint = AirbyteEntrypoint(source)
    if arguments.debug:
        LOGGER.setLevel(logging.DEBUG)
    return entrypoint


def catalog_line(arguments: argparse.Namespace) -> bytes:
    config = configuration(arguments)
    chosen = named("--streams", arguments.streams) or names(optional=False)
    whole = named("--full-refresh", arguments.full_refresh)
    catalog = configured_catalog(SourceKeap(config=config).streams(config), chosen, whole)
    return orjson.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog))


def named(option: str, given: str | None) -> list[str]:
    """The streams that an option of the command line lists."""
    listed = given.split(",") if given else []
    for name in listed:
        inputs.require_known(f"{option} names", name, names())
    return listed


def stop(problem: BaseException, said: list[str]) -> None:
    """Say why, and end at once: worker threads may wait for ever for a reader of the queue that is gone."""
    code = {HungUp: 129, KeyboardInterrupt: 130, Terminated: 143}.get(type(problem), 1)
    wait_until_stored()
    try:
        if isinstance(problem, Exception) and not isinstance(problem, BrokenPipeError):
            traced(problem).emit_message()
            sys.stdout.flush()
            print(f"source-keap: {[*said, str(traced(problem))][0]}", file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        code = 1  # nobody is left to be told why
    finally:
        os._exit(code)


def quiet_bodies() -> None:
    """The CDK's client logs whole bodies at DEBUG; they hold names and addresses."""
    logging.getLogger("airbyte.HttpRequester").setLevel(logging.INFO)


def write_whole_lines() -> None:
    """Records go to the binary stream under standard output, logs of other threads to its text."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stdout)
            end_unread(handler)


def tune_garbage_collection() -> None:
    """Records are trees of many small objects without cycles; scanning them all the time costs a third.

    The older generations are looked at often all the same: what a call leaves behind in cycles holds its
    body, and memory would grow with the number of pages.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 5, 5)
