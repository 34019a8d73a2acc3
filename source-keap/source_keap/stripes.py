"""The sieves of a read that may be split: one for each part, over the stripes that lie in it."""

from collections.abc import Iterator, Sequence

from source_keap.fingerprints import Sieve, Stripe, merged
from source_keap.ranges import Part, Reading


class Sieves:
    """`before`: stripes of the last read, and those that this one has renewed if it was broken off."""

    def __init__(self, before: Sequence[Stripe], reading: Reading, *, with_ids: bool = False) -> None:
        self._known = before
        self._reading = reading
        self._with_ids = with_ids
        self._done = [each for each in before if not any(_within(each, part) for part in reading.parts)]
        self._sieves: dict[Part, Sieve] = {}

    def of(self, part: Part) -> Sieve | None:
        sieve = self._sieves.get(part)
        if sieve:
            sieve.limit(part.until)
        return sieve

    def open(self, part: Part, after: int) -> Sieve:
        """The part's sieve from `after` on."""
        known = [each for each in self._known if each.last_id > after and _within(each, part)]
        self._sieves[part] = Sieve(known, after, with_ids=self._with_ids)
        return self._sieves[part]

    @property
    def stripes(self) -> tuple[Stripe, ...]:
        return tuple(sorted(self._each(), key=lambda stripe: stripe.last_id))

    @property
    def gone(self) -> list[int]:
        """Known rows that were missing so far; once a part is read, all of them in that part."""
        return sorted(row_id for sieve in self._sieves.values() for row_id in sieve.gone)

    def complete(self) -> tuple[Stripe, ...]:
        """The stripes after all parts were read."""
        return tuple(merged(self.stripes))

    def snap(self, place: int) -> int:
        """The end of the known stripe at or before `place`, since a stripe belongs to one part."""
        if not self._known or place >= self._known[-1].last_id:
            return place
        return max((each.last_id for each in self._known if each.last_id <= place), default=0)

    def _each(self) -> Iterator[Stripe]:
        yield from self._done
        for part in self._reading.parts:
            sieve = self.of(part)
            yield from sieve.stripes if sieve else (each for each in self._known if _within(each, part))


def _within(stripe: Stripe, part: Part) -> bool:
    return part.after < stripe.last_id and (part.until is None or stripe.last_id <= part.until)
