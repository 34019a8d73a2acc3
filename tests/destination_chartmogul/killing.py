"""A destination that dies at a chosen request, before ChartMogul carried it out or after."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from destination_chartmogul.client import Client
from tests.destination_chartmogul.accounts import differences, held
from tests.destination_chartmogul.pipe import Json, messages_of, run_write

Records = Mapping[str, Sequence[Json]]
NEVER = 10**9


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Fate:
    """Dies at request number `at` (from 1); `applied`: ChartMogul carried it out, the answer was not read."""

    at: int = NEVER
    applied: bool = False
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> int:
        """Number of the request that is about to be sent."""
        with self.lock:
            self.requests += 1
            return self.requests


@contextmanager
def dying(fate: Fate) -> Iterator[None]:
    """Every client in this process meets `fate`."""

    def meet(send: Callable[[], Any]) -> Any:
        number = fate.next()
        if number > fate.at or (number == fate.at and not fate.applied):
            raise Killed
        response = send()
        if number == fate.at:
            raise Killed
        return response

    with _each_request(meet):
        yield


@contextmanager
def happening(at: int, what: Callable[[], None]) -> Iterator[Fate]:
    """Something happens in ChartMogul just before request number `at`."""
    count = Fate()

    def meet(send: Callable[[], Any]) -> Any:
        if count.next() == at:
            what()
        return send()

    with _each_request(meet):
        yield count


@contextmanager
def _each_request(meet: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """`meet` is given what sends a request, and gives the answer."""
    alive = Client._send

    def send(self: Client, *request: Any) -> Any:
        return meet(partial(alive, self, *request))

    Client._send = send  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Client._send = alive  # type: ignore[method-assign]


@dataclass(frozen=True)
class Story:
    """What ChartMogul was given `before`, undisturbed, and what the run under test brings, at `now`."""

    bring: Records
    before: Records | None = None
    now: str | None = None


class Killing:
    """One story, told undisturbed once, and then with a death in it as often as wanted."""

    def __init__(self, story: Story, chartmogul: Any, config: Json) -> None:
        self._story, self._chartmogul, self._config = story, chartmogul, config
        self._prepare()
        count = Fate()
        with dying(count):
            self._run(story.bring)
        self._expected = held(chartmogul)
        numbers = range(1, count.requests + 1)
        self.points = [Fate(at, applied) for at, applied in itertools.product(numbers, (False, True))]

    def differs(self, fate: Fate) -> list[str]:
        """Die, run again, → what ChartMogul then holds otherwise than after the undisturbed run."""
        self._prepare()
        with dying(fate), suppress(Killed):  # several threads: it may need fewer requests this time
            run_write(self._config, messages_of(self._story.bring))
        self._run(self._story.bring)
        return differences(self._expected, held(self._chartmogul))

    def _prepare(self) -> None:
        self._chartmogul.control.reset(keep_switches=True)
        if self._story.before is not None:
            self._run(self._story.before)
        if self._story.now:
            self._chartmogul.control.clock(now=self._story.now)

    def _run(self, records: Records) -> None:
        result = run_write(self._config, messages_of(records))
        if (result.error, result.rejected) != (None, 0):
            raise AssertionError(f"{result.error}, {result.rejected} rejected")
