"""Generated identifiers: the same ones in the same order after each reset."""

import re
import uuid
from functools import cache
from itertools import count

_NAMESPACE = uuid.UUID("6f1c2f0e-3c54-11ee-9275-73c5d5e48dff")
# An odd stride, so that every sequence number has a UUID of its own within its kind.
_STRIDE = 0x9E3779B97F4A7C15F39CC0605CEDC835
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
FIRST_NUMBER = 204_800_001


class Ids:
    """Counters behind every uuid, integer id and creation order."""

    def __init__(self) -> None:
        self._sequence = count(1)
        self._numbers = count(FIRST_NUMBER)

    def sequence(self) -> int:
        """A number that grows with each object made; sorts objects of the same second."""
        return next(self._sequence)

    def number(self) -> int:
        """An integer id."""
        return next(self._numbers)

    def bare(self, kind: str, sequence: int) -> str:
        """A UUID without prefix."""
        text = f"{(_seed(kind) + sequence * _STRIDE) % 2**128:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def prefixed(self, prefix: str, sequence: int) -> str:
        """A UUID such as `cus_...`."""
        return f"{prefix}_{self.bare(prefix, sequence)}"


@cache
def _seed(kind: str) -> int:
    return uuid.uuid5(_NAMESPACE, kind).int


def is_uuid(text: str, prefix: str) -> bool:
    """Is this an id of the kind, such as `inv_` and 36 characters?"""
    return re.fullmatch(f"{prefix}_{_UUID}", text, re.IGNORECASE) is not None
