"""What a run has to look at besides the contacts that its records name, and what is left over at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from destination_chartmogul.actual import own_ids, subscriptions_in
from destination_chartmogul.intake import contact_of
from destination_chartmogul.mapping.outcome import Notice, Reject
from destination_chartmogul.spool import Spool
from destination_chartmogul.stage import Stage
from destination_chartmogul.wire import instant


def owner_of(stage: Stage, uuid: str) -> str:
    """The external id of a customer in the data source; empty when it has none there."""
    return next(iter(own_ids(stage.client.get(f"/customers/{uuid}"), stage.source)), "")


def waiting_ahead(stage: Stage, contacts: Iterable[str]) -> set[str]:
    """The payments that mapping will have waiting: neither this run nor the payer has the order."""
    found: set[str] = set()
    for contact in () if stage.readback.empty else contacts:
        rows = stage.payments_alone(contact)
        orders = {key: set(map(str, row["order_ids"])) for key, row in rows.items() if row.get("order_ids")}
        held = stage.readback.read(contact).invoices.keys() if orders else set()
        found |= {key for key, named in orders.items() if not held & named}
    return found


def adopt_waiting(stage: Stage, waiting: set[str]) -> list[str]:
    """Owners of orders that are paid by somebody else, and that only ChartMogul has; their payments leave
    `waiting`.
    """
    if stage.readback.empty:
        return []
    owners: set[str] = set()
    for key in sorted(waiting):
        payment = stage.spool.record("payments", key) or {}
        held = stage.readback.invoice(str(payment["order_ids"][0]))
        if held is not None:
            owner = str(held.get("customer_external_id") or owner_of(stage, str(held["customer_uuid"])))
            stage.adopt(owner, key)
            owners.add(owner)
            waiting.discard(key)
    return sorted(owners)


def due_owners(stage: Stage) -> list[str]:
    """Owners of planned cancellations whose day has come, and whom no record of the run names.

    A run without customers looks at one page: where there are more, the next customer is not far, and a run
    in which nothing happened costs no more on a large account than on a small one.
    """
    if stage.readback.empty:
        return []
    touched = set(stage.contacts)
    due: set[str] = set()
    for event in stage.readback.scheduled_events(pages=None if touched else 1):
        effective = instant(event.get("effective_date"))
        if effective and effective <= stage.context.now:
            due.add(str(event["customer_external_id"]))
    customers = ((owner, stage.readback.find_customer(owner)) for owner in sorted(due - touched))
    return [owner for owner, c in customers if c and not touched & set(own_ids(c, stage.source))]


def losers(stage: Stage) -> tuple[list[str], list[Notice]]:
    """Owners of subscriptions that Keap no longer has, and those that ChartMogul does not have either.

    The record of a deletion holds no more than the id, so the owner is looked up among ChartMogul's invoices,
    newest first: a subscription that was still billed is found within the pages of its last interval.
    """
    wanted = set() if stage.readback.empty else set(stage.spool.deleted_subscriptions())
    owners: set[str] = set()
    for invoice in stage.readback.all_invoices() if wanted else ():
        for subscription in wanted & subscriptions_in(invoice):
            owner = str(invoice.get("customer_external_id") or owner_of(stage, str(invoice["customer_uuid"])))
            stage.lose(owner, subscription)
            owners.add(owner)
            wanted.discard(subscription)
        if not wanted:
            break
    return sorted(owners), [
        Notice("deleted_and_never_billed", "subscriptions", key) for key in sorted(wanted)
    ]


def ownerless(spool: Spool) -> Iterator[Reject]:
    """Payments that name neither a contact nor an order of this run."""
    text = "the payment names no contact and no order of this run"
    for key in spool.payments_without_owner():
        yield Reject("payments", key, "malformed_record", text)


def unsettled(spool: Spool, waiting: Iterable[str]) -> Iterator[Reject]:
    """Payments of orders that nobody knows."""
    text = "neither this run nor ChartMogul has the order that the payment is for"
    for key in sorted(waiting):
        if spool.record("payments", key) is not None:
            yield Reject("payments", key, "payment_without_order", text)


def unsettled_anywhere(waiting: Mapping[Stage, set[str]], spool: Spool) -> set[str]:
    """Payments that no data source of the run has the order of, among those that looked."""
    left = set()
    for key in set[str]().union(*waiting.values()):
        owner = contact_of("payments", spool.record("payments", key) or {})
        looked = [stage for stage in waiting if owner is None or stage.is_about(owner)]
        if all(key in waiting[stage] for stage in looked):
            left.add(key)
    return left
