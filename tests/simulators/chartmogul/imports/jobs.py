"""Work that is done some time after it was asked for: imports, uploads, merges, emptying a source.

Source: https://dev.chartmogul.com/reference/track-import-status and recordings: such calls are answered at
once, and their effect shows later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulators.chartmogul.world import World


@dataclass(frozen=True, slots=True)
class Job:
    """`run` is called once when `due` has come, as of that moment."""

    due: datetime
    run: Callable[[], None]


def later(world: "World", seconds: int, run: Callable[[], None]) -> None:
    """Do something in so many seconds; at once when there are none."""
    if seconds:
        world.jobs.append(Job(world.now() + timedelta(seconds=seconds), run))
    else:
        run()


def settle(world: "World") -> None:
    """Do what is due by now."""
    now = world.clock.now()
    due = [each for each in world.jobs if each.due <= now]
    if not due:
        return
    world.jobs = [each for each in world.jobs if each.due > now]
    for each in due if world.switches["bulk_order"] == "in_order" else reversed(due):
        with world.as_of(each.due):
            each.run()
