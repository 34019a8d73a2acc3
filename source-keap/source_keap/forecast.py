"""What a full read will take: calls, minutes, and whether the day's quota of calls is enough for it.

Keap's lists give no totals. The highest id costs one call a list and is an upper bound of its rows; `check`
asks for it in place of its test call. A read asks only once a list has turned out to be long, so that a
small account pays nothing.
"""

import logging
from collections.abc import Container
from dataclasses import dataclass, field
from math import ceil

from source_keap.budget import Budget
from source_keap.errors import ListMissing
from source_keap.pages import KeapList

LOGGER = logging.getLogger("airbyte")


@dataclass
class Forecast:
    """Knows the lists of this run that will be read in full, in the order in which they are read."""

    budget: Budget | None = None
    lists: dict[str, KeapList] = field(default_factory=dict)
    told: bool = False

    def expect(self, stream: str, keap: KeapList, *, everything: bool) -> None:
        """A list is going to be read."""
        if everything:
            self.lists[stream] = keap

    def only(self, streams: Container[str]) -> None:
        """Other lists are not read this time."""
        self.lists = {name: keap for name, keap in self.lists.items() if name in streams}

    def large(self, keap: KeapList, highest: int, ids_in_page: float, last: int) -> None:
        """A list is long: look at those behind it too, and say once what the whole read takes."""
        if self.told or not self.budget:
            return
        self.told = True
        calls = {keap.stream: ceil((highest - last) / ids_in_page)}
        names = list(self.lists)
        for name in names[names.index(keap.stream) + 1 :]:
            calls[name] = self._pages(self.lists[name])
        LOGGER.info(f"This full read needs {said(calls, self.budget)}")

    def checked(self, highest: dict[str, int], page_sizes: dict[str, int]) -> str:
        """The sentence for `check`, from the highest ids."""
        calls = {name: max(1, ceil(value / page_sizes[name])) for name, value in highest.items()}
        return f"A first full read needs {said(calls, self.budget)}" if self.budget and calls else ""

    def _pages(self, keap: KeapList) -> int:
        try:
            return max(1, ceil(keap.highest_id([]) / keap.page_size))
        except ListMissing:
            return 0


def said(calls: dict[str, int], budget: Budget) -> str:
    """`at most 1,130 calls (payments 510, orders 500, ...), about 10 minutes at 120 a minute; ...`."""
    total = sum(calls.values())
    each = ", ".join(f"{name} {count:,}" for name, count in calls.items())
    minutes = ceil(total / budget.per_minute)
    sentence = (
        f"at most {total:,} calls ({each}): about {minutes} min at {budget.per_minute:,} calls a minute."
    )
    left = budget.left_today
    if left is None:
        return sentence
    enough = (
        "which is enough"
        if total <= left
        else f"so it takes {1 + ceil((total - left) / max(1, budget.day_limit or left or 1))} days"
    )
    return f"{sentence} Keap allows this key {left:,} more calls today, {enough}."
