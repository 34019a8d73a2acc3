"""How a list is read: what all kinds have in common, and the kinds that remember nothing between syncs.

A walk yields lists of rows and STATE messages in the order in which they may be written.
"""

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from airbyte_cdk.sources.declarative.requesters.requester import Requester
from airbyte_cdk.sources.declarative.retrievers.retriever import Retriever
from airbyte_cdk.sources.types import StreamSlice

from source_keap.checkpoint import Checkpoint
from source_keap.custom_fields import Columns
from source_keap.errors import ListMissing
from source_keap.forecast import Forecast
from source_keap.pages import IdRange, KeapList, Row
from source_keap.protocol import AirbyteLogMessage, AirbyteMessage, Level, Type
from source_keap.ranges import Reading

LOGGER = logging.getLogger("airbyte")

Message = list[Row] | AirbyteMessage


@dataclass
class Walk(Retriever):
    """The columns of manifest.yaml's table of streams, which explains them."""

    requester: Requester
    config: Mapping[str, Any]
    name: str
    checkpoint: Checkpoint
    resource: str
    primary_key: Sequence[str] = ("id",)
    rows: str = ""
    young: bool = False
    cursor_field: str = ""
    id_filter: str = "id"
    fields: str = ""
    always: str = ""
    order_by: str = ""
    most_rows: int = 1000
    custom_fields: bool = False
    forecast: Forecast = field(default_factory=Forecast)

    def __post_init__(self) -> None:
        self.keap = KeapList(
            requester=self.requester,
            stream=self.name,
            path=self.resource,
            page_size=min(int(self.config.get("page_size", 1000)), self.most_rows),
            rows=self.rows or self.resource.rpartition("/")[2],
            id_filter=self.id_filter,
            fields=self.fields,
            always=tuple(filter(None, self.always.split(";"))),
        )
        self.columns: Columns | None = None
        if self.custom_fields and self.config.get("custom_field_columns"):
            self.columns = Columns(self.keap)
        self.prepare()
        self.forecast.expect(self.name, self.keap, everything=self.reads_everything())

    def prepare(self) -> None:
        """Parse the state, so that a bad one is refused before anything is read."""

    def reads_everything(self) -> bool:
        """Whether this read is a full one of a list in id order, which is worth a forecast."""
        return False

    @abstractmethod
    def walk(self) -> Iterator[Message]: ...

    def probe(self) -> int | None:
        """One small call that shows whether this stream can be read; gives the highest id if it can."""
        if self.reads_everything():
            return self.keap.highest_id([])
        replace(self.keap, page_size=1).page({})
        return None

    def reading(
        self,
        conditions: Sequence[str],
        ranges: Sequence[IdRange],
        snap: Callable[[int], int] = lambda place: place,
    ) -> Reading:
        """The list in id order."""
        callers = int(self.config.get("parallel_calls", 6))
        reading = Reading(self.keap, conditions, ranges, callers, snap)
        if self.reads_everything():
            reading.large = self.forecast.large
        return reading

    def read_records(  # type: ignore[override]  # lists of rows, for WholeStream
        self,
        records_schema: Mapping[str, Any],  # noqa: ARG002 (the CDK's signature)
        stream_slice: StreamSlice | None = None,  # noqa: ARG002
    ) -> Iterator[Message]:
        try:
            for item in self.walk():
                yield self.columns.filled(item) if self.columns and isinstance(item, list) else item
        except ListMissing as missing:
            yield self.not_available(missing)

    def not_available(self, missing: ListMissing, left: str = "It is left empty") -> AirbyteMessage:
        """A warning instead of the stream, if the list can be missing and the rest of the API is there."""
        if not self.young or self.checkpoint.state:
            raise missing
        replace(self.keap, path="businessProfile", fields="").object()
        return warning(
            f"Stream {self.name} is not available on this Keap account: {missing.call} answered "
            f"{missing.status}. {left}; the other streams go on."
        )


@dataclass
class OneObject(Walk):
    """A single object without an id; its id is the stream's name."""

    def walk(self) -> Iterator[Message]:
        yield [{**self.keap.object(), "id": self.name}]

    def probe(self) -> int | None:
        self.keap.object()
        return None


@dataclass
class EveryId(Walk):
    """All rows every time, in ascending id: a change while reading neither repeats a row nor skips one."""

    def reads_everything(self) -> bool:
        return True

    def walk(self) -> Iterator[Message]:
        for part, page in self.reading([], (IdRange(),)).pages():
            yield page.rows
            part.after = page.ids[-1] if page.ids else part.after


@dataclass
class EveryPage(Walk):
    """All rows every time. Newest change first: a change while reading repeats a row, and skips none."""

    def walk(self) -> Iterator[Message]:
        for page in self.keap.by_token(self.order_by):
            yield page.rows


def warning(text: str) -> AirbyteMessage:
    return AirbyteMessage(type=Type.LOG, log=AirbyteLogMessage(level=Level.WARN, message=text))
