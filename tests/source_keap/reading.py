"""Read with the source inside the test process: a sync in a tenth of a second instead of in seconds."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import orjson
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.catalog import configured_catalog
from source_keap.protocol import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    SyncMode,
    Type,
)
from source_keap.source import SourceKeap, names

Json = dict[str, Any]


@dataclass
class Read:
    """What one read gave out."""

    messages: list[Any] = field(default_factory=list)
    failure: AirbyteTracedException | None = None

    @property
    def records(self) -> dict[str, list[Json]]:
        by_stream: dict[str, list[Json]] = defaultdict(list)
        for message in self.messages:
            if message.type == Type.RECORD:
                by_stream[message.record.stream].append(message.record.data)
        return by_stream

    @property
    def state(self) -> list[AirbyteStateMessage]:
        """The last state of each stream, as a caller would store it: through JSON."""
        last: dict[str, bytes] = {}
        for message in self.messages:
            if message.type == Type.STATE:
                name = message.state.stream.stream_descriptor.name
                last[name] = orjson.dumps(AirbyteStateMessageSerializer.dump(message.state))
        return [AirbyteStateMessageSerializer.load(orjson.loads(text)) for text in last.values()]

    def ids(self, stream: str) -> list[str]:
        return [row["id"] for row in self.records[stream]]

    def logs(self, level: str) -> list[str]:
        return [
            str(message.log.message)
            for message in self.messages
            if message.type == Type.LOG and message.log.level.value == level
        ]

    def errors(self) -> list[tuple[str, str, str]]:
        """(stream, failure type, sentence) of each TRACE ERROR."""
        found = [message.trace.error for message in self.messages if message.type == Type.TRACE]
        return [
            (error.stream_descriptor.name, error.failure_type.value, error.message)
            for error in found
            if error is not None
        ]


@cache
def best_modes(*, optional: bool = True) -> ConfiguredAirbyteCatalog:
    """All streams, or those that are read unless others are named."""
    credentials = {"auth_type": "service_account_key", "service_account_key": "never sent"}
    config = {"credentials": credentials}
    return configured_catalog(SourceKeap(config=config).streams(config), names(optional=optional))


def read(
    config: Mapping[str, Any],
    streams: Iterable[str] | None = None,
    state: list[AirbyteStateMessage] | None = None,
    mode: SyncMode | None = None,
) -> Read:
    chosen = list(streams) if streams is not None else names(optional=False)
    every = {stream.stream.name: stream for stream in best_modes().streams}
    catalog = ConfiguredAirbyteCatalog(
        [replace(every[name], sync_mode=mode or every[name].sync_mode) for name in chosen]
    )
    source, result = SourceKeap(catalog, config, state or []), Read()
    try:
        result.messages.extend(source.read(logging.getLogger("airbyte"), config, catalog, state or []))
    except AirbyteTracedException as failure:
        result.failure = failure
    return result
