"""A contact's Keap records → everything that its ChartMogul customer should have besides billing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from destination_chartmogul.crm import contacts, notes, opportunities, tasks
from destination_chartmogul.crm.choices import CrmChoices
from destination_chartmogul.crm.kinds import Json, Kind
from destination_chartmogul.crm.on_customer import fields_of, on_customer, tag_names
from destination_chartmogul.crm.people import People
from destination_chartmogul.crm.wanted import OnCustomer, Scope, View, Wish
from destination_chartmogul.mapping.context import Bundle, Context, Record
from destination_chartmogul.mapping.log import MappingLog

KINDS = (contacts.KIND, notes.KIND, tasks.KIND, opportunities.KIND)
KIND_OF = {kind.stream: kind.name for kind in KINDS}


def kinds_on(choices: CrmChoices) -> list[Kind]:
    """The kinds of objects that are switched on and whose stream comes."""
    on = {
        "contact": choices.contacts != "off",
        "note": choices.notes or choices.calls,
        "task": choices.tasks,
        "opportunity": bool(choices.stages),
    }
    return [kind for kind in KINDS if on[kind.name] and kind.stream in choices.streams]


def view_of(context: Context, scope: Scope) -> View:
    """Once per run."""
    choices, reference = context.policy.crm, context.reference
    people = People(reference.users, choices.users, choices.default_user)
    return View(choices, context, scope, people, tag_names(choices, reference), fields_of(choices, reference))


def identity_of(kind: Kind, held: Json, view: View) -> str | None:
    """The id of the Keap record that an object is of; None for what this connector did not write."""
    if kind is opportunities.KIND:
        return opportunities.identity(held, view.scope, view.choices.id_attribute)
    return {"contact": contacts.identity, "note": notes.identity, "task": tasks.identity}[kind.name](
        held, view.scope
    )


def wish_of(bundle: Bundle, colleagues: Sequence[Record], view: View) -> Wish:
    """Pure: no calls, no clock."""
    log = MappingLog()
    objects = (
        *contacts.wanted(bundle, colleagues, view, log),
        *notes.wanted(bundle, view, log),
        *tasks.wanted(bundle, view, log),
        *opportunities.wanted(bundle, view, log),
    )
    told = log.attempt("contacts", bundle.contact_id, partial(on_customer, bundle, view, log))
    kept = frozenset(f"{KIND_OF[r.stream]}/{r.key}" for r in log.rejects if r.stream in KIND_OF)
    said = told or OnCustomer()
    return Wish(bundle.contact_id, objects, said, kept, tuple(log.rejects), tuple(log.notices))
