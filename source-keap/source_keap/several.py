"""Streams of several addresses: lists of discounts, and models that say which custom fields there are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from source_keap.errors import ListMissing
from source_keap.walks import Message, Walk


@dataclass
class SeveralLists(Walk):
    """The lists `parts` below `resource`, all rows each time; each row says in `part_field` whose it is."""

    parts: str = ""
    part_field: str = ""

    def walk(self) -> Iterator[Message]:
        for part in self.parts.split():
            try:
                yield from self._list(part)
            except ListMissing as missing:
                yield self.not_available(missing, "Those rows are left out")

    def _list(self, part: str) -> Iterator[Message]:
        for page in replace(self.keap, path=f"{self.resource}/{part}").by_token(self.order_by):
            yield [{self.part_field: part, **row} for row in page.rows]


@dataclass
class Models(Walk):
    """The custom fields of each kind of record in `parts`, one call each."""

    parts: str = ""
    part_field: str = ""

    def walk(self) -> Iterator[Message]:
        for part in self.parts.split():
            fields = replace(self.keap, path=f"{part}/model").listed("custom_fields")
            yield [{self.part_field: part, **field} for field in fields]
