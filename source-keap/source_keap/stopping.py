"""SIGTERM and Ctrl-C end the program where it stands, but not while a token is renewed.

Keap kills a refresh token when it hands out the next one. A program that ended before the new one is stored
would have lost both, and somebody would have to connect the account again.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from types import FrameType

STORING = Lock()
LONGEST = 75.0
"""Seconds: the time limits of one call for a token, and some to store it."""
_asked: list[int] = []


class Terminated(BaseException):
    """SIGTERM."""


ENDS: dict[int, type[BaseException]] = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: Terminated}


def listen() -> None:
    """Both signals raise in the main thread; one that comes while a token is renewed, after that."""
    for number in ENDS:
        signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (the signature of handlers)
    if STORING.locked():
        _asked.append(number)
    else:
        raise ENDS[number]


@contextmanager
def undisturbed() -> Iterator[None]:
    """From asking Keap for a token until it is stored."""
    try:
        with STORING:
            yield
    finally:
        if _asked:
            signal.raise_signal(_asked.pop())


def wait_until_stored() -> None:
    """At the end of the program, whatever ended it: another thread may be renewing a token. No signal counts
    any more.
    """
    for number in ENDS:
        signal.signal(number, signal.SIG_IGN)
    STORING.acquire(timeout=LONGEST)
