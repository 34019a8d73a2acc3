"""Keeping invoices, line items and transactions, and the subscriptions that follow from them."""

from collections.abc import Callable, Mapping
from datetime import datetime

from tests.simulators.chartmogul import fields
from tests.simulators.chartmogul.billing.deletion import detach
from tests.simulators.chartmogul.billing.drafts import MISSING, Draft, InvoiceDraft
from tests.simulators.chartmogul.ids import bare, prefixed
from tests.simulators.chartmogul.records import Customer, Invoice, LineItem, Subscription, Transaction
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json

INVOICE_EXISTS = "The external ID for this invoice already exists in our system."
LINE_EXISTS = "The external ID for this line item already exists in our system."
TRANSACTION_EXISTS = "has already been taken"
EXCESS = "The sum exceeds the invoiced amount"
Exists = Callable[[str], bool]
Period = tuple[datetime, datetime]
OF_SUBSCRIPTION = ("subscription_external_id", "subscription_set_external_id")
LINE_DEFAULTS = {
    "prorated": False,
    "quantity": 1,
    "discount_amount_in_cents": 0,
    "tax_amount_in_cents": 0,
    "transaction_fees_in_cents": 0,
    "amount_in_cents": 0,
}


def find_plan(world: World, source: str, draft: Draft, given: Json, key: str) -> None:
    """Put the line's plan into the draft; `key` is plan_uuid, or plan_external_id in bulk imports."""
    if draft.values.get("type") not in ("subscription", "trial") or not isinstance(given, dict):
        return
    if draft.values["type"] == "trial" and not world.switches.on("trial_line_items"):
        draft.refused["type"] = "is not included in the list"
    wanted = given.get(key)
    if wanted in (None, ""):
        draft.refused[key] = "can't be blank"
        return
    plan = None
    if isinstance(wanted, str):
        plans = world.store.plans
        plan = plans.by_uuid.get(wanted) if key == "plan_uuid" else world.store.plan(source, wanted)
    if plan is None or plan.source != source:
        draft.refused[key] = MISSING
    else:
        draft.values["plan"] = plan.uuid


def refuse_duplicates(world: World, source: str, draft: InvoiceDraft, seen: set[tuple[str, str]]) -> None:
    """Refuse external ids that the source has, or that stand earlier in the same call."""
    store = world.store
    _claim(
        draft, "invoice", INVOICE_EXISTS, seen,
        lambda name: store.invoice(source, name) is not None or world.is_retired("invoice", source, name),
    )  # fmt: skip
    for line in draft.line_items:
        _claim(
            line, "line", LINE_EXISTS, seen,
            lambda name: bool(store.line_items.group("external_id", (source, name))),
        )  # fmt: skip
    for transaction in draft.transactions:
        _claim(
            transaction, "transaction", TRANSACTION_EXISTS, seen,
            lambda name: bool(store.transactions.group("external_id", (source, name))),
        )  # fmt: skip


def _claim(draft: Draft, kind: str, message: str, seen: set[tuple[str, str]], exists: Exists) -> None:
    external_id = draft.values.get("external_id")
    if not external_id:
        return
    if (kind, external_id) in seen or exists(external_id):
        draft.refused["external_id"] = message
    seen.add((kind, external_id))


def refuse_overlaps(world: World, source: str, customer: Customer, draft: InvoiceDraft) -> None:
    """Refuse lines whose period overlaps an earlier one of their subscription, where that matters."""
    if world.switches["overlapping_periods"] == "accept":
        return
    taken: dict[str, list[Period]] = {}
    for line in draft.line_items:
        name, period = line.values.get("subscription_external_id"), _period(line.values)
        if not name or period is None or line.values.get("prorated"):
            continue
        held = world.store.subscriptions.first("external_id", (source, customer.uuid, name))
        known = [_period(_said(each)) for each in (held.line_items if held else ()) if not each.prorated]
        own = taken.setdefault(name, [])
        if any(each and each[0] < period[1] and period[0] < each[1] for each in (*known, *own)):
            line.refused["service_period_start"] = "overlaps another service period of the subscription"
        own.append(period)


def _said(line: LineItem) -> Mapping[str, Json]:
    return {"service_period_start": line.service_period_start, "service_period_end": line.service_period_end}


def _period(values: Mapping[str, Json]) -> Period | None:
    start, end = values.get("service_period_start"), values.get("service_period_end")
    return (start, end) if start and end else None


def keep_invoice(world: World, customer: Customer, identity: tuple[str, str], draft: InvoiceDraft) -> Invoice:
    """Keep an invoice with its parts."""
    values = draft.values
    invoice = Invoice(
        world.store.ids.sequence(), world.now(), customer, *identity,
        values["external_id"], values.get("date"), values.get("currency"), values.get("due_date"),
        values.get("collection_method"), errors=draft.errors(),
    )  # fmt: skip
    world.store.invoices.add(invoice)
    if customer.lead_created_at is None and world.switches.on("lead_date_from_invoice"):
        customer.lead_created_at = invoice.date
    for line in draft.line_items:
        keep_line_item(world, invoice, line)
    for transaction in draft.transactions:
        keep_transaction(world, invoice, transaction)
    world.store.touched(customer)
    return invoice


def keep_line_item(world: World, invoice: Invoice, draft: Draft) -> LineItem:
    """Keep a line and tie it to its subscription."""
    values = draft.values
    said = {
        name: value for name, value in values.items() if value is not None and name not in OF_SUBSCRIPTION
    }
    said.setdefault("type", "one_time")
    said.setdefault("amount_in_cents", 0)
    line = LineItem(world.store.ids.sequence(), invoice, **said, errors=draft.errors())
    world.store.line_items.add(line)
    invoice.line_items.append(line)
    if values.get("subscription_external_id"):
        attach(world, line, values["subscription_external_id"], values)
    world.store.touched(invoice.customer)
    return line


def put_line(line: LineItem, values: Mapping[str, Json]) -> None:
    """Put the fields of a line that are its own."""
    for name, value in values.items():
        if name not in OF_SUBSCRIPTION:
            setattr(line, name, LINE_DEFAULTS.get(name) if value is None else value)


def attach(world: World, line: LineItem, external_id: str, values: Mapping[str, Json]) -> None:
    """Tie a line to the subscription with an external id, which begins to exist with its first line."""
    store, invoice = world.store, line.invoice
    key = (invoice.source, invoice.customer.uuid, external_id)
    subscription = store.subscriptions.first("external_id", key)
    if subscription is None:
        sequence = store.ids.sequence()
        subscription = Subscription(
            prefixed("sub", sequence), sequence, world.now(), invoice.customer, invoice.source,
            external_id, store.ids.number(), bare("analytics", sequence),
        )  # fmt: skip
        store.subscriptions.add(subscription)
    subscription.line_items.append(line)
    line.subscription = subscription
    if values.get("subscription_set_external_id"):
        subscription.set_external_id = values["subscription_set_external_id"]
    if line.cancelled_at and not line.errors and line.cancelled_at not in subscription.cancellation_dates:
        subscription.cancellation_dates = sorted([*subscription.cancellation_dates, line.cancelled_at])


def keep_transaction(world: World, invoice: Invoice, draft: Draft) -> Transaction:
    """Keep a payment or refund."""
    judge_excess(world, invoice, draft)
    said = {"type": "payment", "date": None, "result": "failed", **draft.values}
    transaction = Transaction(world.store.ids.sequence(), invoice, **said, errors=draft.errors())
    world.store.transactions.add(transaction)
    invoice.transactions.append(transaction)
    world.store.touched(invoice.customer)
    return transaction


def change_line(world: World, line: LineItem, draft: Draft) -> None:
    """Put the values of a draft on a line and tie it to its subscription anew."""
    values = draft.values
    if values.get("type") == "one_time":
        values["subscription_external_id"] = values["plan"] = None
    world.store.line_items.change(line, lambda: put_line(line, values))
    line.errors = draft.errors()
    detach(world.store, line)
    if values.get("subscription_external_id"):
        attach(world, line, values["subscription_external_id"], values)
    world.store.touched(line.invoice.customer)


def change_transaction(world: World, transaction: Transaction, draft: Draft) -> None:
    """Put the values of a draft on a transaction."""
    for name, value in draft.values.items():
        if name != "external_id":
            setattr(transaction, name, value)
    transaction.errors = draft.errors()
    world.store.touched(transaction.invoice.customer)


def total(invoice: Invoice) -> int:
    """The invoiced amount in cents."""
    return sum(line.amount_in_cents for line in invoice.line_items if line.disabled is None)


def paid(invoice: Invoice) -> int:
    """What was paid successfully, in cents; a payment without amount pays everything."""
    return _sum(invoice, "payment")


def refunded(invoice: Invoice) -> int:
    """What was refunded successfully, in cents."""
    return _sum(invoice, "refund")


def _sum(invoice: Invoice, kind: str) -> int:
    found = 0
    for each in invoice.transactions:
        if each.type == kind and each.result == "successful" and each.disabled is None:
            found += total(invoice) if each.amount_in_cents is None else each.amount_in_cents
    return found


def status(invoice: Invoice) -> str:
    """open, paid, refunded as the transactions say; voided and written_off as somebody said."""
    if invoice.set_status:
        return invoice.set_status
    back, amount = refunded(invoice), total(invoice)
    if back and back >= amount:
        return "refunded"
    payments = any(each.type == "payment" and each.result == "successful" for each in invoice.transactions)
    return "paid" if payments and paid(invoice) >= amount else "open"


def judge_excess(world: World, invoice: Invoice, draft: Draft) -> None:
    """Mark a payment or refund that goes beyond the invoiced amount."""
    kind, amount = draft.values.get("type"), fields.whole(draft.values.get("amount_in_cents"))
    if amount is None or draft.values.get("result") != "successful" or kind is None:
        return
    if amount + _sum(invoice, str(kind)) > max(total(invoice), 0):
        _mark_excess(world, draft)


def judge_own_excess(world: World, draft: InvoiceDraft) -> None:
    """The same for the payments that are imported with their invoice, where that refuses the call."""
    if world.switches["payment_excess"] != "refuse":
        return
    invoiced = sum(fields.whole(line.values.get("amount_in_cents")) or 0 for line in draft.line_items)
    for kind in ("payment", "refund"):
        amounts = 0
        for each in draft.transactions:
            if each.values.get("type") == kind and each.values.get("result") == "successful":
                amounts += fields.whole(each.values.get("amount_in_cents")) or 0
                if amounts > max(invoiced, 0):
                    _mark_excess(world, each)


def _mark_excess(world: World, draft: Draft) -> None:
    choice = world.switches["payment_excess"]
    if choice == "refuse":
        draft.refused["amount_in_cents"] = EXCESS
    elif choice == "store_invalid":
        draft.invalid["amount_in_cents"] = [EXCESS]
