"""What a note or task is about: a customer, or one of a customer's contacts.

Source: the official Python client 4.11.0, whose notes and tasks of contacts are made with
`associated_object_identifier: {associated_object, method, value}` and read back with `associated_object` and
`associated_object_uuid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.simulators.chartmogul import answers
from tests.simulators.chartmogul.crm import crm
from tests.simulators.chartmogul.crm.crm_records import Contact
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json

IDENTIFIER = "associated_object_identifier"


@dataclass(frozen=True)
class About:
    """A customer, and the contact when it is about one."""

    customer: Customer
    contact: Contact | None = None


def about(world: World, given: Mapping[str, Json]) -> About:
    """What a body names, by `customer_uuid` or by the identifier."""
    wanted = given.get(IDENTIFIER)
    if wanted is None:
        return About(crm.customer_of(world, given))
    if not isinstance(wanted, dict) or not isinstance(wanted.get("value"), str):
        raise answers.grape(400, f"{IDENTIFIER} is invalid", IDENTIFIER)
    kind, method, value = wanted.get("associated_object"), wanted.get("method"), wanted["value"]
    if (kind, method) == ("contact", "uuid"):
        contact = crm.found(world.store.contacts, value, "Contact", "contact_uuid")
        return About(contact.customer, contact)
    if (kind, method) == ("customer", "uuid"):
        return About(world.customer(value))
    raise answers.grape(400, f"{IDENTIFIER} does not have a valid value", IDENTIFIER)


def shape(customer: Customer, contact: Contact | None, told: bool) -> dict[str, Json]:
    """Whose it is; what is a contact's is printed without a customer (recorded in September 2026)."""
    if contact is not None:
        owner = {"associated_object": "contact", "associated_object_uuid": contact.uuid}
        return {"customer_uuid": None, **owner}
    owner = {"associated_object": "customer", "associated_object_uuid": customer.uuid}
    return {"customer_uuid": customer.uuid, **(owner if told else {})}


def move(world: World, gone: Contact, into: Contact) -> None:
    """Notes and tasks of a contact that was merged into another."""
    for note in world.store.notes.rows:
        note.contact = into if note.contact is gone else note.contact
    for task in world.store.tasks.rows:
        task.contact = into if task.contact is gone else task.contact
