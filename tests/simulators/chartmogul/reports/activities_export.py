"""/activities_export: a file of activities, made in the background.

Source: https://dev.chartmogul.com/reference/activities/export and recordings of July 2021: ready after about
ten seconds, kept for a week. The address of the file leads nowhere here.
"""

from collections.abc import Mapping
from datetime import timedelta

from tests.simulators.chartmogul import answers, moments
from tests.simulators.chartmogul.ids import bare
from tests.simulators.chartmogul.metrics.ledger import KINDS
from tests.simulators.chartmogul.records import ActivitiesExport
from tests.simulators.chartmogul.world import World, body_of
from tests.simulators.http import Answer, Call, Json, Route

EXPORTS = "/v1/activities_export"
KEPT = timedelta(days=7)


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", EXPORTS, lambda call: _create(world, call)),
        Route("GET", f"{EXPORTS}/{{id}}", lambda call: _get(world, call)),
    ]


def shape(world: World, export: ActivitiesExport) -> dict[str, Json]:
    """An export as the API prints it: pending, then succeeded with a file."""
    is_ready = world.now() >= export.due
    file_url = f"https://chartmogul-customer-export.example/activities-{export.uuid}.zip"
    return {
        "id": export.uuid,
        "status": "succeeded" if is_ready else "pending",
        "file_url": file_url if is_ready else None,
        "params": {"kind": "activities", "params": dict(export.params)},
        "expires_at": moments.analytics_side(export.due + KEPT) if is_ready else None,
        "created_at": moments.analytics_side(export.created_at),
    }


def _create(world: World, call: Call) -> Answer:
    given = body_of(call)
    params = {
        "activity_type": _kind(given),
        "start_date": _date(given, "start-date"),
        "end_date": _date(given, "end-date"),
    }
    sequence, now = world.store.ids.sequence(), world.now()
    due = now + timedelta(seconds=world.switches.number("activities_export_seconds"))
    export = ActivitiesExport(bare("export", sequence), sequence, now, due, params)
    world.store.exports.add(export)
    return Answer(200, shape(world, export))


def _kind(given: Mapping[str, Json]) -> str | None:
    kind = given.get("type")
    if kind is None or (isinstance(kind, str) and kind in KINDS):
        return kind
    raise answers.grape(400, "type does not have a valid value", "type")


def _date(given: Mapping[str, Json], name: str) -> str | None:
    """The date, whose name may be written with either line, as the vendor prints it back."""
    said = given.get(name, given.get(name.replace("-", "_")))
    moment = moments.parsed(said)
    if said is not None and moment is None:
        raise answers.grape(400, f"{name} is invalid", name)
    return moment.strftime("%Y-%m-%d %H:%M:%S +0000") if moment else None


def _get(world: World, call: Call) -> Answer:
    export = world.store.exports.by_uuid.get(call.params["id"])
    if export is None:
        raise answers.grape(404, f'Export "{call.params["id"]}" does not exist', "id")
    return Answer(200, shape(world, export))
