"""When something is to be done for whom: one moment each, the latest said counts."""

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush


class Agenda:
    """Names with their moments; giving up those that are due costs nothing for those that are not."""

    def __init__(self) -> None:
        self._moments: dict[str, datetime] = {}
        self._queue: list[tuple[datetime, str]] = []

    def put(self, name: str, moment: datetime) -> None:
        """Do it then, and not when it was to be done before."""
        self._moments[name] = moment
        heappush(self._queue, (moment, name))

    def drop(self, name: str) -> None:
        """Do it no more."""
        self._moments.pop(name, None)

    def taken(self, now: datetime) -> list[str]:
        """The names that are due by now; they are on the agenda no more."""
        found = []
        while self._queue and self._queue[0][0] <= now:
            moment, name = heappop(self._queue)
            if self._moments.get(name) == moment:
                del self._moments[name]
                found.append(name)
        return found

    def names(self, until: datetime | None = None) -> Iterator[str]:
        """Who is on it, up to a moment if one is given."""
        return (name for name, moment in self._moments.items() if until is None or moment <= until)
