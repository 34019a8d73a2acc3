"""The last minutes before a read are read again by the next; rows that it knows are not given out twice."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from source_keap.fingerprints import row_hash
from source_keap.pages import Row, time_of

OVERLAP = timedelta(minutes=5)  # a change may become visible a little after the time that it carries
MOST_RECENT_ROWS = 1000  # more rows than this within the overlap are simply read twice


class Recent:
    """Rows that changed within the overlap come again in the next sync; their hashes tell whether anew."""

    def __init__(
        self, cursor_field: str, before: Mapping[str, str], primary_key: Sequence[str] = ("id",)
    ) -> None:
        self._cursor_field = cursor_field
        self._primary_key = primary_key
        self._before = before
        self.seen: dict[str, str] = {}

    def news(self, rows: list[Row], settled: datetime) -> list[Row]:
        """The rows that are not as the last sync saw them; those changed after `settled` are remembered."""
        self.remember(rows, settled)
        return [row for row in rows if self._is_news(row)] if self._before else rows

    def remember(self, rows: Iterable[Row], settled: datetime) -> None:
        surely_before = (settled - timedelta(days=1)).strftime("%Y-%m-%d")  # whatever the offset of a time
        for row in rows:
            value = row.get(self._cursor_field)
            if isinstance(value, str) and value < surely_before:
                continue
            moment = time_of(row, self._cursor_field)
            if moment and moment >= settled and len(self.seen) < MOST_RECENT_ROWS:
                self.seen[self._key(row)] = hash_text(row)

    def _is_news(self, row: Row) -> bool:
        before = self._before.get(self._key(row))
        return before is None or before != hash_text(row)

    def _key(self, row: Row) -> str:
        return " ".join(str(row.get(name)) for name in self._primary_key)


def hash_text(row: Row) -> str:
    return f"{row_hash(row):x}"
