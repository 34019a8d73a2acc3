"""Removing things with all that hangs on them.

Source: https://dev.chartmogul.com/reference/invoices/delete-all (the last invoice of a subscription takes the
subscription along), https://dev.chartmogul.com/reference/delete-a-customer.
"""

from collections.abc import Sequence

from tests.simulators.chartmogul.records import Customer, DataSource, Invoice, LineItem, Plan, Transaction
from tests.simulators.chartmogul.store import Store
from tests.simulators.chartmogul.table import R, Table


def delete_line_item(store: Store, line: LineItem) -> None:
    """Remove a line from its invoice and its subscription."""
    line.invoice.line_items.remove(line)
    _forget_line(store, line)
    store.touched(line.invoice.customer)


def delete_transaction(store: Store, transaction: Transaction) -> None:
    """Remove a transaction from its invoice."""
    transaction.invoice.transactions.remove(transaction)
    store.transactions.remove(transaction)
    store.touched(transaction.invoice.customer)


def delete_invoice(store: Store, invoice: Invoice) -> None:
    """Remove an invoice, its lines and its transactions."""
    for line in invoice.line_items:
        _forget_line(store, line)
    for transaction in invoice.transactions:
        store.transactions.remove(transaction)
    store.invoices.remove(invoice)
    store.retired.add(("invoice", invoice.source, invoice.external_id))
    store.touched(invoice.customer)


def detach(store: Store, line: LineItem) -> None:
    """Take a line out of its subscription; a subscription without lines is gone."""
    subscription, line.subscription = line.subscription, None
    if subscription is None:
        return
    subscription.line_items.remove(line)
    if not subscription.line_items:
        store.subscriptions.remove(subscription)


def delete_identities(store: Store, customer: Customer, source: str) -> None:
    """Remove what a customer has in one source; the customer itself when nothing else is left."""
    for invoice in [
        each for each in store.invoices.group("customer", customer.uuid) if each.source == source
    ]:
        if invoice.source == source:
            delete_invoice(store, invoice)
    people = store.contacts.group("customer", customer.uuid)
    _delete_rows(store.contacts, [each for each in people if each.source == source])
    left = [each for each in customer.identities if each[0] != source]
    if not left:
        delete_customer(store, customer)
        return
    store.customers.change(customer, lambda: setattr(customer, "identities", left))
    store.touched(customer)


def delete_customer(store: Store, customer: Customer) -> None:
    """Remove a customer with invoices, subscriptions and events."""
    for invoice in newest_first(store.invoices.group("customer", customer.uuid)):
        delete_invoice(store, invoice)
    _delete_hanging(store, customer)
    for identity in customer.identities:
        for event in newest_first(store.events.group("customer", identity)):
            store.events.remove(event)
    store.customers.remove(customer)
    store.retired.update(("customer", *identity) for identity in customer.identities)
    store.touched(customer)


def delete_plan(store: Store, plan: Plan) -> None:
    """Remove a plan."""
    store.plans.remove(plan)


def delete_source(store: Store, source: DataSource) -> None:
    """Remove a source with all that it holds."""
    for customer in newest_first(store.customers.group("source", source.uuid)):
        delete_identities(store, customer, source.uuid)
    for plan in newest_first(store.plans.group("source", source.uuid)):
        store.plans.remove(plan)
    for event in newest_first(store.events.group("source", source.uuid)):
        store.events.remove(event)
    _delete_rows(store.imports, store.imports.group("source", source.uuid))
    _delete_rows(store.uploads, store.uploads.group("source", source.uuid))
    store.sources.remove(source)


def _forget_line(store: Store, line: LineItem) -> None:
    store.line_items.remove(line)
    detach(store, line)


def _delete_hanging(store: Store, customer: Customer) -> None:
    _delete_rows(store.contacts, store.contacts.group("customer", customer.uuid))
    _delete_rows(store.notes, store.notes.group("customer", customer.uuid))
    _delete_rows(store.opportunities, store.opportunities.group("customer", customer.uuid))
    _delete_rows(store.tasks, store.tasks.group("customer", customer.uuid))


def _delete_rows(table: Table[R], rows: Sequence[R]) -> None:
    for row in newest_first(rows):
        table.remove(row)


def newest_first(rows: Sequence[R]) -> list[R]:
    """A copy, the newest first: the tables give those up quickest."""
    return list(reversed(rows))
