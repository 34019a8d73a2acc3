"""Find out which re-read rows changed, without keeping the rows.

Neither payments nor subscriptions can be asked for by a reliable time of change. They are read again, and
rows that are as they were the last time are held back, so that nothing downstream has to look at them. The
state keeps one stripe for about a hundred rows: how far it goes, how many rows, the sum of their hashes. Sums
of neighbours can be added, so stripes are merged without the rows.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import Any

import orjson

from source_keap.pages import Row

ROWS_IN_STRIPE = 100
MODULUS = 1 << 64
NOT_A_COUNT = -1


@dataclass(frozen=True)
class Stripe:
    """Rows up to and including `last_id`, after the stripe before. `ids` where deletions are looked for."""

    last_id: int
    count: int
    total: int
    ids: tuple[int, ...] | None = None

    def to_json(self) -> list[Any]:
        known = [] if self.ids is None else [packed(self.ids)]
        return [str(self.last_id), self.count, f"{self.total:x}", *known]

    @classmethod
    def from_json(cls, value: list[Any]) -> "Stripe":
        """Versions before 0.2 wrote no ids."""
        last_id, count, total, *known = value
        ids = unpacked(known[0]) if known else None
        return cls(int(last_id), int(count), int(total, 16), ids)


def packed(ids: Iterable[int]) -> str:
    """Ascending ids as the first one and the steps to the next, where nothing stands for a step of one."""
    numbers = list(ids)
    steps = ("" if after - before == 1 else str(after - before) for before, after in pairwise(numbers))
    return ",".join([*map(str, numbers[:1]), *steps])


def unpacked(text: str) -> tuple[int, ...]:
    return tuple(accumulate(int(step or 1) for step in text.split(","))) if text else ()


def row_hash(row: Row) -> int:
    text = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(text, digest_size=8).digest())


def merged(stripes: Iterable[Stripe]) -> list[Stripe]:
    """The same stripes with small neighbours put together."""
    result: list[Stripe] = []
    for stripe in stripes:
        if result and result[-1].count + stripe.count <= ROWS_IN_STRIPE:
            before = result.pop()
            total = (before.total + stripe.total) % MODULUS
            ids = None if before.ids is None or stripe.ids is None else before.ids + stripe.ids
            stripe = Stripe(stripe.last_id, before.count + stripe.count, total, ids)
        result.append(stripe)
    return result


class Sieve:
    """Takes rows in ascending id, gives back those of changed stripes and those beyond the known stripes.

    Rows are held until their stripe is complete; `closed_id` is the last id whose stripe is, which is where a
    read that breaks off can resume. `gone`: ids of known rows that were not there any more.
    """

    def __init__(self, known: Iterable[Stripe], after_id: int, *, with_ids: bool = False) -> None:
        self._known = deque(known)
        self._closed: list[Stripe] = []
        self._open: list[Row] = []
        self._with_ids = with_ids
        self.closed_id = after_id
        self.gone: list[int] = []

    def limit(self, until: int | None) -> None:
        """Leave the known stripes behind `until` to another sieve."""
        while until is not None and self._known and self._known[-1].last_id > until:
            self._known.pop()

    def feed(self, rows: Iterable[Row]) -> list[Row]:
        news: list[Row] = []
        for row in rows:
            while self._known and int(row["id"]) > self._known[0].last_id:
                news += self._close_known()
            self._open.append(row)
            if len(self._open) == ROWS_IN_STRIPE and not self._known:
                news += self._close_new()
            elif len(self._open) == 2 * ROWS_IN_STRIPE:
                news += self._flush()
        return news

    def finish(self) -> list[Row]:
        news: list[Row] = []
        while self._known:
            news += self._close_known()
        if self._open:
            news += self._close_new()
        return news

    @property
    def stripes(self) -> list[Stripe]:
        return [*merged(self._closed), *self._known]

    def _close_known(self) -> list[Row]:
        before = self._known.popleft()
        rows, self._open = self._open, []
        self.closed_id = before.last_id
        self._miss(before, rows)
        if not rows:
            return []
        self._closed.append(self._stripe(rows, before.last_id))
        return [] if self._closed[-1].total == before.total and len(rows) == before.count else rows

    def _close_new(self) -> list[Row]:
        rows, self._open = self._open, []
        self.closed_id = int(rows[-1]["id"])
        self._closed.append(self._stripe(rows, self.closed_id))
        return rows

    def _flush(self) -> list[Row]:
        """More rows than the known stripe can have: it changed, and its rows need not be held any longer."""
        before, rows, rest = self._known[0], self._open[:ROWS_IN_STRIPE], self._open[ROWS_IN_STRIPE:]
        ids = before.ids and tuple(sorted(set(before.ids) - {int(row["id"]) for row in rows}))
        self._known[0] = Stripe(before.last_id, NOT_A_COUNT, 0, ids)
        self._open = rows
        news, self._open = self._close_new(), rest
        return news

    def _miss(self, before: Stripe, rows: list[Row]) -> None:
        if before.ids:
            self.gone += sorted(set(before.ids) - {int(row["id"]) for row in rows})

    def _stripe(self, rows: list[Row], last_id: int) -> Stripe:
        ids = tuple(int(row["id"]) for row in rows) if self._with_ids else None
        return Stripe(last_id, len(rows), sum(map(row_hash, rows)) % MODULUS, ids)
