"""Calling the addresses of hooks, one after the other, beside the server's own work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from tests.simulators.http import Json

TIMEOUT_SECONDS = 30
HERE = ("127.0.0.1", "localhost", "::1")


class Letter(NamedTuple):
    """A POST to be made: address, JSON body, headers."""

    url: str
    body: Json
    headers: Mapping[str, str]


class Reply(NamedTuple):
    """What came back; status 0 when nothing did."""

    status: int
    headers: Mapping[str, str]


Hear = Callable[[Reply], None]
Post = Callable[[Letter, Hear], None]
NOTHING = Reply(0, {})


class Messenger:
    """Makes calls in a thread of its own; nobody is called who is not on this computer."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def __call__(self, letter: Letter, hear: Hear) -> None:
        """Make the call soon, and tell what came back."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="hooks")
        self._pool.submit(lambda: hear(called(letter)))


def called(letter: Letter) -> Reply:
    """The reply to a call."""
    if urlsplit(letter.url).hostname not in HERE:
        return NOTHING
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                letter.url, json=letter.body, headers=dict(letter.headers), timeout=TIMEOUT_SECONDS
            )
        except requests.RequestException:
            return NOTHING
        return Reply(answer.status_code, answer.headers)
