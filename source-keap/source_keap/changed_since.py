"""Contacts, orders and lists like them: Keap can filter by the time of change and sort by id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from source_keap.pages import IdRange, Row, keap_time
from source_keap.protocol import AirbyteMessage
from source_keap.recent import OVERLAP, Recent
from source_keap.states import ChangesState, Unfinished, read_state
from source_keap.walks import Message, Walk


@dataclass
class ChangedSince(Walk):
    """Rows changed since a moment, in ascending id."""

    since_filter: str = ""

    def prepare(self) -> None:
        self.position = read_state(
            self.name, lambda: ChangesState.from_json(self.checkpoint.state, self.cursor_field)
        )

    def reads_everything(self) -> bool:
        return self.position.since is None

    def walk(self) -> Iterator[Message]:
        if self.position.unfinished:
            yield from self._window()
        yield from self._window()

    def _window(self) -> Iterator[Message]:
        """All changes since the state's moment; afterwards the state's moment is when this read started."""
        before, unfinished = self.position, self.position.unfinished
        recent = self._recent(before)
        reading = self.reading(self._conditions(), unfinished.left if unfinished else (IdRange(),))
        started = unfinished.started if unfinished else None
        for part, page in reading.pages():
            started = started or page.server_time
            yield from self.given(recent.news(page.rows, started - OVERLAP))
            part.after = page.ids[-1] if page.ids else part.after
            if reading.left:
                yield self._save(replace(before, unfinished=Unfinished(started, reading.left)))
        if started:
            since = max(started - OVERLAP, before.since or started - OVERLAP)
            yield self._save(ChangesState(since, recent.seen))

    def given(self, rows: Sequence[Row]) -> Iterator[list[Row]]:
        """What is given out for rows that changed."""
        yield list(rows)

    def _recent(self, state: ChangesState) -> Recent:
        return Recent(self.cursor_field, state.recent, self.primary_key)

    def _conditions(self) -> list[str]:
        start_date = self.config.get("start_date")
        since = self.position.since or (datetime.fromisoformat(start_date) if start_date else None)
        return [f"{self.since_filter}=={keap_time(since)}"] if since else []

    def _save(self, state: ChangesState) -> AirbyteMessage:
        self.position = state
        return self.checkpoint.save(state.to_json(self.cursor_field))
