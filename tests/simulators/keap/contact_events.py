"""Events of contacts: made, edited, merged, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.simulators.keap.account import Owned
from tests.simulators.keap.billing.cards import move_cards
from tests.simulators.keap.crm.contact_changes import company_of, forget_contact, move_relations
from tests.simulators.keap.events import EventError, EventType, Fields, Touched, World, as_int
from tests.simulators.keap.rows import Address, Contact, Payment, Subscription

TEXT_FIELDS = ("given_name", "family_name", "email", "company", "phone")
NUMBER_FIELDS = ("owner_id", "lead_source_id")
PERSON = (*(f"{name}?" for name in (*TEXT_FIELDS, *NUMBER_FIELDS)), "address?")


def contact_of(world: World, fields: Fields, name: str = "contact_id") -> Contact:
    """The contact that an event names; EventError when there is none."""
    contact = world.engine.account.contacts.get(as_int(fields[name]))
    if contact is None:
        raise EventError(f"there is no contact {fields[name]}")
    return contact


def address_of(given: Mapping[str, str] | None) -> Address | None:
    """An address from its fields; EventError for a field that an address does not have."""
    if given is None:
        return None
    try:
        return Address(**texts(given, tuple(given)))
    except TypeError as error:
        raise EventError(f"address: {error}") from error


def texts(fields: Mapping[str, Any], names: tuple[str, ...] = TEXT_FIELDS) -> dict[str, Any]:
    """Those of the named fields that are given; EventError for one that is no text."""
    given = {name: fields[name] for name in names if name in fields}
    wrong = sorted(name for name, value in given.items() if not isinstance(value, str))
    if wrong:
        raise EventError(f"{', '.join(wrong)}: a text is needed")
    return given


def new_contact(world: World, fields: Fields) -> Touched:
    """A person becomes known; `contact_id` only where a scenario fixes it."""
    account, now = world.engine.account, world.engine.now
    contact_id = as_int(fields["contact_id"]) if "contact_id" in fields else account.contacts.new_id()
    if account.contacts.get(contact_id):
        raise EventError(f"contact {contact_id} is there already")
    words = {**dict.fromkeys(TEXT_FIELDS, ""), **texts(fields)}
    address = address_of(fields.get("address"))
    contact = Contact(id=contact_id, **words, address=address, create_time=now, update_time=now)
    company_id = company_of(account, contact, now)
    account.put_contact(replace(contact, **numbers(fields), company_id=company_id))
    return {"contacts": [contact_id]}


def edit_contact(world: World, fields: Fields) -> Touched:
    """Attributes of a contact change."""
    contact = contact_of(world, fields)
    changes = texts(fields)
    address = address_of(fields["address"]) if "address" in fields else contact.address
    account, now = world.engine.account, world.engine.now
    edited = replace(contact, **changes, **numbers(fields), address=address, update_time=now)
    account.put_contact(replace(edited, company_id=company_of(account, edited, now)))
    return {"contacts": [contact.id]}


def numbers(fields: Fields) -> dict[str, Any]:
    """The ids among the fields of a contact."""
    return {name: as_int(fields[name]) for name in NUMBER_FIELDS if name in fields}


def merge_contacts(world: World, fields: Fields) -> Touched:
    """One contact is merged into another: its id is gone, what it owned belongs to the other."""
    loser, winner = contact_of(world, fields), contact_of(world, fields, "into_contact_id")
    if loser.id == winner.id:
        raise EventError("a contact cannot be merged into itself")
    account = world.engine.account
    payments = Owned(account.payments, "contact_id")[loser.id]
    orders, subscriptions = list(account.orders_of[loser.id]), list(account.subscriptions_of[loser.id])
    move_cards(account, loser.id, winner.id)
    move_to(world, winner.id, orders, subscriptions, payments)
    move_relations(account, loser.id, winner.id)
    account.contacts.remove(loser.id)
    account.put_contact(replace(winner, update_time=world.engine.now))
    return {
        "contacts": [loser.id, winner.id],
        "orders": orders,
        "subscriptions": subscriptions,
        "payments": payments,
    }


def move_to(
    world: World, contact_id: int, orders: list[int], subscriptions: list[int], payments: list[int]
) -> None:
    """Give rows another contact; whether that moves their modification time is a doubt of its own."""
    account, now = world.engine.account, world.engine.now
    touches = world.doubt("merge_touches_orders") == "yes"
    for order in [account.orders[row_id] for row_id in orders]:
        time = now if touches else order.modification_time
        account.put_order(replace(order, contact_id=contact_id, modification_time=time))
        account.billing.move_attempts(order.id, contact_id)
    for subscription in [account.subscriptions[row_id] for row_id in subscriptions]:
        time = now if touches else subscription.modification_time
        moved = replace(subscription, contact_id=contact_id, card_id=charged_card(subscription))
        account.put_subscription(replace(moved, modification_time=time))
    for payment in [account.payments[row_id] for row_id in payments]:
        account.put_payment(replace(payment, contact_id=contact_id, card_id=charged_card(payment)))


def charged_card(row: Subscription | Payment) -> int:
    """The card that a row is charged to, which a merge does not change."""
    return row.card_id or row.contact_id


def delete_contact(world: World, fields: Fields) -> Touched:
    """A contact is deleted: its subscriptions stop, its orders and payments stay."""
    contact, account = contact_of(world, fields), world.engine.account
    subscriptions = [account.subscriptions[row_id] for row_id in account.subscriptions_of[contact.id]]
    active = [row for row in subscriptions if row.active]
    for subscription in active:
        world.engine.save(replace(subscription, active=False))
    forget_contact(account, contact.id, keep_records=world.doubt("records_of_deleted_contact") == "kept")
    account.contacts.remove(contact.id)
    for order_id in account.orders_of[contact.id]:
        account.orders.forget(order_id)
    return {"contacts": [contact.id], "subscriptions": [row.id for row in active]}


CONTACT_EVENTS = {
    "new_contact": EventType(new_contact, ("contact_id?", *PERSON), "A lead or customer becomes known."),
    "edit_contact": EventType(edit_contact, ("contact_id", *PERSON), "Attributes of a contact change."),
    "merge_contacts": EventType(
        merge_contacts, ("contact_id", "into_contact_id"), "The first contact disappears into the second."
    ),
    "delete_contact": EventType(
        delete_contact, ("contact_id",), "The contact goes, its subscriptions stop, its orders stay."
    ),
}
