"""The source: manifest.yaml's streams as CDK streams that keep their own state."""

import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.declarative.models.declarative_component_schema import (
    CustomRetriever,
    JsonFileSchemaLoader,
)
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.declarative.requesters.requester import Requester
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor, CursorField, FinalStateCursor
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from source_keap.budget import Budget
from source_keap.checkpoint import Checkpoint, CheckpointCursor
from source_keap.errors import ListMissing
from source_keap.forecast import Forecast
from source_keap.partition import WholeStream
from source_keap.protocol import (
    AirbyteAnalyticsTraceMessage,
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteTraceMessage,
    ConfiguredAirbyteCatalog,
    Status,
    SyncMode,
    TraceType,
    Type,
)
from source_keap.records import one_by_one
from source_keap.walks import Walk

MANIFEST = Path(__file__).with_name("manifest.yaml")
PAGES_IN_FLIGHT = 4  # the CDK lets 10,000 messages wait for a slow reader; here one holds a page


class SourceKeap(YamlDeclarativeSource):
    """The CDK builds the parts that the manifest names; this class puts them together.

    The declarative engine has no room for a stream that keeps its own state (walks.py), so `streams` is
    overridden. Everything else (requester, budget, schemas, the read itself) is the CDK's.
    """

    def __init__(
        self,
        catalog: ConfiguredAirbyteCatalog | None = None,
        config: Mapping[str, Any] | None = None,
        state: list[AirbyteStateMessage] | None = None,
    ) -> None:
        super().__init__(path_to_yaml=str(MANIFEST), catalog=catalog, config=config, state=state)
        self._concurrent_source._queue.maxsize = PAGES_IN_FLIGHT
        self._concurrent_source._logger = quiet()
        self._budget = Budget(self._config)
        self._constructor._api_budget = self._budget  # type: ignore[assignment]  # YAML has no words for it
        self._forecast = Forecast(self._budget)
        self._states = ConnectorStateManager(state)
        self._asked = (
            {each.stream.name: each.stream.json_schema for each in catalog.streams} if catalog else {}
        )
        self._read_from_start = {
            stream.stream.name
            for stream in (catalog.streams if catalog else [])
            if stream.sync_mode == SyncMode.full_refresh
        }

    def streams(self, config: Mapping[str, Any]) -> list[AbstractStream]:  # noqa: ARG002 (the CDK's signature)
        self._prepare_for_stream_build()
        return [self._stream(row) for row in self.resolved_manifest["streams"]]

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """The streams and their schemas; `config` counts when the source was made without one."""
        if not self._config:
            return SourceKeap(config=config).discover(logger, config)
        return super().discover(logger, config)

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Records and states; what is given here counts when the source was made without configuration."""
        if not self._config:
            return SourceKeap(catalog, config, state).read(logger, config, catalog, state)
        return one_by_one(self.pages(logger, config, catalog, state))

    def pages(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """As `read`, with the records still in pages."""
        return super().read(logger, config, catalog, state)

    def figures(self) -> Iterator[AirbyteMessage]:
        """What is left of Keap's calls, for programs that run this one: TRACE messages of type ANALYTICS."""
        for name, value in self._budget.figures().items():
            said = AirbyteAnalyticsTraceMessage(type=name, value=value)
            trace = AirbyteTraceMessage(
                type=TraceType.ANALYTICS, emitted_at=time.time() * 1000, analytics=said
            )
            yield AirbyteMessage(type=Type.TRACE, trace=trace)

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """One small call a stream: a key that works may still not be allowed to read orders."""
        if not self._config:
            return SourceKeap(config=config).check(logger, config)
        self._prepare_for_stream_build()
        walks = [
            self._walk(row, Checkpoint(row["name"], {})) for row in self._rows() if not row.get("optional")
        ]
        highest: dict[str, int] = {}
        try:
            for walk in walks:
                if (found := self._probe(walk, logger)) is not None:
                    highest[walk.name] = found
        except AirbyteTracedException as problem:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(problem))
        sizes = {walk.name: walk.keap.page_size for walk in walks}
        logger.info(self._forecast.checked(highest, sizes))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def _probe(self, walk: Walk, logger: logging.Logger) -> int | None:
        try:
            return walk.probe()
        except ListMissing as missing:
            log = walk.not_available(missing).log
            logger.warning(log.message if log else missing)
            return None

    def _rows(self) -> list[Mapping[str, Any]]:
        """The table of streams, with each row's columns at hand."""
        return [row | row.get("$parameters", {}) for row in self.resolved_manifest["streams"]]

    def _stream(self, row: Mapping[str, Any]) -> AbstractStream:
        name, cursor_field = row["name"], row["retriever"].get("cursor_field")
        checkpoint = Checkpoint(name, self._state_of(name, cursor_field))
        schema = self._constructor.create_component(JsonFileSchemaLoader, row["schema_loader"], self._config)
        cursor: Cursor = FinalStateCursor(name, None, self._message_repository)
        if cursor_field:
            cursor = CheckpointCursor(checkpoint, self._message_repository)
        walk = self._walk(row, checkpoint)
        if walk.columns and name in self._asked:
            walk.columns.known(self._asked[name])
        return DefaultStream(
            partition_generator=WholeStream(walk),
            name=name,
            json_schema=lambda: self._described(schema.get_json_schema(), walk),
            primary_key=row["primary_key"],
            cursor_field=CursorField(cursor_field) if cursor_field else None,
            logger=logging.getLogger(f"airbyte.{name}"),
            cursor=cursor,
        )

    def _walk(self, row: Mapping[str, Any], checkpoint: Checkpoint) -> Walk:
        walk: Walk = self._constructor.create_component(
            CustomRetriever,
            row["retriever"],
            self._config,
            name=row["name"],
            checkpoint=checkpoint,
            primary_key=row["primary_key"],
            forecast=self._forecast,
        )
        never_redirected(walk.requester)
        return walk

    def _described(self, schema: Mapping[str, Any], walk: Walk) -> Mapping[str, Any]:
        """The schema with the columns of custom fields. A read asks for those when it has rows."""
        if not walk.columns or (self._asked and not walk.columns.fields):
            return schema
        columns = {each.column: each.schema() for each in walk.columns.ask()}
        return {**schema, "properties": {**schema["properties"], **columns}}

    def _state_of(self, name: str, cursor_field: str | None) -> dict[str, Any]:
        """Where to go on. A full refresh goes on from a full read that was broken off, and from no other."""
        state = dict(self._states.get_stream_state(name, None))
        complete = any(key in state for key in (cursor_field, "marks"))
        if name in self._read_from_start and (complete or "unfinished" not in state):
            return {}
        return state

    def _select_streams(
        self, streams: list[AbstractStream], configured_catalog: ConfiguredAirbyteCatalog
    ) -> list[AbstractStream]:
        """The manifest's order, whatever the catalog's: a destination needs orders last."""
        asked = {stream.stream.name for stream in configured_catalog.streams}
        self._forecast.only(asked)
        return [stream for stream in streams if stream.name in asked]


def never_redirected(requester: Requester) -> None:
    """A redirection is an error (errors.py): requests would send the key's header along, to any host."""
    if isinstance(requester, HttpRequester):
        requester._http_client._session.max_redirects = 0


def names(*, optional: bool = True) -> list[str]:
    """The streams in the order in which they are read."""
    manifest = safe_load_yaml(MANIFEST.read_text("utf-8"))
    rows = [row["$parameters"] for row in manifest["streams"]]
    return [row["name"] for row in rows if optional or not row.get("optional")]


def quiet() -> logging.Logger:
    """For the CDK's own account of a read, which counts pages as nothing and says each thing three times."""
    logger = logging.getLogger("airbyte.cdk")
    logger.setLevel(logging.WARNING)
    return logger
