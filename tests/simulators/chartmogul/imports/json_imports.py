"""Bulk Import: POST /data_sources/{ds}/json_imports and its status.

Source: https://dev.chartmogul.com/reference/bulk-import and /reference/track-import-status. Accepted at once,
worked on later; objects name each other by external id; a bad object is marked as failed and stops nothing.
"""

from datetime import timedelta

from tests.simulators.chartmogul import answers, fields, moments
from tests.simulators.chartmogul.billing import drafts
from tests.simulators.chartmogul.ids import bare
from tests.simulators.chartmogul.imports.bulk import Bulk
from tests.simulators.chartmogul.imports.bulk_shape import misshapen
from tests.simulators.chartmogul.imports.jobs import Job
from tests.simulators.chartmogul.records import JsonImport
from tests.simulators.chartmogul.world import World, body_of
from tests.simulators.http import Answer, Call, Json, Route

LARGEST_BYTES = 5 * 1024 * 1024
KINDS = ("plans", "customers", "invoices", "line_items", "transactions", "subscription_events")


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    path = "/v1/data_sources/{ds}/json_imports"
    return [
        Route("POST", path, lambda call: _create(world, call)),
        Route("GET", f"{path}/{{import_id}}", lambda call: _get(world, call)),
    ]


def _create(world: World, call: Call) -> Answer:
    source = world.source(call.params["ds"])
    if len(call.raw) > LARGEST_BYTES:
        status = world.switches.number("bulk_too_large_status")
        return Answer(status, {"error": "The payload is larger than 5 MB"})
    body = body_of(call)
    _check(body)
    wrong = misshapen(body) if world.switches["bulk_bad_shape"] == "refuse" else {}
    if wrong:
        raise answers.rails(wrong)
    held = world.store.imports.group("external_id", (source.uuid, body["external_id"]))
    if held and world.switches["bulk_external_id_reuse"] == "reject":
        raise answers.rails({"external_id": "has already been taken"})
    added = _add(world, source.uuid, body)
    return Answer(world.switches.number("bulk_status"), _shape(added, "queued"))


def _check(body: dict[str, Json]) -> None:
    external_id = body.get("external_id")
    if external_id in (None, ""):
        raise answers.rails({"external_id": drafts.BLANK})
    if fields.text(external_id):
        raise answers.rails({"external_id": str(fields.text(external_id))})
    wrong = {name: "is invalid" for name in KINDS if not _is_list_of_objects(body.get(name))}
    if wrong:
        raise answers.rails(wrong)


def _is_list_of_objects(value: Json) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(each, dict) for each in value))


def _add(world: World, source: str, body: dict[str, Json]) -> JsonImport:
    ids, now = world.store.ids, world.now()
    sequence = ids.sequence()
    takes = timedelta(seconds=world.switches.number("json_import_seconds"))
    added = JsonImport(
        bare("json_import", sequence), sequence, now, now, source, body["external_id"],
        now + takes / 2, now + takes, body,
    )  # fmt: skip
    world.store.imports.add(added)
    world.jobs.append(Job(added.due, lambda: _process(world, added)))
    return added


def _process(world: World, each: JsonImport) -> None:
    """Take the objects of an import, unless its source is gone by now."""
    if each.source in world.store.sources.by_uuid:
        bulk = Bulk(world, each.source)
        bulk.apply(each.body)
        each.details, each.failed = bulk.details(), bulk.failed
    each.done, each.body, each.updated_at = True, None, each.due


def _get(world: World, call: Call) -> Answer:
    source, wanted = world.source(call.params["ds"]), call.params["import_id"]
    found = world.store.imports.by_uuid.get(wanted)
    named = world.store.imports.group("external_id", (source.uuid, wanted))
    each = found if found is not None and found.source == source.uuid else (named[-1] if named else None)
    if each is None:
        raise answers.unknown("Import")
    running = "processing" if world.clock.now() >= each.starts else "queued"
    return Answer(200, _shape(each, "completed" if each.done else running))


def _shape(each: JsonImport, status: str) -> dict[str, Json]:
    return {
        "id": each.uuid,
        "data_source_uuid": each.source,
        "status": status,
        "external_id": each.external_id,
        "status_details": each.details,
        "created_at": moments.seconds_only(each.created_at),
        "updated_at": moments.seconds_only(each.updated_at),
    }
