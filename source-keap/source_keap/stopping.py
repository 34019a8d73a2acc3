"""Signals, and a reader who has gone, end the program where it stands, but not while a token is renewed.

Keap kills a refresh token when it hands out the next one. A program that ended before the new one is stored
would have lost both, and somebody would have to connect the account again.
"""

import logging
import os
import signal
import sys
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


class HungUp(BaseException):
    """SIGHUP: the terminal was closed."""


ENDS: dict[int, type[BaseException]] = {
    signal.SIGINT: KeyboardInterrupt,
    signal.SIGTERM: Terminated,
    signal.SIGHUP: HungUp,
}


def listen() -> None:
    """They raise in the main thread; one that comes while a token is renewed, after that.

    What is ignored from the start (nohup, a script's `&`) stays ignored.
    """
    for number in ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def end_unread(handler: logging.Handler) -> None:
    """What the handler cannot write because nobody reads it any more ends the program, as a record does.

    A call that is tried again and again writes nothing else for minutes.
    """
    usual = handler.handleError

    def failed(record: logging.LogRecord) -> None:
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            ENDS[signal.SIGTERM] = BrokenPipeError
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            usual(record)

    handler.handleError = failed  # type: ignore[method-assign]


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
            os.kill(os.getpid(), _asked.pop())  # to the main thread, wherever this one is


def wait_until_stored() -> None:
    """At the end of the program, whatever ended it: another thread may be renewing a token. No signal counts
    any more.
    """
    for number in ENDS:
        signal.signal(number, signal.SIG_IGN)
    STORING.acquire(timeout=LONGEST)
