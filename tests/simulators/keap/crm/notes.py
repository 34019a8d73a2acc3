"""Notes: of the whole account and of one contact."""

from __future__ import annotations

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.conditions import within
from tests.simulators.keap.crm.custom_fields import custom_filters, values_view
from tests.simulators.keap.crm.rows import Note
from tests.simulators.keap.crm.users import basic_view
from tests.simulators.keap.filters import ALL, number, one_of, since, until
from tests.simulators.keap.resource import FieldsRule, Resource
from tests.simulators.keap.wording import Json, Wording

CUSTOM = frozenset(("custom_fields",))


def note_view(account: Account, note: Note, say: Wording) -> Json:
    """A Note."""
    return say.known(
        {
            "id": str(note.id),
            "contact_id": str(note.contact_id),
            "title": note.title,
            "text": note.text,
            "type": note.action_type,
            "assigned_to_user": basic_view(account, note.user_id, say),
            "created_by_user_id": str(note.created_by),
            "last_updated_by_user_id": str(note.updated_by),
            "create_time": say.time(note.create_time),
            "update_time": say.time(note.update_time),
            "pinned_at": say.time(note.pinned_at) if note.pinned_at else None,
            "custom_fields": values_view(account, "note", note.id, say),
        }
    )


NOTES = Resource[Note](
    key="notes",
    noun="Note",
    table=lambda account: account.crm.notes,
    view=note_view,
    id_field="id",
    filters={
        "id": number(lambda row: row.id, ALL),
        "ids": one_of(lambda row: row.id),
        "title": within(lambda row: row.title),
        "contact_id": number(lambda row: row.contact_id, index="contact_id"),
        "assigned_to_user_id": number(lambda row: row.user_id),
        "since_time": since(lambda row, bounds: getattr(row, bounds.notes_basis)),
        "until_time": until(lambda row, bounds: getattr(row, bounds.notes_basis)),
    },
    orders={
        "id": lambda row: row.id,
        "create_time": lambda row: row.create_time,
        "update_time": lambda row: row.update_time,
    },
    fields=lambda _: FieldsRule(CUSTOM, CUSTOM, adds=True),
    custom_filter=custom_filters("note"),
    apart=(frozenset(("id", "ids")),),
)
