"""How each kind of list is read: one class a kind, named in manifest.yaml.

A walk yields rows and STATE messages in the order in which they may be written.
"""

import logging
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from airbyte_cdk.sources.declarative.requesters.requester import Requester
from airbyte_cdk.sources.declarative.retrievers.retriever import Retriever
from airbyte_cdk.sources.types import StreamSlice

from source_keap.checkpoint import Checkpoint
from source_keap.errors import ListMissing
from source_keap.fingerprints import Sieve
from source_keap.pages import KeapList, Page, Row, id_of, keap_time, time_of
from source_keap.protocol import AirbyteLogMessage, AirbyteMessage, Level, Type
from source_keap.recent import OVERLAP, Recent
from source_keap.states import (
    ChangesState,
    PaymentsState,
    SubscriptionsState,
    Unfinished,
    read_state,
)

LOGGER = logging.getLogger("airbyte")

Message = Row | AirbyteMessage


@dataclass
class Walk(Retriever):
    """`resource` is the path below /crm/rest/v2. `young`: an account may not have this list yet."""

    requester: Requester
    config: Mapping[str, Any]
    name: str
    checkpoint: Checkpoint
    resource: str
    young: bool = False
    cursor_field: str = ""
    id_filter: str = "id"
    fields: str = ""

    def __post_init__(self) -> None:
        page_size = int(self.config.get("page_size", 1000))
        self.keap = KeapList(self.requester, self.name, self.resource, page_size, self.id_filter, self.fields)
        self.prepare()

    def prepare(self) -> None:
        """Parse the state, so that a bad one is refused before anything is read."""

    @abstractmethod
    def walk(self) -> Iterator[Message]: ...

    def probe(self) -> None:
        """One small call that shows whether this stream can be read."""
        replace(self.keap, page_size=1).page({})

    def read_records(
        self,
        records_schema: Mapping[str, Any],  # noqa: ARG002 (the CDK's signature)
        stream_slice: StreamSlice | None = None,  # noqa: ARG002
    ) -> Iterator[Message]:
        try:
            yield from self.walk()
        except ListMissing as missing:
            yield self.not_available(missing)

    def not_available(self, missing: ListMissing) -> AirbyteMessage:
        """A warning instead of the stream, if the list can be missing and the rest of the API is there."""
        if not self.young or self.checkpoint.state:
            raise missing
        replace(self.keap, path="businessProfile", fields="").object()
        return warning(
            f"Stream {self.name} is not available on this Keap account: GET /crm/rest/v2/{self.resource} "
            f"answered {missing.status}. It is left empty; the other streams go on."
        )


@dataclass
class OneObject(Walk):
    """A single object without an id; its id is the stream's name."""

    def walk(self) -> Iterator[Message]:
        yield {**self.keap.object(), "id": self.name}

    def probe(self) -> None:
        self.keap.object()


@dataclass
class EveryPage(Walk):
    """All rows every time. Newest change first: a change while reading repeats a row, and skips none."""

    def walk(self) -> Iterator[Message]:
        for page in self.keap.by_token("last_updated_time desc"):
            yield from page.rows


@dataclass
class ChangedSince(Walk):
    """Rows changed since a moment, in ascending id."""

    since_filter: str = ""

    def prepare(self) -> None:
        self.position = read_state(
            self.name, lambda: ChangesState.from_json(self.checkpoint.state, self.cursor_field)
        )

    def walk(self) -> Iterator[Message]:
        if self.position.unfinished:
            yield from self._window()
        yield from self._window()

    def _window(self) -> Iterator[Message]:
        """All changes since the state's moment; afterwards the state's moment is when this read started."""
        before, unfinished = self.position, self.position.unfinished
        recent = Recent(self.cursor_field, before.recent)
        for page in self.keap.by_id(self._conditions(), unfinished.after_id if unfinished else 0):
            started = unfinished.started if unfinished else page.server_time
            yield from recent.news(page.rows, started - OVERLAP)
            if not page.last:
                unfinished = Unfinished(started, int(page.rows[-1]["id"]))
                yield self._save(replace(before, unfinished=unfinished))
        since = max(started - OVERLAP, before.since or started - OVERLAP)
        yield self._save(ChangesState(since, recent.seen))

    def _conditions(self) -> list[str]:
        start_date = self.config.get("start_date")
        since = self.position.since or (datetime.fromisoformat(start_date) if start_date else None)
        return [f"{self.since_filter}=={keap_time(since)}"] if since else []

    def _save(self, state: ChangesState) -> AirbyteMessage:
        self.position = state
        return self.checkpoint.save(state.to_json(self.cursor_field))


@dataclass
class NewestFirst(Walk):
    """No filter by time of change: newest change first, down to the last sync; now and then all rows."""

    def prepare(self) -> None:
        self.position = read_state(
            self.name, lambda: SubscriptionsState.from_json(self.checkpoint.state, self.cursor_field)
        )
        hours = int(self.config.get("subscriptions_sweep_hours", 24))
        self._sweep_every = timedelta(hours=hours * 0.9)  # a daily sync is often some seconds early

    def walk(self) -> Iterator[Message]:
        if self.position.unfinished or not self.position.since:
            resumed = self.position.unfinished is not None
            yield from self._sweep()
            if not resumed:
                return
        yield from self._changes()

    def _changes(self) -> Iterator[Message]:
        state = self.position
        recent = Recent(self.cursor_field, state.recent)
        started: datetime | None = None
        for page in self.keap.by_token(f"{self.cursor_field} desc"):
            started = started or page.server_time
            if not self._descending(page):
                LOGGER.warning("Keap did not sort subscriptions by modification_time: all are read instead.")
                yield from self._sweep()
                return
            yield from recent.news(self._since(page, state), started - OVERLAP)
            if page.last or self._oldest(page) < (state.since or started):
                break
        since = max(started - OVERLAP, state.since or started) if started else state.since
        yield self._save(replace(state, since=since, recent=recent.seen))
        if started and (state.swept is None or started - state.swept >= self._sweep_every):
            yield from self._sweep()

    def _sweep(self) -> Iterator[Message]:
        """All rows by id; those are passed on whose stripe is not as it was."""
        before, unfinished = self.position, self.position.unfinished
        sieve = Sieve(before.stripes, unfinished.after_id if unfinished else 0)
        recent = Recent(self.cursor_field, {})
        for page in self.keap.by_id([], sieve.closed_id):
            started = unfinished.started if unfinished else page.server_time
            recent.remember(page.rows, started - OVERLAP)
            yield from sieve.feed(page.rows)
            if not page.last:
                unfinished = Unfinished(started, sieve.closed_id)
                yield self._save(replace(before, stripes=tuple(sieve.stripes), unfinished=unfinished))
        yield from sieve.finish()
        stripes = tuple(sieve.stripes)
        yield self._save(SubscriptionsState(started - OVERLAP, recent.seen, started, stripes))

    def _since(self, page: Page, state: SubscriptionsState) -> Iterator[Row]:
        """Rows that changed since; of rows without a time those that the last sweep cannot have seen."""
        newest_id = state.stripes[-1].last_id if state.stripes else 0
        for row in page.rows:
            moment = time_of(row, self.cursor_field)
            if moment >= state.since if moment and state.since else id_of(self.name, row) > newest_id:
                yield row

    def _oldest(self, page: Page) -> datetime:
        times = [moment for row in page.rows if (moment := time_of(row, self.cursor_field))]
        return min(times, default=datetime.max.replace(tzinfo=UTC))

    def _descending(self, page: Page) -> bool:
        times = [moment for row in page.rows if (moment := time_of(row, self.cursor_field))]
        return times == sorted(times, reverse=True)

    def _save(self, state: SubscriptionsState) -> AirbyteMessage:
        self.position = state
        return self.checkpoint.save(state.to_json(self.cursor_field))


@dataclass
class NewAndRecent(Walk):
    """New rows by id, and rows recorded within the look-back compared with what they were."""

    def prepare(self) -> None:
        self.position = read_state(self.name, lambda: PaymentsState.from_json(self.checkpoint.state))
        self._lookback = timedelta(days=int(self.config.get("payments_lookback_days", 45)))

    def walk(self) -> Iterator[Message]:
        if self.position.unfinished:
            yield from self._pass(self.position.unfinished)
        yield from self._pass(None)

    def _pass(self, unfinished: Unfinished | None) -> Iterator[Message]:
        floor = self.position.recheck_after
        after_id = unfinished.after_id if unfinished else floor or 0
        sieve = None if floor is None else Sieve(self.position.stripes, after_id)
        last_id = max(self.position.last_id, after_id)
        for page in self.keap.by_id([], after_id):
            started = unfinished.started if unfinished else page.server_time
            settled = self._settled(page.rows, started) if sieve is None else 0
            yield from page.rows[:settled]
            if sieve is None and settled < len(page.rows):
                floor = int(page.rows[settled]["id"]) - 1
                sieve = Sieve([], floor)
            if sieve:
                yield from sieve.feed(page.rows[settled:])
            last_id = max(last_id, int(page.rows[-1]["id"])) if page.rows else last_id
            if not page.last:
                unfinished = Unfinished(started, sieve.closed_id if sieve else last_id)
                yield self._save(self._reading(sieve, floor, last_id, unfinished))
        if sieve:
            yield from sieve.finish()
        done = self._reading(sieve, last_id if floor is None else floor, last_id, None)
        yield self._save(moved_on(done, started, self._lookback))

    def _settled(self, rows: list[Row], started: datetime) -> int:
        """How many rows at the front are older than the look-back (a date in the future counts as old)."""
        recent = (started - self._lookback, started + timedelta(days=1))
        for index, row in enumerate(rows):
            moment = time_of(row, "payment_time")
            if moment is None or recent[0] <= moment <= recent[1]:
                return index
        return len(rows)

    def _reading(
        self, sieve: Sieve | None, floor: int | None, last_id: int, unfinished: Unfinished | None
    ) -> PaymentsState:
        stripes = tuple(sieve.stripes) if sieve else ()
        return PaymentsState(last_id, floor, stripes, self.position.marks, unfinished)

    def _save(self, state: PaymentsState) -> AirbyteMessage:
        self.position = state
        return self.checkpoint.save(state.to_json())


def moved_on(state: PaymentsState, now: datetime, lookback: timedelta) -> PaymentsState:
    """The state after a read at `now`: the look-back begins where the list ended that long ago.

    A few marks (moment, highest id) are kept for that, a new one each eighth of the look-back.
    """
    marks = list(state.marks)
    if not marks or now - marks[-1][0] >= lookback / 8:
        marks.append((now, state.last_id))
    old = [mark for mark in marks if now - mark[0] >= lookback]
    if not old:
        return replace(state, marks=tuple(marks))
    passed = [stripe.last_id for stripe in state.stripes if stripe.last_id <= old[-1][1]]
    floor = max([state.recheck_after or 0, *passed])
    stripes = tuple(stripe for stripe in state.stripes if stripe.last_id > floor)
    return replace(state, recheck_after=floor, stripes=stripes, marks=tuple(marks[len(old) - 1 :]))


def warning(text: str) -> AirbyteMessage:
    return AirbyteMessage(type=Type.LOG, log=AirbyteLogMessage(level=Level.WARN, message=text))
