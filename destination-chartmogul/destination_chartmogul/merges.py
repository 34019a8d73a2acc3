"""Orders that ChartMogul holds under another customer: a contact was merged in Keap, or an order moved.

When everything that the other customer has now belongs to this contact, the customers are merged, which
keeps notes, tags and history; otherwise only the orders move, by deleting and creating them anew, with the
transactions that ChartMogul has: Keap need not give the payments of an order that moved again. What a merge
drops (the trial date of the merged record) is copied first:
https://help.chartmogul.com/hc/en-us/articles/211358589.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from destination_chartmogul.actual import Readback, own_ids, subscriptions_in
from destination_chartmogul.client import Client
from destination_chartmogul.errors import Refused, UnreachableError
from destination_chartmogul.mapping.belonging import named_subscriptions
from destination_chartmogul.mapping.objects import VOIDED, WRITTEN_OFF, Invoice
from destination_chartmogul.plan import other_payments
from destination_chartmogul.spool import Spool
from destination_chartmogul.wire import instant, invoice_body

Json = dict[str, Any]
MERGE_SECONDS = 120.0


class Takeover(NamedTuple):
    """A customer who holds invoices of a contact: merged into the contact's, or only relieved of them, and of
    the `ends` of subscriptions of which it keeps nothing.
    """

    other: Json
    invoices: list[Json]
    merged: bool
    ends: list[Json]


class Merges:
    """Takes over what other customers hold. One at a time, whatever the number of threads."""

    def __init__(self, client: Client, source: str, readback: Readback, spool: Spool) -> None:
        self._client, self._source, self._readback, self._spool = client, source, readback, spool
        self._lock = threading.Lock()
        self.into = set[str]()  # contacts whose customer others were merged into

    def take_over(self, contact: str, invoices: Sequence[Invoice], plans: Mapping[str, str]) -> None:
        """Free the external ids of `invoices`, which ChartMogul says exist, for `contact`; what is paid moves
        there. `plans`: uuids by external id.
        """
        with self._lock:
            into = self._readback.find_customer(contact)
            if into is None:
                return
            holders, nowhere = self._holders(str(into["uuid"]), invoices)
            for invoice in nowhere:
                self._drop_strays(invoice)
            wanted = {invoice.external_id: invoice for invoice in invoices}
            for each in self._takeovers(contact, holders):
                if each.merged:
                    self._merge(each.other, into, contact)
                    continue
                self._hand_over(each.ends, contact)
                for held in each.invoices:
                    self._make_anew(wanted[str(held["external_id"])], held, into, contact, plans)

    def _holders(self, own: str, invoices: Sequence[Invoice]) -> tuple[dict[str, list[Json]], list[Invoice]]:
        """→ (invoices by the uuid of the customer, other than `own`, who has them; those that nobody has)."""
        holders: dict[str, list[Json]] = {}
        nowhere = []
        for invoice in invoices:
            held = self._readback.invoice(invoice.external_id)
            if held is None:
                nowhere.append(invoice)
            elif held.get("customer_uuid") != own:
                holders.setdefault(str(held["customer_uuid"]), []).append(held)
        return holders, nowhere

    def foresee(self, contact: str, own: str, invoices: Sequence[Invoice]) -> list[Takeover]:
        """What `take_over` would do, without doing it."""
        holders, _ = self._holders(own, invoices)
        return list(self._takeovers(contact, holders))

    def _takeovers(self, contact: str, holders: Mapping[str, list[Json]]) -> Iterator[Takeover]:
        for uuid, moving in holders.items():
            other, held = self._client.get(f"/customers/{uuid}"), self._readback.fetch_invoices(uuid)
            merged = self._all_moved(other, held, contact)
            yield Takeover(other, moving, merged, [] if merged else self._ends_left(other, held, moving))

    def _ends_left(self, other: Json, held: Sequence[Json], moving: Sequence[Json]) -> list[Json]:
        """Ends that we wrote of subscriptions of which nothing stays."""
        keys = {invoice["external_id"] for invoice in moving}
        stay = {key for each in held if each["external_id"] not in keys for key in subscriptions_in(each)}
        gone = {key for each in moving for key in subscriptions_in(each)} - stay
        if not gone:
            return []
        events = (
            event for owner in own_ids(other, self._source) for event in self._readback.fetch_events(owner)
        )
        return [event for event in events if event["subscription_external_id"] in gone]

    def customer(self, uuid: str) -> Json | None:
        """A customer by uuid; None when it is merged, deleted, or of other data sources only."""
        found = self._readback.customer_of(uuid)
        return found if found and own_ids(found, self._source) else None

    def comes_with_orders(self, contact: str, subscription: str) -> bool:
        """Whether a contact's orders of this run bill a subscription."""
        orders = self._spool.of_contact("orders", contact).values()
        return any(subscription in named_subscriptions(order) for order in orders)

    def would_absorb(self, contact: str, other: Json) -> bool | None:
        """Whether `absorb` would merge."""
        return self._all_subscriptions_moved(other, contact)

    def absorb(self, contact: str, other: Json) -> bool | None:
        """Merge a customer into `contact`'s if Keap moved all its subscriptions; False otherwise, None when
        somebody else has it, or its orders, by now.
        """
        with self._lock:
            into = self._readback.find_customer(contact)
            moved = self._all_subscriptions_moved(other, contact) if into else False
            if into and moved:
                self._merge(other, into, contact)
            return moved

    def _all_subscriptions_moved(self, other: Json, contact: str) -> bool | None:
        """Keap says every subscription of `other` is `contact`'s, and does not know `other` any more. None:
        Keap says that its orders are somebody else's.
        """
        if any(self._spool.record("contacts", owner) for owner in own_ids(other, self._source)):
            return False
        if self._readback.customer_of(str(other["uuid"])) is None:
            return None
        invoices = self._readback.fetch_invoices(str(other["uuid"]))
        owners = {self._spool.contact_of_order(str(invoice["external_id"])) for invoice in invoices}
        if owners - {None, contact, *own_ids(other, self._source)}:
            return None
        subscriptions = {key for invoice in invoices for key in subscriptions_in(invoice)}
        return all(
            (self._spool.record("subscriptions", key) or {}).get("contact_id") == contact
            for key in subscriptions
        )

    def _make_anew(
        self, invoice: Invoice, held: Json, into: Json, contact: str, plans: Mapping[str, str]
    ) -> None:
        """With what was paid according to ChartMogul and its status there, and at once: in between, only this
        process knows them.
        """
        paid, key = other_payments(replace(invoice, transactions=()), held), invoice.external_id
        body = invoice_body(replace(invoice, transactions=tuple(paid)), contact, self._source, plans)
        self._client.delete(f"/invoices/{held['uuid']}")
        dead = held.get("status") in (VOIDED, WRITTEN_OFF)
        if paid or dead:
            path = f"/import/customers/{into['uuid']}/invoices"
            self._client.create(path, {"invoices": [body]}, lambda: self._readback.invoice(key))
        if dead:
            path = f"/data_sources/{self._source}/invoices/{key}/status"
            self._client.put(path, {"status": held["status"]})

    def _all_moved(self, other: Json, held: Sequence[Json], contact: str) -> bool:
        """Keap says every invoice of `other` is `contact`'s, and does not know `other` any more."""
        owners = own_ids(other, self._source)
        if any(self._spool.record("contacts", owner) for owner in owners):
            return False
        return all(self._spool.contact_of_order(str(i["external_id"])) == contact for i in held)

    def _merge(self, other: Json, into: Json, contact: str) -> None:
        self._keep_trial(other, into)
        for owner in own_ids(other, self._source):
            self._hand_over(self._readback.fetch_events(owner), contact)
        pair = {"from": {"customer_uuid": other["uuid"]}, "into": {"customer_uuid": into["uuid"]}}
        self._client.post("/customers/merges", pair)
        self.into.add(contact)
        self._wait_until_gone(str(other["uuid"]))

    def _hand_over(self, events: Iterable[Json], contact: str) -> None:
        for event in events:
            body = {"id": event["id"], "customer_external_id": contact}
            self._client.patch("/subscription_events", {"subscription_event": body})

    def _keep_trial(self, other: Json, into: Json) -> None:
        mine, theirs = instant(into.get("free_trial_started_at")), instant(other.get("free_trial_started_at"))
        if theirs and (mine is None or theirs < mine):
            body = {"free_trial_started_at": other["free_trial_started_at"]}
            self._client.patch(f"/customers/{into['uuid']}", body)

    def _wait_until_gone(self, uuid: str) -> None:
        deadline, delay = time.monotonic() + MERGE_SECONDS, 0.2
        while time.monotonic() < deadline:
            try:
                self._client.get(f"/customers/{uuid}")
            except Refused as refused:
                if refused.status == 404:
                    return
                raise
            time.sleep(delay)
            delay = min(delay * 2, 10.0)
        raise UnreachableError("ChartMogul has not finished merging two customers; run the sync again later.")

    def _drop_strays(self, invoice: Invoice) -> None:
        """Line items and payments of an invoice that is nowhere: left by an import that failed in part."""
        for line in invoice.line_items:
            self._drop("/line_items", line.external_id)
        for transaction in invoice.transactions:
            self._drop("/transactions", transaction.external_id)

    def drop_transaction(self, external_id: str) -> None:
        """A payment that ChartMogul has on another invoice."""
        self._drop("/transactions", external_id)

    def _drop(self, path: str, external_id: str) -> None:
        self._client.delete(path, data_source_uuid=self._source, external_id=external_id)
