"""Generated identifiers: the same ones in the same order after each reset."""

import re
import uuid
from itertools import count

_NAMESPACE = uuid.UUID("6f1c2f0e-3c54-11ee-9275-73c5d5e48dff")
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
        return str(uuid.uuid5(_NAMESPACE, f"{kind}:{sequence}"))

    def prefixed(self, prefix: str, sequence: int) -> str:
        """A UUID such as `cus_...`."""
        return f"{prefix}_{self.bare(prefix, sequence)}"


def is_uuid(text: str, prefix: str) -> bool:
    """Is this an id of the kind, such as `inv_` and 36 characters?"""
    return re.fullmatch(f"{prefix}_{_UUID}", text, re.IGNORECASE) is not None
