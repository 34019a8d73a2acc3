"""Everything held, without generated ids and times of creation, so that two end states compare equal.

Data sources go by name, everything else by external id. What has none is told apart by its content. Lists are
sorted by their canonical JSON. Imports are history, not state, and are left out.
"""

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime

from tests.simulators.chartmogul import moments
from tests.simulators.chartmogul.billing import billing, plan_groups
from tests.simulators.chartmogul.crm.crm_records import Contact, Note, Opportunity, Task
from tests.simulators.chartmogul.records import (
    Customer,
    Invoice,
    LineItem,
    Plan,
    PlanGroup,
    Subscription,
    SubscriptionEvent,
    Transaction,
)
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json


def dump(world: World) -> dict[str, Json]:
    """The account as canonical JSON data."""
    store, names = world.store, {each.uuid: each.name for each in world.store.sources.rows}
    return {
        "data_sources": sorted(names.values()),
        "plans": _sorted(_plan(each, names) for each in store.plans.rows),
        "plan_groups": _sorted(_group(world, each, names) for each in store.plan_groups.rows),
        "customers": _sorted(_customer(each, names) for each in store.customers.rows),
        "contacts": _sorted(_hanging(each, names) for each in store.contacts.rows),
        "notes": _sorted(_hanging(each, names) for each in store.notes.rows),
        "opportunities": _sorted(_hanging(each, names) for each in store.opportunities.rows),
        "tasks": _sorted(_hanging(each, names) for each in store.tasks.rows),
        "invoices": _sorted(_invoice(world, each, names) for each in store.invoices.rows),
        "subscriptions": _sorted(_subscription(each, names) for each in store.subscriptions.rows),
        "subscription_events": _sorted(_event(each, names) for each in store.events.rows),
    }


def _sorted(rows: Iterable[Json]) -> list[Json]:
    """Rows with an external id go by it, which is quick; the others by all that they say."""
    listed = list(rows)
    return sorted(listed, key=_key) if len(listed) > 1 else listed


def _key(row: Json) -> tuple[str, str, str]:
    if isinstance(row, dict) and isinstance(row.get("external_id"), str):
        return row.get("data_source") or "", row["external_id"], str(row.get("customer", ""))
    return "", "", json.dumps(row, sort_keys=True)


def _plan(plan: Plan, names: dict[str, str]) -> Json:
    generated = plan.external_id is not None and plan.uuid.endswith(plan.external_id)
    return {
        "data_source": names[plan.source],
        "external_id": None if generated else plan.external_id,
        "name": plan.name,
        "interval_count": plan.interval_count,
        "interval_unit": plan.interval_unit,
    }


def _group(world: World, group: PlanGroup, names: dict[str, str]) -> Json:
    return {
        "name": group.name,
        "plans": _sorted(_plan(each, names) for each in plan_groups.members(world, group)),
    }


def _customer(customer: Customer, names: dict[str, str]) -> Json:
    texts = ("name", "email", "company", "country", "state", "city", "zip", "owner", "website_url")
    return {
        "identities": _sorted(
            [names.get(source, "?"), external_id] for source, external_id in customer.identities
        ),
        **{name: getattr(customer, name) or None for name in texts},
        "lead_created_at": moments.import_side(customer.lead_created_at),
        "free_trial_started_at": moments.import_side(customer.free_trial_started_at),
        "lead_status": customer.lead_status,
        "tags": sorted(customer.tags),
        "custom": dict(sorted(customer.custom.items())),
    }


_HIDDEN = ("uuid", "sequence", "created_at", "updated_at", "customer", "source", "contact")


def _hanging(row: Contact | Note | Opportunity | Task, names: dict[str, str]) -> Json:
    """What hangs on a customer, with all that was said of it."""
    own = {each.name: getattr(row, each.name) for each in fields(row) if each.name not in _HIDDEN}
    plain = {
        name: moments.import_side(value) if isinstance(value, datetime) else value
        for name, value in own.items()
    }
    source = getattr(row, "source", None)
    return {
        **plain,
        "data_source": names.get(source) if source else None,
        "customer": _sorted(external_id for _, external_id in row.customer.identities),
        **_contact(row),
    }


def _contact(row: Contact | Note | Opportunity | Task) -> dict[str, Json]:
    """The person that a note or task is about, when it is about one."""
    person = getattr(row, "contact", None)
    return {} if person is None else {"contact": [person.external_id, person.email, person.position]}


def _invoice(world: World, invoice: Invoice, names: dict[str, str]) -> Json:
    return {
        "data_source": names[invoice.source],
        "customer": _sorted(external_id for _, external_id in invoice.customer.identities),
        "customer_external_id": invoice.customer_external_id,
        "external_id": invoice.external_id,
        "date": moments.import_side(invoice.date),
        "due_date": moments.import_side(invoice.due_date),
        "currency": invoice.currency,
        "collection_method": invoice.collection_method,
        "status": billing.status(invoice),
        "errors": invoice.errors,
        "line_items": _sorted(_line(world, each) for each in invoice.line_items),
        "transactions": _sorted(_transaction(each) for each in invoice.transactions),
    }


def _own(row: LineItem | Transaction, names: tuple[str, ...]) -> dict[str, Json]:
    return {name: getattr(row, name) for name in names}


def _line(world: World, line: LineItem) -> Json:
    plan = world.store.plans.by_uuid.get(line.plan or "")
    own = (
        "external_id", "type", "amount_in_cents", "prorated", "proration_type", "quantity",
        "discount_amount_in_cents", "discount_code", "discount_description", "tax_amount_in_cents",
        "transaction_fees_in_cents", "transaction_fees_currency", "account_code", "description",
        "event_order", "balance_transfer", "errors",
    )  # fmt: skip
    return {
        **_own(line, own),
        "subscription": line.subscription and line.subscription.external_id,
        "plan": plan and [plan.external_id, plan.interval_count, plan.interval_unit],
        "service_period_start": moments.import_side(line.service_period_start),
        "service_period_end": moments.import_side(line.service_period_end),
        "cancelled_at": moments.import_side(line.cancelled_at),
    }


def _transaction(transaction: Transaction) -> Json:
    own = ("external_id", "type", "result", "amount_in_cents", "transaction_fees_in_cents", "errors")
    return {**_own(transaction, own), "date": moments.import_side(transaction.date)}


def _subscription(subscription: Subscription, names: dict[str, str]) -> Json:
    return {
        "data_source": names[subscription.source],
        "customer": _sorted(external_id for _, external_id in subscription.customer.identities),
        "external_id": subscription.external_id,
        "subscription_set_external_id": subscription.set_external_id,
        "cancellation_dates": [moments.import_side(each) for each in subscription.cancellation_dates],
        "connected": subscription.connected_to is not None,
    }


def _event(event: SubscriptionEvent, names: dict[str, str]) -> Json:
    return {
        "data_source": names[event.source],
        "external_id": event.external_id,
        "customer_external_id": event.customer_external_id,
        "subscription_external_id": event.subscription_external_id,
        "event_type": event.event_type,
        "event_date": moments.import_side(event.event_date),
        "effective_date": moments.import_side(event.effective_date),
        **{name: value for name, value in event.said.items() if value not in (None, "")},
        "errors": event.errors,
    }
