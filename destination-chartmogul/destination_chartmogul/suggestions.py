"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

FEW = 20


def nearest(name: str, known: Iterable[str]) -> str:
    """` (did you mean x?)`, else the known names when they are few, else nothing."""
    names = list(known)
    by_case = {each.casefold(): each for each in names}
    close = difflib.get_close_matches(name.casefold(), by_case, n=1, cutoff=0.5)
    if close:
        return f" (did you mean {by_case[close[0]]}?)"
    return f" (known: {', '.join(names)})" if len(names) < FEW else ""
