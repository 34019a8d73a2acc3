"""CSV uploads: POST /data_sources/{ds}/uploads.

Source: https://dev.chartmogul.com/reference/sources/import-csv/ (form fields, types, today's answer) and
https://help.chartmogul.com/hc/en-us/articles/360013881659 (columns, written as people read them: "External
ID"). Taken at once, worked on later; a bad row is counted as failed and stops nothing. There is no read of
an upload: the source's processing status tells. Recordings of 2020 name the source by its bare uuid.
"""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import timedelta
from email import message_from_bytes
from email.message import Message

from tests.simulators.chartmogul import answers, fields, moments
from tests.simulators.chartmogul.crm import contacts, customer_notes
from tests.simulators.chartmogul.ids import bare
from tests.simulators.chartmogul.imports import enrichment
from tests.simulators.chartmogul.imports.bulk import Bulk
from tests.simulators.chartmogul.imports.jobs import Job
from tests.simulators.chartmogul.records import Upload
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Answer, Call, Json, Refusal, Route

BULK_KINDS = {
    "customer": "customers",
    "plan": "plans",
    "invoice": "invoices",
    "line_item": "line_items",
    "transaction": "transactions",
    "subscription_event": "subscription_events",
}
CRM_KINDS = ("contact", "customer_note")
ENRICHMENT = "customers_contacts_enrichment"
NOT_SIMULATED = ("manual_subscription_event",)
NUMBERS = ("interval_count", "quantity", "event_order", "position", "call_duration")
FIRST_ID = 12_345


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    path = "/v1/data_sources/{ds}/uploads"
    return [
        Route("POST", path, lambda call: _create(world, call)),
        Route("POST", f"{path}/", lambda call: _create(world, call)),
    ]


def _create(world: World, call: Call) -> Answer:
    source = world.source(f"ds_{answers.bare(call.params['ds'])}")
    parts = _parts(call)
    kind = _text(parts.get("type"))
    if "file" not in parts or not kind:
        missing = "file" if "file" not in parts else "type"
        raise answers.grape(400, f'Parameter "{missing}" is missing', missing)
    if kind not in (*BULK_KINDS, *CRM_KINDS, ENRICHMENT, *NOT_SIMULATED):
        raise answers.grape(400, "type does not have a valid value", "type")
    if kind in NOT_SIMULATED or (kind == ENRICHMENT and world.switches["enrichment_upload"] == "refuse"):
        raise answers.grape(422, f"Uploads of type {kind} are not simulated", "type")
    rows = _rows(parts["file"], as_they_stand=kind == ENRICHMENT)
    ids, now = world.store.ids, world.now()
    sequence, takes = ids.sequence(), timedelta(seconds=world.switches.number("json_import_seconds"))
    name = _text(parts.get("batch_name")) or None
    uuid = bare("upload", sequence)
    upload = Upload(uuid, sequence, now, now, source.uuid, kind, name, now + takes, rows)
    world.store.uploads.add(upload)
    world.jobs.append(Job(upload.due, lambda: _process(world, upload)))
    return Answer(201, _shape(world, upload, parts["file"]))


def _parts(call: Call) -> dict[str, Message]:
    """The parts of the form by name."""
    kind = call.headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        raise answers.grape(400, 'Parameter "file" is missing', "file")
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.raw)
    found = message.get_payload() if message.is_multipart() else []
    parts = [part for part in found if isinstance(part, Message)]
    return {str(part.get_param("name", "", header="content-disposition")): part for part in parts}


def _text(part: Message | None) -> str:
    return "" if part is None else _bytes(part).decode("utf-8", "replace").strip()


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _rows(file: Message, as_they_stand: bool) -> list[dict[str, Json]]:
    """The rows as objects: column names in small letters with underscores, empty cells left out. Names of
    attributes stay as they stand.
    """
    try:
        text = _bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise answers.grape(422, "The file must be UTF-8 encoded", "file") from error
    if as_they_stand:
        return [
            {c: cell for c, cell in row.items() if c and cell} for row in csv.DictReader(io.StringIO(text))
        ]
    return [
        {_name(column): _value(_name(column), cell) for column, cell in row.items() if column and cell}
        for row in csv.DictReader(io.StringIO(text))
    ]


def _name(column: str) -> str:
    return "_".join(column.strip().lower().split())


def _value(name: str, cell: Json) -> Json:
    if name in NUMBERS or name.endswith("_in_cents"):
        number = fields.whole(cell)
        return cell if number is None else number
    if name == "prorated":
        return {"true": True, "false": False}.get(str(cell).lower(), cell)
    return cell


def _process(world: World, upload: Upload) -> None:
    """Take the rows of an upload, unless its source is gone by now."""
    known = upload.source in world.store.sources.by_uuid
    if known and upload.kind in BULK_KINDS:
        bulk = Bulk(world, upload.source)
        bulk.apply({BULK_KINDS[upload.kind]: upload.rows})
        upload.failed = bulk.failed
    elif known:
        upload.failed = sum(not _taken(world, upload, row) for row in upload.rows)
    upload.done, upload.rows, upload.updated_at = True, [], upload.due


def _taken(world: World, upload: Upload, row: Mapping[str, Json]) -> bool:
    """Make a contact or note, or enrich a customer; False when the row is refused."""
    if upload.kind == ENRICHMENT:
        return world.switches["enrichment_upload"] == "ignore" or enrichment.taken(world, upload.source, row)
    customer = world.store.customer(upload.source, row.get("customer_external_id"))
    if customer is None:
        return False
    make: Callable[[World, Mapping[str, Json]], object]
    make = contacts.create if upload.kind == "contact" else customer_notes.create
    try:
        make(world, {**row, "customer_uuid": customer.uuid, "data_source_uuid": upload.source})
    except Refusal:
        return False
    return True


def _shape(world: World, upload: Upload, file: Message) -> dict[str, Json]:
    """As recorded in 2020, or as the documentation of 2026 shows it."""
    if world.switches["upload_answer"] == "documented":
        return {
            "id": FIRST_ID + upload.sequence,
            "status": "queued",
            "created_at": moments.seconds_only(upload.created_at),
            "updated_at": moments.seconds_only(upload.updated_at),
            "error_count": 0,
            "processed_count": 0,
        }
    return {
        "id": upload.uuid,
        "original_name": file.get_filename() or "upload.csv",
        "data_type": upload.kind,
        "storage_path": f"uploads/{upload.uuid}.csv",
        "percent_complete": 0,
        "created_at": moments.import_side(upload.created_at),
        "updated_at": moments.import_side(upload.updated_at),
        "batch_name": upload.batch_name or "",
    }
