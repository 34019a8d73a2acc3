"""Running a scenario's stories through the billing engine."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tests.simulators.keap.account import Account
from tests.simulators.keap.engine import BillingEngine
from tests.simulators.keap.events import Fields, World
from tests.simulators.keap.happenings import happen
from tests.simulators.scenarios.story import FIRST_CONTACT_ID, Event, Scenario


class Step(NamedTuple):
    """One event of one story; sorts by time, then by story, then by its place in the story."""

    at: datetime
    story: int
    place: int
    kind: str
    fields: Fields


def build(scenario: Scenario) -> BillingEngine:
    """The account as it stands at the scenario's present."""
    account = Account(scenario.profile)
    for product in scenario.products:
        account.products.put(product)
    for plan in scenario.plans:
        account.plans.put(plan)
    for category in scenario.categories:
        account.billing.categories.put(category)
    for offer in scenario.offers:
        account.billing.offers[offer.kind].put(offer)
    steps = sorted(steps_of(scenario), key=lambda step: step[:3])
    engine = BillingEngine(account, steps[0].at if steps else scenario.now)
    for step in steps:
        happen(World(engine), step.kind, step.fields, step.at)
    engine.run_until(scenario.now)
    return engine


def steps_of(scenario: Scenario) -> list[Step]:
    """Every event of every story, after the story's `new_contact`; at one moment, relations come last."""
    ids, zone = scenario.contact_ids(), scenario.profile.zone
    steps: list[Step] = []
    for number, story in enumerate(scenario.stories):
        contact_id = FIRST_CONTACT_ID + number
        known = Event(f"{story.since} 09:00", "new_contact", story.person)
        for place, event in enumerate((known, *story.events)):
            fields = {"contact_id": contact_id, **resolved(event, ids)}
            steps.append(Step(event.instant(zone), number, place, event.kind, fields))
    for place, event in enumerate(scenario.relations):
        steps.append(
            Step(event.instant(zone), len(scenario.stories), place, event.kind, resolved(event, ids))
        )
    return steps


def resolved(event: Event, ids: dict[str, int]) -> Fields:
    """The event's fields with `case:name` replaced by that contact's id."""
    return {name: contact_id(value, ids) for name, value in event.fields.items()}


def contact_id(value: object, ids: dict[str, int]) -> object:
    if isinstance(value, str) and value.startswith("case:"):
        return ids[value.removeprefix("case:")]
    return value
