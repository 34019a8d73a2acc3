"""/plan_groups.

Source: https://dev.chartmogul.com/reference/plan-groups and recordings: made with 200, not 201. A group does
not own its plans: they stay when it goes, and it forgets those that go.
"""

from collections.abc import Mapping, Sequence

from tests.simulators.chartmogul import answers, fields, moments, paging
from tests.simulators.chartmogul.billing import plans
from tests.simulators.chartmogul.ids import prefixed
from tests.simulators.chartmogul.records import Plan, PlanGroup
from tests.simulators.chartmogul.world import EMPTY, World, body_of
from tests.simulators.http import Answer, Call, Json, Refusal, Route

GROUPS = "/v1/plan_groups"
ONE = f"{GROUPS}/{{plg}}"


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", GROUPS, lambda call: _create(world, call)),
        Route("GET", GROUPS, lambda call: _list(world, call)),
        Route("GET", ONE, lambda call: Answer(200, shape(world, _group(world, call)))),
        Route("PATCH", ONE, lambda call: _patch(world, call)),
        Route("DELETE", ONE, lambda call: _delete(world, call)),
        Route("GET", f"{ONE}/plans", lambda call: _plans(world, call)),
    ]


def members(world: World, group: PlanGroup) -> list[Plan]:
    """The plans of a group that still exist, oldest first."""
    known = world.store.plans.by_uuid
    return sorted((known[uuid] for uuid in group.plans if uuid in known), key=lambda each: each.sequence)


def shape(world: World, group: PlanGroup) -> dict[str, Json]:
    """A plan group as the API prints it."""
    return {"name": group.name, "uuid": group.uuid, "plans_count": len(members(world, group))}


def _refusal(found: Mapping[str, tuple[str, str]]) -> Refusal:
    """Field to (code, message), in the form that only plan groups have."""
    lists: dict[str, Json] = {name: [message] for name, (_, message) in found.items()}
    details = [{"param": name, "code": code, "message": message} for name, (code, message) in found.items()]
    return Refusal(Answer(422, {**lists, "error_details": details}))


def _complaints(world: World, given: Mapping[str, Json]) -> dict[str, tuple[str, str]]:
    found = {}
    name, uuids = given.get("name"), given.get("plans")
    if not isinstance(name, str) or not name.strip():
        found["name"] = ("blank", "Name can't be blank")
    elif fields.text(name):
        found["name"] = ("too_long", f"Name {fields.text(name)}")
    if not isinstance(uuids, list) or not uuids:
        found["plan_ids"] = ("blank", "Plan ids can't be blank")
    elif not all(isinstance(each, str) and each in world.store.plans.by_uuid for each in uuids):
        found["plan_ids"] = ("invalid", "Plan ids is invalid")
    return found


def _create(world: World, call: Call) -> Answer:
    given = body_of(call)
    found = _complaints(world, given)
    if found:
        raise _refusal(found)
    sequence = world.store.ids.sequence()
    group = PlanGroup(prefixed("plg", sequence), sequence, world.now(), given["name"], _once(given["plans"]))
    world.store.plan_groups.add(group)
    return Answer(200, shape(world, group))


def _once(uuids: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(uuids))


def _group(world: World, call: Call) -> PlanGroup:
    found = world.store.plan_groups.by_uuid.get(call.params["plg"])
    if found is None and world.switches["plan_group_missing"] == "html":
        raise Refusal(Answer(404, answers.html(404, "The page you were looking for doesn't exist.")))
    if found is None:
        raise answers.unknown("Plan group")
    return found


def _list(world: World, call: Call) -> Answer:
    page = paging.newest_first(
        call, world.store.plan_groups.rows, lambda group: moments.cursor_time(group.created_at)
    )
    envelope = page.envelope("plan_groups", [shape(world, each) for each in page.rows])
    return Answer(200, paging.with_old_fields(call, envelope))


def _patch(world: World, call: Call) -> Answer:
    group, given = _group(world, call), body_of(call)
    found = _complaints(world, given)
    found = {name: why for name, why in found.items() if {"plan_ids": "plans"}.get(name, name) in given}
    if found:
        raise _refusal(found)
    group.name = given.get("name", group.name)
    group.plans = _once(given.get("plans", group.plans))
    return Answer(200, shape(world, group))


def _delete(world: World, call: Call) -> Answer:
    world.store.plan_groups.remove(_group(world, call))
    return EMPTY


def _plans(world: World, call: Call) -> Answer:
    rows = members(world, _group(world, call))
    page = paging.newest_first(call, rows, lambda plan: moments.cursor_time(plan.created_at))
    envelope = page.envelope("plans", [plans.ordered(each, plans.IN_GROUP) for each in page.rows])
    return Answer(200, paging.with_old_fields(call, envelope))
