"""/plans.

Source: https://dev.chartmogul.com/reference/plans and recordings. A plan made without external id gets its
bare UUID as one.
"""

from collections.abc import Mapping

from tests.simulators.chartmogul import answers, fields, moments, paging
from tests.simulators.chartmogul.billing.deletion import delete_plan
from tests.simulators.chartmogul.data_sources import required_source
from tests.simulators.chartmogul.ids import is_uuid, prefixed
from tests.simulators.chartmogul.records import DataSource, Plan
from tests.simulators.chartmogul.store import Store
from tests.simulators.chartmogul.world import EMPTY, World, body_of
from tests.simulators.http import Answer, Call, Json, Route

UNITS = ("day", "month", "year")
NAME_NEEDED = "A unique name is required for each plan."
UNIT_NEEDED = "Only 'day', 'month' or 'year' are valid values for interval_unit."
SOURCE_NEEDED = "A valid data source UUID is required for each plan."
EXISTS = "A plan with this identifier already exists in our system."


def routes(world: World) -> list[Route]:
    """The routes of this module, the old /import paths among them."""
    both = ("/v1/plans", "/v1/import/plans")
    return [
        *(Route("POST", path, lambda call: _create(world, call)) for path in both),
        *(Route("GET", path, lambda call: _list(world, call)) for path in both),
        *(Route("GET", f"{path}/{{pl}}", lambda call: _get(world, call)) for path in both),
        *(Route("PATCH", f"{path}/{{pl}}", lambda call: _patch(world, call)) for path in both),
        *(Route("DELETE", f"{path}/{{pl}}", lambda call: _delete(world, call)) for path in both),
    ]


def shape(plan: Plan) -> dict[str, Json]:
    """A plan as the API prints it."""
    return {
        "external_id": plan.external_id,
        "name": plan.name,
        "interval_count": plan.interval_count,
        "interval_unit": plan.interval_unit,
        "data_source_uuid": plan.source,
        "uuid": plan.uuid,
    }


# The recorded orders of the keys in lists.
IN_LIST = ("external_id", "name", "interval_count", "uuid", "interval_unit", "data_source_uuid")
IN_GROUP = ("name", "uuid", "data_source_uuid", "interval_count", "interval_unit", "external_id")


def ordered(plan: Plan, names: tuple[str, ...]) -> dict[str, Json]:
    """A plan with its keys in some order."""
    printed = shape(plan)
    return {name: printed[name] for name in names}


def complaints(given: Mapping[str, Json]) -> dict[str, str]:
    """Field to complaint, for the fields every plan needs."""
    found = {}
    name, count, unit = (
        given.get("name"),
        given.get("interval_count"),
        given.get("interval_unit"),
    )
    if not isinstance(name, str) or not name.strip():
        found["name"] = NAME_NEEDED
    elif fields.text(name):
        found["name"] = str(fields.text(name))
    if count is None or fields.integer(count):
        found["interval_count"] = "is not a number"
    elif count < 1:
        found["interval_count"] = "must be greater than 0"
    if unit not in UNITS:
        found["interval_unit"] = UNIT_NEEDED
    external_id = given.get("external_id")
    if external_id is not None and fields.text(external_id):
        found["external_id"] = str(fields.text(external_id))
    return found


def add(store: Store, source: str, given: Mapping[str, Json], world: World) -> Plan:
    """Keep a plan whose fields are fit."""
    sequence = store.ids.sequence()
    uuid = prefixed("pl", sequence)
    plan = Plan(
        uuid, sequence, world.now(), source, given["name"], fields.whole(given["interval_count"]) or 1,
        given["interval_unit"], given.get("external_id") or _own_external_id(world, uuid),
    )  # fmt: skip
    store.plans.add(plan)
    return plan


def _own_external_id(world: World, uuid: str) -> str | None:
    return answers.bare(uuid) if world.switches["plan_without_external_id"] == "bare_uuid" else None


def name_taken(world: World, source: str, name: Json, besides: Plan | None = None) -> bool:
    """Is the name in use in the source, and does that matter?"""
    return world.switches["plan_names"] == "unique" and any(
        each.name == name and each is not besides for each in world.store.plans.group("source", source)
    )


def _create(world: World, call: Call) -> Answer:
    given = body_of(call)
    found = complaints(given)
    source = required_source(world, given.get("data_source_uuid"))
    if source is None:
        found["data_source_uuid"] = SOURCE_NEEDED
    else:
        found = {**found, **_clashes(world, source, given)}
    if source is None or found:
        raise answers.rails(found)
    return Answer(201, shape(add(world.store, source.uuid, given, world)))


def _clashes(world: World, source: DataSource, given: Mapping[str, Json]) -> dict[str, str]:
    external_id = given.get("external_id")
    if isinstance(external_id, str) and external_id and world.store.plan(source.uuid, external_id):
        return {"external_id": EXISTS}
    return {"name": NAME_NEEDED} if name_taken(world, source.uuid, given.get("name")) else {}


def _list(world: World, call: Call) -> Answer:
    query = call.query
    source, external_id = query.get("data_source_uuid"), query.get("external_id")
    rows = world.store.plans.rows if source is None else world.store.plans.group("source", source)
    if query.get("system") not in (None, world.switches["source_system"]):
        rows = ()
    page = paging.newest_first(
        call, rows, lambda plan: moments.cursor_time(plan.created_at),
        lambda plan: external_id in (None, plan.external_id),
    )  # fmt: skip
    shapes = [ordered(each, IN_LIST) for each in page.rows]
    return Answer(200, paging.with_old_fields(call, page.envelope("plans", shapes)))


def _plan(world: World, call: Call) -> Plan:
    uuid = call.params["pl"]
    if not is_uuid(uuid, "pl"):
        raise answers.unknown("Plan")
    return world.plan(uuid)


def _get(world: World, call: Call) -> Answer:
    return Answer(200, shape(_plan(world, call)))


def _patch(world: World, call: Call) -> Answer:
    plan, given = _plan(world, call), body_of(call)
    wanted = {**shape(plan), **{name: value for name, value in given.items() if name in CHANGEABLE}}
    found = complaints(wanted)
    if name_taken(world, plan.source, wanted["name"], plan):
        found["name"] = NAME_NEEDED
    if found:
        raise answers.rails(found)
    put(world, plan, wanted)
    return Answer(202, shape(plan))


CHANGEABLE = ("name", "interval_count", "interval_unit")


def put(world: World, plan: Plan, wanted: Mapping[str, Json]) -> None:
    """Put name and interval, which are fit; MRR on the plan follows."""
    plan.name, plan.interval_unit = wanted["name"], wanted["interval_unit"]
    plan.interval_count = fields.whole(wanted["interval_count"]) or 1
    for customer in {line.invoice.customer for line in world.store.lines_on(plan.uuid)}:
        world.store.touched(customer)


def _delete(world: World, call: Call) -> Answer:
    plan = _plan(world, call)
    if world.store.lines_on(plan.uuid):
        status = world.switches.number("plan_in_use_status")
        raise answers.rails({"base": "The plan is referenced by subscriptions or invoices."}, status)
    delete_plan(world.store, plan)
    return EMPTY
