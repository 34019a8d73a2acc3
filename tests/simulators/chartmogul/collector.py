"""Keeping the garbage collector still while very many rows are made.

Rows point at each other, so the collector walks through all of them again and again although none is garbage;
that takes a third of the time of a large import.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """No collection inside; what was made is left out of later ones, until `forget`."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def forget() -> None:
    """Let the collector see everything again: the rows are about to go."""
    gc.unfreeze()
