"""A list in id order, read in several ranges at once when it is long.

A chain of pages is as slow as Keap answers one call after another. A list of more than five thousand rows is
therefore split by id; each range is read page after page, the ranges beside each other, and all calls still
pass through the one budget. A range ends with a page that is not full, so a split costs at most one call for
each range, and one to learn the highest id.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from threading import Semaphore

from source_keap.pages import IdRange, KeapList, Page

ROWS_BEFORE_SPLIT = 5_000
PAGES_IN_A_RANGE = 5  # fewer would not be worth the call that a range costs
PAGES_IN_MEMORY = 2  # one that is passed on, and one that is ready
RANGES_FOR_A_CALLER = 2  # so that one range with more rows than the others does not keep the rest waiting


@dataclass(eq=False)
class Part:
    """A range under way: everything up to `after` has been passed on."""

    after: int
    until: int | None = None
    done: bool = False

    @property
    def left(self) -> IdRange:
        return IdRange(self.after, self.until)


@dataclass
class Reading:
    """One read of a list. `parts` are what it was split into, in the order of their ids.

    `snap` moves a place where the list may be split to one where it can be; `large` hears once of the highest
    id, the ids for each page and the last id so far when a list turns out to be long.
    """

    keap: KeapList
    conditions: Sequence[str]
    ranges: Sequence[IdRange]
    callers: int
    snap: Callable[[int], int] = lambda place: place
    large: Callable[[KeapList, int, float, int], None] = lambda *_: None
    parts: list[Part] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = [Part(each.after, each.until) for each in self.ranges]

    @property
    def left(self) -> tuple[IdRange, ...]:
        """What has not been passed on yet."""
        return tuple(part.left for part in self.parts if not part.done)

    def pages(self) -> Iterator[tuple[Part, Page]]:
        """Pages with the part that they belong to. Whoever takes them moves the part's `after` on."""
        start = self.parts[0].after if self.parts else 0
        if len(self.parts) == 1:
            for page in self._alone(self.parts[0]):
                yield self.parts[0], page
                start = page.ids[-1] if page.ids else start
        parts = [part for part in self.parts if not part.done]
        after = {id(self.parts[0]): start} if self.parts else {}
        room = Semaphore(PAGES_IN_MEMORY)
        keap = replace(self.keap, room=room)
        chains = [
            keap.by_id(self.conditions, IdRange(after.get(id(part), part.after), part.until))
            for part in parts
        ]
        for index, page in side_by_side(chains, self.callers, room):
            parts[index].done = page.last
            yield parts[index], page

    def _alone(self, part: Part) -> Iterator[Page]:
        """Pages one after another, to the end or until the list is split."""
        rows: list[int] = []
        first: int | None = None
        for page in self.keap.by_id(self.conditions, part.left):
            part.done = page.last
            yield page
            if page.last:
                return
            first = page.ids[0] if first is None else first
            before = sum(rows)
            rows.append(len(page.rows))
            if before < ROWS_BEFORE_SPLIT <= sum(rows):
                ids_in_page = (page.ids[-1] - first + 1) / len(rows)
                if self._split(part, page.ids[-1], ids_in_page):
                    return

    def _split(self, part: Part, last: int, ids_in_page: float) -> bool:
        """Divide the ids behind `last` into even ranges; False when there are too few for two."""
        highest = part.until or self.keap.highest_id(self.conditions)
        self.large(self.keap, highest, ids_in_page, last)
        pages = (highest - last) / ids_in_page
        count = min(RANGES_FOR_A_CALLER * self.callers, int(pages // PAGES_IN_A_RANGE))
        if self.callers == 1 or count < 2:
            return False
        even = {self.snap(last + (highest - last) * index // count) for index in range(1, count)}
        places = sorted(place for place in even if last < place < highest)
        if not places:
            return False
        until, part.until = part.until, places[0]
        self.parts += [Part(after, end) for after, end in zip(places, [*places[1:], until], strict=True)]
        return True


def side_by_side(
    chains: Sequence[Iterator[Page]], callers: int, room: Semaphore
) -> Iterator[tuple[int, Page]]:
    """Pages of all chains, as they arrive, each with its chain's place; `callers` calls at a time.

    Each page takes room of `room`, which is given back when the next one is asked for.
    """
    waiting = deque(range(len(chains)))
    running: dict[Future[Page | None], int] = {}
    pool = ThreadPoolExecutor(max(1, min(callers, len(chains))), "pages")
    try:
        while waiting or running:
            while waiting and len(running) < callers:
                index = waiting.popleft()
                running[pool.submit(next, chains[index], None)] = index
            future = next(iter(wait(running, return_when=FIRST_COMPLETED).done))
            index, page = running.pop(future), future.result()
            del future  # it holds the page
            if page is None:
                continue
            if not page.last:
                waiting.append(index)
            yield index, page
            page = None
            room.release()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        room.release(callers)  # calls that still wait for room would keep the program from ending
