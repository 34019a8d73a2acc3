"""Keap notes → notes and call logs of ChartMogul.

Source: https://dev.chartmogul.com/reference/customer-notes. A call without a duration counts as a minute
there; Keap stores none, so 0 is said. The author is only said when the note is made: ChartMogul shows it as
a name with an address, and puts the key's owner in the place of somebody it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from destination_chartmogul.crm.kinds import Json, Kind, other
from destination_chartmogul.crm.marks import key_in, mark, marked, words
from destination_chartmogul.crm.wanted import Scope, View, Wanted
from destination_chartmogul.mapping.context import Bundle, Record
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import parse_instant
from destination_chartmogul.wire import iso

NOUN = "note"
KIND = Kind(
    "note",
    "/customer_notes",
    "notes",
    "uuid",
    {"text": lambda held, wanted: words(held.get("text")) != words(wanted), "type": other("type")},
)


def identity(held: Json, scope: Scope) -> str | None:
    """The Keap note that an object is of."""
    return key_in(held.get("text"), scope.name, NOUN)


def wanted(bundle: Bundle, view: View, log: MappingLog) -> Iterator[Wanted]:
    """The notes of a contact, as far as their kind is switched on."""
    asked = {"note": view.choices.notes, "call": view.choices.calls}
    for key, note in bundle.notes.items():
        if asked[kind_of(note)]:
            made = log.attempt("notes", key, partial(_note, key, note, view, log))
            if made:
                yield made


def kind_of(note: Record) -> str:
    """Only a call is a kind of its own in ChartMogul; accounts name more types than are documented."""
    return "call" if str(note.get("type") or "").strip().casefold() == "call" else "note"


def _note(key: str, note: Record, view: View, log: MappingLog) -> Wanted:
    kind = kind_of(note)
    parts = [str(note[name]).strip() for name in ("title", "text") if note.get(name)]
    body = {"type": kind, "text": marked("\n".join(parts), mark(view.scope.name, NOUN, key))}
    birth: Json = {"call_duration": 0} if kind == "call" else {}
    author = _author(key, note, view, log)
    if author:
        birth["author_email"] = author
    if note.get("create_time"):
        moment = parse_instant(str(note["create_time"]), view.context.zone)
        birth["created_at"] = iso(min(moment, view.context.now))
    return Wanted(KIND.name, "notes", key, body, birth, ("author_email",))


def _author(key: str, note: Record, view: View, log: MappingLog) -> str | None:
    """Who wrote it, else whom it is assigned to. For somebody unknown ChartMogul shows the key's owner."""
    assigned: Record = note.get("assigned_to_user") or {}
    writer = note.get("created_by_user_id") or assigned.get("id")
    told = assigned.get("email_address") if str(writer) == str(assigned.get("id")) else None
    try:
        return view.people.email(writer, told)
    except UnwritableError as error:
        log.reject("notes", key, error.rule, f"created_by_user_id: {error.message}", "created_by_user_id")
        return None
