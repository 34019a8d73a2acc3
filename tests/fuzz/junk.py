"""Random JSON, and good JSON with something wrong in it. Derandomised: the same examples in each run."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

QUICK = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SLOW = settings(QUICK, max_examples=8, phases=[Phase.generate])
"""For examples that take a whole run: found, but not made smaller."""

ODD = [
    "",
    " ",
    "\x00",
    "null",
    "NaN",
    "-1",
    "1e400",
    "2024-13-45",
    "9" * 400,
    "é\u202e🙂",
    "{{ 7 * 7 }}",
    "../x",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(ODD),
    st.text(max_size=12),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=5)


@dataclass(frozen=True)
class Change:
    """Put `value` at a place of a JSON value, or take the place away; `place` is counted around."""

    place: int
    remove: bool
    value: Any

    def on(self, original: Any) -> Any:
        """A changed copy."""
        value = copy.deepcopy(original)
        places = list(_places(value))
        if not places:
            return self.value
        holder, key = places[self.place % len(places)]
        if self.remove:
            del holder[key]
        else:
            holder[key] = self.value
        return value


CHANGES = st.builds(Change, st.integers(0, 10_000), st.booleans(), JSON)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each holder and key, outermost first."""
    keys = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    yield from ((value, key) for key in keys)
    for key in keys:
        yield from _places(value[key])
