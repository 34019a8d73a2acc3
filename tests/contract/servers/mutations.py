"""Random changes to requests, the same ones at each run: what a careless or hostile client might send."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

Json = Any
TEXTS = (
    "", " ", "0", "-1", "null", "true", "x" * 300, "a\x00b", "\U0001f600", "'; DROP TABLE x; --",
    "<b>&amp;", "../../etc/passwd", "%", "%zz", "{}", "[]", "é", "\u202eabc",
    "2026-02-30", "0000-01-01", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00+99:00", "2026-W01-1",
    "1e400", "NaN", "0x10", "١", "ds_", "cus_00000000-0000-4000-8000-000000000000",
)  # fmt: skip
"""Texts that have broken parsers of dates, numbers, ids and addresses."""
HALF_A_CHARACTER = "\ud83d"
"""JSON can write it, UTF-8 cannot: in bodies only."""
NUMBERS: tuple[float, ...] = (0, -1, 1, 2**31, 2**63, 10**30, -(10**30), 0.1, 1e308, -0.0)
OTHERS: tuple[Json, ...] = (None, True, False, [], {}, [None], [[]], [{}], {"": None}, {"a": {"b": []}})


def value(rng: Random) -> Json:
    """Anything that JSON can hold."""
    return rng.choice(
        (rng.choice((*TEXTS, HALF_A_CHARACTER)), rng.choice(NUMBERS), copy.deepcopy(rng.choice(OTHERS)))
    )


def spoiled(body: Json, rng: Random) -> Json:
    """The body with one to three of its parts dropped, doubled, replaced, or joined by a stranger."""
    changed = copy.deepcopy(body)
    for _ in range(rng.randint(1, 3)):
        places = list(_places(changed))
        if not places:
            return value(rng)
        holder, key = rng.choice(places)
        _change(holder, key, rng)
    return changed


def _places(node: Json) -> Iterator[tuple[Json, Json]]:
    """Every (object, key) and (list, index) within."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    for key in keys:
        yield node, key
        yield from _places(node[key])


def _change(holder: Json, key: Json, rng: Random) -> None:
    act = rng.choice(("replace", "replace", "replace", "drop", "double", "add"))
    if act == "drop":
        del holder[key]
    elif act == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    elif act == "add" and isinstance(holder, dict):
        holder[rng.choice(TEXTS)] = value(rng)
    else:
        holder[key] = value(rng)


def text(rng: Random, *plausible: str) -> str:
    """A value for a query or a path: plausible ones as often as others."""
    return rng.choice(plausible) if plausible and rng.random() < 0.5 else rng.choice(TEXTS)
