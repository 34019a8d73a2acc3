"""Subscriptions: Keap can sort by the time of change, but not filter by it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from source_keap.deletions import believed, deletion
from source_keap.pages import IdRange, Page, Row, id_of, newest_first, oldest, time_of
from source_keap.protocol import AirbyteMessage
from source_keap.recent import OVERLAP, Recent
from source_keap.states import SubscriptionsState, Unfinished, read_state
from source_keap.stripes import Sieves
from source_keap.walks import LOGGER, Message, Walk


@dataclass
class NewestFirst(Walk):
    """Newest change first, down to the last sync; now and then all rows."""

    def prepare(self) -> None:
        self.position = read_state(
            self.name, lambda: SubscriptionsState.from_json(self.checkpoint.state, self.cursor_field)
        )
        hours = int(self.config.get("subscriptions_sweep_hours", 24))
        self._sweep_every = timedelta(hours=hours * 0.9)  # a daily sync is often some seconds early

    def reads_everything(self) -> bool:
        return self.position.since is None

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
            if not newest_first(page, self.cursor_field):
                LOGGER.warning(f"Keap did not sort {self.name} by {self.cursor_field}: all are read instead.")
                yield from self._sweep()
                return
            yield recent.news(list(self._since(page, state)), started - OVERLAP)
            if page.last or oldest(page, self.cursor_field) < (state.since or started):
                break
        since = max(started - OVERLAP, state.since or started) if started else state.since
        yield self._save(replace(state, since=since, recent=recent.seen))
        if started and (state.swept is None or started - state.swept >= self._sweep_every):
            yield from self._sweep()

    def _sweep(self) -> Iterator[Message]:
        """All rows by id; those are passed on whose stripe is not as it was, and then what is gone."""
        before, unfinished = self.position, self.position.unfinished
        recent, doubted = Recent(self.cursor_field, {}), set(before.doubted)
        sieves: Sieves
        reading = self.reading(
            [], unfinished.left if unfinished else (IdRange(),), lambda place: sieves.snap(place)
        )
        sieves = Sieves(before.stripes, reading, with_ids=True)
        started = unfinished.started if unfinished else None
        for part, page in reading.pages():
            started = started or page.server_time
            recent.remember(page.rows, started - OVERLAP)
            doubted.difference_update(page.ids)
            sieve = sieves.of(part) or sieves.open(part, part.after)
            yield sieve.feed(page.rows)
            if page.last:
                yield sieve.finish()
            part.after = sieve.closed_id
            if reading.left:
                gone = tuple(sorted({*before.gone, *sieves.gone}))
                state = replace(before, stripes=sieves.stripes, gone=gone, doubted=tuple(sorted(doubted)))
                yield self._save(replace(state, unfinished=Unfinished(started, reading.left)))
        if started is None:
            return
        gone_now = {*before.gone, *sieves.gone}
        told = believed(self.name, gone_now, sum(stripe.count for stripe in sieves.stripes))
        yield [deletion(row_id, self.cursor_field, started) for row_id in sorted(doubted | told)]
        rest = tuple(sorted(gone_now - told))
        yield self._save(
            SubscriptionsState(started - OVERLAP, recent.seen, started, sieves.complete(), doubted=rest)
        )

    def _since(self, page: Page, state: SubscriptionsState) -> Iterator[Row]:
        """Rows that changed since; of rows without a time those that the last sweep cannot have seen."""
        newest_id = state.stripes[-1].last_id if state.stripes else 0
        for row in page.rows:
            moment = time_of(row, self.cursor_field)
            if moment >= state.since if moment and state.since else id_of(self.name, row) > newest_id:
                yield row

    def _save(self, state: SubscriptionsState) -> AirbyteMessage:
        self.position = state
        return self.checkpoint.save(state.to_json(self.cursor_field))
