"""On which line of a configuration file each key of each rule stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_SIGN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]')


def lines_of_rules(text: str) -> Mapping[tuple[int, str], int]:
    """(number of the rule from 1, key) → line, of a text that is JSON; the key '' is the rule itself."""
    found: dict[tuple[int, str], int] = {}
    within: list[str | int] = []  # the key, or the place, in each object and list that is open
    line, last = 1, ""
    for sign in (match.group() for match in _SIGN.finditer(text)):
        if sign == "\n":
            line += 1
            continue
        if sign in "{[":
            _note(found, within, line)
            within.append(0 if sign == "[" else "")
        elif sign in "}]":
            within.pop()
        elif sign == "," and isinstance(within[-1], int):
            within[-1] += 1
        elif sign == ":":
            within[-1] = str(json.loads(last))
            _note(found, within, line)
        last = sign
    return found


def _note(found: dict[tuple[int, str], int], within: list[str | int], line: int) -> None:
    if len(within) > 1 and within[0] == "rules" and isinstance(within[1], int):
        found.setdefault((within[1] + 1, ".".join(map(str, within[2:]))), line)
