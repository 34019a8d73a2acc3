"""Keap's texts as ChartMogul takes them: one line without control characters, at most 255 characters."""

from __future__ import annotations

import re

CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")  # Unicode category Cc
MAX_TEXT = 255  # of name, company, city, zip and external ids (https://dev.chartmogul.com/reference/)


_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\".]+(\.[^@\s,;<>()\".]+)+")


def is_email(text: str) -> bool:
    """Whether ChartMogul takes it as an address; Keap keeps any text."""
    return len(text) <= MAX_TEXT and _EMAIL.fullmatch(text) is not None


def line_of(value: object) -> str:
    """One line: control characters are blanks, blanks in a row are one; empty for None."""
    text = "" if value is None else str(value)
    return " ".join(text.translate(CONTROLS).split())


def cut(text: str) -> str:
    """At most as long as ChartMogul takes."""
    return text[:MAX_TEXT].rstrip()


def notices_of(texts: list[str]) -> list[str]:
    """The rules that are applied to any of these texts; a tab or line break is not worth a word."""
    odd = any(text.split() != text.translate(CONTROLS).split() for text in texts)
    long = any(len(line_of(text)) > MAX_TEXT for text in texts)
    return [rule for rule, applies in (("control_characters", odd), ("text_cut", long)) if applies]
