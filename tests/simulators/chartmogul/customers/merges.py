"""Merging and unmerging customers.

Source: https://help.chartmogul.com/hc/en-us/articles/211358589: the record merged into keeps its values, lead
and trial dates included; external ids, tags and subscriptions of both are kept. The answer is always 202
`{}`.
"""

from functools import partial

from tests.simulators.chartmogul import answers
from tests.simulators.chartmogul.billing.deletion import detach
from tests.simulators.chartmogul.crm import crm
from tests.simulators.chartmogul.ids import prefixed
from tests.simulators.chartmogul.imports import jobs
from tests.simulators.chartmogul.records import Customer, Invoice, Subscription
from tests.simulators.chartmogul.world import World, body_of
from tests.simulators.http import Answer, Call, Json, Route

MOVABLE = ("tasks", "opportunities", "notes")


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", "/v1/customers/merges", lambda call: _merge(world, call)),
        Route("POST", "/v1/customers/unmerges", lambda call: _unmerge(world, call)),
    ]


def _customer(world: World, given: Json, param: str) -> Customer:
    """The customer that `{customer_uuid}` or `{data_source_uuid, external_id}` names."""
    if not isinstance(given, dict):
        raise answers.grape(400, f'Parameter "{param}" is missing', param)
    if isinstance(given.get("customer_uuid"), str):
        return world.customer(given["customer_uuid"])
    source, external_id = given.get("data_source_uuid"), given.get("external_id")
    if not isinstance(source, str) or not isinstance(external_id, str):
        raise answers.grape(400, f'Parameter "{param}" is invalid', param)
    found = world.store.customer(source, external_id)
    if found is None:
        raise answers.grape(404, f'Customer "{external_id}" does not exist', "customer_id")
    return found


def _merge(world: World, call: Call) -> Answer:
    given = body_of(call)
    gone, into = _customer(world, given.get("from"), "from"), _customer(world, given.get("into"), "into")
    if gone is into:
        raise answers.grape(422, "A customer can't be merged into itself", "from")
    jobs.later(world, world.switches.number("merge_seconds"), lambda: merge(world, gone, into))
    return Answer(202, {})


def merge(world: World, gone: Customer, into: Customer) -> None:
    """Give all that a customer has to another one, unless one of them is gone by now."""
    customers = world.store.customers
    if gone.uuid not in customers.by_uuid or into.uuid not in customers.by_uuid:
        return
    customers.remove(gone)
    if world.switches["merged_identities"] == "keep":
        customers.change(into, lambda: into.identities.extend(gone.identities))
    into.tags = list(dict.fromkeys([*into.tags, *gone.tags]))
    into.custom = {**gone.custom, **into.custom}
    _move_all(world, gone, into)
    world.store.touched(gone)
    world.store.touched(into)


def merge_automatically(world: World, new: Customer) -> None:
    """Merge a new customer into an older one that the account's automation takes for the same.

    Source: https://help.chartmogul.com/hc/en-us/articles/211358589: accounts since May 2024 may merge
    customers "with matching external IDs or domains".
    """
    rule = world.switches.text("automatic_merge")
    older = _namesake(world, new) if "external_id" in rule else None
    if older is None and "domain" in rule:
        older = _of_domain(world, new)
    if older is not None:
        found = older
        jobs.later(world, world.switches.number("merge_seconds"), lambda: merge(world, new, found))


def _namesake(world: World, new: Customer) -> Customer | None:
    rows = world.store.customers.group("any_external_id", new.identities[0][1])
    return next((each for each in rows if each is not new), None)


def _of_domain(world: World, new: Customer) -> Customer | None:
    domain = _domain(new)
    rows = world.store.customers.rows if domain else ()
    return next((each for each in rows if each is not new and _domain(each) == domain), None)


def _domain(customer: Customer) -> str:
    return (customer.email or "").rpartition("@")[2].lower()


def _move_all(world: World, gone: Customer, into: Customer) -> None:
    crm.move(world.store.contacts, gone, into)
    crm.move(world.store.notes, gone, into)
    crm.move(world.store.opportunities, gone, into)
    crm.move(world.store.tasks, gone, into)
    for invoice in list(world.store.invoices.group("customer", gone.uuid)):
        _put_customer(world, invoice, into)
    for subscription in list(world.store.subscriptions.group("customer", gone.uuid)):
        _move_subscription(world, subscription, into)


def _move_subscription(world: World, subscription: Subscription, into: Customer) -> None:
    """One with the same external id in the same source takes the lines over."""
    store = world.store
    other = store.subscriptions.first(
        "external_id", (subscription.source, into.uuid, subscription.external_id)
    )
    if other is None:
        store.subscriptions.change(subscription, lambda: setattr(subscription, "customer", into))
        return
    other.cancellation_dates = sorted({*other.cancellation_dates, *subscription.cancellation_dates})
    for line in list(subscription.line_items):
        detach(store, line)
        line.subscription = other
        other.line_items.append(line)


def _unmerge(world: World, call: Call) -> Answer:
    given = body_of(call)
    if not isinstance(given.get("customer_uuid"), str):
        raise answers.grape(400, 'Parameter "customer_uuid" is missing', "customer_uuid")
    customer = world.customer(given["customer_uuid"])
    moved = given.get("move_to_new_customer") or []
    if not isinstance(moved, list) or not all(each in MOVABLE for each in moved):
        raise answers.grape(400, "move_to_new_customer does not have a valid value", "move_to_new_customer")
    identity = (given.get("data_source_uuid"), given.get("external_id"))
    if identity not in customer.identities or len(customer.identities) == 1:
        raise answers.grape(422, "The customer has no such merged record", "external_id")
    names = (str(identity[0]), str(identity[1]))

    def unmerge() -> None:
        if names in customer.identities and len(customer.identities) > 1:
            _move_along(world, customer, _split(world, customer, names), frozenset(moved))

    jobs.later(world, world.switches.number("merge_seconds"), unmerge)
    return Answer(202, {})


def _move_along(world: World, customer: Customer, alone: Customer, moved: frozenset[str]) -> None:
    """Contacts follow their data source; notes, opportunities and tasks stay unless they are asked for."""
    store, sources = world.store, {source for source, _ in customer.identities}
    for contact in list(store.contacts.group("customer", customer.uuid)):
        if contact.source == alone.identities[0][0] and contact.source not in sources:
            store.contacts.change(contact, partial(setattr, contact, "customer", alone))
    if "notes" in moved:
        crm.move(store.notes, customer, alone)
    if "opportunities" in moved:
        crm.move(store.opportunities, customer, alone)
    if "tasks" in moved:
        crm.move(store.tasks, customer, alone)


def _split(world: World, customer: Customer, identity: tuple[str, str]) -> Customer:
    store = world.store
    sequence = store.ids.sequence()
    store.customers.change(customer, lambda: customer.identities.remove(identity))
    uuid, number = prefixed("cus", sequence), store.ids.number()
    alone = Customer(uuid, sequence, world.now(), number, [identity], name=customer.name)
    store.customers.add(alone)
    for invoice in list(store.invoices.group("customer", customer.uuid)):
        if (invoice.source, invoice.customer_external_id) == identity:
            _move_invoice(world, invoice, alone)
    store.touched(customer)
    store.touched(alone)
    return alone


def _move_invoice(world: World, invoice: Invoice, to: Customer) -> None:
    _put_customer(world, invoice, to)
    for line in invoice.line_items:
        if line.subscription is not None and line.subscription.customer is not to:
            _move_subscription(world, line.subscription, to)


def _put_customer(world: World, invoice: Invoice, to: Customer) -> None:
    world.store.invoices.change(invoice, lambda: setattr(invoice, "customer", to))
