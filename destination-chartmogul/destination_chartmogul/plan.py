"""Desired state − actual state = changes. Pure: no calls, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from destination_chartmogul.actual import Actual, plan_of
from destination_chartmogul.mapping.objects import (
    SCHEDULED,
    VOIDED,
    WRITTEN_OFF,
    Customer,
    Desired,
    Event,
    Invoice,
    LineItem,
    Transaction,
    replaced_id,
)
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.wire import (
    customer_body,
    errors_in,
    event_body,
    instant,
    iso,
    line_body,
    same_time,
    transaction_body,
)

Json = dict[str, Any]
CREATE, CHANGE, DELETE = "create", "change", "delete"


@dataclass(frozen=True)
class Change:
    """One write. `parent` is the uuid of what holds the object, `target` the object's own id in ChartMogul.

    `stream` and `key` name the Keap record that asks for it.
    """

    action: str
    kind: str
    external_id: str
    stream: str
    key: str
    body: Json = field(default_factory=dict)
    parent: str = ""
    target: str = ""
    value: Any = None


@dataclass(frozen=True)
class Plan:
    """Changes in the order in which they have to be made, and records that ChartMogul holds as invalid."""

    changes: tuple[Change, ...]
    rejects: tuple[Reject, ...] = ()


def changes_of(
    desired: Desired, actual: Actual, plans: Mapping[str, str], skip: frozenset[str] = frozenset()
) -> Plan:
    """All changes of one customer. `plans`: external ids by uuid; `skip`: records refused already in this
    run.

    Keys of `skip` are `stream/key`.
    """
    changes: list[Change] = []
    rejects: list[Reject] = []
    changes += _customer(desired, actual)
    for invoice in desired.invoices:
        changes += _invoice(invoice, actual.invoices.get(invoice.external_id), plans, rejects)
    for order_id, transactions in desired.payments.items():
        if order_id in actual.invoices:
            changes += _transactions(transactions, actual.invoices[order_id])
    for order_id in sorted(desired.withdrawn & actual.invoices.keys()):
        uuid = str(actual.invoices[order_id]["uuid"])
        changes.append(Change(DELETE, "invoice", order_id, "orders", order_id, target=uuid))
    changes += [c for invoice in desired.invoices if (c := _status(invoice, actual))]
    changes += _connections(desired, actual)
    changes += _events(desired, actual)
    kept = tuple(c for c in changes if f"{c.stream}/{c.key}" not in skip)
    return Plan(kept, tuple(r for r in rejects if f"{r.stream}/{r.key}" not in skip))


def _customer(desired: Desired, actual: Actual) -> list[Change]:
    customer = desired.customer
    if actual.customer is None:
        return [
            Change(CREATE, "customer", customer.external_id, "contacts", customer.external_id, value=customer)
        ]
    own = str(actual.customer.get("external_id")) == customer.external_id  # else merged into another contact
    body = _customer_patch(customer, actual.customer, desired.customer_known) if own else {}
    if not body:
        return []
    return [
        Change(
            CHANGE,
            "customer",
            customer.external_id,
            "contacts",
            customer.external_id,
            body,
            target=actual.uuid,
        )
    ]


def _customer_patch(customer: Customer, held: Json, known: bool) -> Json:
    """Fields that differ. An address is written whole; other unknown fields never clear what ChartMogul
    has.
    """
    wanted = customer_body(customer)
    patch: Json = {}
    texts = ("name", "email", "company", "country", "state", "city", "zip") if known else ()
    for name in texts:
        clears = customer.address_known and name in ("country", "state", "city", "zip")
        if (name in wanted or clears) and (held.get(name) or None) != wanted.get(name):
            patch[name] = wanted.get(name)
    for name in ("lead_created_at", "free_trial_started_at"):
        moment = getattr(customer, name)
        if moment and not same_time(held.get(name), moment):
            patch[name] = iso(moment)
    return patch


def _invoice(
    invoice: Invoice, held: Json | None, plans: Mapping[str, str], rejects: list[Reject]
) -> list[Change]:
    key = invoice.external_id
    create = Change(CREATE, "invoice", key, "orders", key, value=invoice)
    if held is None:
        return [create]
    uuid = str(held["uuid"])
    changes = (
        _invoice_head(invoice, held)
        + _lines(invoice, held, plans)
        + _transactions(invoice.transactions, held)
    )
    wrong = errors_in(held)
    if wrong and not changes:
        rejects.append(
            Reject(
                "orders", key, "refused_by_chartmogul", f"ChartMogul holds it as invalid: {'; '.join(wrong)}"
            )
        )
    if (wrong and changes) or is_settled_after_all(invoice, held):
        whole = replace(invoice, transactions=(*invoice.transactions, *other_payments(invoice, held)))
        delete = Change(DELETE, "invoice", key, "orders", key, target=uuid)
        return [delete, replace(create, value=whole)]
    return changes


def is_settled_after_all(invoice: Invoice, held: Json) -> bool:
    """Written off in ChartMogul, paid in Keap: ChartMogul takes the status back from no invoice.

    What somebody voided there by hand although it was paid stays void, until another payment comes.
    """
    if invoice.status or held.get("status") not in (WRITTEN_OFF, VOIDED):
        return False
    by_hand = held["status"] == VOIDED
    known = {str(t.get("external_id")) for t in held.get("transactions") or []} if by_hand else set()
    paid = [t for t in invoice.transactions if t.type == "payment" and t.result == "successful"]
    return any(t.external_id not in known for t in paid)


def other_payments(invoice: Invoice, held: Json) -> list[Transaction]:
    """Transactions that only ChartMogul knows; they would go with the invoice."""
    known = {transaction.external_id for transaction in invoice.transactions}
    return [
        Transaction(
            str(t["external_id"]),
            str(t["type"]),
            moment,
            invoice.total if t.get("amount_in_cents") is None else int(t["amount_in_cents"]),
            str(t["result"]),
            "orders",
            invoice.external_id,
        )
        for t in held.get("transactions") or []
        if str(t.get("external_id")) not in known
        and not t.get("errors")
        and (moment := instant(t.get("date")))
    ]


def _status(invoice: Invoice, actual: Actual) -> Change | None:
    """Written off or voided; what transactions tell is ChartMogul's own to compute."""
    held = actual.invoices.get(invoice.external_id) or {}
    if not invoice.status or held.get("status") == invoice.status:
        return None
    key, body = invoice.external_id, {"status": invoice.status}
    return Change(CHANGE, "invoice_status", key, "orders", key, body)


def _connections(desired: Desired, actual: Actual) -> list[Change]:
    """Replaced subscriptions, old first. The cancellation that follows says that they were connected."""
    return [
        Change(CREATE, "connection", replaced_id(old, new), "subscriptions", old, value=(old, new))
        for old, new in desired.connections
        if replaced_id(old, new) not in actual.events
    ]


def _invoice_head(invoice: Invoice, held: Json) -> list[Change]:
    body: Json = {}
    if not same_time(held.get("date"), invoice.date):
        body["date"] = iso(invoice.date)
    if held.get("currency") != invoice.currency:
        body["currency"] = invoice.currency
    key = invoice.external_id
    return [Change(CHANGE, "invoice", key, "orders", key, body, target=str(held["uuid"]))] if body else []


def _lines(invoice: Invoice, held: Json, plans: Mapping[str, str]) -> list[Change]:
    """Line items are matched by external id: they come back in another order than they were sent."""
    key, uuid = invoice.external_id, str(held["uuid"])
    present = {str(line.get("external_id")): line for line in held.get("line_items") or []}
    changes: list[Change] = []
    for line in invoice.line_items:
        there = present.pop(line.external_id, None)
        if there is not None and not _same_identity(line, there):
            changes.append(
                Change(DELETE, "line_item", line.external_id, "orders", key, target=str(there["uuid"]))
            )
            there = None
        if there is None:
            changes.append(
                Change(CREATE, "line_item", line.external_id, "orders", key, parent=uuid, value=line)
            )
        elif body := _line_patch(line, there, plans):
            target = str(there["uuid"])
            changes.append(
                Change(CHANGE, "line_item", line.external_id, "orders", key, body, target=target, value=line)
            )
    for external_id, there in present.items():
        changes.append(Change(DELETE, "line_item", external_id, "orders", key, target=str(there["uuid"])))
    return changes


def _same_identity(line: LineItem, there: Json) -> bool:
    same_subscription = (there.get("subscription_external_id") or None) == line.subscription_external_id
    return there.get("type") == line.type and same_subscription


_TIMES = ("service_period_start", "service_period_end", "date", "effective_date")


def _line_patch(line: LineItem, there: Json, plans: Mapping[str, str]) -> Json:
    wanted: Json = {"prorated": False, "proration_type": None} | line_body(line)
    if not line.proration_type:
        wanted["proration_type"] = there.get("proration_type")  # means nothing on a whole interval
    patch = {
        name: value
        for name, value in wanted.items()
        if name not in _TIMES and not _equal(there.get(name), value)
    }
    patch |= {
        name: iso(moment)
        for name in ("service_period_start", "service_period_end")
        if (moment := getattr(line, name)) and not same_time(there.get(name), moment)
    }
    if line.plan and plan_of(there, plans) != line.plan.external_id:
        patch["plan_external_id"] = line.plan.external_id
    return patch


def _equal(held: Any, wanted: Any) -> bool:
    """ChartMogul writes absent text as "" or null, and absent amounts as 0 or null."""
    return held == wanted or (not held and not wanted)


def _transactions(transactions: Iterable[Transaction], held: Json) -> list[Change]:
    """Those of one invoice; new ones last, so that at no time there is more than was paid or given back."""
    present = {str(t.get("external_id")): t for t in held.get("transactions") or []}
    changes: list[Change] = []
    for wanted in transactions:
        there, body = present.get(wanted.external_id), transaction_body(wanted)
        of: Json = {"external_id": wanted.external_id, "stream": wanted.stream, "key": wanted.key}
        if there is None:
            parent = str(held["uuid"])
            if wanted.amount:
                changes.append(Change(CREATE, "transaction", **of, body=body, parent=parent, value=wanted))
            continue
        if not wanted.amount:
            changes.append(Change(DELETE, "transaction", **of, target=str(there["uuid"])))
            continue
        patch = {name: body[name] for name in ("type", "result") if there.get(name) != body[name]}
        if there.get("amount_in_cents") != wanted.amount and not _is_full(there, held, wanted):
            patch["amount_in_cents"] = wanted.amount
        if not same_time(there.get("date"), wanted.date):
            patch["date"] = body["date"]
        if patch:
            changes.append(Change(CHANGE, "transaction", **of, body=patch, target=str(there["uuid"])))
    return sorted(changes, key=lambda change: change.action == CREATE)


def _is_full(there: Json, held: Json, wanted: Transaction) -> bool:
    """A transaction without amount is for the whole invoice."""
    total = sum(int(line.get("amount_in_cents") or 0) for line in held.get("line_items") or [])
    return there.get("amount_in_cents") is None and total == wanted.amount


def _events(desired: Desired, actual: Actual) -> list[Change]:
    """New and moved cancellations first, deletions last: a crash in between never loses a cancellation."""
    held = {
        key: e
        for key, e in actual.events.items()
        if str(e["subscription_external_id"]) in desired.subscriptions
    }
    owner = desired.contact_id
    changes: list[Change] = []
    for event in desired.events:
        there = held.pop(event.external_id, None)
        if there is None:
            changes.append(_event_change(CREATE, event, event_body(event, owner)))
        elif not _same_times(there, event):
            body = {"effective_date": iso(event.effective_date), "event_date": iso(event.event_date)}
            changes.append(_event_change(CHANGE, event, body, str(there["id"])))
    for key, there in held.items():
        subscription = str(there["subscription_external_id"])
        if key.startswith(replaced_id(subscription, "")):
            pair = (subscription, key.removeprefix(replaced_id(subscription, "")))
            changes.append(Change(DELETE, "connection", key, "subscriptions", subscription, value=pair))
        changes.append(Change(DELETE, "event", key, "subscriptions", subscription, target=str(there["id"])))
    return changes


def _same_times(there: Json, event: Event) -> bool:
    """A planned end counts from when it was planned; one that happened, from when it took effect."""
    planned = event.event_type == SCHEDULED
    return same_time(there.get("effective_date"), event.effective_date) and not (
        planned and not same_time(there.get("event_date"), event.event_date)
    )


def _event_change(action: str, event: Event, body: Json, target: str = "") -> Change:
    subscription = event.subscription_external_id
    return Change(
        action, "event", event.external_id, "subscriptions", subscription, body, target=target, value=event
    )
