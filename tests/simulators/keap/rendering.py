"""Rows as JSON text. A row's text is kept until the row, or a switch that changes its look, changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import orjson

from tests.simulators.keap.account import Account
from tests.simulators.keap.resource import Resource, Shown
from tests.simulators.keap.rows import Row
from tests.simulators.keap.table import Readable, Table
from tests.simulators.keap.wording import Json, Wording

R = TypeVar("R", bound=Row)
MOST_KEPT = 50_000


def as_text(data: Json) -> str:
    """Compact JSON."""
    return orjson.dumps(data).decode()


def row_texts(
    account: Account,
    resource: Resource[R],
    table: Readable[R],
    ids: Iterable[int],
    say: Wording,
    shown: Shown,
) -> list[str]:
    """The JSON text of each row with the attributes to be shown; a row that is gone has none."""
    look = Look(resource.view, say, shown, account.products.version, account.plans.version)
    if table.rendered_as != look:
        table.rendered, table.rendered_as = {}, look

    def draw(of: Account, row: R) -> str:
        return as_text(shown.of(resource.view(of, row, say)))

    texts = (kept_text(account, table, row_id, look, draw) for row_id in ids)
    return [text for text in texts if text is not None]


class Look(NamedTuple):
    """All that the text of a row depends on, besides the row and what is forgotten with it."""

    view: Callable[..., Json]
    say: Wording
    shown: Shown
    products: int
    plans: int


def kept_text(
    account: Account, table: Readable[R], row_id: int, look: Look, draw: Callable[[Account, R], str]
) -> str | None:
    """The text of one row: kept from before, its origin's, or drawn anew; None when there is no such row."""
    text = table.rendered.get(row_id)
    if text is not None:
        return text
    origin = table.drawn_by_origin(row_id) if isinstance(table, Table) else None
    if origin is not None:
        return origin.text(account, row_id, look, draw)
    row = table.get(row_id)
    if row is None:
        return None
    text = draw(account, row)
    if len(table.rendered) < MOST_KEPT:
        table.rendered[row_id] = text
    return text
