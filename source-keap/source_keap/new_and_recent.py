"""Payments: Keap can sort by id, and cannot be relied on to filter by the time of change."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from source_keap.pages import IdRange, Page, Row, time_of
from source_keap.protocol import AirbyteMessage
from source_keap.ranges import Part
from source_keap.states import PaymentsState, Unfinished, read_state
from source_keap.stripes import Sieves
from source_keap.walks import Message, Walk


@dataclass
class NewAndRecent(Walk):
    """New rows by id, and rows recorded within the look-back compared with what they were."""

    def prepare(self) -> None:
        self.position = read_state(self.name, lambda: PaymentsState.from_json(self.checkpoint.state))
        self._lookback = timedelta(days=int(self.config.get("payments_lookback_days", 45)))

    def reads_everything(self) -> bool:
        return not self.position.marks

    def walk(self) -> Iterator[Message]:
        if self.position.unfinished:
            yield from self._pass(self.position.unfinished)
        yield from self._pass(None)

    def _pass(self, unfinished: Unfinished | None) -> Iterator[Message]:
        before, floor = self.position, self.position.recheck_after
        sieves: Sieves
        reading = self.reading(
            [], unfinished.left if unfinished else (IdRange(floor or 0),), lambda place: sieves.snap(place)
        )
        sieves = Sieves(before.stripes, reading)
        last_id = max([before.last_id, *(part.after for part in reading.parts)])
        started = unfinished.started if unfinished else None
        for part, page in reading.pages():
            started = started or page.server_time
            settled = self._settled(part, page, sieves, floor, started)
            yield page.rows[:settled]
            if settled < len(page.rows) and sieves.of(part) is None:
                first = page.ids[settled] - 1
                floor = first if floor is None else min(floor, first)
                sieves.open(part, first)
            yield from self._sieved(part, page, settled, sieves)
            last_id = max([last_id, *page.ids[-1:]])
            if reading.left:
                state = replace(before, last_id=last_id, recheck_after=floor, stripes=sieves.stripes)
                yield self._save(replace(state, unfinished=Unfinished(started, reading.left)))
        if started:
            floor = last_id if floor is None else floor
            state = PaymentsState(last_id, floor, sieves.complete(), before.marks)
            yield self._save(moved_on(state, started, self._lookback))

    def _settled(self, part: Part, page: Page, sieves: Sieves, floor: int | None, started: datetime) -> int:
        """How many rows at the front of a page need not be compared again, since they are old."""
        if sieves.of(part):
            return 0
        if floor is not None and part.after >= floor:
            sieves.open(part, part.after)
            return 0
        return self._older(page.rows, started)

    def _sieved(self, part: Part, page: Page, settled: int, sieves: Sieves) -> Iterator[Message]:
        sieve = sieves.of(part)
        if sieve is None:
            part.after = page.ids[-1] if page.ids else part.after
            return
        yield sieve.feed(page.rows[settled:])
        if page.last:
            yield sieve.finish()
        part.after = sieve.closed_id

    def _older(self, rows: list[Row], started: datetime) -> int:
        """How many rows at the front are older than the look-back (a date in the future counts as old)."""
        recent = (started - self._lookback, started + timedelta(days=1))
        for index, row in enumerate(rows):
            moment = time_of(row, "payment_time")
            if moment is None or recent[0] <= moment <= recent[1]:
                return index
        return len(rows)

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
