"""Transactions as objects of their own.

Source: https://dev.chartmogul.com/reference/transactions and one recording of the creation.
"""

from tests.simulators.chartmogul import answers
from tests.simulators.chartmogul.billing import billing, disabling, drafts
from tests.simulators.chartmogul.billing.billing_shape import read_transaction_shape, transaction_shape
from tests.simulators.chartmogul.billing.deletion import delete_transaction
from tests.simulators.chartmogul.billing.drafts import Draft, InvoiceDraft
from tests.simulators.chartmogul.billing.invoices import by_uuid as invoice_by_uuid
from tests.simulators.chartmogul.billing.invoices import external_reference
from tests.simulators.chartmogul.records import Transaction
from tests.simulators.chartmogul.world import EMPTY, World, body_of, checked_uuid
from tests.simulators.http import Answer, Call, Route

_PATHS = ("/v1/transactions/{uuid}", "/v1/transactions")


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", "/v1/import/invoices/{inv}/transactions", lambda call: _create(world, call)),
        *(Route("GET", path, lambda call: _get(world, call)) for path in _PATHS),
        *(Route("PATCH", path, lambda call: _patch(world, call)) for path in _PATHS),
        *(Route("DELETE", path, lambda call: _delete(world, call)) for path in _PATHS),
        *(Route("PATCH", f"{path}/disabled_state", lambda call: _disable(world, call)) for path in _PATHS),
    ]


def _transaction(world: World, call: Call) -> Transaction:
    """By the uuid of the path, or by `?data_source_uuid=&external_id=`."""
    every = world.store.transactions
    if "uuid" in call.params:
        found = every.by_uuid.get(checked_uuid(call.params["uuid"], "tr"))
    else:
        found = every.first("external_id", external_reference(call))
    if found is None:
        raise answers.unknown("Transaction")
    return found


def _create(world: World, call: Call) -> Answer:
    invoice = invoice_by_uuid(world, call)
    draft = drafts.transaction(body_of(call), world.now())
    billing.refuse_duplicates(world, invoice.source, InvoiceDraft(transactions=[draft]), set())
    billing.judge_excess(world, invoice, draft)
    _refuse(world, draft)
    return Answer(201, transaction_shape(billing.keep_transaction(world, invoice, draft)))


def _refuse(world: World, draft: Draft) -> None:
    invalid = {name: each[0] for name, each in draft.invalid.items()}
    if draft.refused or (invalid and world.switches["bad_values"] == "refuse"):
        raise answers.rails({**invalid, **draft.refused})


def _get(world: World, call: Call) -> Answer:
    return Answer(200, read_transaction_shape(_transaction(world, call)))


def _patch(world: World, call: Call) -> Answer:
    transaction, given = _transaction(world, call), body_of(call)
    names = [name for name in drafts.TRANSACTION_CHECKS if name != "external_id"]
    draft = Draft(values={name: getattr(transaction, name) for name in names})
    drafts.read({name: given[name] for name in names if name in given}, drafts.TRANSACTION_READERS, draft)
    drafts.need(draft, ("type", "date", "result"))
    drafts.judge_transaction(draft, world.now())
    _refuse(world, draft)
    billing.change_transaction(world, transaction, draft)
    return Answer(200, read_transaction_shape(transaction))


def _delete(world: World, call: Call) -> Answer:
    delete_transaction(world.store, _transaction(world, call))
    return EMPTY


def _disable(world: World, call: Call) -> Answer:
    transaction = _transaction(world, call)
    disabling.put(world, body_of(call), transaction, "transaction")
    world.store.touched(transaction.invoice.customer)
    return Answer(200, read_transaction_shape(transaction))
