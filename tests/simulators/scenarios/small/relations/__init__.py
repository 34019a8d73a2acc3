"""Customer relations of the small studio: who works there, tags, companies, sales, notes, tasks.

None of it touches money, and a contact keeps its time of change: custom fields are filled at the moment at
which the contact becomes known.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulators.scenarios.small.relations import journal, people, sales, setup, tagging
from tests.simulators.scenarios.story import Event, Story


def with_origin(stories: Sequence[Story]) -> tuple[Story, ...]:
    """The stories, with where each contact came from and who looks after it."""
    return tuple(people.with_origin(story, place) for place, story in enumerate(stories))


def relations(stories: Sequence[Story]) -> tuple[Event, ...]:
    """All events that belong to no story alone, in any order: each has its time."""
    return (
        *setup.EVENTS,
        *people.events(stories),
        *tagging.events(stories),
        *sales.events(),
        *journal.EVENTS,
    )
