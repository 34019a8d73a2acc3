"""Merging and unmerging customers.

Source: https://help.chartmogul.com/hc/en-us/articles/211358589: the record merged into keeps its values, lead
and trial dates included; external ids, tags and subscriptions of both are kept. The answer is always 202
`{}`.
"""

from tests.simulators.http import Answer, Call, Json, Route

from . import answers, crm
from .deletion import detach
from .records import Customer, Invoice, Subscription
from .world import World, body_of


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
    customers = world.store.customers
    customers.remove(gone)
    if world.switches["merged_identities"] == "keep":
        customers.change(into, lambda: into.identities.extend(gone.identities))
    into.tags = list(dict.fromkeys([*into.tags, *gone.tags]))
    into.custom = {**gone.custom, **into.custom}
    _move_all(world, gone, into)
    world.store.touched(gone)
    world.store.touched(into)
    return Answer(202, {})


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
    identity = (given.get("data_source_uuid"), given.get("external_id"))
    if identity not in customer.identities or len(customer.identities) == 1:
        raise answers.grape(422, "The customer has no such merged record", "external_id")
    _split(world, customer, (str(identity[0]), str(identity[1])))
    return Answer(202, {})


def _split(world: World, customer: Customer, identity: tuple[str, str]) -> None:
    store = world.store
    sequence = store.ids.sequence()
    store.customers.change(customer, lambda: customer.identities.remove(identity))
    uuid, number = store.ids.prefixed("cus", sequence), store.ids.number()
    alone = Customer(uuid, sequence, world.now(), number, [identity], name=customer.name)
    store.customers.add(alone)
    for invoice in list(store.invoices.group("customer", customer.uuid)):
        if (invoice.source, invoice.customer_external_id) == identity:
            _move_invoice(world, invoice, alone)
    store.touched(customer)
    store.touched(alone)


def _move_invoice(world: World, invoice: Invoice, to: Customer) -> None:
    _put_customer(world, invoice, to)
    for line in invoice.line_items:
        if line.subscription is not None and line.subscription.customer is not to:
            _move_subscription(world, line.subscription, to)


def _put_customer(world: World, invoice: Invoice, to: Customer) -> None:
    world.store.invoices.change(invoice, lambda: setattr(invoice, "customer", to))
