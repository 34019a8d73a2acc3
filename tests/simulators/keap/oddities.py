"""Rows that show what no row of this simulator would: fields missing, null, of another time or word.

An oddity belongs to one row and changes what REST v2 shows of it: path → value, `order_items.0.quantity` → 0.
Nothing else looks at it: filters, orders and the billing engine go by the row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tests.simulators.keap.account import Account
from tests.simulators.keap.rows import Row
from tests.simulators.keap.wording import Json, Wording

R = TypeVar("R", bound=Row)
View = Callable[[Account, R, Wording], Json]
ABSENT = "<absent>"


def odd(kind: str, view: View[R]) -> View[R]:
    """The view with the oddities of rows of this kind."""

    def shown(account: Account, row: R, say: Wording) -> Json:
        seen = view(account, row, say)
        for path, value in account.oddities.get((kind, row.id), {}).items():
            seen = changed(seen, path.split("."), value)
        return seen

    return shown


def changed(seen: Any, path: list[str], value: Any) -> Any:
    """A copy of a JSON value with one place changed, added, or (ABSENT) taken out."""
    step, rest = path[0], path[1:]
    copy = list(seen) if isinstance(seen, list) else dict(seen)
    place: Any = int(step) if isinstance(copy, list) else step
    if rest:
        copy[place] = changed(copy[place], rest, value)
    elif value is ABSENT:
        del copy[place]
    else:
        copy[place] = value
    return copy
