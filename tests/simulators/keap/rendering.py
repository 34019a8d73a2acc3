"""Rows as JSON text. A row's text is kept until the row, or a switch that changes its look, changes."""

from __future__ import annotations

from typing import TypeVar

import orjson

from tests.simulators.keap.account import Account
from tests.simulators.keap.resource import Resource, Shown
from tests.simulators.keap.rows import Row
from tests.simulators.keap.wording import Json, Wording

R = TypeVar("R", bound=Row)
MOST_KEPT = 50_000


def as_text(data: Json) -> str:
    """Compact JSON."""
    return orjson.dumps(data).decode()


def row_texts(
    account: Account, resource: Resource[R], rows: list[R], say: Wording, shown: Shown
) -> list[str]:
    """The JSON text of each row with the attributes to be shown."""
    table = resource.table(account)
    look = (resource.view, say, shown)
    if table.rendered_as != look:
        table.rendered, table.rendered_as = {}, look
    texts: list[str] = []
    for row in rows:
        text = table.rendered.get(row.id)
        if text is None:
            text = as_text(shown.of(resource.view(account, row, say)))
            if len(table.rendered) < MOST_KEPT:
                table.rendered[row.id] = text
        texts.append(text)
    return texts
