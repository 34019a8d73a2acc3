"""How invoices, line items, transactions and import-side subscriptions are printed.

Source: recordings from 2023 to 2025; the fields that only the documentation of 2025 names stand in reads and
changes of single objects, not in the answer to an import.
"""

from tests.simulators.chartmogul import moments
from tests.simulators.chartmogul.billing import billing, disabling
from tests.simulators.chartmogul.records import Invoice, LineItem, Subscription, Transaction
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json


def invoice_shape(world: World, invoice: Invoice) -> dict[str, Json]:
    """An invoice in the answer to an import."""
    return _invoice(invoice, [line_shape(world, line) for line in _in_printed_order(invoice)])


def _in_printed_order(invoice: Invoice) -> list[LineItem]:
    """Lines come back in another order than they were sent."""
    return sorted(invoice.line_items, key=lambda line: (line.type != "one_time", line.sequence))


def _invoice(invoice: Invoice, lines: list[Json]) -> dict[str, Json]:
    return {
        "uuid": invoice.uuid,
        "date": moments.import_side(invoice.date),
        "due_date": moments.import_side(invoice.due_date),
        "errors": invoice.errors,
        "external_id": invoice.external_id,
        "currency": invoice.currency,
        "line_items": lines,
        "transactions": [transaction_shape(each) for each in invoice.transactions],
    }


def read_invoice_shape(world: World, invoice: Invoice) -> dict[str, Json]:
    """An invoice when it is read."""
    return {
        **_invoice(invoice, [_read_line(world, line) for line in _in_printed_order(invoice)]),
        "customer_uuid": invoice.customer.uuid,
        "data_source_uuid": invoice.source,
        "customer_external_id": invoice.customer_external_id,
        "collection_method": invoice.collection_method,
        "status": billing.status(invoice),
        "user_created": False,
        **disabling.shape(invoice),
    }


def _read_line(world: World, line: LineItem) -> dict[str, Json]:
    plan = world.store.plans.by_uuid.get(line.plan or "")
    shape = line_shape(world, line)
    shape.setdefault("plan_uuid", None)
    if line.type == "one_time":
        shape.setdefault("balance_transfer", None)
    shape.update(plan_external_id=plan and plan.external_id, user_created=False)
    shape.update(disabling.shape(line))
    return shape


def line_shape(world: World, line: LineItem) -> dict[str, Json]:
    """A line item; which keys it has depends on its type."""
    own = _one_time(line) if line.type == "one_time" else _subscription_part(world, line)
    errors = {"errors": line.errors} if line.errors else {}
    return {
        "uuid": line.uuid,
        "external_id": line.external_id,
        "type": line.type,
        **own,
        "amount_in_cents": line.amount_in_cents,
        "quantity": line.quantity,
        "discount_code": line.discount_code or "",
        "discount_amount_in_cents": line.discount_amount_in_cents,
        "tax_amount_in_cents": line.tax_amount_in_cents,
        "transaction_fees_in_cents": line.transaction_fees_in_cents,
        "account_code": line.account_code or "",
        "transaction_fees_currency": line.transaction_fees_currency,
        "discount_description": line.discount_description,
        "event_order": line.event_order,
        **errors,
    }


def _one_time(line: LineItem) -> dict[str, Json]:
    transfer = {} if line.balance_transfer is None else {"balance_transfer": line.balance_transfer}
    return {"description": line.description, **transfer}


def _subscription_part(world: World, line: LineItem) -> dict[str, Json]:
    subscription = line.subscription
    plan = world.store.plans.by_uuid.get(line.plan or "")
    set_id = subscription and subscription.set_external_id
    return {
        "subscription_uuid": subscription and subscription.uuid,
        "subscription_external_id": subscription and subscription.external_id,
        "prorated": line.prorated,
        "proration_type": line.proration_type,
        "service_period_start": moments.import_side(line.service_period_start),
        "service_period_end": moments.import_side(line.service_period_end),
        **({} if set_id is None else {"subscription_set_external_id": set_id}),
        "plan_uuid": plan and plan.uuid,
        **({} if line.description is None else {"description": line.description}),
    }


def read_line_shape(world: World, line: LineItem) -> dict[str, Json]:
    """A line item when it is read by itself."""
    plan = world.store.plans.by_uuid.get(line.plan or "")
    return {
        **line_shape(world, line),
        "errors": line.errors,
        "invoice_uuid": line.invoice.uuid,
        "plan_external_id": plan and plan.external_id,
        "user_created": False,
        **disabling.shape(line),
    }


def transaction_shape(transaction: Transaction) -> dict[str, Json]:
    """A payment or refund; an amount that was not sent stays null."""
    errors = {"errors": transaction.errors} if transaction.errors else {}
    return {
        "uuid": transaction.uuid,
        "external_id": transaction.external_id,
        "amount_in_cents": transaction.amount_in_cents,
        "type": transaction.type,
        "date": moments.import_side(transaction.date),
        "result": transaction.result,
        "transaction_fees_in_cents": transaction.transaction_fees_in_cents,
        "transaction_fees_currency": transaction.transaction_fees_currency,
        **errors,
    }


def read_transaction_shape(transaction: Transaction) -> dict[str, Json]:
    """A payment or refund when it is read by itself."""
    return {**transaction_shape(transaction), **disabling.shape(transaction)}


def subscription_shape(subscription: Subscription, *, with_customer: bool = False) -> dict[str, Json]:
    """A subscription on the import side; the plan is the latest line's."""
    latest = max(subscription.line_items, key=lambda line: (line.service_period_start is not None,
                 line.service_period_start, line.sequence), default=None)  # fmt: skip
    set_id = subscription.set_external_id
    return {
        "external_id": subscription.external_id,
        "uuid": subscription.uuid,
        "cancellation_dates": [moments.import_side(each) for each in subscription.cancellation_dates],
        **({"subscription_set_external_id": set_id} if set_id is not None and not with_customer else {}),
        "plan_uuid": latest and latest.plan,
        **({"customer_uuid": subscription.customer.uuid} if with_customer else {}),
        "data_source_uuid": subscription.source,
    }
