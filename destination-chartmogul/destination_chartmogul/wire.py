"""Objects ↔ ChartMogul's JSON. Times are sent in UTC to the second, which every endpoint keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from destination_chartmogul.mapping.objects import Customer, Event, Invoice, LineItem, Plan, Transaction

Json = dict[str, Any]


def iso(moment: datetime) -> str:
    """`2026-01-31T07:00:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")[: -len("+00:00")] + "Z"


def instant(text: str | None) -> datetime | None:
    """ChartMogul time (any of its forms) → UTC to the second; zone defaults to UTC as its documentation
    says.
    """
    if not text:
        return None
    moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def same_time(text: str | None, moment: datetime | None) -> bool:
    """Whether ChartMogul's text is that instant, to the second."""
    return instant(text) == (moment.astimezone(UTC).replace(microsecond=0) if moment else None)


def customer_body(customer: Customer) -> Json:
    """What is known of a customer; unknown fields are left out."""
    body = {
        "external_id": customer.external_id,
        "name": customer.name,
        "email": customer.email,
        "company": customer.company,
        "country": customer.country,
        "state": customer.state,
        "city": customer.city,
        "zip": customer.zip,
        "lead_created_at": _maybe(customer.lead_created_at),
        "free_trial_started_at": _maybe(customer.free_trial_started_at),
    }
    return {key: value for key, value in body.items() if value is not None}


def _maybe(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def plan_body(plan: Plan) -> Json:
    """A plan without its source."""
    return {
        "external_id": plan.external_id,
        "name": plan.name,
        "interval_count": plan.interval.count,
        "interval_unit": plan.interval.unit,
    }


def line_body(line: LineItem) -> Json:
    """A line item without its plan (a uuid in one lane, an external id in the other)."""
    body: Json = {
        "external_id": line.external_id,
        "type": line.type,
        "amount_in_cents": line.amount,
        "quantity": line.quantity,
        "discount_amount_in_cents": line.discount,
        "tax_amount_in_cents": line.tax,
        "description": line.description,
    }
    if line.subscription_external_id and line.service_period_start and line.service_period_end:
        body |= {
            "subscription_external_id": line.subscription_external_id,
            "service_period_start": iso(line.service_period_start),
            "service_period_end": iso(line.service_period_end),
        }
    if line.proration_type:
        body |= {"prorated": True, "proration_type": line.proration_type}
    return body


def transaction_body(transaction: Transaction) -> Json:
    """A payment or refund."""
    return {
        "external_id": transaction.external_id,
        "type": transaction.type,
        "date": iso(transaction.date),
        "result": transaction.result,
        "amount_in_cents": transaction.amount,
    }


def invoice_body(invoice: Invoice, owner: str, source: str, plan_uuids: Mapping[str, str]) -> Json:
    """An invoice for `POST /import/customers/{uuid}/invoices`; owner and source are needed for merged
    customers.
    """
    lines = []
    for line in invoice.line_items:
        plan = {"plan_uuid": plan_uuids[line.plan.external_id]} if line.plan else {}
        lines.append(line_body(line) | plan)
    return {
        "external_id": invoice.external_id,
        "date": iso(invoice.date),
        "currency": invoice.currency,
        "customer_external_id": owner,
        "data_source_uuid": source,
        "line_items": lines,
        "transactions": [transaction_body(t) for t in invoice.transactions],
    }


def event_body(event: Event, owner: str) -> Json:
    """A subscription event without its source."""
    return {
        "external_id": event.external_id,
        "customer_external_id": owner,
        "subscription_external_id": event.subscription_external_id,
        "event_type": event.event_type,
        "event_date": iso(event.event_date),
        "effective_date": iso(event.effective_date),
    }


def errors_in(invoice: Mapping[str, Any]) -> list[str]:
    """What ChartMogul found wrong with an invoice that it stored all the same."""
    holders = [invoice, *(invoice.get("line_items") or []), *(invoice.get("transactions") or [])]
    found: list[str] = []
    for holder in holders:
        for field, said in (holder.get("errors") or {}).items():
            found.append(f"{field}: {', '.join(map(str, said)) if isinstance(said, list) else said}")
    return list(dict.fromkeys(found))
