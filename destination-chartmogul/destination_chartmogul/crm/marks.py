"""Which Keap record an object of ChartMogul is of, where its API has no external id: a mark in its text.

`[Keap note 90001]` stands at the end of what people read, with the name of the data source in it. Time, type
and author would not do: two notes may share all three, and an edit in Keap would look like another note.
"""

from __future__ import annotations

import html
import re
from functools import cache

from destination_chartmogul.mapping.text import MAX_TEXT


def mark(scope: str, noun: str, key: str) -> str:
    """`[Keap note 90001]`."""
    return f"[{scope} {noun} {key}]"


def marked(text: str, sign: str) -> str:
    """A text of any length with its mark on a line of its own."""
    return f"{text}\n\n{sign}" if text else sign


def marked_line(text: str, sign: str) -> str:
    """One line of at most 255 characters that ends with its mark."""
    return f"{text[: MAX_TEXT - len(sign) - 1].rstrip()} {sign}".lstrip()


def key_in(text: object, scope: str, noun: str) -> str | None:
    """The id in the mark that a text ends with; None for texts that are not ours."""
    found = _pattern(scope, noun).search(words(text))
    return found.group(1) if found else None


@cache
def _pattern(scope: str, noun: str) -> re.Pattern[str]:
    return re.compile(rf"\[{re.escape(words(scope))} {noun} (\S+)\]$")


def words(text: object) -> str:
    """A text without regard to blanks, line ends, HTML elements and entities, which an API may change."""
    said, before = str(text or ""), ""
    while said != before:
        said, before = html.unescape(_ELEMENT.sub(" ", said)), said
    return " ".join(said.split())


_ELEMENT = re.compile(r"</?[A-Za-z][^<>]*>")
