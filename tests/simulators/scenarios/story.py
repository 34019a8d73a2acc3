"""How a scenario is told: stories of contacts, each a list of dated business events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulators.keap.account import Profile
from tests.simulators.keap.billing.rows import Category, Offer
from tests.simulators.keap.rows import Plan, Product

DEFAULT_TIME = "10:00"
FIRST_CONTACT_ID = 1001


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a contact. `at` is local time of the account, as an aware instant."""

    at: str
    kind: str
    fields: Mapping[str, Any]

    def instant(self, zone: ZoneInfo) -> datetime:
        """When it happens, in UTC; a day without a time means 10:00 local time."""
        text = self.at if " " in self.at else f"{self.at} {DEFAULT_TIME}"
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Story:
    """One contact: a case name ("" for a plain one), a sentence, who it is, since when, and what happened."""

    case: str
    says: str
    person: Mapping[str, Any]
    since: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A named case of a scenario: where to find it and what it shows."""

    contact_id: int
    says: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """An account at a moment: its profile, catalogue and stories. Contact ids follow the order of stories.

    `relations` are events of no single story: what the account was set up with, tags, sales, notes.
    """

    now: datetime
    profile: Profile
    products: tuple[Product, ...]
    plans: tuple[Plan, ...]
    stories: tuple[Story, ...]
    relations: tuple[Event, ...] = ()
    categories: tuple[Category, ...] = ()
    offers: tuple[Offer, ...] = ()

    def contact_ids(self) -> dict[str, int]:
        """Case name → contact id."""
        return {name: case.contact_id for name, case in self.cases().items()}

    def cases(self) -> dict[str, Case]:
        """The table of cases."""
        return {
            story.case: Case(FIRST_CONTACT_ID + place, story.says)
            for place, story in enumerate(self.stories)
            if story.case
        }


def on(at: str, kind: str, **fields: Any) -> Event:
    """An event on a day (`2025-03-01`) or at a local time (`2025-03-01 23:30`)."""
    return Event(at, kind, fields)


def buys(at: str, plan_id: int, **fields: Any) -> Event:
    """A subscription is bought."""
    return on(at, "new_subscription", plan_id=plan_id, **fields)


def story(case: str, says: str, who: Mapping[str, Any], since: str, *events: Event) -> Story:
    """A story with its events in the order in which they happen."""
    return Story(case, says, who, since, events)


def case(name: str) -> str:
    """A reference to another story's contact, for example in a merge."""
    return f"case:{name}"
