"""Rows as JSON text. A row's text is kept until the row, or a switch that changes its look, changes."""

from __future__ import annotations

from typing import TypeVar

import orjson

from tests.simulators.keap.account import Account
from tests.simulators.keap.resources import Resource
from tests.simulators.keap.rows import Row
from tests.simulators.keap.wording import Json, Wording

R = TypeVar("R", bound=Row)
MOST_KEPT = 50_000
Fields = frozenset[str] | None


def as_text(data: Json) -> str:
    """Compact JSON."""
    return orjson.dumps(data).decode()


def row_texts(
    account: Account, resource: Resource[R], rows: list[R], say: Wording, fields: Fields = None
) -> list[str]:
    """The JSON text of each row, with all attributes or with the id and those in `fields`."""
    table = resource.table(account)
    if table.rendered_as != (say, fields):
        table.rendered, table.rendered_as = {}, (say, fields)
    texts: list[str] = []
    for row in rows:
        text = table.rendered.get(row.id)
        if text is None:
            text = as_text(chosen(resource.view(account, row, say), fields))
            if len(table.rendered) < MOST_KEPT:
                table.rendered[row.id] = text
        texts.append(text)
    return texts


def chosen(row: Json, fields: Fields) -> Json:
    """The attributes that were asked for; the id is always among them."""
    if fields is None:
        return row
    return {name: value for name, value in row.items() if name == "id" or name in fields}
