"""What ChartMogul holds of the CRM: read for customers that have something to compare, one by one or by
whole lists, whichever takes fewer calls. A kind that the key may not read is `closed` for the run.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from destination_chartmogul.actual import NOBODY, Readback, own_ids
from destination_chartmogul.client import PAGE, Client
from destination_chartmogul.crm.desired import KINDS, identity_of
from destination_chartmogul.crm.kinds import Json, Kind
from destination_chartmogul.crm.wanted import View
from destination_chartmogul.errors import NotAllowedError, Refused
from destination_chartmogul.spool import Spool

CUSTOMERS = "customers"
FEWEST_TO_LIST = 4


class CrmReadback:
    """Lists go to the spool, not to memory. Safe to use from several threads."""

    def __init__(self, client: Client, spool: Spool, view: View, before: Readback) -> None:
        self._client, self._spool, self._view, self._before = client, spool, view, before
        self._listed: set[str] = set()
        self._lock = threading.Lock()
        self.closed: dict[str, str] = {}

    def _place(self, kind: str) -> str:
        """Where the spool keeps what this data source has of a kind; a run may write to several."""
        return f"crm {self._view.scope.uuid} {kind}"

    def prepare(self, contacts: Iterable[str], changed: Collection[str]) -> None:
        """Read the list of customers if it pays. What the run has read of them before holds, but for those
        that it has `changed` since.
        """
        new = [each for each in contacts if each in changed or self._before.customer(each) is None]
        if len(new) >= FEWEST_TO_LIST:
            self.list_customers(len(new) // 2)
        else:
            for contact in new:
                self.renew(contact)

    def prepare_kinds(self, asked: Iterable[Sequence[Kind]], nothing_yet: bool) -> None:
        """Read the lists that pay, given which kinds are asked for by contact. `nothing_yet`: the data source
        is new.
        """
        counted = Counter(kind.name for kinds in asked for kind in kinds)
        for kind in KINDS:
            contacts = counted[kind.name]
            if contacts >= FEWEST_TO_LIST and nothing_yet and not kind.by_source:
                self._listed.add(kind.name)  # what others have is not ours
            elif contacts >= FEWEST_TO_LIST:
                self.list_kind(kind, contacts // 2)

    def list_customers(self, most_pages: int) -> bool:
        """Read all customers of the data source anew; False when they are too many."""
        self._spool.let_go(self._place(CUSTOMERS))
        self._listed.discard(CUSTOMERS)
        source = self._view.scope.uuid
        pages = self._client.pages("/customers", "entries", data_source_uuid=source)
        for number, page in enumerate(pages, 1):
            for customer in page:
                for external_id in own_ids(customer, source):
                    self._spool.hold(self._place(CUSTOMERS), external_id, "", customer)
            if number >= most_pages and len(page) == PAGE:
                return False
        self._listed.add(CUSTOMERS)
        return True

    def list_kind(self, kind: Kind, most_pages: int) -> bool:
        """Read all objects of a kind anew; False when they are too many, or the key may not."""
        self._spool.let_go(self._place(kind.name))
        self._listed.discard(kind.name)
        try:
            for number, page in enumerate(self._pages(kind), 1):
                for row in page:
                    self._keep(kind, row)
                if number >= most_pages and len(page) == PAGE:
                    return False
        except NotAllowedError as error:
            self.close(kind, error)
            return False
        self._listed.add(kind.name)
        return True

    def _keep(self, kind: Kind, row: Json) -> None:
        self._spool.hold(self._place(kind.name), str(row.get("customer_uuid")), str(row[kind.uuid]), row)

    def _pages(self, kind: Kind) -> Iterator[list[Json]]:
        params = {"data_source_uuid": self._view.scope.uuid} if kind.by_source else {}
        return self._client.pages(kind.path, "entries", **params)

    def close(self, kind: Kind, error: NotAllowedError) -> None:
        """The key may not use a kind: it is left alone for the rest of the run."""
        with self._lock:
            self.closed.setdefault(kind.name, str(error))

    def customer(self, contact: str) -> Json | None:
        """A contact's customer with its tags and attributes, as it was read last."""
        held = self._spool.held(self._place(CUSTOMERS), contact)
        if held or CUSTOMERS in self._listed:
            return (held[0] if held else None) or None
        return self._before.customer(contact) or self.renew(contact)

    def customer_now(self, contact: str) -> Json | None:
        """Ask ChartMogul."""
        params = {"data_source_uuid": self._view.scope.uuid, "external_id": contact}
        return next(iter(self._client.get("/customers", **params).get("entries") or []), None)

    def renew(self, contact: str) -> Json | None:
        """Read a customer again that this run has changed, or made."""
        found = self.customer_now(contact)
        self._spool.hold(self._place(CUSTOMERS), contact, "", found or NOBODY)
        return found

    def held(self, uuid: str, kinds: Sequence[Kind], now: bool = False) -> dict[str, list[Json]] | None:
        """Objects of a customer by kind; kinds that are closed are left out. None for a customer who is not
        there any more. `now`: from ChartMogul.
        """
        found = {}
        for kind in kinds:
            if kind.name in self.closed:
                continue
            try:
                found[kind.name] = self._held(kind, uuid, now)
            except NotAllowedError as error:
                self.close(kind, error)
            except Refused as refused:
                if refused.status == 404:
                    return None
                raise
        return found

    def _held(self, kind: Kind, uuid: str, now: bool) -> list[Json]:
        if kind.name in self._listed and not now:
            return self._spool.held(self._place(kind.name), uuid)
        return list(self._client.all(kind.path, "entries", customer_uuid=uuid))

    def find(self, kind: Kind, uuid: str, key: str) -> Json | None:
        """The object of a Keap record, asked for now: after an answer that was lost."""
        rows = self._client.all(kind.path, "entries", customer_uuid=uuid)
        return next((row for row in rows if identity_of(kind, row, self._view) == key), None)

    def everything(self, kind: Kind) -> Iterator[tuple[str, Json]]:
        """(Keap id, object) of all objects of ours; nothing when the key may not read them."""
        if kind.name in self.closed:
            return
        try:
            for page in self._pages(kind):
                for row in page:
                    key = identity_of(kind, row, self._view)
                    if key is not None:
                        yield key, row
        except NotAllowedError as error:
            self.close(kind, error)
