"""Working on one bulk import."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.simulators.chartmogul import fields
from tests.simulators.chartmogul.billing import billing, drafts, events, plans
from tests.simulators.chartmogul.billing.drafts import Draft, InvoiceDraft
from tests.simulators.chartmogul.customers import customer_fields, customers
from tests.simulators.chartmogul.records import Customer, Invoice
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json

NOBODY = "unassigned"
DUPLICATES = {
    "plans": plans.EXISTS,
    "customers": customer_fields.EXISTS,
    "invoices": billing.INVOICE_EXISTS,
    "line_items": billing.LINE_EXISTS,
    "transactions": billing.TRANSACTION_EXISTS,
    "subscription_events": events.EXISTS,
}
# Tags, custom attributes, owner, website and contacts cannot be imported in bulk.
CUSTOMER_FIELDS = (
    "external_id", "name", "email", "company", "country", "state", "city", "zip", "lead_created_at",
    "free_trial_started_at",
)  # fmt: skip
Given = Mapping[str, Json]


class Bulk:
    """Applies the objects of one import in the order plans, customers, invoices, lines, payments, events."""

    def __init__(self, world: World, source: str) -> None:
        self._world, self._source, self._store = world, source, world.store
        self._now = world.now()
        self._earlier = world.switches["bulk_earlier_invoice"] == "accept"
        self._sent_invoices: set[str] = set()
        self._tally: dict[str, dict[str, list[Json]]] = {}
        self.failed = 0

    def apply(self, body: Given) -> None:
        """Take every object; none of them stops the others."""
        self._sent_invoices = {str(each.get("external_id")) for each in body.get("invoices") or ()}
        steps: list[tuple[str, Callable[[Given], Any]]] = [
            ("plans", self._plan),
            ("customers", self._customer),
            ("invoices", self._invoice),
            ("line_items", self._line_item),
            ("transactions", self._transaction),
            ("subscription_events", self._event),
        ]
        for kind, step in steps:
            for given in body.get(kind) or ():
                step(given)

    def details(self) -> dict[str, Json]:
        """`{"plans": {"status": ...}, customer external id: {"status": ..., "invoices": {...}, ...}}`."""
        shown: dict[str, Json] = {}
        word = self._world.switches.text("bulk_failure_word")
        for owner, kinds in self._tally.items():
            printed = {kind: _outcome(failures, word) for kind, failures in kinds.items()}
            if owner == "plans":
                shown["plans"] = printed["plans"]
                continue
            bad = any(kinds.values())
            shown[owner] = {"status": word if bad else "imported", **printed}
        return shown

    def _note(self, kind: str, owner: str, given: Given, errors: Mapping[str, Json]) -> None:
        kinds = self._tally.get(owner)
        if kinds is None:
            kinds = self._tally[owner] = {}
        failures = kinds.get(kind)
        if failures is None:
            failures = kinds[kind] = []
        if errors:
            self.failed += 1
            failures.append({"external_id": given.get("external_id"), "errors": dict(errors)})

    def _on_duplicate(self, kind: str, owner: str, given: Given, update: Callable[[], Any]) -> None:
        choice = self._world.switches["bulk_duplicate"]
        if choice == "fail":
            self._note(kind, owner, given, {"external_id": DUPLICATES[kind]})
            return
        if choice == "update":
            update()
        self._note(kind, owner, given, {})

    def _plan(self, given: Given) -> None:
        errors = plans.complaints(given)
        held = None if errors else self._store.plan(self._source, given.get("external_id"))
        if errors:
            self._note("plans", "plans", given, errors)
        elif held is not None:
            self._on_duplicate("plans", "plans", given, lambda: plans.put(self._world, held, given))
        else:
            plans.add(self._store, self._source, given, self._world)
            self._note("plans", "plans", given, {})

    def _customer(self, said: Given) -> None:
        given = {name: value for name, value in said.items() if name in CUSTOMER_FIELDS}
        owner, errors = _name(given.get("external_id")), customers.complaints(self._world, given)
        if given.get("external_id") in (None, ""):
            errors["external_id"] = customer_fields.ID_NEEDED
        held = None if errors else self._store.customer(self._source, given["external_id"])
        if errors:
            self._note("customers", owner, given, errors)
        elif held is not None:
            update = lambda: customers.change(self._world, held, given)  # noqa: E731
            self._on_duplicate("customers", owner, given, update)
        elif self._world.is_retired("customer", self._source, owner):
            self._note("customers", owner, given, {"external_id": customer_fields.EXISTS})
        else:
            customers.add(self._world, self._source, given)
            self._note("customers", owner, given, {})

    def _owner(self, given: Given) -> Customer | None:
        external_id = given.get("customer_external_id")
        return self._store.customer(self._source, external_id) if isinstance(external_id, str) else None

    def _invoice(self, given: Given) -> None:
        owner, customer = _name(given.get("customer_external_id")), self._owner(given)
        draft = drafts.invoice_alone(given, self._now, self._world.settings.account_currency)
        if customer is None:
            draft.refused["customer_external_id"] = drafts.MISSING
        if customer is None or "external_id" in draft.refused:
            self._note("invoices", owner, given, draft.errors())
            return
        held = self._store.invoice(self._source, draft.values["external_id"])
        if held is not None:
            self._on_duplicate("invoices", owner, given, lambda: self._put_invoice(held, draft))
            return
        if self._world.is_retired("invoice", self._source, draft.values["external_id"]):
            self._note("invoices", owner, given, {"external_id": billing.INVOICE_EXISTS})
            return
        billing.keep_invoice(self._world, customer, (self._source, owner), draft)
        self._note("invoices", owner, given, draft.errors())

    def _put_invoice(self, held: Invoice, draft: InvoiceDraft) -> None:
        for name in ("date", "due_date", "currency", "collection_method"):
            if name in draft.values:
                setattr(held, name, draft.values[name])
        held.errors = draft.errors()
        self._store.touched(held.customer)

    def _parent(self, given: Given) -> Invoice | None:
        external_id = given.get("invoice_external_id")
        if not isinstance(external_id, str) or not (self._earlier or external_id in self._sent_invoices):
            return None
        return self._store.invoice(self._source, external_id)

    def _line_item(self, given: Given) -> None:
        draft, invoice = drafts.line_item(given, self._now), self._parent(given)
        billing.find_plan(self._world, self._source, draft, given, "plan_external_id")
        if invoice is None:
            self._orphan("line_items", given, draft)
            return
        owner, external_id = invoice.customer_external_id, draft.values.get("external_id")
        held = external_id and self._store.line_items.first("external_id", (self._source, external_id))
        if held:
            self._on_duplicate(
                "line_items", owner, given, lambda: billing.change_line(self._world, held, draft)
            )
            return
        billing.keep_line_item(self._world, invoice, draft)
        self._note("line_items", owner, given, draft.errors())

    def _transaction(self, given: Given) -> None:
        draft, invoice = drafts.transaction(given, self._now), self._parent(given)
        if invoice is None:
            self._orphan("transactions", given, draft)
            return
        owner, external_id = invoice.customer_external_id, draft.values.get("external_id")
        held = external_id and self._store.transactions.first("external_id", (self._source, external_id))
        if held:
            update = lambda: billing.change_transaction(self._world, held, draft)  # noqa: E731
            self._on_duplicate("transactions", owner, given, update)
            return
        billing.keep_transaction(self._world, invoice, draft)
        self._note("transactions", owner, given, draft.errors())

    def _orphan(self, kind: str, given: Given, draft: Draft) -> None:
        self._note(kind, NOBODY, given, {**draft.errors(), "invoice_external_id": [drafts.MISSING]})

    def _event(self, given: Given) -> None:
        owner, errors = _name(given.get("customer_external_id")), events.complaints(given)
        external_id = given.get("external_id")
        held = None
        if not errors and external_id:
            held = self._store.events.first("external_id", (self._source, external_id))
        if held is not None and self._world.switches["event_duplicate"] == "reject":
            update = lambda: events.change(self._world, held, given)  # noqa: E731
            self._on_duplicate("subscription_events", owner, given, update)
            return
        errors = errors or events.clashes(self._world, self._source, given)
        if not errors:
            events.add(self._world, self._source, given)
        self._note("subscription_events", owner, given, errors)


def _name(external_id: Json) -> str:
    return external_id if isinstance(external_id, str) and not fields.text(external_id) else NOBODY


def _outcome(failures: list[Json], word: str) -> dict[str, Json]:
    return {"status": word, "errors": failures} if failures else {"status": "imported"}
