"""The connector as Airbyte's Python CDK knows it: the same spec, check and write behind the CDK's class."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from logging import Logger
from typing import Any

import orjson
from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (  # type: ignore[attr-defined]
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConnectorSpecification,
    ConnectorSpecificationSerializer,
    Status,
)

from destination_chartmogul.check import findings
from destination_chartmogul.configuration import checked, spec
from destination_chartmogul.errors import DestinationError
from destination_chartmogul.messages import Printer
from destination_chartmogul.run import run as run_command
from destination_chartmogul.write import write


class DestinationChartmogul(Destination):
    """`run` is the command line of run.py, which prints states at once and keeps their unknown fields."""

    def spec(self, logger: Logger) -> ConnectorSpecification:
        """The specification of spec.json."""
        del logger
        known = {
            "documentationUrl",
            "supportsIncremental",
            "supported_destination_sync_modes",
            "connectionSpecification",
        }
        return ConnectorSpecificationSerializer.load(
            {key: value for key, value in spec().items() if key in known}
        )

    def check(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Whether the account can be written to."""
        try:
            for _, text in findings(checked(config)):
                logger.info(text)
        except DestinationError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        """Write messages given as the CDK's models. Raises DestinationError."""
        out = io.StringIO()
        catalog = ConfiguredAirbyteCatalogSerializer.dump(configured_catalog)
        lines = (orjson.dumps(AirbyteMessageSerializer.dump(m)) + b"\n" for m in input_messages)
        try:
            write(config, catalog, lines, Printer(out))
        finally:
            printed = [line for line in out.getvalue().split("\n") if line]
        yield from _messages(printed)

    def run(self, args: list[str]) -> None:
        """The command line."""
        run_command(args)


def _messages(lines: Iterable[str]) -> Iterator[AirbyteMessage]:
    for line in lines:
        yield AirbyteMessageSerializer.load(orjson.loads(line))
