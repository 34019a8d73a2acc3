"""Run one walk against a fake list, sync after sync."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from source_keap.changed_since import ChangedSince
from source_keap.checkpoint import Checkpoint
from source_keap.forecast import Forecast
from source_keap.new_and_recent import NewAndRecent
from source_keap.newest_changes import NewestChanges
from source_keap.newest_first import NewestFirst
from source_keap.protocol import AirbyteMessage, Type
from source_keap.transactions import Transactions
from source_keap.walks import EveryPage, Walk
from tests.source_keap.fakes.keap_list import FakeKeap

Json = dict[str, Any]
KINDS: Mapping[str, tuple[type[Walk], Json]] = {
    "payments": (NewAndRecent, {"resource": "sales/payments", "cursor_field": "update_time"}),
    "subscriptions": (NewestFirst, {"resource": "subscriptions", "cursor_field": "modification_time"}),
    "products": (EveryPage, {"resource": "products"}),
    "transactions": (
        Transactions,
        {
            "resource": "sales/transactions",
            "cursor_field": "modification_time",
            "since_filter": "since_time",
            "order_by": "modification_time asc",
        },
    ),
    "tags": (
        NewestChanges,
        {"resource": "tags", "cursor_field": "modification_time", "order_by": "modification_time desc"},
    ),
    "orders": (
        ChangedSince,
        {"resource": "orders", "cursor_field": "modification_time", "since_filter": "modified_since_time"},
    ),
}


def one_by_one(walk: Walk) -> Iterator[Json | AirbyteMessage]:
    """Rows and messages of a walk in their order."""
    for item in walk.read_records({}):
        yield from [item] if isinstance(item, AirbyteMessage) else item


@dataclass
class Syncs:
    """`state` is what the last sync saved, after a trip through JSON; `rows` are those of the last sync."""

    keap: FakeKeap
    stream: str
    config: Json = field(default_factory=dict)
    state: Json = field(default_factory=dict)
    rows: list[Json] = field(default_factory=list)
    forecast: Forecast = field(default_factory=Forecast)

    def sync(self, *, only_records: int | None = None) -> list[str]:
        """The ids of the rows that one sync gives out; `only_records`: it is killed after so many."""
        self.keap.key = self.stream
        self.keap.asked.clear()
        self.rows.clear()
        ids: list[str] = []
        for message in one_by_one(self.walk()):
            if isinstance(message, AirbyteMessage):
                self._take(message)
            elif only_records is not None and len(ids) == only_records:
                return ids
            else:
                self.rows.append(message)
                ids.append(message["id"])
        return ids

    def states_with_rows(self, given: set[int]) -> Iterator[Json]:
        """Each state of one sync; by then `given` holds the ids of all rows that came before it."""
        self.keap.key = self.stream
        for item in self.walk().read_records({}):
            if isinstance(item, AirbyteMessage):
                self._take(item)
                yield self.state
            else:
                given.update(int(row["id"]) for row in item)

    def walk(self) -> Walk:
        kind, parameters = KINDS[self.stream]
        return kind(
            requester=self.keap,  # type: ignore[arg-type]
            config=self.config,
            name=self.stream,
            checkpoint=Checkpoint(self.stream, self.state),
            forecast=self.forecast,
            **parameters,
        )

    def _take(self, message: Any) -> None:
        if message.type == Type.STATE:
            self.state = orjson.loads(orjson.dumps(message.state.stream.stream_state.__dict__))

    @property
    def calls(self) -> int:
        return len(self.keap.asked)
