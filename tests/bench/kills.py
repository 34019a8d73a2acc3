"""Dies at every request of three runs, before and after it was carried out, and compares what is left."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from destination_chartmogul import pacing, sync
from tests.destination_chartmogul import stories
from tests.destination_chartmogul.killing import Killing, Story
from tests.destination_chartmogul.pipe import config_for, keap_records
from tests.pair.fixtures import set_up_chartmogul
from tests.simulators import Simulators, running

FEWEST_FOR_BULK = {"first sync in bulk": sync.FEWEST_FOR_BULK, "first sync by single calls": 10_000}


def figures() -> Iterable[tuple[str, str]]:
    """Story, and how many of its points ended in the state of an undisturbed run."""
    pacing.Retries.wait = lambda *_: 0.05  # type: ignore[method-assign]
    with running("small") as servers:
        set_up_chartmogul(servers)
        servers.keap.control.switch("rate_limits", "off")
        records = keap_records(servers.keap)
        for name, fewest in FEWEST_FOR_BULK.items():
            sync.FEWEST_FOR_BULK = fewest
            yield name, _survived(stories.first_sync(copy.deepcopy(records)), servers)
        sync.FEWEST_FOR_BULK = FEWEST_FOR_BULK["first sync in bulk"]
        yield "a month of changes", _survived(stories.month_of_changes(servers), servers)


def _survived(story: Story, servers: Simulators) -> str:
    killing = Killing(story, servers.chartmogul, config_for(servers.chartmogul))
    equal = sum(not killing.differs(fate) for fate in killing.points)
    return f"{equal} of {len(killing.points)} points end in the same state"


if __name__ == "__main__":
    for name, figure in figures():
        print(f"  {name:<28}{figure}", flush=True)
