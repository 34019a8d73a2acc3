"""A server before a simulator, which changes some of its answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from tests.fuzz.junk import Change
from tests.served import Quiet, served

HOP = {"connection", "content-length", "transfer-encoding", "host", "accept-encoding", "content-encoding"}
MOST_CALLS = 400
"""A caller that asks more often than this goes round in circles."""


@dataclass
class Mutant:
    """`changes` says which answers, counted from 0, are changed and how."""

    target: str
    changes: Mapping[int, Change] = field(default_factory=dict)
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def start(self, changes: Mapping[int, Change]) -> None:
        """Forget what was, and change these answers from now on."""
        self.changes, self.calls = changes, 0

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> requests.Response:
        with self.lock:
            number, self.calls = self.calls, self.calls + 1
        kept = {name: text for name, text in headers.items() if name.lower() not in HOP}
        answer = requests.request(method, self.target + path, headers=kept, data=body, timeout=20)
        change = self.changes.get(number)
        if change and answer.ok and answer.content:
            answer._content = json.dumps(change.on(answer.json())).encode()
        return answer

    @property
    def in_circles(self) -> bool:
        return self.calls > MOST_CALLS


@contextmanager
def mutant(target: str) -> Iterator[Mutant]:
    """Before `target`, on a free port."""
    one = Mutant(target)
    with served(_handler(one)) as one.url:
        yield one


def _handler(one: Mutant) -> type[Quiet]:
    class Handler(Quiet):
        def reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sent = self.rfile.read(length)
            answer = one.answer(self.command, self.path, dict(self.headers), sent)
            self.send_response(answer.status_code)
            for name, text in answer.headers.items():
                if name.lower() not in {*HOP, "date", "server"}:
                    self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = reply  # noqa: N815

    return Handler
