"""Which addresses the Keap simulator reads from, and ids under which there is something to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.contract.keap_contract import PREFIX, Keap

PARAMETER = re.compile(r"\{(\w+)\}")
MOST_PARENTS = 40
PAGE = 100
"""The largest page that every list serves: users have no larger one."""


def shape(path: str) -> str:
    """The path with nameless parameters, as two descriptions may name them differently."""
    return PARAMETER.sub("{}", path)


def served(keap: Keap) -> set[str]:
    """The shapes of the v2 paths that the simulator reads from."""
    paths = (each.removeprefix(f"GET {PREFIX}/rest") for each in keap.server.control.routes()["api"])
    return {shape(path) for path in paths if path.startswith("/v2/")}


def arguments(keap: Keap, path: str) -> dict[str, str] | None:
    """Ids for the path's parameters, if possible where there are rows to read; None: no such id exists."""
    options = list(_fitting(keap, path, PARAMETER.findall(path)))
    full = (ids for ids in options if _has_rows(keap, path.format(**ids)))
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
    answer, ending = keap.get(path, page_size=PAGE), ""
    if not answer.ok:
        above, _, ending = path.rpartition("/")
        answer = keap.get(above)
    lists = [each for name, each in answer.json().items() if isinstance(each, list) and name.endswith(ending)]
    return lists[0] if lists else []


def _has_rows(keap: Keap, path: str) -> bool:
    answer = keap.get(path)
    return answer.ok and any(isinstance(each, list) and each for each in answer.json().values())
