"""Several customers at a time, each by a thread of its own; the client paces their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
WORKERS = 8


def in_parallel(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Results as they come. `items` are taken as they are needed, so memory stays flat. The first failure
    ends it, after what is under way.
    """
    todo = iter(items)
    with ThreadPoolExecutor(WORKERS) as pool:
        running: set[Future[R]] = set()
        while True:
            running |= {pool.submit(work, item) for item in islice(todo, 2 * WORKERS - len(running))}
            if not running:
                return
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
