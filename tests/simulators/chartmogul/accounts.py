"""From the store to the engine's inputs."""

from collections.abc import Iterable
from datetime import datetime

from tests.simulators.chartmogul.metrics import inputs
from tests.simulators.chartmogul.records import (
    Customer,
    Invoice,
    LineItem,
    Plan,
    Subscription,
    SubscriptionEvent,
)
from tests.simulators.chartmogul.store import Store

RETRACTIONS = ("subscription_event_retracted", "scheduled_subscription_cancellation_retracted")


def account_of(store: Store, customer: Customer, *, scheduled_count: bool) -> inputs.Account:
    """What was imported about a customer, as far as metrics follow from it."""
    held = store.invoices.group("customer", customer.uuid)
    invoices = [each for each in held if each.disabled is None and each.valid]
    subscriptions = store.subscriptions.group("customer", customer.uuid)
    events = _cancellations(_events(store, customer, invoices), scheduled_count=scheduled_count)
    cancellations = [
        inputs.Cancellation(each.uuid, at)
        for each in subscriptions
        for at in (*each.cancellation_dates, *_event_dates(each, events))
    ]
    return inputs.Account([_invoice(store, each) for each in invoices], cancellations)


def _events(store: Store, customer: Customer, invoices: Iterable[Invoice]) -> list[SubscriptionEvent]:
    names = {*customer.identities, *((each.source, each.customer_external_id) for each in invoices)}
    return [event for name in names for event in store.events.group("customer", name)]


def _cancellations(events: list[SubscriptionEvent], *, scheduled_count: bool) -> list[SubscriptionEvent]:
    """Cancellations that nobody took back; scheduled ones only where they take effect by themselves."""
    retracted = {
        (each.source, str(each.said.get("retracted_event_id")))
        for each in events
        if each.event_type in RETRACTIONS
    }
    counting = {"subscription_cancelled"} | (
        {"subscription_cancellation_scheduled"} if scheduled_count else set()
    )
    return [
        each
        for each in events
        if each.event_type in counting
        and each.disabled is None
        and (each.source, str(each.external_id)) not in retracted
    ]


def _event_dates(subscription: Subscription, events: list[SubscriptionEvent]) -> list[datetime]:
    wanted = (subscription.source, subscription.external_id)
    return [each.effective_date for each in events if (each.source, each.subscription_external_id) == wanted]


def _invoice(store: Store, invoice: Invoice) -> inputs.Invoice:
    plans = store.plans.by_uuid
    known = (
        (plans.get(each.plan or ""), each)
        for each in invoice.line_items
        if each.type == "subscription" and each.subscription and each.disabled is None
    )
    lines = [_line(plan, each, invoice.currency or "") for plan, each in known if plan is not None]
    transactions = [
        inputs.Transaction(each.date, each.type, each.result == "successful", each.amount_in_cents)
        for each in invoice.transactions
        if each.date is not None and each.disabled is None
    ]
    total = sum(each.amount_in_cents for each in invoice.line_items if each.disabled is None)
    return inputs.Invoice(total, lines, transactions, invoice.set_status)


def _line(plan: Plan, line: LineItem, currency: str) -> inputs.Line:
    subscription = line.subscription
    if subscription is None or line.service_period_start is None:
        raise ValueError("a subscription line without subscription or service period")
    return inputs.Line(
        subscription.uuid, plan.uuid, inputs.Interval(plan.interval_unit, plan.interval_count), currency,
        line.amount_in_cents, line.service_period_start, line.service_period_end, line.tax_amount_in_cents,
        line.transaction_fees_in_cents, line.quantity, line.prorated, line.proration_type, line.event_order,
        line.sequence, subscription.set_external_id, subscription.connected_to,
    )  # fmt: skip
