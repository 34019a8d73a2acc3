"""The last minutes before a read are read again by the next; rows that it knows are not given out twice."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from source_keap.fingerprints import row_hash
from source_keap.pages import Row, time_of

OVERLAP = timedelta(minutes=5)  # a change may become visible a little after the time that it carries
MOST_RECENT_ROWS = 1000  # more rows than this within the overlap are simply read twice


class Recent:
    """Rows that changed within the overlap come again in the next sync; their hashes tell whether anew."""

    def __init__(self, cursor_field: str, before: Mapping[str, str]) -> None:
        self._cursor_field = cursor_field
        self._before = before
        self.seen: dict[str, str] = {}

    def news(self, rows: Iterable[Row], settled: datetime) -> Iterator[Row]:
        """The rows that are not as the last sync saw them; those changed after `settled` are remembered."""
        for row in rows:
            before = self._before.get(str(row["id"]))
            digest = self._remember(row) if self._is_fresh(row, settled) else None
            if before is None or before != (digest or hash_text(row)):
                yield row

    def remember(self, rows: Iterable[Row], settled: datetime) -> None:
        for row in rows:
            if self._is_fresh(row, settled):
                self._remember(row)

    def _is_fresh(self, row: Row, settled: datetime) -> bool:
        moment = time_of(row, self._cursor_field)
        return moment is not None and moment >= settled

    def _remember(self, row: Row) -> str:
        digest = hash_text(row)
        if len(self.seen) < MOST_RECENT_ROWS:
            self.seen[str(row["id"])] = digest
        return digest


def hash_text(row: Row) -> str:
    return f"{row_hash(row):x}"
