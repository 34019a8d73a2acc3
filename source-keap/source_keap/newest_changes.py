"""Lists that Keap can sort by the time of change, and where its filter by time is missing or vague."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from source_keap.changed_since import ChangedSince
from source_keap.pages import Page, Row, keap_time, newest_first, oldest, time_of
from source_keap.recent import OVERLAP
from source_keap.states import ChangesState
from source_keap.walks import Message, warning


@dataclass
class NewestChanges(ChangedSince):
    """Newest change first, down to the last sync.

    `sorted_by_id`: the first read goes by id, so that it can be resumed and split. Without it the first read
    is by page token, and starts over when it broke off.
    """

    sorted_by_id: bool = False

    def reads_everything(self) -> bool:
        return self.sorted_by_id and self.position.since is None

    def walk(self) -> Iterator[Message]:
        resumed = self.position.unfinished is not None
        if self.reads_everything() or resumed:
            yield from self._window()
            if not resumed:
                return
        yield from self._newest()

    def _newest(self) -> Iterator[Message]:
        since, recent = self.position.since, self._recent(self.position)
        started: datetime | None = None
        ordered = True
        for page in self.keap.by_token(self.order_by, self._windowed(since)):
            started = started or page.server_time
            if ordered and not newest_first(page, self.cursor_field):
                yield warning(f"Keap did not sort {self.name} by {self.order_by}: all are looked through.")
                ordered = False
            yield from self.given(recent.news(self._since(page, since), started - OVERLAP))
            if since and ordered and oldest(page, self.cursor_field) < since:
                break
        if started:
            yield self._save(ChangesState(moved(started, since), recent.seen))

    def _since(self, page: Page, since: datetime | None) -> list[Row]:
        """Rows changed since then; those without a time of change always."""
        times = ((row, time_of(row, self.cursor_field)) for row in page.rows)
        return [row for row, moment in times if since is None or moment is None or moment >= since]

    def _windowed(self, since: datetime | None) -> list[str]:
        return [f"{self.since_filter}=={keap_time(since)}"] if since and self.since_filter else []

    def _conditions(self) -> list[str]:
        """The read by id is of all rows: `start_date` needs a filter that can be relied on."""
        return []


def moved(started: datetime, since: datetime | None) -> datetime:
    """The moment since which the next sync reads."""
    return max(started - OVERLAP, since or started - OVERLAP)
