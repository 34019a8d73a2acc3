"""Transactions: sorted by the time at which they were made, without an id, and some change later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise

from source_keap.fingerprints import Sieve, Stripe
from source_keap.pages import BadPage, Page, Row, keap_time, time_of
from source_keap.protocol import AirbyteMessage
from source_keap.states import TransactionsState, read_state
from source_keap.walks import Message, Walk

IDENTITY = (
    "external_reference_id",
    "payment_id",
    "transaction_time",
    "transaction_method",
    "amount",
    "contact_id",
    "order_ids",
)
"""What a pending transaction keeps when it goes through."""
Placed = tuple[int, Row]
"""A row behind its place: its `transaction_time` in seconds since 1970."""


@dataclass
class Transactions(Walk):
    """Oldest first from the look-back on; rows in it are compared with what they were."""

    since_filter: str = ""

    def prepare(self) -> None:
        self.position = read_state(
            self.name, lambda: TransactionsState.from_json(self.checkpoint.state, self.cursor_field)
        )
        self._lookback = timedelta(days=int(self.config.get("payments_lookback_days", 45)))

    def walk(self) -> Iterator[Message]:
        before = self.position
        start, settled = self._start(before), before.settled
        reached, comparison = before.reached, None
        for page in self.keap.by_token(self.order_by, self._since(start)):
            if settled is None:
                settled = int((page.server_time - self._lookback).timestamp()) - 1
            elif not before.unfinished:
                settled = start or settled
            comparison = comparison or Comparison(before, max(settled, start or 0))
            rows = self._placed(page, start)
            yield from comparison.take(rows)
            reached = max([reached, *(place for place, _ in rows)])
            if not page.last:
                safe = comparison.passed_on(reached)
                yield self._save(TransactionsState(safe, settled, comparison.stripes, unfinished=True))
        if comparison:
            yield comparison.finish()
            yield self._save(TransactionsState(reached, settled, comparison.stripes))

    def _start(self, before: TransactionsState) -> int | None:
        """Rows behind this place are asked for."""
        if before.unfinished:
            return before.reached - 1  # there may be more rows of that second
        old = before.reached - int(self._lookback.total_seconds())
        passed = [stripe.last_id for stripe in before.stripes if stripe.last_id <= old]
        return None if before.settled is None else max([before.settled, *passed])

    def _since(self, start: int | None) -> list[str]:
        """Whether Keap's bound is inclusive does not matter: rows at it are not taken."""
        if start is None:
            return []
        return [f"{self.since_filter}=={keap_time(datetime.fromtimestamp(start, UTC))}"]

    def _placed(self, page: Page, start: int | None) -> list[Placed]:
        """Rows behind `start`; one without a time has the place of the row before."""
        places: list[int] = []
        for row in page.rows:
            moment = time_of(row, self.cursor_field)
            places.append(int(moment.timestamp()) if moment else places[-1] if places else (start or 0) + 1)
        if any(after < before for before, after in pairwise(places)):
            raise BadPage(self.name, "rows that are not sorted by time")
        rows = ({"id": identity(row), **row} for row in page.rows)
        return [(place, row) for place, row in zip(places, rows, strict=True) if place > (start or 0)]

    def _save(self, state: TransactionsState) -> AirbyteMessage:
        self.position = state
        return self.checkpoint.save(state.to_json(self.cursor_field))


class Comparison:
    """Rows up to `settled` pass; those behind it pass where their stripe is not as it was.

    A sieve looks at ids; here the place stands for the id, and the row is wrapped.
    """

    def __init__(self, before: TransactionsState, settled: int) -> None:
        done = before.reached if before.unfinished else settled
        self._kept = [each for each in before.stripes if before.unfinished and each.last_id <= done]
        self._settled = settled
        self._sieve = Sieve([each for each in before.stripes if each.last_id > done], settled)

    def take(self, rows: Sequence[Placed]) -> Iterator[list[Row]]:
        yield [row for place, row in rows if place <= self._settled]
        compared = [{"id": place, "row": row} for place, row in rows if place > self._settled]
        yield self._unwrapped(self._sieve.feed(compared))

    def finish(self) -> list[Row]:
        return self._unwrapped(self._sieve.finish())

    def passed_on(self, reached: int) -> int:
        """The place up to which all rows were passed on or held back for good, when `reached` was read."""
        return min(reached, max(self._settled, self._sieve.closed_id))

    @property
    def stripes(self) -> tuple[Stripe, ...]:
        return (*self._kept, *self._sieve.stripes)

    def _unwrapped(self, rows: list[Row]) -> list[Row]:
        return [wrapped["row"] for wrapped in rows]


def identity(row: Row) -> str:
    """The same for a transaction each time it is read, in whichever form Keap writes times."""
    moment = time_of(row, "transaction_time")
    said = {**row, "transaction_time": moment.astimezone(UTC).isoformat() if moment else ""}
    text = "\x1f".join(str(said.get(name) or "") for name in IDENTITY)
    return sha256(text.encode()).hexdigest()[:24]
