"""Which addresses the Keap simulator reads from, and ids under which there is something to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.contract.keap.contract import PREFIX, Keap

PARAMETER = re.compile(r"\{(\w+)\}")
MOST_PARENTS = 40
PAGE = 100
"""The largest page that every list serves: users have no larger one."""


def shape(path: str) -> str:
    """The path with nameless parameters, as two descriptions may name them differently."""
    return PARAMETER.sub("{}", path)


def served(keap: Keap, version: str = "v2") -> set[str]:
    """The shapes of the paths of REST v2 (or v1) that the simulator reads from."""
    paths = (each.removeprefix(f"GET {PREFIX}/rest") for each in keap.server.control.routes()["api"])
    return {shape(path) for path in paths if path.startswith(f"/{version}/")}


def arguments(keap: Keap, path: str) -> dict[str, str] | None:
    """Ids for the path's parameters, if possible where there are rows to read; None: no such id exists."""
    options = list(_fitting(keap, path, PARAMETER.findall(path)))
    full = (ids for ids in options if any(_lists(keap, path.format(**ids))))
    return next(full, options[0] if options else None)


def _fitting(keap: Keap, path: str, names: list[str]) -> Iterator[dict[str, str]]:
    if not names:
        yield {}
        return
    before, _, rest = path.partition(f"{{{names[0]}}}")
    for row in _rows(keap, before.rstrip("/:"))[:MOST_PARENTS]:
        for ids in _fitting(keap, f"{before}{row['id']}{rest}", names[1:]):
            yield {names[0]: str(row["id"]), **ids}


def _rows(keap: Keap, path: str) -> list[Any]:
    """The rows of a list; where no list is served, as of an order's items, those within the row above."""
    found = list(_lists(keap, path))
    if not found:
        above, _, ending = path.rpartition("/")
        found = list(_lists(keap, above, ending))
    return found[0] if found else []


def _lists(keap: Keap, path: str, ending: str = "") -> Iterator[list[Any]]:
    """The lists in an answer, or the answer where it is one itself; none when it is refused."""
    size: dict[str, Any] = {"limit" if path.startswith("/v1/") else "page_size": PAGE}
    answer = keap.get(path, **size)
    body = answer.json() if answer.ok else {}
    if isinstance(body, list):
        yield body
        return
    for name, value in body.items():
        if isinstance(value, list) and name.endswith(ending):
            yield value
