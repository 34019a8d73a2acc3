"""/customer_notes, the paths of the first months, /customers/{cus}/notes, and those of 2026, /notes.

Source: https://dev.chartmogul.com/reference/customer-notes and recordings of December 2023: the author is
printed as `Name (e-mail)`, a call without duration took 60 seconds. /notes knows notes of contacts too.
Examples of the documentation have line breaks as \\n until 2025, and as <br> since.
"""

import html
from collections.abc import Mapping

from tests.simulators.chartmogul import answers, fields, moments
from tests.simulators.chartmogul.crm import crm
from tests.simulators.chartmogul.crm.crm_records import Note
from tests.simulators.chartmogul.customers import associated
from tests.simulators.chartmogul.ids import prefixed
from tests.simulators.chartmogul.world import World, body_of
from tests.simulators.http import Answer, Call, Json, Route

NOTES, OF_CUSTOMER, NEW = "/v1/customer_notes", "/v1/customers/{cus}/notes", "/v1/notes"
OWNER_OF_THE_KEY, USER_NAME = "staff@chartmogul.example", "Staff User"
CALL_SECONDS = 60
CHECKS: Mapping[str, fields.Check] = {
    "type": fields.one_of(("note", "call")),
    "text": fields.long_text,
    "author_email": fields.email,
    "call_duration": fields.integer,
    "created_at": fields.moment,
    "updated_at": fields.moment,
}


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    every = (NOTES, OF_CUSTOMER, NEW)
    return [
        *(Route("POST", path, lambda call: _create(world, call)) for path in every),
        *(Route("GET", path, lambda call: _list(world, call)) for path in every),
        *(Route("GET", f"{path}/{{note}}", lambda call: _get(world, call)) for path in every),
        *(Route("PATCH", f"{path}/{{note}}", lambda call: _patch(world, call)) for path in every),
        *(Route("DELETE", f"{path}/{{note}}", lambda call: _delete(world, call)) for path in every),
    ]


def shape(world: World, note: Note, call: Call) -> dict[str, Json]:
    """A note as the API prints it."""
    return {
        "uuid": note.uuid,
        **associated.shape(note.customer, note.contact, told=call.path.startswith(NEW)),
        "type": note.type,
        "text": _text(world, note),
        "call_duration": note.call_duration,
        "author": f"{USER_NAME} ({note.author})",
        "created_at": moments.import_side(note.created_at),
        "updated_at": moments.import_side(note.updated_at),
    }


def _text(world: World, note: Note) -> str:
    if world.switches["note_text"] == "as_sent":
        return note.text
    return "<p>" + html.escape(note.text).replace("\n", "<br>") + "</p>"


def _create(world: World, call: Call) -> Answer:
    in_path = {"customer_uuid": call.params["cus"]} if "cus" in call.params else {}
    return Answer(201, shape(world, create(world, {**body_of(call), **in_path}), call))


def create(world: World, given: Mapping[str, Json]) -> Note:
    """Make a note, or refuse what is not fit."""
    crm.require(given, *(() if associated.IDENTIFIER in given else ("customer_uuid",)), "type")
    whose = associated.about(world, given)
    crm.check(given, CHECKS)
    ids, now = world.store.ids, world.now()
    sequence = ids.sequence()
    uuid = prefixed("note", sequence)
    note = Note(uuid, sequence, now, now, whose.customer, given["type"], OWNER_OF_THE_KEY)
    note.contact = whose.contact
    note.call_duration = CALL_SECONDS if note.type == "call" else 0
    _put(note, given)
    world.store.notes.add(note)
    return note


def _put(note: Note, given: Mapping[str, Json]) -> None:
    note.text = given.get("text", note.text) or ""
    note.author = given.get("author_email") or note.author
    if given.get("call_duration") is not None:
        note.call_duration = given["call_duration"]
    note.created_at = moments.parsed(given.get("created_at")) or note.created_at
    note.updated_at = moments.parsed(given.get("updated_at")) or note.updated_at


def _note(world: World, call: Call) -> Note:
    note = crm.found(world.store.notes, call.params["note"], "Note", "note_uuid")
    if call.params.get("cus") not in (None, note.customer.uuid):
        raise answers.grape(404, f'Note "{answers.bare(note.uuid)}" does not exist', "note_uuid")
    return note


def _list(world: World, call: Call) -> Answer:
    if "cus" in call.params:
        world.customer(call.params["cus"])
    kind, author = call.query.get("type"), call.query.get("author_email")
    contact = call.query.get("contact_uuid")

    def fits(note: Note) -> bool:
        is_about = contact is None or (note.contact is not None and note.contact.uuid == contact)
        return is_about and kind in (None, note.type) and author in (None, note.author)

    rows = crm.of_customer(world, call, world.store.notes)
    return crm.entries(call, rows, lambda note: shape(world, note, call), fits)


def _get(world: World, call: Call) -> Answer:
    return Answer(200, shape(world, _note(world, call), call))


def _patch(world: World, call: Call) -> Answer:
    note, given = _note(world, call), body_of(call)
    crm.check(given, CHECKS)
    before = shape(world, note, call)
    _put(note, given)
    if crm.is_no_change(world, before, shape(world, note, call), given):
        return crm.UNCHANGED
    note.updated_at = moments.parsed(given.get("updated_at")) or world.now()
    return Answer(200, shape(world, note, call))


def _delete(world: World, call: Call) -> Answer:
    world.store.notes.remove(_note(world, call))
    return crm.deleted(world, "Note")
