"""/contacts and /customers/{cus}/contacts.

Source: https://dev.chartmogul.com/reference/contacts and recordings of 2023: an e-mail address does not
identify a contact, several of one customer may have the same. The answer to a merge has no customer. Those
of September 2026 have `last_seen`.
"""

from collections.abc import Mapping
from functools import partial

from tests.simulators.chartmogul import answers, fields, moments
from tests.simulators.chartmogul.crm import crm
from tests.simulators.chartmogul.crm.crm_records import Contact
from tests.simulators.chartmogul.customers import associated
from tests.simulators.chartmogul.ids import prefixed
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.world import World, body_of
from tests.simulators.http import Answer, Call, Json, Route

CONTACTS, ONE, OF_CUSTOMER = "/v1/contacts", "/v1/contacts/{con}", "/v1/customers/{cus}/contacts"
SHORT = ("first_name", "last_name", "title", "email", "phone", "linked_in", "twitter")
TEXTS = ("external_id", *SHORT, "notes")
EXISTS = "The external ID for this contact already exists in our system."
PRINTED = (*SHORT, "notes", "external_id")
CHECKS: Mapping[str, fields.Check] = {
    **dict.fromkeys(("external_id", *SHORT), fields.text),
    "email": fields.email,
    "notes": fields.long_text,
    "position": fields.integer,
    "last_seen": fields.moment,
    "last_active_at": fields.moment,
    "custom": crm.custom,
}


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", CONTACTS, lambda call: _create(world, call)),
        Route("GET", CONTACTS, lambda call: _list(world, call)),
        Route("GET", ONE, lambda call: _get(world, call)),
        Route("PATCH", ONE, lambda call: _patch(world, call)),
        Route("DELETE", ONE, lambda call: _delete(world, call)),
        Route("POST", f"{CONTACTS}/{{into}}/merge/{{from}}", lambda call: _merge(world, call)),
        Route("POST", OF_CUSTOMER, lambda call: _create(world, call)),
        Route("GET", OF_CUSTOMER, lambda call: _list_for(world, call)),
    ]


def shape(world: World, contact: Contact) -> dict[str, Json]:
    """A contact as the API prints it."""
    seen = (
        {}
        if world.switches["answers_of"] == "2025"
        else {"last_seen": moments.import_side(contact.last_seen)}
    )
    return {
        "uuid": contact.uuid,
        "customer_uuid": contact.customer.uuid,
        "customer_external_id": _external_id(contact.customer, contact.source),
        "data_source_uuid": contact.source,
        "position": contact.position,
        **{name: getattr(contact, name) for name in PRINTED},
        **seen,
        "custom": dict(contact.custom),
    }


def _external_id(customer: Customer, source: str) -> str:
    """What the customer is called in the contact's source."""
    own = (external_id for each, external_id in customer.identities if each == source)
    return next(own, customer.identities[0][1])


def _create(world: World, call: Call) -> Answer:
    in_path = {"customer_uuid": call.params["cus"]} if "cus" in call.params else {}
    return Answer(201, shape(world, create(world, {**body_of(call), **in_path})))


def create(world: World, given: Mapping[str, Json]) -> Contact:
    """Make a contact, or refuse what is not fit."""
    crm.require(given, "customer_uuid", "data_source_uuid")
    customer, source = crm.customer_of(world, given), given["data_source_uuid"]
    if not isinstance(source, str) or source not in world.store.sources.by_uuid:
        raise answers.grape(
            404, f'Data source "{answers.bare(str(source))}" does not exist', "data_source_uuid"
        )
    crm.check(given, CHECKS)
    if world.switches["contact_duplicate"] == "reject" and _is_taken(world, source, given.get("external_id")):
        raise answers.grape(422, EXISTS, "external_id")
    sequence = world.store.ids.sequence()
    uuid, position = prefixed("con", sequence), _next_position(world, customer)
    contact = Contact(uuid, sequence, world.now(), customer, source, position)
    _put(world, contact, given)
    world.store.contacts.add(contact)
    return contact


def _is_taken(world: World, source: str, external_id: Json) -> bool:
    rows = world.store.contacts.rows
    return bool(external_id) and any((e.source, e.external_id) == (source, external_id) for e in rows)


def _next_position(world: World, customer: Customer) -> int:
    taken = (each.position for each in world.store.contacts.group("customer", customer.uuid))
    return max(taken, default=0) + 1


def _put(world: World, contact: Contact, given: Mapping[str, Json]) -> None:
    for name in TEXTS:
        if name in given:
            setattr(contact, name, given[name])
    if given.get("position") is not None:
        contact.position = given["position"]
    for name in ("last_seen", "last_active_at"):
        if name in given:
            contact.last_seen = moments.parsed(given[name])
    if world.switches["contact_custom"] == "keep":
        contact.custom = crm.with_custom(contact.custom, given.get("custom"))


def _contact(world: World, uuid: str) -> Contact:
    return crm.found(world.store.contacts, uuid, "Contact", "contact_uuid")


def _get(world: World, call: Call) -> Answer:
    return Answer(200, shape(world, _contact(world, call.params["con"])))


def _list(world: World, call: Call) -> Answer:
    filters = ("data_source_uuid", "customer_external_id", "email", "external_id")
    wanted = {name: call.query[name] for name in filters if name in call.query}
    rows = crm.of_customer(world, call, world.store.contacts)
    return crm.entries(
        call, rows, partial(shape, world), lambda each: wanted.items() <= _sought(each).items()
    )


def _sought(contact: Contact) -> dict[str, str | None]:
    return {
        "data_source_uuid": contact.source,
        "customer_external_id": _external_id(contact.customer, contact.source),
        "email": contact.email,
        "external_id": contact.external_id,
    }


def _list_for(world: World, call: Call) -> Answer:
    world.customer(call.params["cus"])
    return _list(world, call)


def _patch(world: World, call: Call) -> Answer:
    contact, given = _contact(world, call.params["con"]), body_of(call)
    crm.check(given, CHECKS)
    _put(world, contact, given)
    return Answer(200, shape(world, contact))


def _delete(world: World, call: Call) -> Answer:
    world.store.contacts.remove(_contact(world, call.params["con"]))
    return crm.deleted(world, "Contact")


def _merge(world: World, call: Call) -> Answer:
    """The contact merged into keeps its values; what it lacks comes from the other, notes from both."""
    into, gone = _contact(world, call.params["into"]), _contact(world, call.params["from"])
    if into is gone:
        raise answers.grape(422, "A contact can't be merged into itself", "from")
    notes = " ".join(each.notes for each in (into, gone) if each.notes)
    for name in (*TEXTS, "last_seen"):
        setattr(into, name, getattr(into, name) or getattr(gone, name))
    into.notes, into.custom = notes or None, {**gone.custom, **into.custom}
    associated.move(world, gone, into)
    world.store.contacts.remove(gone)
    return Answer(200, {**shape(world, into), "customer_uuid": None})
