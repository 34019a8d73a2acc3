"""The person that comes with a customer: `primary_contact` on POST and PATCH /customers.

Source: https://dev.chartmogul.com/reference/customers/add. A customer made with an e-mail address only was
recorded with a contact of that address in October 2023, and without in April and August: a switch.
"""

from collections.abc import Mapping

from tests.simulators.chartmogul.crm.crm_records import Contact
from tests.simulators.chartmogul.customers import customer_fields
from tests.simulators.chartmogul.ids import prefixed
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json


def add(world: World, customer: Customer, given: Mapping[str, Json]) -> None:
    """After a customer was made."""
    said = given.get("primary_contact")
    if not said and given.get("email") and world.switches["customer_email_contact"] == "create":
        said = {"email": given["email"]}
    if said:
        _put(_new(world, customer), said)


def put(world: World, customer: Customer, given: Mapping[str, Json]) -> None:
    """After a customer was changed: the first contact changes, or begins to exist."""
    said = given.get("primary_contact")
    if said:
        held = world.store.contacts.group("customer", customer.uuid)
        first = min(held, key=lambda each: (each.position, each.sequence), default=None)
        _put(first or _new(world, customer), said)


def _new(world: World, customer: Customer) -> Contact:
    sequence = world.store.ids.sequence()
    uuid, source = prefixed("con", sequence), customer.identities[0][0]
    contact = Contact(uuid, sequence, world.now(), customer, source, 1)
    world.store.contacts.add(contact)
    return contact


def _put(contact: Contact, said: Mapping[str, Json]) -> None:
    for name in customer_fields.PERSON:
        if name in said:
            setattr(contact, name, said[name])
