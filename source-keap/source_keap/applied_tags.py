"""Which contact has which tag: Keap's list for up to a hundred tags, or tag by tag on accounts without it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from source_keap.errors import ListMissing
from source_keap.newest_changes import NewestChanges, moved
from source_keap.pages import IdRange, KeapList, Page, Row, id_of
from source_keap.recent import OVERLAP
from source_keap.states import ChangesState, Unfinished
from source_keap.walks import Message, warning

TAGS_IN_A_CALL = 100


@dataclass
class AppliedTags(NewestChanges):
    """Newest first within each batch of tags, down to the last sync; a killed read goes on with its batch."""

    def prepare(self) -> None:
        super().prepare()
        self._together = True

    def reads_everything(self) -> bool:
        return False

    def walk(self) -> Iterator[Message]:
        resumed = self.position.unfinished is not None
        yield from self._pass()
        if resumed:
            yield from self._pass()

    def _pass(self) -> Iterator[Message]:
        before, unfinished = self.position, self.position.unfinished
        recent, started = self._recent(before), unfinished.started if unfinished else None
        done = unfinished.left[0].after if unfinished else 0
        tags: list[int] = []
        for page in replace(self.keap, path="tags", rows="tags").by_token("create_time desc"):
            started = started or page.server_time
            tags += [row_id for row in page.rows if (row_id := id_of(self.name, row)) > done]
        if started is None:
            return
        for batch in batches(sorted(set(tags)), TAGS_IN_A_CALL):
            for found in self._of(batch):
                yield found if not isinstance(found, list) else recent.news(found, started - OVERLAP)
            left = (IdRange(batch[-1]),)
            yield self._save(replace(before, unfinished=Unfinished(started, left)))
        yield self._save(ChangesState(moved(started, before.since), recent.seen))

    def _of(self, tags: Sequence[int]) -> Iterator[Message]:
        conditions = self._windowed(self.position.since)
        together = f"tag_ids=={','.join(map(str, tags))}"
        try:
            if self._together:
                for page in self.keap.by_token(self.order_by, [together, *conditions]):
                    yield page.rows
                return
        except ListMissing as missing:
            self._together = False
            yield warning(
                f"Stream {self.name}: {missing.call} answered {missing.status} on this Keap account, so that "
                f"tags take at least one call each instead of one for {TAGS_IN_A_CALL}."
            )
        yield from self._one_by_one(tags, conditions)

    def _one_by_one(self, tags: Sequence[int], conditions: Sequence[str]) -> Iterator[list[Row]]:
        for tag in tags:
            of_tag: KeapList = replace(self.keap, path=f"tags/{tag}/contacts")
            for page in of_tag.by_token(self.order_by, conditions):
                yield as_in_bulk(tag, page)


def as_in_bulk(tag: int, page: Page) -> list[Row]:
    """Contacts of one tag as the list for many tags has them; names and addresses are left out."""
    return [
        {"contact_id": row.get("id"), "tag_id": str(tag), "applied_at": row.get("applied_time")}
        for row in page.rows
    ]


def batches(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
