"""Generated identifiers: the same ones in the same order after each reset."""

import re
import uuid
from functools import cache
from itertools import count

_NAMESPACE = uuid.UUID("6f1c2f0e-3c54-11ee-9275-73c5d5e48dff")
# An odd stride, so that every sequence number has a UUID of its own within its kind.
_STRIDE = 0x9E3779B97F4A7C15F39CC0605CEDC835
_MODULUS = 2**128
_INVERSE = pow(_STRIDE, -1, _MODULUS)
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


def bare(kind: str, sequence: int) -> str:
    """A UUID without prefix."""
    text = f"{(_seed(kind) + sequence * _STRIDE) % _MODULUS:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def prefixed(prefix: str, sequence: int) -> str:
    """A UUID such as `cus_...`."""
    return f"{prefix}_{bare(prefix, sequence)}"


def sequence_of(prefix: str, uuid: str) -> int:
    """The sequence number that `prefixed` makes into this id; 0, which nothing has, for other texts."""
    if not is_uuid(uuid, prefix):
        return 0
    return (int(uuid.rpartition("_")[2].replace("-", ""), 16) - _seed(prefix)) * _INVERSE % _MODULUS


@cache
def _seed(kind: str) -> int:
    return uuid.uuid5(_NAMESPACE, kind).int


def is_uuid(text: str, prefix: str) -> bool:
    """Is this an id of the kind, such as `inv_` and 36 characters?"""
    return re.fullmatch(f"{prefix}_{_UUID}", text, re.IGNORECASE) is not None
