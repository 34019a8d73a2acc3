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
from typing import Any

import orjson

from source_keap.pages import Row

ROWS_IN_STRIPE = 100
MODULUS = 1 << 64


@dataclass(frozen=True)
class Stripe:
    """Rows up to and including `last_id`, after the stripe before."""

    last_id: int
    count: int
    total: int

    def to_json(self) -> list[Any]:
        return [str(self.last_id), self.count, f"{self.total:x}"]

    @classmethod
    def from_json(cls, value: list[Any]) -> "Stripe":
        last_id, count, total = value
        return cls(int(last_id), int(count), int(total, 16))


def row_hash(row: Row) -> int:
    text = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(text, digest_size=8).digest())


def stripe_of(rows: list[Row], last_id: int) -> Stripe:
    return Stripe(last_id, len(rows), sum(map(row_hash, rows)) % MODULUS)


def merged(stripes: Iterable[Stripe]) -> list[Stripe]:
    """The same stripes with small neighbours put together."""
    result: list[Stripe] = []
    for stripe in stripes:
        if result and result[-1].count + stripe.count <= ROWS_IN_STRIPE:
            before = result.pop()
            total = (before.total + stripe.total) % MODULUS
            stripe = Stripe(stripe.last_id, before.count + stripe.count, total)
        result.append(stripe)
    return result


class Sieve:
    """Takes rows in ascending id, gives back those of changed stripes and those beyond the known stripes.

    Rows are held until their stripe is complete; `closed_id` is the last id whose stripe is, which is where a
    read that breaks off can resume.
    """

    def __init__(self, stripes: Iterable[Stripe], after_id: int) -> None:
        known = list(stripes)
        self._closed = [stripe for stripe in known if stripe.last_id <= after_id]
        self._known = deque(stripe for stripe in known if stripe.last_id > after_id)
        self._open: list[Row] = []
        self.closed_id = after_id

    def feed(self, rows: Iterable[Row]) -> list[Row]:
        news: list[Row] = []
        for row in rows:
            while self._known and int(row["id"]) > self._known[0].last_id:
                news += self._close_known()
            self._open.append(row)
            if not self._known and len(self._open) == ROWS_IN_STRIPE:
                news += self._close_new()
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
        if not rows:
            return []
        self._closed.append(stripe_of(rows, before.last_id))
        return [] if self._closed[-1] == before else rows

    def _close_new(self) -> list[Row]:
        rows, self._open = self._open, []
        self.closed_id = int(rows[-1]["id"])
        self._closed.append(stripe_of(rows, self.closed_id))
        return rows
